"""`remnant survival` on reference data, on data that allow nothing, and on tables to mend."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from remnant.cli.app import app

REFERENCE = Path(__file__).parents[1] / "reference/survival/survival_reference.json"


@pytest.fixture
def asked(tmp_path):
    """Write a table and ask the command for JSON."""

    def ask(text, *options, plain=False):
        path = tmp_path / "subjects.csv"
        path.write_text(text)
        words = ["survival", str(path), *options, *([] if plain else ["--json"])]
        result = CliRunner().invoke(app, words)
        return result.exit_code, result.stdout if plain else json.loads(result.stdout)

    return ask


@pytest.mark.parametrize("case", json.loads(REFERENCE.read_text())["sets"], ids=lambda c: str(len(c["data"])))
def test_every_estimator_is_printed_by_name_and_agrees(asked, case):
    lines = [f"{s['time']},{s['event']},{s['x']},{s['z']}" for s in case["data"]]
    code, found = asked("\n".join(["time,event,x,z", *lines]), "--group", "x", "--covariates", "x,z")
    assert code == 0
    names = {"kaplan_meier", "log_rank", "cox_efron", "cox_firth", "aalen_johansen", "gray", "fine_gray"}
    assert names <= set(found)
    assert found["kaplan_meier"]["all"]["median"] == case["km"]["median"]
    assert found["log_rank"]["chi_square"] == pytest.approx(case["logrank"]["chisq"], rel=1e-10)
    for name, tolerance in (("cox_efron", 1e-7), ("fine_gray", 1e-5)):
        for key, theirs in (("coefficient", "coef"), ("standard_error", "se")):
            ours = [each[key] for each in found[name]["coefficients"]]
            assert ours == pytest.approx(case[name][theirs], abs=tolerance)
    curve = found["aalen_johansen"]["all"]
    last = curve["causes"]["1"]["incidence"][-1]
    assert last == pytest.approx(case["aalen_johansen"]["cif1"][-1], rel=1e-10)
    assert [each["infinite"] for each in found["cox_efron"]["coefficients"]] == [0, 0]


def test_a_person_reads_the_same(asked):
    code, text = asked(
        "t,e,arm,age\n1,1,a,50\n2,0,b,61\n3,2,a,44\n4,1,b,70\n5,0,a,39\n",
        "--time", "t", "--event", "e", "--group", "arm", "--covariates", "age", plain=True,
    )  # fmt: skip
    assert code == 0
    for words in ("5 subjects", "median", "log_rank", "cox_firth", "see cox_firth"):
        assert words in text


def test_separation_is_said_in_fields_that_json_can_hold(asked):
    text = "time,event,x\n1,1,1\n2,1,1\n3,1,1\n4,0,0\n5,0,0\n6,0,0\n2,0,1\n"
    code, found = asked(text, "--covariates", "x")
    (own,) = found["cox_efron"]["coefficients"]
    assert code == 0
    assert (own["infinite"], own["coefficient"], own["hazard_ratio"], own["upper"]) == (1, None, None, None)
    assert own["lower"] is not None
    assert "separation" in found["remarks"]["cox_efron"][0]
    assert found["cox_firth"]["coefficients"][0]["hazard_ratio"] > 1
    assert found["fine_gray"]["converged"] is False
    assert "separation" in found["remarks"]["fine_gray"][0]


def test_without_events_or_with_one_group_each_answer_is_defined(asked):
    text = "time,event,g,x\n1,0,a,1\n2,0,a,2\n3,0,a,4\n"
    code, found = asked(text, "--group", "g", "--covariates", "x")
    assert code == 0
    assert found["kaplan_meier"]["all"]["time"] == []
    assert (found["log_rank"]["p"], found["log_rank"]["freedom"]) == (1, 0)
    assert (found["gray"]["p"], found["gray"]["freedom"]) == (1, 0)
    assert found["cox_efron"] is found["cox_firth"] is found["fine_gray"] is None
    assert {"log_rank", "cox_efron", "gray", "fine_gray"} <= set(found["remarks"])


def test_late_entry_is_used_where_it_is_defined_and_refused_where_it_is_not(asked):
    text = "time,event,from,g,x\n4,1,1,a,1\n5,2,0,b,3\n6,1,2,a,2\n7,0,3,b,1\n8,1,6,b,5\n"
    code, found = asked(text, "--entry", "from", "--group", "g", "--covariates", "x")
    assert code == 0
    assert found["kaplan_meier"]["all"]["at_risk"] == [4, 3, 2, 1]
    assert found["cox_efron"] is not None
    assert found["gray"] is None
    assert found["fine_gray"] is None
    assert "late entry" in found["remarks"]["gray"][0]


def test_every_fault_of_a_table_is_said_at_once(asked):
    code, found = asked(
        "time,event,entry,x\n-1,0,0,1\n3,5,4,2\n4,1,1,\nnan,1,0,3\n5,1,,x\n6,1,0,\"1,5\"\ninf,1,0,2\n",
        "--entry", "entry", "--covariates", "x",
    )  # fmt: skip
    assert code == 1
    places = {(fault["line"], fault["column"]) for fault in found["faults"]}
    assert places == {
        (2, "time"), (3, "event"), (3, "entry"), (4, "x"), (5, "time"), (6, "entry"), (6, "x"), (7, "x"),
        (8, "time"),
    }  # fmt: skip
    hints = {(fault["line"], fault["column"]): fault["hint"] for fault in found["faults"]}
    assert "point" in hints[7, "x"]
    assert "--complete-cases" in hints[4, "x"]


def test_rows_are_left_out_only_when_asked_and_by_name(asked):
    text = "time,event,x\n1,1,2\n2,0,\n3,1,4\n4,0,1\n"
    code, found = asked(text, "--covariates", "x", "--complete-cases")
    assert code == 0
    assert found["subjects"] == 3
    assert found["left_out"] == [{"line": 3, "columns": ["x"]}]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--time", "tim"), "did you mean time?"),
        (("--covariates", "x,x"), "x twice"),
        (("--group", "arm"), "no such column"),
    ],
)
def test_a_column_that_is_not_there_is_refused_with_the_nearest(asked, options, words):
    code, found = asked("time,event,x\n1,1,2\n2,0,3\n", *options)
    assert code == 1
    assert words in json.dumps(found)
