"""Limits of sums, where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.stats.rare.limits import limits_of_sum


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(0.01, 10)), min_size=1, max_size=5))
def test_normal_estimates_add_their_variances(estimates):
    mean, deviation = np.array(estimates).T
    lower, upper = limits_of_sum(mean, mean - 1.96 * deviation, mean + 1.96 * deviation)
    spread = 1.96 * np.sqrt(np.sum(deviation**2))
    assert (lower, upper) == pytest.approx((mean.sum() - spread, mean.sum() + spread))


def test_what_is_known_without_error_only_shifts_the_limits():
    assert limits_of_sum([4.0, 10.0], [1.0, 10.0], [9.0, 10.0]) == (11.0, 19.0)


def test_limits_that_miss_their_estimate_are_a_bug():
    with pytest.raises(AssertionError):
        limits_of_sum([1.0], [2.0], [3.0])
