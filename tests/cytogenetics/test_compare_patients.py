"""Further paired tables against stored answers of R: every quantity that R can be trusted with."""

import json
from pathlib import Path

import numpy as np
import pytest

from remnant.cytogenetics.fish.compare_patients import fixed_patient_firth, paired_tests
from remnant.stats.tables.exact import odds_ratio, stratified_odds_ratio
from remnant.stats.tables.fixed_patient import fixed_patient_logistic
from remnant.stats.tables.large_sample import haldane_log_odds
from remnant.stats.tables.log_odds_pooling import pool_log_odds
from remnant.stats.tables.mixed_logistic import mixed_logistic
from remnant.stats.tables.pooled import mantel_haenszel, peto
from remnant.stats.tables.strata import strata

PLACE = Path(__file__).parents[1] / "reference" / "fish" / "further" / "expected.json"
CASES = json.loads(PLACE.read_text())
assert len(CASES) > 50, "too few cases found"


@pytest.fixture(params=CASES, ids=lambda case: case["case_id"])
def case(request):
    return request.param


@pytest.fixture
def counts(case):
    return [case["input"][name] for name in ("k1", "n1", "k2", "n2")]


def near(found, expected, names, **tolerance):
    assert list(found) == pytest.approx([expected[name] for name in names], **tolerance)


def test_pooled_answers_agree(case, counts):
    tables, r = strata(*counts), case["r"]
    mh, one_step = mantel_haenszel(tables), peto(tables)
    if r.get("mh"):
        tests = mh.chi_square, mh.p, mh.chi_square_corrected, mh.p_corrected
        near(tests, r["mh"], ("chisq", "p", "chisqc", "pc"), rel=1e-9)
        assert stratified_odds_ratio(*counts).p_two_sided == pytest.approx(r["mh"]["exact_p"], rel=1e-9)
    if mh is not None and mh.tarone is not None:
        answers = (mh.breslow_day, "BD"), (mh.tarone, "TA"), (mh.heterogeneity, "QE")
        for test, name in answers:
            near((test.chi_square, test.p), r["rma"], (name, f"{name}p"), rel=1e-8)
    if r.get("peto"):
        near((one_step.log_odds, one_step.error, one_step.p), r["peto"], ("log_or", "se", "p"), rel=1e-9)
    reml = pool_log_odds(*haldane_log_odds(*counts))
    near((reml.log_odds, reml.error, reml.p), r["reml"], ("log_or", "se", "p"), rel=1e-8)
    assert reml.tau2 == pytest.approx(r["reml"]["tau2"], abs=1e-10)


def test_regressions_agree(case, counts):
    tables, r = strata(*counts), case["r"]
    firth, fixed, mixed = fixed_patient_firth(tables), fixed_patient_logistic(tables), mixed_logistic(tables)
    near((firth.estimate, firth.error), r["firth"], ("log_or", "se"), rel=1e-8)
    assert firth.converged
    if fixed is not None:
        near((fixed.log_odds, fixed.error), r["glm"], ("log_or", "se"), rel=1e-7)
        assert fixed.deviance == pytest.approx(r["glm"]["dev"], abs=1e-9)
    if mixed is not None:
        ours = mixed.intercept, mixed.log_odds, mixed.sd_patient, mixed.error
        near(ours, r["glmer"], ("intercept", "log_or", "sd", "se"), abs=3e-5)
        assert mixed.converged


def test_tests_of_each_patient_and_over_patients_agree(case, counts):
    r, tables = case["r"], strata(*counts)
    own = [odds_ratio(*table).p_two_sided for table in np.array(counts).T]
    assert own == pytest.approx(r["fisher"], rel=1e-9)
    found = paired_tests(tables, [str(number) for number in range(len(own))])
    if isinstance(r["sign"], float):
        assert found.sign.p_two_sided == pytest.approx(r["sign"], rel=1e-9)
    if isinstance(r["wil"], float):
        assert found.wilcoxon.p_two_sided == pytest.approx(r["wil"], rel=1e-9)
