import json
from math import inf
from pathlib import Path

import pytest
from typer.testing import CliRunner

from remnant.cli.app import app

REFERENCE = Path(__file__).parents[1] / "reference" / "fish" / "fraction" / "expected.json"
STRATA = json.loads(REFERENCE.read_text())["paired_strata"]
HEADER = "patient,compartment,nuclei_scored,nuclei_abnormal"


def run(*words):
    return CliRunner().invoke(app, ["fish", "compare", *map(str, words)])


@pytest.fixture
def write(tmp_path):
    def write(*rows, header=HEADER):
        path = tmp_path / "table.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    return write


@pytest.fixture
def answered(write):
    def answer(*rows, header=HEADER, words=()):
        result = run(write(*rows, header=header), "--json", *words)
        assert result.exit_code == 0, result.stdout
        return json.loads(result.stdout, parse_constant=pytest.fail)  # NaN and Infinity are no JSON

    return answer


def rows_of(case):
    columns = (case["input"][name] for name in ("patient", "k1", "n1", "k2", "n2"))
    for patient, k1, n1, k2, n2 in zip(*columns, strict=True):
        yield f"{patient},stem,{n1},{k1}"
        yield f"{patient},progenitor,{n2},{k2}"


def agree(found, expected, names, rel=1e-8, abs_=1e-12):
    for name in names:
        wanted = float(expected[name])
        if wanted == inf:
            assert found[name] is None
            assert name in found["infinite"]
        else:
            assert found[name] == pytest.approx(wanted, rel=rel, abs=abs_)


@pytest.mark.parametrize("case", STRATA, ids=lambda case: case["case_id"])
def test_every_test_is_printed_by_name_and_agrees_with_the_reference(answered, case):
    found = answered(*rows_of(case))
    pooled = found["pooled"]
    assert found["separated"] == case["separated"]
    exact = case["oracle_exact_stratified"]
    agree(pooled["exact_conditional"], exact, ("or_conditional_ml", "lower", "upper", "p_greater"))
    agree(pooled["mantel_haenszel"], case["mantel_haenszel"], ("or", "chisq", "p", "chisq_corrected"))
    agree(pooled["peto"], case["peto"], ("log_or", "se", "p"))
    agree(pooled["firth_fixed_patient"], case["firth_fixed_patient"], ("log_or", "se"))
    agree(pooled["random_effects"], case["random_effects_meta_reml_haldane"], ("log_or", "se", "p"))
    if case["separated"]:
        assert pooled["glm_fixed_patient"] is None
        assert pooled["mixed_logistic"] is None
        assert any(remark.startswith("separated") for remark in found["remarks"])
    else:
        agree(pooled["glm_fixed_patient"], case["glm_fixed_patient"], ("log_or", "se", "deviance"))
        names = ("intercept", "log_or", "sd_patient", "loglik")
        agree(pooled["mixed_logistic"], case["oracle_agq25"], names, rel=0, abs_=1e-6)
        assert pooled["tarone"]["p"] == pytest.approx(case["rma_mh"]["TAp"], rel=1e-9)
        assert pooled["heterogeneity"]["chisq"] == pytest.approx(case["rma_mh"]["QE"], rel=1e-9)
    for patient, fisher in zip(found["per_patient"], case["per_patient_fisher"], strict=True):
        assert patient["p_two_sided"] == pytest.approx(fisher["p"], rel=1e-8)


def test_a_person_reads_a_sentence_first(write):
    result = run(write(*rows_of(STRATA[0])))
    assert result.stdout.startswith("8 patients: more nuclei are abnormal in stem than in progenitor")
    assert "smallest possible p" in result.stdout


def test_few_patients_are_told_what_they_cannot_show(answered):
    found = answered(*rows_of(STRATA[5]))
    assert any("fewer than 6" in remark for remark in found["remarks"])
    assert any("no test over so few patients can reach 0.05" in remark for remark in found["remarks"])
    assert found["paired_tests"]["sign"]["smallest_p"] == 0.125


def test_above_forty_patients_the_sign_flip_test_is_said_to_be_missing(answered):
    rows = [f"P{i},{what}" for i in range(41) for what in (f"stem,20,{2 + i % 5}", "progenitor,50,2")]
    found = answered(*rows)
    assert found["paired_tests"]["permutation"] is None
    assert any("sign-flip test is not counted out" in remark for remark in found["remarks"])


def test_slides_of_one_compartment_add_up(answered):
    found = answered("A,stem,20,5", "A,stem,10,2", "A,progenitor,100,3")
    assert [found["per_patient"][0][name] for name in ("k1", "n1", "k2", "n2")] == [7, 30, 3, 100]


def test_one_patient_has_no_mixed_model_and_is_told(answered):
    found = answered("A,stem,30,7", "A,progenitor,100,3")
    assert found["pooled"]["mixed_logistic"] is None
    assert any(remark.startswith("one patient") for remark in found["remarks"])
    assert found["pooled"]["breslow_day"] is None


def test_who_has_one_compartment_is_left_out_by_name(answered):
    found = answered("A,stem,30,7", "A,progenitor,100,3", "B,stem,10,3", "C,progenitor,0,0", "C,stem,5,1")
    assert found["left_out"] == [
        {"patient": "B", "visit": None, "reason": "no progenitor in the table"},
        {"patient": "C", "visit": None, "reason": "no nuclei scored in progenitor"},
    ]
    assert found["patients"] == 1


def test_other_compartments_are_ignored_by_name(answered):
    found = answered("A,stem,30,7", "A,progenitor,100,3", "A,bulk,100,50")
    assert found["ignored_compartments"] == ["bulk"]
    renamed = answered("A,stem,30,7", "A,progenitor,100,3", "A,bulk,100,50", words=("--progenitor", "bulk"))
    assert renamed["per_patient"][0]["k2"] == 50


def test_nothing_abnormal_anywhere_says_nothing_rather_than_zero(answered):
    found = answered("A,stem,15,0", "A,progenitor,100,0", "B,stem,5,0", "B,progenitor,10,0")
    exact = found["pooled"]["exact_conditional"]
    assert (exact["or_conditional_ml"], exact["lower"], exact["upper"]) == (None, 0, None)
    assert exact["informative"] is False
    assert found["separated"] is False
    assert any("nothing to compare" in remark for remark in found["remarks"])
    assert found["per_patient"][0]["newcombe_upper"] == pytest.approx(0.203883301035849)


def test_no_nuclei_at_all_is_a_defined_answer(answered):
    found = answered("A,stem,0,0", "A,progenitor,0,0")
    assert (found["patients"], found["per_patient"], found["pooled"]) == (0, [], None)


def test_visits_are_compared_with_the_first_and_adjusted(answered):
    header = "patient_id,sample,compartment,nuclei_scored,nuclei_abnormal"
    rows = ["A,d0,stem,30,28", "A,d0,progenitor,200,190", "A,d90,stem,25,15", "A,d90,progenitor,200,10"]
    found = answered(*rows, header=header)
    changes = found["changes"]
    assert [(c["compartment"], c["baseline"], c["visit"]) for c in changes] == [
        ("stem", "d0", "d90"),
        ("progenitor", "d0", "d90"),
    ]
    assert changes[0]["odds_ratio"] < 1
    assert changes[0]["p_holm"] == changes[0]["p_two_sided"]
    assert changes[1]["p_holm"] == 2 * changes[1]["p_two_sided"]
    assert any("several visits" in remark for remark in found["remarks"])
    alone = answered(*rows, header=header, words=("--visit", "d90"))
    assert [patient["visit"] for patient in alone["per_patient"]] == ["d90"]


def test_a_patient_with_several_visits_counts_once_over_patients(answered):
    header = "patient,visit,compartment,nuclei_scored,nuclei_abnormal"
    rows = [
        f"{name},{day},{what}"
        for name in "AB"
        for day in ("d0", "d30", "d90")
        for what in ("stem,30,20", "progenitor,100,10")
    ]
    found = answered(*rows, header=header)
    assert (found["patients"], found["strata"]) == (2, 6)
    assert found["paired_tests"]["sign"]["above"] == 2


def test_several_probes_stand_beside_each_other(answered):
    header = "patient,probe,compartment,nuclei_scored,nuclei_abnormal"
    rows = ["A,EGR1,stem,30,20", "A,EGR1,progenitor,100,10", "A,D7,stem,30,5", "A,D7,progenitor,100,10"]
    first, second = answered(*rows, header=header)["by_probe"]
    assert (first["probe"], second["probe"]) == ("EGR1", "D7")
    smallest = first["pooled"]["exact_conditional"]["p_two_sided"]
    assert first["p_holm_over_probes"] == pytest.approx(2 * smallest)


def test_controls_bring_the_joint_posterior(answered, tmp_path):
    controls = tmp_path / "controls.csv"
    controls.write_text("probe,control_id,nuclei_scored,nuclei_abnormal\nEGR1,C1,200,1\nEGR1,C2,200,0\n")
    found = answered("A,stem,40,36", "A,progenitor,200,2", words=("--controls", controls))
    (joint,) = found["joint"]
    assert joint["probability"] > 0.99
    assert "1 of 400 control nuclei" in joint["prior"]


def test_controls_of_several_probes_need_named_rows(write, tmp_path):
    controls = tmp_path / "controls.csv"
    controls.write_text("probe,control_id,nuclei_scored,nuclei_abnormal\nEGR1,C1,200,1\nD7,C2,200,0\n")
    result = run(write("A,stem,40,36", "A,progenitor,200,2"), "--controls", controls)
    assert result.exit_code == 1
    assert "name the probe of each row" in result.stderr


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((), "at least one row"),
        (("A,stem,-3,1", "A,progenitor,5,1"), "expected a whole number from 0"),
        (("A,stem,3,5", "A,progenitor,5,1"), "scored and abnormal swapped?"),
        (("A,stem,3,1.5", "A,progenitor,5,1"), "found '1.5'"),
        (("A,stem,3,", "A,progenitor,5,1"), "found nothing; expected a whole number"),
        (("A,stem,3,1", "a,progenitor,5,1"), "write one name in one way"),
        (("A,stem,3,1", "A,Progenitor,5,1"), "say what they are called"),
        (("A,stem,3,1", "B,stem,5,1"), "found stem; expected progenitor"),
    ],
)
def test_a_slip_is_said_and_mendable(write, rows, said):
    result = run(write(*rows))
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    faults = json.loads(run(write(*rows), "--json").stdout)["faults"]
    assert faults[0]["source"] == "table.csv"


def test_a_visit_that_is_not_there_is_refused(write):
    result = run(write("A,stem,3,1", "A,progenitor,5,1"), "--visit", "d30")
    assert result.exit_code == 1
    assert "a table without visits" in result.stderr


def test_a_fish_table_of_a_study_takes_samples_for_patients(answered):
    header = "sample_id,compartment,probe,nuclei_scored,nuclei_abnormal,iscn"
    rows = [
        "S1,stem,EGR1,40,36,",
        "S1,progenitor,EGR1,200,2,",
        'S2,stem,EGR1,,,"nuc ish(D5S23x2,EGR1x1)[15/40]"',
    ]
    found = answered(*rows, header=header)
    assert [patient["patient"] for patient in found["per_patient"]] == ["S1"]
    assert any("names samples, not patients" in remark for remark in found["remarks"])
