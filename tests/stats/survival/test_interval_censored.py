import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.stats.survival.interval_censored import interval_censored
from remnant.stats.survival.kaplan_meier import kaplan_meier

SEEN = st.lists(st.tuples(st.integers(0, 9), st.sampled_from([0, 1, 2, 4, np.inf])), min_size=1, max_size=20)


def expectation_maximisation(left, right, begin, end, steps=400):
    """Turnbull's self-consistency, as slow and as plain as he wrote it."""
    exact = begin == end
    inside = np.zeros((len(left), len(begin)))
    for row, (a, b) in enumerate(zip(left, right, strict=True)):
        after = np.where(exact & (a < b), a < begin, a <= begin)
        inside[row] = after & (end <= b)
    mass = np.full(len(begin), 1 / len(begin))
    for _ in range(steps):
        mass = (inside * mass / (inside @ mass)[:, None]).mean(axis=0)
    return float(np.log(inside @ mass).sum())


@given(SEEN)
@settings(max_examples=30, deadline=None)
def test_no_other_distribution_is_likelier(rows):
    """Kuhn and Tucker: the gain of any further mass is at most nothing; self-consistency gets no higher."""
    left = np.array([a for a, _ in rows], float)
    right = left + np.array([b for _, b in rows])
    found = interval_censored(left, right)
    assert found.converged
    assert found.mass.sum() == pytest.approx(1, abs=1e-12)
    slow = expectation_maximisation(left, right, found.left, found.right)
    assert found.log_likelihood >= slow - 1e-9
    assert found.log_likelihood == pytest.approx(slow, abs=0.05)


@given(st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=25))
@settings(max_examples=60, deadline=None)
def test_where_times_are_exact_it_is_kaplan_meier(rows):
    time, event = map(np.array, zip(*rows, strict=True))
    curve = kaplan_meier(time, event)
    found = interval_censored(time, np.where(event, time, np.inf))
    lowest, _ = found.free(curve.time)
    assert lowest == pytest.approx(curve.free, abs=1e-7)


def test_between_two_looks_it_says_only_between_what_the_fraction_lies():
    found = interval_censored([0, 28, 28], [28, 56, np.inf])
    lowest, highest = found.free([14, 28, 40])
    assert lowest == pytest.approx([2 / 3, 2 / 3, 0])
    assert highest == pytest.approx([1, 2 / 3, 2 / 3])
    assert found.median == (28, 56)


def test_a_median_that_nobody_saw_is_none():
    assert interval_censored([10, 10, 0], [np.inf, np.inf, 10]).median is None
