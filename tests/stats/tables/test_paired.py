from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, rankdata, wilcoxon

from remnant.stats.tables.paired import sign_flip, sign_test, wilcoxon_signed_rank

DIFFERENCES = st.lists(st.integers(-8, 8).map(lambda x: x / 10), min_size=1, max_size=9)


@pytest.mark.parametrize(("above", "below"), [(7, 0), (5, 2), (3, 3), (0, 4), (0, 0)])
def test_the_sign_test_is_the_binomial_one(above, below):
    found = sign_test(above, below)
    if above + below:
        assert found.p_two_sided == pytest.approx(binomtest(above, above + below).pvalue)
        assert found.smallest_p == pytest.approx(binomtest(0, above + below).pvalue)
    else:
        assert (found.p_two_sided, found.smallest_p) == (1, 1)


def counted_out(statistic, d):
    """Both p, over every pattern of signs."""
    sizes = np.abs(d)
    seen = statistic(np.asarray(d))
    every = [statistic(sizes * np.array(signs)) for signs in product((-1, 1), repeat=len(d))]
    greater, less = (np.mean([way(x - seen) >= -1e-9 for x in every]) for way in (np.positive, np.negative))
    return greater, min(1.0, 2 * min(greater, less))


@given(DIFFERENCES)
@settings(max_examples=40, deadline=None)
def test_wilcoxon_with_ties_is_what_counting_out_gives(differences):
    d = np.array([x for x in differences if x])
    found = wilcoxon_signed_rank(differences)
    ranks = rankdata(np.round(np.abs(d), 9))
    greater, two_sided = counted_out(lambda x: ranks[x > 0].sum(), d) if len(d) else (1.0, 1.0)
    assert (found.p_greater, found.p_two_sided) == pytest.approx((greater, two_sided))


@given(DIFFERENCES)
@settings(max_examples=40, deadline=None)
def test_the_sign_flip_test_is_what_counting_out_gives(differences):
    d = np.array([x for x in differences if x])
    found = sign_flip(differences)
    greater, two_sided = counted_out(np.sum, d) if len(d) else (1.0, 1.0)
    assert (found.p_greater, found.p_two_sided) == pytest.approx((greater, two_sided))
    assert found.statistic == pytest.approx(np.mean(differences), abs=1e-9)


def test_wilcoxon_without_ties_agrees_with_scipy():
    d = np.random.default_rng(1).normal(0.5, 1, 19)
    assert wilcoxon_signed_rank(d).p_two_sided == pytest.approx(wilcoxon(d, method="exact").pvalue)


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_the_smallest_p_is_reached_when_all_patients_agree(sizes):
    """And it is the same for all three tests: it is a matter of the number of patients alone."""
    n = len(sizes)
    for found in (sign_test(n, 0), wilcoxon_signed_rank(sizes), sign_flip(sizes)):
        assert found.p_two_sided == pytest.approx(min(1.0, 2.0 ** (1 - n)))
        assert found.smallest_p == pytest.approx(min(1.0, 2.0 ** (1 - n)))


def test_four_patients_cannot_reach_five_percent():
    assert wilcoxon_signed_rank([0.5, 0.6, 0.7, 0.8]).p_two_sided > 0.05
    assert sign_test(5, 0).smallest_p > 0.05
    assert sign_test(6, 0).smallest_p < 0.05


def test_patients_without_a_difference_count_neither_way():
    assert wilcoxon_signed_rank([0.2, 0.0, 0.3]).patients == 2
    assert sign_flip([0.0, 0.0]).p_two_sided == 1


def test_forty_patients_are_flipped_exactly_and_more_are_not():
    d = np.random.default_rng(2).normal(size=22)
    exact = sign_flip(d).p_two_sided
    signs = np.random.default_rng(3).choice([-1.0, 1.0], size=(40_000, 22))
    drawn = np.mean(np.abs(signs @ np.abs(d)) >= abs(d.sum()) - 1e-9)
    assert exact == pytest.approx(drawn, abs=5 * np.sqrt(0.25 / 40_000))
    assert sign_flip(np.ones(41)) is None


def test_fractions_that_are_equal_on_paper_tie():
    """3/10 - 1/10 and 2/10 differ in their last bit."""
    found = wilcoxon_signed_rank([3 / 10 - 1 / 10, -(2 / 10), 0.7])
    assert found.statistic == pytest.approx(1.5 + 3)
