import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, kstest

from remnant.stats.wells.groups import group_difference

rows = st.lists(
    st.tuples(st.sampled_from("ABC"), st.floats(1, 1e6), st.integers(1, 48), st.floats(0, 1)),
    min_size=2,
    max_size=12,
)


@settings(deadline=None)
@given(rows, st.permutations(range(12)))
def test_names_and_order_of_groups_do_not_matter(rows, order):
    group, dose, tested, share = (np.array(x) for x in zip(*rows, strict=True))
    positive = np.round(share * tested)
    found = group_difference(dose, tested, positive, group)
    names = np.array([{"A": "z", "B": "b", "C": "m"}[g] for g in group])
    place = [i for i in order if i < len(rows)]
    again = group_difference(dose[place], tested[place], positive[place], names[place])
    assert again.statistic == pytest.approx(found.statistic, rel=1e-9, abs=1e-9)
    assert (again.df, 0 <= found.p <= 1) == (found.df, True)


def test_a_silent_and_a_full_group_differ_as_their_likelihoods_do():
    found = group_difference([10, 10], [8, 8], [0, 8], ["A", "B"])
    assert found.statistic == pytest.approx(2 * 16 * np.log(2))  # together 8 of 16, apart certain
    assert np.isfinite(found.score_statistic)


@pytest.mark.parametrize("positive", [[0, 0], [8, 8]])
def test_groups_that_agree_in_every_well_do_not_differ(positive):
    found = group_difference([10, 30], [8, 8], positive, ["A", "B"])
    assert (found.statistic, found.df, found.p) == (0, 1, 1)


def test_groups_of_one_frequency_are_called_different_as_often_as_said():
    rng = np.random.default_rng(5)
    dose = np.array([50.0, 100, 200, 400] * 2)
    p, score_p = [], []
    for _ in range(600):
        found = group_difference(dose, [24] * 8, rng.binomial(24, -np.expm1(-dose / 250)), [0] * 4 + [1] * 4)
        p.append(found.p)
        score_p.append(found.score_p)
    for values in (p, score_p):
        assert binomtest(int(np.sum(np.array(values) < 0.05)), 600, 0.05).pvalue > 1e-3
        assert kstest(values, "uniform").pvalue > 1e-3
