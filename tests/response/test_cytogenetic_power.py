import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from remnant.response.cytogenetic.metaphase_power import metaphase_power, metaphases_to_exclude


def test_the_published_power_of_twenty_metaphases():
    power = metaphase_power(20, sizes=(0.05, 0.10, 0.14, 0.20))
    assert [round(clone.missed, 2) for clone in power.clones] == [0.36, 0.12, 0.05, 0.01]
    assert [round(clone.twice, 2) for clone in power.clones] == [0.26, 0.61, 0.79, 0.93]
    assert (round(100 * power.one_sided, 1), round(100 * power.two_sided, 1)) == (13.9, 16.8)


@settings(deadline=None)
@given(st.integers(1, 500))
def test_the_two_sided_limit_is_that_of_an_outside_implementation(scored):
    outside = binomtest(0, scored).proportion_ci(0.95, method="exact").high
    power = metaphase_power(scored)
    assert power.two_sided == pytest.approx(outside, rel=1e-6)
    assert power.one_sided < power.two_sided


@settings(deadline=None)
@given(st.integers(1, 300), st.floats(0.001, 0.9))
def test_a_clone_at_the_limit_is_missed_as_often_as_the_confidence_leaves(scored, size):
    power = metaphase_power(scored)
    (clone,) = metaphase_power(scored, sizes=(power.one_sided,)).clones
    assert clone.missed == pytest.approx(0.05, rel=1e-9)
    (other,) = metaphase_power(scored, sizes=(size,)).clones
    assert 0 <= other.twice <= other.once == pytest.approx(1 - other.missed)


def test_metaphases_that_exclude_a_clone():
    assert [metaphases_to_exclude(size) for size in (0.10, 0.05, 0.02, 0.01)] == [29, 59, 149, 299]


@given(st.floats(0.001, 0.99))
def test_one_metaphase_fewer_would_not_exclude_it(size):
    needed = metaphases_to_exclude(size)
    assert (1 - size) ** needed <= 0.05 * (1 + 1e-9)
    assert needed == 1 or (1 - size) ** (needed - 1) > 0.05 * (1 - 1e-9)
