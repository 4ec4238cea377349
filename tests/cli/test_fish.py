import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from remnant.cli.app import app

SLIDES = """sample_id,compartment,probe,nuclei_scored,nuclei_abnormal,iscn,purity_events,purity_in_gate
P1,stem,EGR1,40,36,,210,205
P1,progenitor,EGR1,200,2,,,
P2,stem,EGR1,,,"nuc ish(D5S23x2,EGR1x1)[15/40]",,
P2,progenitor,EGR1,0,0,,,
"""
CONTROLS = "probe,control_id,nuclei_scored,nuclei_abnormal\nEGR1,C1,200,1\nEGR1,C2,200,0\nEGR1,C3,200,3\n"


def run(*words):
    return CliRunner().invoke(app, ["fish", *map(str, words)])


@pytest.fixture
def tables(tmp_path):
    slides, controls = tmp_path / "fish.csv", tmp_path / "fish_controls.csv"
    slides.write_text(SLIDES)
    controls.write_text(CONTROLS)
    return slides, controls


def test_two_counts_give_a_fraction_with_its_assumptions():
    words = (
        "--abnormal",
        12,
        "--scored",
        40,
        "--purity",
        "190/200",
        "--control",
        "2/200",
        "--control",
        "1/200",
    )
    result = run("fraction", *words)
    assert result.exit_code == 0
    assert "12/40" in result.stdout
    assert "3 of 400 control nuclei" in result.stdout


def test_nothing_abnormal_is_said_with_its_bound():
    words = "fraction", "--abnormal", 0, "--scored", 25
    assert "not detected, below 11 %" in run(*words, "--slide-correlation", 0).stdout
    assert "not detected, below 12 %" in run(*words).stdout


def test_a_table_gives_every_compartment_as_json(tables):
    slides, controls = tables
    result = run("fraction", slides, "--controls", controls, "--json")
    answer = json.loads(result.stdout)
    assert [clone["fraction"]["evidence"] for clone in answer] == [
        "detected",
        "not detected",
        "detected",
        "not evaluable",
    ]
    assert answer[0]["fraction"]["sources"] == [{"file": "fish.csv", "line": 2}]


def test_a_contaminant_given_beside_the_counts_is_no_second_answer():
    words = ["--abnormal", "3", "--scored", "40", "--purity", "170/200", "--contaminant", "120/200", "--json"]
    clone = json.loads(run("fraction", *words).stdout)
    assert clone["worst_case_lower"] == 0


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("--abnormal 50 --scored 40", "are the two swapped?"),
        ("--abnormal 5", "--nuclei: found nothing"),
        ("--abnormal 5 --scored 40 --control 7", "write it as 2/200"),
        ("--abnormal 5 --scored 40 --purity 9/4", "K at most N"),
        ("--abnormal 5 --scored 40 --method guess", "choose one of them"),
    ],
)
def test_a_slip_is_said_and_mendable(words, found):
    result = run("fraction", *words.split())
    assert result.exit_code == 1
    assert found in result.stderr


def test_cutoffs_grow_with_the_nuclei(tables):
    result = run("cutoff", tables[1], "--nuclei", 20, "--nuclei", 200, "--json")
    cutoffs = json.loads(result.stdout)["cutoffs"]
    assert {cutoff["method"] for cutoff in cutoffs} >= {"beta-binomial", "mean-plus-sd"}
    assert all(cutoff["counts"]["20"] < cutoff["counts"]["200"] for cutoff in cutoffs)
    assert "of 500" in run("cutoff", tables[1]).stdout


def test_compartments_are_compared(tables):
    slides, controls = tables
    answer = json.loads(run("compare", slides, "--controls", controls, "--json").stdout)
    first, second = answer["joint"]
    assert first["probability"] > 0.99
    assert second["log_odds"]["evidence"] == "not evaluable"
    assert "P(spared)" in run("compare", slides, "--controls", controls).stdout


def test_compartments_by_other_names_must_be_named(tables):
    result = run("compare", tables[0], "--stem", "HSC")
    assert result.exit_code == 1
    assert "--stem" in result.stderr


CASES = json.loads(
    (Path(__file__).parents[1] / "reference" / "fish" / "fraction" / "expected.json").read_text()
)


def asked(*words):
    result = run("fraction", *words, "--json")
    assert result.exit_code == 0, result.stdout + result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("case", CASES["proportion"], ids=lambda case: case["case_id"])
def test_every_interval_is_printed_by_name(case):
    given = case["input"]
    answer = asked("--abnormal", given["k"], "--nuclei", given["n"], "--confidence", given["confidence"])
    for name, expected in case.items():
        if name in ("input", "case_id", "blaker_epiR", "sterne_epiR"):
            continue
        assert answer[name] == pytest.approx(expected, rel=1e-9, abs=1e-15), name


@pytest.mark.parametrize("case", CASES["misclassification"], ids=lambda case: case["case_id"])
def test_every_correction_is_printed_by_name(case):
    given = case["input"]
    rates = f"{given['k_fp']}/{given['n_neg']}", f"{given['k_fn']}/{given['n_pos']}"
    counts = "--abnormal", given["k"], "--nuclei", given["n"]
    answer = asked(*counts, "--false-positive", rates[0], "--false-negative", rates[1])
    for name in ("rogan_gladen_raw", "rogan_gladen_clipped", "se_known_error_rates"):
        assert answer[name] == pytest.approx(case[name], rel=1e-9, abs=1e-15), name
    assert answer["delta_se"] == pytest.approx(case["estimated_rates"]["delta_se"], rel=1e-9)
    assert answer["lang_reiczigel_2014"] == pytest.approx(case["lang_reiczigel_2014"], rel=1e-9, abs=1e-15)
    assert answer["bayes_uniform_prior"] == pytest.approx(case["bayes_uniform_prior"], rel=1e-7)
    assert answer["reasons"] == {}


def test_rates_taken_as_exact_leave_out_what_needs_their_counts():
    words = ["--abnormal", "12", "--nuclei", "200", "--false-positive", "0.03", "--false-negative", "0.05"]
    answer = asked(*words, "--above", "0.02", "--above", "0.1")
    assert answer["delta_se"] is answer["lang_reiczigel_2014"] is None
    assert set(answer["reasons"]) == {"delta_se", "lang_reiczigel_2014"}
    assert answer["rogan_gladen_raw"] == pytest.approx((0.06 - 0.03) / 0.92)
    assert answer["prob_above"]["0.02"] > answer["prob_above"]["0.1"]
    assert answer["bayes_uniform_prior"]["prob_gt_0.1"] < 0.01
    assert "as given" in answer["prior"]


def test_rows_of_a_table_carry_the_same_estimators(tables):
    slides, controls = tables
    clones = asked(slides, "--controls", controls)
    assert clones[0]["clopper_pearson"][0] < 0.9 < clones[0]["clopper_pearson"][1]
    assert clones[0]["reasons"]["delta_se"] == "no false-negative rate was given or counted"
    assert clones[3]["reasons"] == {"all": "no nuclei scored"}


def test_clonal_controls_count_the_false_negatives(tables):
    slides, controls = tables
    lines = controls.read_text().splitlines()
    lines = [f"{line},{'kind' if not place else ''}" for place, line in enumerate(lines)]
    controls.write_text("\n".join([*lines, "EGR1,K1,200,190,clone", ""]))
    clone = asked(slides, "--controls", controls)[0]
    assert clone["false_negative"] == pytest.approx(0.05)
    assert clone["delta_se"] > 0
    methods = json.loads(run("cutoff", controls, "--json").stdout)["cutoffs"]
    assert {item["controls"] for item in methods} == {3}


def test_every_value_behind_a_cutoff_is_printed_by_name(tables):
    answer = json.loads(run("cutoff", tables[1], "--nuclei", 20, "--nuclei", 200, "--json").stdout)
    (probe,) = answer["probes"]
    assert (probe["probe"], probe["controls"], probe["pooled_k"], probe["pooled_n"]) == ("EGR1", 3, 4, 600)
    called = {item["method"]: item["counts"] for item in answer["cutoffs"]}
    names = {
        "binomial": "critbinom_pooled",
        "beta-binomial": "betabinomial_averaged",
        "beta-binomial-ml": "betabinomial_predictive",
    }
    for method, name in names.items():
        for item in probe["nuclei"]:
            assert called[method][str(item["nuclei"])] == item[name] + 1
    assert "one nucleus less" in answer["meaning"]


def test_counted_rates_are_validated_rates_and_no_control_slide():
    rates = "--false-positive", "15/500", "--false-negative", "5/100"
    counted = asked("--abnormal", 3, "--nuclei", 200, *rates)
    slide = asked("--abnormal", 3, "--nuclei", 200, "--control", "15/500", "--false-negative", "5/100")
    assert counted["cutoff_count"] < 15 < slide["cutoff_count"]
    assert "counted false-positive rate" in counted["cutoff_method"]
    assert "15 of 500 control nuclei" in counted["prior"]
    assert counted["bayes_jeffreys"] == slide["bayes_jeffreys"]


@pytest.mark.parametrize(("k", "n"), [(10**6, 10**6), (100, 10**5), (0, 10**7)])
def test_very_many_nuclei_are_answered(k, n):
    answer = asked("--abnormal", k, "--nuclei", n, "--false-positive", "3/200", "--false-negative", "5/100")
    assert answer["fraction"]["upper"] > 0.999 * k / n
    assert answer["bayes_jeffreys"]["lower"] <= answer["bayes_jeffreys"]["median"]


def test_the_recommended_answer_stands_first_for_people():
    shown = run("fraction", "--abnormal", 12, "--nuclei", 40).stdout
    assert shown.index("Clone fraction") < shown.index("clopper_pearson")
    assert "bayes_jeffreys: no false-positive and no false-negative rate" in " ".join(shown.split())


def test_all_slips_are_said_at_once():
    words = "--abnormal -3 --nuclei nan --false-positive 1.2 --false-negative 9/4 --purity x --method guess"
    result = run("fraction", *words.split(), "--json")
    assert result.exit_code == 1
    faults = json.loads(result.stdout)["faults"]
    named = "--abnormal --nuclei --purity --false-positive --false-negative --method"
    assert [fault["column"] for fault in faults] == named.split()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("--abnormal 0 --nuclei 0", "at least 1 nucleus"),
        ("--abnormal 2.5 --nuclei 20", "a whole number from 0"),
        ("--abnormal 5 --nuclei 20 --false-positive 0.5 --false-negative 60/100", "add to less than 1"),
        ("--abnormal 5 --nuclei 20 --false-positive nan", "a rate from 0 to below 1"),
        ("--abnormal 5 --nuclei 20 --false-positive 0.1 --control 2/200", "one source of the rate"),
        ("--abnormal 5 --nuclei 20 --above 5", "write 5 % as 0.05"),
    ],
)
def test_a_rate_or_count_that_cannot_be_is_refused(words, found):
    result = run("fraction", *words.split())
    assert result.exit_code == 1
    assert found in result.stderr


def test_controls_with_other_columns_are_refused(tmp_path):
    wrong = tmp_path / "controls.csv"
    wrong.write_text("probe,slide,cells\nEGR1,1,200\n")
    result = run("fraction", "--abnormal", 5, "--nuclei", 20, "--controls", wrong)
    assert result.exit_code == 1
    assert "nuclei_scored" in result.stderr
    assert run("cutoff", wrong, "--nuclei", 0).stderr.count("controls.csv") >= 1
