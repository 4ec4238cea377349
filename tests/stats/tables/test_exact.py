import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from remnant.stats.tables.exact import mantel_haenszel, newcombe_difference, odds_ratio, stratified_odds_ratio

REFERENCE = Path(__file__).parents[2] / "reference" / "fish" / "fraction" / "expected.json"
WHOLE = json.loads(REFERENCE.read_text())
TABLES, STRATA = WHOLE["two_by_two"], WHOLE["paired_strata"]
assert TABLES, "no tables found: the tests below would pass by testing nothing"
assert STRATA, "no strata found: the tests below would pass by testing nothing"
KEYS = ("k1", "n1", "k2", "n2")


def agree(found, expected):
    wanted = [float(expected[name]) for name in ("or_conditional_ml", "lower", "upper")]
    assert [found.value, found.lower, found.upper] == pytest.approx(wanted, rel=1e-8)
    assert found.p_two_sided == pytest.approx(expected["p_two_sided_min_likelihood"], rel=1e-8)
    assert found.p_greater == pytest.approx(expected["p_greater"], rel=1e-8)


@pytest.mark.parametrize("case", TABLES, ids=lambda case: case["case_id"])
def test_one_table_agrees_with_high_precision(case):
    agree(odds_ratio(**case["input"]), case["oracle_exact"])
    difference = newcombe_difference(**case["input"])
    assert difference == pytest.approx((case["diff"], *case["newcombe10"]), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("case", STRATA, ids=lambda case: case["case_id"])
def test_stratified_tables_agree_with_high_precision(case):
    agree(stratified_odds_ratio(*(case["input"][key] for key in KEYS)), case["oracle_exact_stratified"])


@pytest.mark.parametrize("case", STRATA, ids=lambda case: case["case_id"])
def test_mantel_haenszel_agrees_with_outside_implementation(case):
    found = mantel_haenszel(*(case["input"][key] for key in KEYS))
    expected, homogeneity = case["mantel_haenszel"], case["rma_mh"]
    if found is None:
        assert homogeneity["log_or"] is None
        return
    assert (found.value, found.lower, found.upper) == pytest.approx(
        tuple(expected[name] for name in ("or", "lower", "upper")), rel=1e-9
    )
    assert (found.chi_square, found.p) == pytest.approx((expected["chisq"], expected["p"]), rel=1e-9)
    assert (found.breslow_day, found.tarone) == pytest.approx(
        (homogeneity["BD"], homogeneity["TA"]), rel=1e-9
    )
    assert (found.breslow_day_p, found.tarone_p) == pytest.approx(
        (homogeneity["BDp"], homogeneity["TAp"]), rel=1e-9
    )


@st.composite
def tables(draw):
    n1, n2 = draw(st.integers(1, 60)), draw(st.integers(1, 60))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


@given(tables())
@settings(max_examples=40, deadline=None)
def test_p_is_that_of_fisher(table):
    k1, n1, k2, n2 = table
    expected = fisher_exact([[k1, n1 - k1], [k2, n2 - k2]]).pvalue
    assert odds_ratio(*table).p_two_sided == pytest.approx(float(expected), rel=1e-8)


@given(tables())
@settings(max_examples=25, deadline=None)
def test_exchanging_compartments_turns_the_ratio_over(table):
    there, back = odds_ratio(*table), odds_ratio(*table[2:], *table[:2])
    if not there.informative:
        assert (there.lower, there.upper) == (0, float("inf"))
    elif there.lower > 0:
        assert there.lower == pytest.approx(1 / back.upper, rel=1e-8)


def test_nothing_abnormal_anywhere_is_not_informative():
    assert not odds_ratio(0, 15, 0, 100).informative
