import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from remnant.cli.app import app

PLATE = "cells_per_well,wells_tested,wells_positive\n50,24,2\n100,24,6\n200,24,9\n400,24,15\n800,24,21\n"


def run(*words):
    return CliRunner().invoke(app, ["culture", *map(str, words)])


def test_a_plate_gives_one_unit_in_so_many_cells(tmp_path):
    plate = tmp_path / "plate_07.csv"
    plate.write_text(PLATE)
    result = run("frequency", plate)
    assert result.exit_code == 0
    assert "403 (305 to 544)" in result.stdout
    assert "plate_07" in result.stdout


def test_typed_wells_give_the_clone_fraction(tmp_path):
    plate = tmp_path / "plate.csv"
    plate.write_text(
        "cells_per_well,wells_tested,wells_positive,wells_normal_only,wells_clone_only,wells_both\n"
        "100,24,6,4,1,1\n400,24,15,7,2,6\n"
    )
    (group,) = json.loads(run("frequency", plate, "--json").stdout)["groups"]
    found = group["typed"]
    assert 0 < found["clone_fraction"]["lower"] < found["clone_fraction"]["upper"] < 1
    assert "By kind of colony" in run("frequency", plate).stdout


def test_more_typed_than_positive_wells_is_said_with_its_line(tmp_path):
    plate = tmp_path / "plate.csv"
    plate.write_text(
        "cells_per_well,wells_tested,wells_positive,wells_normal_only,wells_clone_only,wells_both\n"
        "100,24,6,4,4,1\n400,24,15,7,,6\n"
    )
    result = run("frequency", plate)
    assert result.exit_code == 1
    assert "plate.csv, line 2, column wells_both: found 9 typed wells" in result.stderr
    assert "plate.csv, line 3, column wells_clone_only" in result.stderr


def test_a_plate_without_a_positive_well_has_its_bound(tmp_path):
    plate = tmp_path / "plate.csv"
    plate.write_text("cells_per_well,wells_tested,wells_positive\n100,96,0\n")
    assert "not detected, fewer than 1 in 3,205" in run("frequency", plate).stdout


CASES = json.loads(
    (Path(__file__).parents[1] / "reference" / "dilution" / "elda" / "expected.json").read_text()
)


def table(case):
    given = case["input"]
    rows = zip(given["group"], given["dose"], given["tested"], given["response"], strict=True)
    return "group,cells_per_well,wells_tested,wells_positive\n" + "".join(
        ",".join(map(str, row)) + "\n" for row in rows
    )


def limit(value):
    """The reference's 1 / frequency, infinite where no well is positive."""
    return None if value == "Inf" else pytest.approx(float(value), rel=1e-9)


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["case_id"])
@pytest.mark.parametrize("interval", ["profile", "wald"])
def test_every_reference_plate_is_answered_as_json(case, interval, tmp_path):
    plate = tmp_path / "plate.csv"
    plate.write_text(table(case))
    options = ["--json", "--interval", interval, "--confidence", case["input"]["confidence"]]
    result = run("frequency", plate, *options, *(["--observed"] if case["input"]["observed"] else []))
    assert result.exit_code == 0
    found, oracle = json.loads(result.stdout), case["oracle"]
    groups = {group["group"]: group for group in found["groups"]}
    assert list(groups) == list(dict.fromkeys(case["input"]["group"]))
    for name, expected in oracle["groups"].items():
        group = groups[name]
        assert group["cells_per_unit"] == limit(expected["estimate"])
        one_sided = expected["kind"] != "partial"
        assert group["one_sided"] is one_sided
        prefix = "profile_" if interval == "profile" and not one_sided else ""
        assert group["cells_per_unit_at_lower"] == limit(expected[f"{prefix}lower"])
        assert group["cells_per_unit_at_upper"] == limit(expected[f"{prefix}upper"])
        assert group["deviance"] == pytest.approx(expected["deviance"], rel=1e-9, abs=1e-12)
        assert group["df"] == expected["df"]
    if "test_difference" in oracle:
        expected = oracle["test_difference"]
        assert found["difference"]["statistic"] == pytest.approx(expected["Chisq"], rel=1e-9)
        assert found["difference"]["p"] == pytest.approx(expected["P.value"], rel=1e-8)
    for pair in oracle.get("pairwise", []):
        (ours,) = [p for p in found["pairwise"] if {p["a"], p["b"]} == {pair["a"], pair["b"]}]
        assert ours["p"] == pytest.approx(pair["P.value"], rel=1e-8)
        assert ours["p_holm"] >= ours["p"]
    tests = found["single_hit"]
    assert tests["separated"] is bool(oracle.get("slope_separated"))
    for ours, theirs in {
        "wald": "wald",
        "likelihood_ratio": "lr",
        "score_log_dose": "score_logdose",
        "score_dose": "score_dose",
    }.items():
        expected = oracle.get(f"test_slope_{theirs}") or {"z": None, "p": None}
        if expected["z"] is None:
            assert tests["z"][ours] is tests["p"][ours] is None
        else:
            assert tests["z"][ours] == pytest.approx(expected["z"], rel=1e-8)
            assert tests["p"][ours] == pytest.approx(expected["p"], rel=1e-8)
    slope = oracle.get("test_slope_wald", {}).get("estimate")
    assert tests["slope"] == (None if slope is None else pytest.approx(slope, rel=1e-9))


def test_an_exact_interval_is_wider_than_the_profile_one(tmp_path):
    plate = tmp_path / "plate.csv"
    plate.write_text(PLATE)
    (profile,), (exact,) = (
        json.loads(run("frequency", plate, "--json", "--interval", kind).stdout)["groups"]
        for kind in ("profile", "exact")
    )
    assert exact["interval"] == "exact"
    assert exact["lower"] < profile["lower"] * 1.01
    assert exact["upper"] > profile["upper"] * 0.99
    assert exact["bias_corrected"] < exact["frequency"]


HEADER = "cells_per_well,wells_tested,wells_positive\n"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("100,12,13\n", "wells_positive"),
        ("100,12,-1\n", "wells_positive"),
        ("-5,12,1\n", "cells_per_well"),
        ("nan,12,1\n", "cells_per_well"),
        ("inf,12,1\n", "cells_per_well"),
        ("1e300,12,1\n", "cells_per_well"),
        ("1e-9,12,1\n", "is this a frequency"),
        ("100,12.5,1\n", "wells_tested"),
        ("100,,1\n", "wells_tested"),
        ("0,12,1\n", "cannot hold a unit"),
        ("0,12,0\n", "no wells with cells"),
        ("100,0,0\n", "no wells with cells"),
        ("", "a header and no rows"),
        ("100,12,3,4\n", "4 cells"),
    ],
)
def test_bad_wells_are_said_and_not_guessed(rows, said, tmp_path):
    plate = tmp_path / "plate.csv"
    plate.write_text(HEADER + rows)
    result = run("frequency", plate)
    assert result.exit_code == 1
    assert said in result.stderr
    faults = json.loads(run("frequency", plate, "--json").stdout)["faults"]
    assert faults[0]["source"] == "plate.csv"


@pytest.mark.parametrize("rows", ["0.5,12,3\n", "1e12,12,3\n", "1,1,1\n", "1e-6,1000000,1\n", "1e15,1,0\n"])
def test_the_doses_that_a_lab_can_type_have_an_answer(rows, tmp_path):
    plate = tmp_path / "plate.csv"
    plate.write_text(HEADER + rows)
    (group,) = json.loads(run("frequency", plate, "--json", "--interval", "exact").stdout)["groups"]
    assert 0 <= group["lower"] <= group["frequency"] <= group["upper"] <= 1


def test_an_exact_interval_of_a_huge_design_is_refused_with_what_to_do(tmp_path):
    plate = tmp_path / "plate.csv"
    plate.write_text(HEADER + "".join(f"{dose},96,{hits}\n" for dose, hits in enumerate([5, 9] * 5, 1)))
    result = run("frequency", plate, "--interval", "exact")
    assert result.exit_code == 1
    assert "use profile" in result.stderr


def test_a_group_without_a_name_is_refused(tmp_path):
    plate = tmp_path / "plate.csv"
    plate.write_text("group," + HEADER + "A,100,12,3\n,100,12,4\n")
    assert "name every row or none" in run("frequency", plate).stderr


def test_wells_of_a_study_are_grouped_by_their_names(tmp_path):
    plate = tmp_path / "plates.csv"
    plate.write_text(
        "sample_id,compartment," + HEADER + "S1,stem,100,12,3\nS1,bulk,10000,12,4\nS1,bulk,0,12,0\n"
    )
    found = json.loads(run("frequency", plate, "--json").stdout)
    assert [group["group"] for group in found["groups"]] == ["S1, stem", "S1, bulk"]
    assert any("unselected and enriched" in remark for remark in found["remarks"])
    assert any("1 row" in remark for remark in found["remarks"])


CHANGE = """sample_id,cells_per_well,wells_tested,wells_positive,wells_normal_only,wells_clone_only,wells_both
P1a,100,24,12,1,9,2
P1b,100,24,5,4,1,0
P2a,100,24,12,1,9,2
P2b,100,24,0,0,0,0
"""


def test_a_plate_that_fell_silent_bounds_the_change_from_above(tmp_path):
    plates = tmp_path / "plates.csv"
    plates.write_text(CHANGE)
    words = ["change", plates, "--pair", "P1a:P1b", "--pair", "P2a:P2b"]
    found = json.loads(run(*words, "--json").stdout)
    first, second = found["changes"]
    assert first["frequency"]["lower"] < first["frequency"]["value"] < first["frequency"]["upper"] < 1
    assert (second["frequency"]["value"], second["frequency"]["one_sided"]) == (0, True)
    assert 0 < second["frequency"]["upper"] < 1
    pooled = found["pooled"]["frequency"]
    assert pooled["patients"] == 2
    assert pooled["signs"]["smallest_p"] == 0.5
    assert "below" in run(*words).stdout


def test_a_pair_that_is_no_pair_is_said(tmp_path):
    plates = tmp_path / "plates.csv"
    plates.write_text(CHANGE)
    assert "BEFORE:AFTER" in run("change", plates, "--pair", "P1a").stderr
    assert "name one of: P1a" in run("change", plates, "--pair", "P1a:P9").stderr


def test_colonies_of_replicate_dishes_are_one_yield(tmp_path):
    dishes = tmp_path / "colonies.csv"
    dishes.write_text(
        "cells_plated,colonies,lineage\n1000,20,BFU-E\n1000,45,BFU-E\n1000,38,BFU-E\n1000,3,CFU-GM\n"
    )
    found = json.loads(run("colonies", dishes, "--json").stdout)
    assert [(x["lineage"], x["dishes"]) for x in found] == [("BFU-E", 3), ("CFU-GM", 1)]
    assert found[0]["dispersion"] > 0
    assert "BFU-E" in run("colonies", dishes).stdout
