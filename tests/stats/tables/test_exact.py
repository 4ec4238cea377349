from math import inf, log

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from remnant.stats.tables.exact import odds_ratio, stratified_odds_ratio


def agree(found, expected):
    wanted = [float(expected[name]) for name in ("or_conditional_ml", "lower", "upper")]
    assert [found.value, found.lower, found.upper] == pytest.approx(wanted, rel=1e-12)
    assert found.p_two_sided == pytest.approx(expected["p_two_sided_min_likelihood"], rel=1e-12)
    assert found.p_greater == pytest.approx(expected["p_greater"], rel=1e-12)


def test_one_table_agrees_with_high_precision(one_table):
    agree(odds_ratio(**one_table["input"]), one_table["oracle_exact"])


def test_stratified_tables_agree_with_high_precision(paired, counts):
    agree(stratified_odds_ratio(*counts), paired["oracle_exact_stratified"])


@st.composite
def tables(draw, most=60):
    n1, n2 = draw(st.integers(1, most)), draw(st.integers(1, most))
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
        assert (there.lower, there.upper) == (0, inf)
        return
    for one, other in (("lower", "upper"), ("mid_p_lower", "mid_p_upper"), ("value", "value")):
        if 0 < getattr(there, one) < inf:
            assert getattr(there, one) == pytest.approx(1 / getattr(back, other), rel=1e-9)
    assert there.p_greater == pytest.approx(back.p_less, rel=1e-12)
    assert there.p_two_sided == pytest.approx(back.p_two_sided, rel=1e-12)


@given(tables())
@settings(max_examples=25, deadline=None)
def test_limits_nest_as_their_meanings_do(table):
    found = odds_ratio(*table)
    assert found.lower <= found.lower_one_sided
    assert found.lower <= found.mid_p_lower
    assert found.mid_p_upper <= found.upper
    if found.informative:
        assert found.mid_p_lower <= found.value <= found.mid_p_upper


@given(tables(), tables())
@settings(max_examples=25, deadline=None)
def test_a_patient_without_a_choice_changes_nothing(first, second):
    silent = 0, first[1], 0, first[3]
    one = stratified_odds_ratio(*np.array([first, second]).T)
    two = stratified_odds_ratio(*np.array([first, silent, second]).T)
    assert vars(one) == pytest.approx(vars(two))


@given(st.lists(tables(most=12), min_size=1, max_size=4))
@settings(max_examples=20, deadline=None)
def test_several_patients_agree_with_whole_numbers_counted_out(patients):
    """Weights as exact integers, convolved without rounding."""
    k1, n1, k2, n2 = np.array(patients).T
    weight, low = [1], 0
    for a, n, c, m in patients:
        start, end = max(0, a + c - m), min(n, a + c)
        own = [mpmath.binomial(n, x) * mpmath.binomial(m, a + c - x) for x in range(start, end + 1)]
        low += start
        weight = [
            sum(weight[i] * own[j - i] for i in range(len(weight)) if 0 <= j - i < len(own))
            for j in range(len(weight) + len(own) - 1)
        ]
    seen, total = int(k1.sum()) - low, sum(weight)
    found = stratified_odds_ratio(k1, n1, k2, n2)
    assert found.p_greater == pytest.approx(float(sum(weight[seen:]) / total), rel=1e-12)
    assert found.p_two_sided == pytest.approx(
        float(sum(w for w in weight if w <= weight[seen]) / total), rel=1e-12
    )
    if 0 < found.lower < inf:
        tilted = [w * mpmath.mpf(found.lower) ** x for x, w in enumerate(weight)]
        assert float(sum(tilted[seen:]) / sum(tilted)) == pytest.approx(0.025, rel=1e-9)
    if found.mid_p_upper < inf:
        tilted = [w * mpmath.mpf(found.mid_p_upper) ** x for x, w in enumerate(weight)]
        tail = sum(tilted[: seen + 1]) - tilted[seen] / 2
        assert float(tail / sum(tilted)) == pytest.approx(0.025, rel=1e-9)


@pytest.mark.parametrize("table", [(3, 100_000, 1, 100_000), (50_000, 100_000, 49_700, 100_000)])
def test_a_hundred_thousand_nuclei_keep_their_digits(table):
    k1, n1, k2, n2 = table
    found = odds_ratio(*table)
    low, high, total = max(0, k1 + k2 - n2), min(n1, k1 + k2), mpmath.mpf(0)
    with mpmath.workdps(40):
        psi, weight, tail = mpmath.mpf(found.lower), mpmath.mpf(1), mpmath.mpf(0)
        # Beyond forty standard deviations nothing is left to thirty digits.
        for x in range(max(low, k1 - 9000), min(high, k1 + 9000) + 1):
            total += weight
            tail += weight if x >= k1 else 0
            weight *= psi * (n1 - x) * (k1 + k2 - x) / (mpmath.mpf(x + 1) * (n2 - k1 - k2 + x + 1))
        assert float(tail / total) == pytest.approx(0.025, rel=1e-9)


def test_nothing_abnormal_anywhere_is_not_informative():
    found = odds_ratio(0, 15, 0, 100)
    assert not found.informative
    assert (found.p_two_sided, found.p_greater, found.p_less) == (1, 1, 1)


def test_an_infinite_ratio_has_a_one_sided_limit():
    """3 of 12 against 0 of 150: P(all three fall in the first) = 0.05 at this ratio."""
    found = odds_ratio(3, 12, 0, 150)
    assert (found.value, found.upper) == (inf, inf)
    lower = odds_ratio(3, 12, 0, 150, confidence=0.9).lower
    assert found.lower_one_sided == pytest.approx(lower, rel=1e-12)


def test_a_p_too_small_for_a_number_is_zero_and_the_limits_stand():
    found = odds_ratio(50_000, 100_000, 40_000, 100_000)
    assert found.p_two_sided == 0
    assert log(found.upper / found.lower) == pytest.approx(2 * 1.96 * np.sqrt(4e-5 + 1 / 24_000), rel=1e-2)


@pytest.mark.slow
def test_exact_limits_cover_at_least_what_they_say_and_mid_p_about():
    rng = np.random.default_rng(8)
    ratio = 4.0
    odds = 0.1 / 0.9
    k2, k1 = rng.binomial(60, 0.1, 3000), rng.binomial(15, ratio * odds / (1 + ratio * odds), 3000)
    found = [odds_ratio(int(a), 15, int(b), 60) for a, b in zip(k1, k2, strict=True)]
    assert np.mean([x.lower <= ratio <= x.upper for x in found]) > 0.95
    assert np.mean([x.mid_p_lower <= ratio <= x.mid_p_upper for x in found]) > 0.945
