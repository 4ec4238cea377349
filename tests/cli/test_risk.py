"""`remnant risk`: the reference patients through the command, missing values, and tables to mend."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from remnant.cli.app import app

REFERENCE = Path(__file__).parents[1] / "reference/risk/ipss_reference.csv"
EXAMPLES = Path(__file__).parents[2] / ".." / "shared" / "data" / "ipssm-examples"
INPUTS = 44  # columns of the reference before its results
with REFERENCE.open() as file:
    ROWS = list(csv.DictReader(file))
NAMES = list(ROWS[0])[:INPUTS]


@pytest.fixture
def asked(tmp_path):
    """Write a table of patients and ask the command."""

    def ask(rows, *options, names=NAMES, plain=False):
        path = tmp_path / "patients.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, names, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        result = CliRunner().invoke(app, ["risk", str(path), *options, *([] if plain else ["--json"])])
        return result.exit_code, result.stdout if plain else json.loads(result.stdout)

    return ask


def agrees(found, row):
    for case in ("best", "mean", "worst"):
        assert found["ipss_m"][case]["score"] == float(row[f"IPSSMscore_{case}"])
        assert found["ipss_m"][case]["category"] == row[f"IPSSMcat_{case}"]
        assert found["ipss_m"][case]["raw"] == pytest.approx(float(row[f"raw_{case}"]), abs=1e-9)
    for score, theirs in (("ipss_r", "IPSSR"), ("ipss_ra", "IPSSRA")):
        assert found[score]["score"] == pytest.approx(float(row[f"{theirs}_score"]), abs=1e-9)
        assert found[score]["category"] == row[f"{theirs}_cat"]
        assert found[score]["lowest"] == found[score]["highest"]


def test_the_reference_patients_are_printed_one_on_a_line_and_agree():
    result = CliRunner().invoke(app, ["risk", str(REFERENCE), "--json"])
    assert result.exit_code == 0
    lines = result.stdout.strip().splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("[", "]", 32)
    for line, row in zip(lines[1:-1], ROWS, strict=True):
        found = json.loads(line.rstrip(","))
        assert found["id"] == row["ID"]
        agrees(found, row)
    assert json.loads(result.stdout)[29]["id"] == "PS30"
    assert "results of another program were not read" in result.stderr


def test_without_results_in_the_table_and_in_any_order_of_columns_the_answers_are_the_same(asked):
    code, found = asked(ROWS[::-1], names=NAMES[::-1])
    assert code == 0
    for answer, row in zip(found, ROWS[::-1], strict=True):
        agrees(answer, row)


def test_genes_without_a_column_are_missing_genes(asked):
    _, all_na = asked([row | dict.fromkeys(NAMES[14:], "NA") for row in ROWS])
    _, dropped = asked(ROWS, names=NAMES[:14])
    assert dropped == all_na
    assert dropped[0]["ipss_m"]["missing_genes"][:3] == ["ASXL1", "CBL", "DNMT3A"]
    assert dropped[0]["ipss_m"]["score"] is None
    assert "more than 1 apart" in dropped[0]["ipss_m"]["reason"]


def test_without_neutrophils_or_age_ipss_m_is_given_and_the_others_say_what_is_missing(asked):
    names = [name for name in NAMES if name not in ("ANC", "AGE")]
    code, found = asked(ROWS, names=names)
    assert code == 0
    for answer, row in zip(found, ROWS, strict=True):
        assert answer["ipss_m"]["mean"]["score"] == float(row["IPSSMscore_mean"])
        low, high = answer["ipss_r"]["lowest"]["score"], answer["ipss_r"]["highest"]["score"]
        assert low <= float(row["IPSSR_score"]) <= high == low + 0.5
        assert (answer["ipss_r"]["score"], answer["ipss_r"]["category"]) == (None, None)
        assert answer["ipss_r"]["missing"] == ["neutrophils"]
        assert "neutrophils missing" in answer["ipss_r"]["reason"]
        assert answer["ipss_ra"]["missing"] == ["age", "neutrophils"]
        assert answer["ipss_ra"]["lowest"] is None


def test_the_variables_and_what_they_add_are_there_for_every_patient(asked):
    _, found = asked(ROWS)
    for answer, row in zip(found, ROWS, strict=True):
        theirs = {"SF3B1_5q": "SF3B1_5q", "SF3B1_alpha": "SF3B1_alpha", "TP53multi": "TP53multi", "HB": "HB1"}
        for ours, name in theirs.items():
            value = answer["ipss_m"]["variables"][ours]
            assert value is None if row[name] == "NA" else value == float(row[name])
        for case, parts in answer["ipss_m"]["contributions"].items():
            assert sum(parts.values()) == pytest.approx(answer["ipss_m"][case]["raw"], abs=1e-12)


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="needs ../shared/data/ipssm-examples")
def test_the_worked_examples_of_the_published_program_agree_to_two_decimals():
    expected = json.loads((EXAMPLES / "expected.json").read_text())
    result = CliRunner().invoke(app, ["risk", str(EXAMPLES / "IPSSMexample.csv"), "--json"])
    found = {answer["id"]: answer["ipss_m"] for answer in json.loads(result.stdout)}
    assert set(found) == set(expected)
    for name, theirs in expected.items():
        for case in ("best", "mean", "worst"):
            assert found[name][case]["score"] == theirs[f"IPSSMscore_{case}"]
            assert found[name][case]["category"] == theirs[f"IPSSMcat_{case}"]
        assert (found[name]["score"], found[name]["category"]) == (theirs["IPSSMscore"], theirs["IPSSMcat"])


def test_a_person_sees_a_table_with_ranges_and_for_one_patient_every_contribution(asked):
    code, text = asked(ROWS, plain=True)
    assert code == 0
    assert "PS04" in text
    assert "-1.72 Very Low to 0.74 High" in text
    code, text = asked(ROWS, "--patient", "PS07", plain=True)
    assert code == 0
    assert "IPSS-R 2.5 Low" in text
    assert "median survival 5.3 years" in text
    assert "SF3B1_5q" in text
    assert "PS08" not in text


def test_one_patient_alone_has_the_answer_that_he_has_among_all(asked):
    _, everyone = asked(ROWS)
    _, alone = asked(ROWS, "--patient", "PS12")
    assert alone == [answer for answer in everyone if answer["id"] == "PS12"]


def test_a_patient_who_is_not_there_is_refused_with_the_nearest(asked):
    code, found = asked(ROWS, "--patient", "PS7")
    assert code == 1
    assert "PS" in found["faults"][0]["hint"]


def test_values_in_another_unit_are_refused_all_at_once_with_their_places(asked):
    broken = [dict(row) for row in ROWS]
    broken[3]["HB"], broken[5]["PLT"], broken[7]["ANC"], broken[9]["AGE"] = "98", "250000", "1900", "1950"
    code, found = asked(broken)
    assert code == 1
    assert found["error"] == "TableError"
    places = [(fault["line"], fault["column"], fault["found"]) for fault in found["faults"]]
    assert places == [(5, "HB", "'98'"), (7, "PLT", "'250000'"), (9, "ANC", "'1900'"), (11, "AGE", "'1950'")]
    code, text = asked(broken, plain=True)
    assert (code, text) == (1, "")


def test_contradictory_columns_are_said_beside_the_scores(asked):
    """PS01 is called complex and Good at once."""
    _, found = asked(ROWS)
    assert "complex" in found[0]["remarks"][0]
    assert not found[1]["remarks"]


CHROMOSOMES = ("del5q", "del7_7q", "del17_17p", "complex", "CYTO_IPSSR")
# Invented strings, and the five inputs that a haematologist takes from them.
STRINGS = {
    "46,XX[20]": "0,0,0,0,Good",
    "46,xx,del(5)(q13q33)[15]/46,xx[5]": "1,0,0,0,Good",
    "46,XY,del(5)(q22q34)[11]/47,idem,+8[4]/46,XY[5]": "1,0,0,0,Good",
    "45,XY,-7[9]/46,XY[11]": "0,1,0,0,Poor",
    "46,XY,del(7)(q22q34)[9]": "0,1,0,0,Intermediate",
    "46,XX,del(5)(q13q31),del(7)(q22)[20]": "1,1,0,0,Poor",
    "45,X,-Y[18]/46,XY[2]": "0,0,0,0,Very Good",
    "46,XY,i(17)(q10)[20]": "0,0,1,0,Intermediate",
    "46,XX,del(17)(p12)[8]/46,XX[12]": "0,0,1,0,Intermediate",
    "45,XX,del(5)(q13q33),-17,+8,-20[12]/46,XX[3]": "1,0,1,1,Very Poor",
    "46,XX,del(5)(q13q33)[1]/46,XX[19]": "0,0,0,0,Good",  # one cell is no clone
}


def with_strings(asked, strings, **cells):
    names = ["ID", "karyotype", *NAMES[1:6], *(CHROMOSOMES if cells else ()), *NAMES[11:]]
    plain = ROWS[2]
    rows = [plain | {"ID": f"K{at}", "karyotype": text} | cells for at, text in enumerate(strings)]
    return asked(rows, names=names)


def test_a_karyotype_stands_for_the_five_cytogenetic_columns(asked):
    code, found = with_strings(asked, STRINGS)
    assert code == 0
    typed = [dict(zip(CHROMOSOMES, cells.split(","), strict=True)) for cells in STRINGS.values()]
    _, by_columns = asked([ROWS[2] | {"ID": f"K{at}"} | cells for at, cells in enumerate(typed)])
    assert [answer["cytogenetics"] for answer in found] == [a["cytogenetics"] for a in by_columns]
    assert found == by_columns


def test_a_failed_culture_and_an_empty_cell_leave_the_chromosomes_open(asked):
    code, found = with_strings(asked, ["no growth", "", "NA"])
    assert code == 0
    for answer in found:
        assert set(answer["cytogenetics"].values()) == {None}
        assert answer["ipss_r"]["missing"] == ["cytogenetics"]
        assert (answer["ipss_r"]["lowest"]["score"], answer["ipss_r"]["highest"]["score"]) == (3, 7)


def test_a_column_that_contradicts_its_karyotype_is_refused_with_both(asked):
    text = "46,XX,del(5)(q13q33)[15]/46,XX[5]"
    cells = dict(zip(CHROMOSOMES, ("0", "", "NA", "0", "Poor"), strict=True))
    code, found = with_strings(asked, [text], **cells)
    assert code == 1
    places = [(fault["line"], fault["column"], fault["found"]) for fault in found["faults"]]
    assert places == [(2, "del5q", "0"), (2, "CYTO_IPSSR", "Poor")]
    assert all(text in fault["expected"] for fault in found["faults"])


def test_every_string_that_cannot_be_read_is_refused_with_its_line_and_position(asked):
    code, found = with_strings(asked, ["46,XX[20]", "46,XX,del(5)(q13q33[15]", "46,XX,+99[3]"])
    assert code == 1
    assert [fault["line"] for fault in found["faults"]] == [3, 4]
    assert all("position" in fault["column"] for fault in found["faults"])


def test_columns_fill_what_a_karyotype_leaves_open(asked):
    cells = dict(zip(CHROMOSOMES, ("1", "0", "0", "0", "Good"), strict=True))
    _, found = with_strings(asked, ["46,XX,del(5)(q13q33),inc[15]"], **cells)
    assert found[0]["cytogenetics"] == {
        "del5q": 1, "del7_7q": 0, "del17_17p": 0, "complex": 0, "group": "Good"
    }  # fmt: skip
