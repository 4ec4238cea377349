import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from remnant.stats.wells import dilution, limits
from remnant.stats.wells.groups import group_difference
from remnant.stats.wells.single_hit import single_hit_tests

ROOT = Path(__file__).parents[3]
REFERENCE = Path(__file__).parents[2] / "reference" / "dilution" / "elda" / "expected.json"
CASES = json.loads(REFERENCE.read_text())["cases"]
assert CASES, "no reference cases found: the tests below would pass by testing nothing"
MORE = ROOT / ".." / "shared" / "data" / "lda-a" / "cases.json"
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case["case_id"])


def wells(case, group=None):
    given = case["input"]
    names = np.array(given["group"])
    own = (names == group if group else names == names) & (np.array(given["dose"]) > 0)
    return [np.array(given[name], float)[own] for name in ("dose", "tested", "response")], names[own]


def one_over(rate, observed):
    """Cells per unit, from a Poisson rate or from the binomial frequency that it stands for."""
    return float(1 / (limits.exact_cells(rate) if observed else rate))


@each
def test_frequency_and_limits_agree_with_high_precision(case):
    observed, confidence = case["input"]["observed"], case["input"]["confidence"]
    for group, expected in case["oracle"]["groups"].items():
        (dose, tested, positive), _ = wells(case, group)
        best = dilution.maximum_likelihood(dose, tested, positive)
        if expected["kind"] == "partial":
            assert one_over(best, observed) == pytest.approx(expected["estimate"], rel=1e-9)
            profile = limits.profile_limits(best, dose, tested, positive, confidence=confidence)
            found = [one_over(limit, observed) for limit in profile]
            assert found == pytest.approx([expected["profile_lower"], expected["profile_upper"]], rel=1e-9)
            wald = limits.wald_limits(best, dose, tested, confidence=confidence)
            found = [one_over(limit, observed) for limit in wald]
            assert found == pytest.approx([expected["lower"], expected["upper"]], rel=1e-9)
        elif expected["kind"] == "all_positive":
            assert best == np.inf
            bound = limits.lower_when_all_positive(dose, tested, confidence=confidence)
            assert one_over(bound, observed) == pytest.approx(expected["lower"], rel=1e-9)
        else:
            assert best == 0
            bound = limits.upper_when_all_negative(dose, tested, confidence=confidence)
            assert one_over(bound, observed) == pytest.approx(expected["upper"], rel=1e-9)


@each
def test_single_hit_tests_agree_with_high_precision(case):
    (dose, tested, positive), group = wells(case)
    found, oracle = single_hit_tests(dose, tested, positive, group), case["oracle"]
    for ours, theirs in {
        "wald": "wald",
        "likelihood_ratio": "lr",
        "score_log_dose": "score_logdose",
        "score_dose": "score_dose",
    }.items():
        expected = oracle.get(f"test_slope_{theirs}") or {}
        z, p = getattr(found, f"{ours}_z"), getattr(found, f"{ours}_p")
        if expected.get("z") is None:
            assert z is None
        else:
            assert z == pytest.approx(expected["z"], rel=1e-8, abs=1e-9)
            assert p == pytest.approx(expected["p"], rel=1e-8)
    groups = oracle["groups"].values()
    assert found.separated is bool(oracle.get("slope_separated"))
    assert found.deviance == pytest.approx(sum(g.get("deviance") or 0 for g in groups), rel=1e-9, abs=1e-12)
    assert found.pearson == pytest.approx(
        sum(g.get("pearson_chisq") or 0 for g in groups), rel=1e-9, abs=1e-12
    )
    assert found.degrees_of_freedom == sum(g["df"] for g in groups)


@pytest.mark.parametrize(
    "case", [c for c in CASES if "test_difference" in c["oracle"]], ids=lambda case: case["case_id"]
)
def test_difference_of_groups_agrees_with_high_precision(case):
    (dose, tested, positive), group = wells(case)
    found = group_difference(dose, tested, positive, group)
    expected = case["oracle"]["test_difference"]
    assert (found.statistic, found.p) == pytest.approx((expected["Chisq"], expected["P.value"]), rel=1e-9)
    assert found.df == expected["df"]


@pytest.mark.skipif(not MORE.exists(), reason="../shared/data/lda-a is not beside the repository")
def test_more_plates_agree_with_the_standard_program():
    cases = json.loads(MORE.read_text())["cases"]
    assert len(cases) == 13
    for case in cases:
        group = np.array(case.get("group") or ["A"] * len(case["dose"]))
        plate = [np.array(case[key], float) for key in ("dose", "tested", "response")]
        for observed in (False, True):
            kind = "observed" if observed else "expected"
            for name, row in case["answer"][f"ci_one_over_frequency_{kind}_info"].items():
                own = [x[group == name] for x in plate]
                best = dilution.maximum_likelihood(*own)
                if best == 0:
                    found = [0.0, 0.0, limits.upper_when_all_negative(*own[:2])]
                elif np.isinf(best):
                    found = [limits.lower_when_all_positive(*own[:2]), 1.0, 1.0]
                else:
                    lower, upper = limits.wald_limits(best, *own[:2])
                    found = [lower, best, upper]
                ours = [one_over(rate, observed) if rate else np.inf for rate in found]
                assert ours == pytest.approx([float(x) for x in row], rel=1e-6)
        expected = case["answer"]["test_difference_chisq_p_df"]
        if expected:
            test = group_difference(*plate, group)
            assert [test.statistic, test.p, test.df] == pytest.approx(expected, rel=1e-6)
        tests = single_hit_tests(*plate, group)
        for ours, theirs, close in (
            ("wald", "wald", 2e-4), ("likelihood_ratio", "lr", 2e-4),
            ("score_log_dose", "score_logdose", 1e-6), ("score_dose", "score_dose", 1e-6),
        ):  # fmt: skip
            z = case["answer"][f"test_slope_{theirs}"][2]
            if z is not None:
                assert getattr(tests, f"{ours}_z") == pytest.approx(z, abs=close)


@st.composite
def plates(draw):
    doses = draw(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=5, unique=True))
    tested = [draw(st.integers(1, 96)) for _ in doses]
    positive = [draw(st.integers(0, n)) for n in tested]
    assume(0 < sum(positive) < sum(tested))
    return np.array(doses), np.array(tested, float), np.array(positive, float)


@settings(deadline=None)
@given(plates())
def test_the_maximum_has_no_slope_and_lies_within_its_limits(plate):
    best = dilution.maximum_likelihood(*plate)
    scale = dilution.information(best, plate[0], plate[1])
    assert abs(float(dilution.score(best, *plate))) <= 1e-9 * max(1.0, float(scale))
    lower, upper = limits.profile_limits(best, *plate)
    assert lower < best < upper


@settings(deadline=None)
@given(plates(), st.floats(1e-6, 1e6))
def test_counting_cells_in_thousands_scales_the_answer(plate, factor):
    dose, tested, positive = plate
    scaled = dilution.maximum_likelihood(dose * factor, tested, positive) * factor
    assert float(scaled) == pytest.approx(float(dilution.maximum_likelihood(*plate)), rel=1e-9)


@settings(deadline=None)
@given(plates())
def test_the_likelihood_sees_wells_not_rows(plate):
    twice = [np.concatenate([column, column]) for column in plate]
    assert float(dilution.maximum_likelihood(*twice)) == pytest.approx(
        float(dilution.maximum_likelihood(*plate)), rel=1e-9
    )


def test_many_plates_at_once_are_each_as_alone():
    rng = np.random.default_rng(4)
    dose = np.array([50.0, 100, 200, 400])
    positive = rng.binomial(12, 1 - np.exp(-dose / 250), (50, 4))
    together = dilution.maximum_likelihood(dose, 12, positive)
    alone = [float(dilution.maximum_likelihood(dose, [12] * 4, row)) for row in positive]
    assert together == pytest.approx(np.array(alone))


@settings(max_examples=40, deadline=None)
@given(plates())
def test_a_dose_without_wells_changes_no_test(plate):
    more = [np.append(column, extra) for column, extra in zip(plate, (3.0, 0.0, 0.0), strict=True)]
    assert single_hit_tests(*more) == single_hit_tests(*plate)


def test_profile_limits_cover_as_often_as_they_say():
    rng = np.random.default_rng(11)
    dose, frequency = np.array([50.0, 100, 200, 400]), 1 / 300
    positive = rng.binomial(12, -np.expm1(-frequency * dose), (4000, 4))
    best = dilution.maximum_likelihood(dose, 12, positive)
    some = (best > 0) & np.isfinite(best)
    lower, upper = limits.profile_limits(best[some], dose, 12, positive[some])
    held = int(((lower <= frequency) & (frequency <= upper)).sum())
    assert binom.cdf(held, int(some.sum()), 0.95) > 1e-4
    assert binom.sf(held - 1, int(some.sum()), 0.95) > 1e-4


def test_rare_units_are_found_where_an_absolute_stop_is_six_fold_wrong():
    case = next(case for case in CASES if case["case_id"] == "S09")
    (dose, tested, positive), _ = wells(case)
    ours = float(1 / dilution.maximum_likelihood(dose, tested, positive))
    assert ours == pytest.approx(case["oracle"]["groups"]["A"]["estimate"], rel=1e-9)
    assert not 0.5 < case["statmod"]["groups"]["A"]["estimate"] / ours < 2
