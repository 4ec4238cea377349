"""A count with a measured background: coverage summed exactly over every outcome, and its limiting cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, nbinom, poisson

from remnant.stats.rare.background import NONE, Background, expect_background, net_count
from remnant.stats.rare.poisson import garwood

BIG = 10**9  # so many negative events that the exposure of the control is known


def control(k, exposure):
    """A control `exposure` times as large as the stained sample."""
    return expect_background([k], [BIG * exposure], [BIG])


def outcomes(mean):
    counts = np.arange(int(poisson.ppf(1e-7, mean)), int(poisson.ppf(1 - 1e-7, mean)) + 1)
    return counts, poisson.pmf(counts, mean)


def coverage(signal, background, exposure):
    """Probability that the limits hold the signal, summed over every count and every control."""
    held, total = 0.0, 0.0
    for k, p in zip(*outcomes(exposure * background), strict=True):
        known = control(int(k), exposure)
        for n, q in zip(*outcomes(signal + background), strict=True):
            found = net_count(int(n), known)
            held += p * q * (found.lower <= signal <= found.upper)
            total += p * q
    return held / total


@pytest.mark.parametrize(
    ("signal", "background", "exposure"),
    [(0.0, 1.0, 1.0), (3.0, 0.5, 2.0), (8.0, 6.0, 0.5), (25.0, 4.0, 1.0)],
)
def test_the_limits_hold_the_signal_at_least_as_often_as_stated(signal, background, exposure):
    assert coverage(signal, background, exposure) >= 0.95 - 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("exposure", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("background", [0.1, 1.0, 5.0, 15.0])
@pytest.mark.parametrize("signal", [0.0, 1.0, 4.0, 12.0, 40.0])
def test_coverage_over_a_grid_of_signals_backgrounds_and_controls(signal, background, exposure):
    found = coverage(signal, background, exposure)
    assert found >= 0.945
    assert found <= 0.995 or signal < 5


@given(st.integers(0, 3000))
@settings(deadline=None, max_examples=50)
def test_without_background_the_limits_are_those_of_garwood(n):
    lower, upper = garwood(n)
    found = net_count(n, NONE)
    assert found.value == n
    assert (found.lower, found.upper) == pytest.approx((float(lower), float(upper)), rel=1e-8)


@given(st.integers(1, 60), st.integers(0, 60), st.floats(0.2, 5))
@settings(deadline=None, max_examples=80)
def test_a_signal_is_claimed_where_the_exact_conditional_test_claims_it(n, k, exposure):
    """Given n + k events, n is binomial with probability 1 / (1 + exposure) if there is no signal."""
    p = binomtest(n, n + k, 1 / (1 + exposure), alternative="greater").pvalue
    if abs(p - 0.025) > 1e-6:
        assert (net_count(n, control(k, exposure)).lower > 0) == (p < 0.025)


def test_the_tails_are_those_of_a_signal_added_to_a_negative_binomial_background():
    known = control(7, 2.0)
    found = net_count(30, known)
    background = np.arange(400)
    high = nbinom.pmf(background, 8, 2 / 3)
    low = nbinom.pmf(background, 7, 2 / 3)
    at_least = float(high @ poisson.sf(29 - background, found.lower))
    at_most = float(low @ poisson.cdf(30 - background, found.upper)) / nbinom.cdf(30, 7, 2 / 3)
    assert at_least == pytest.approx(0.025, rel=1e-6)
    assert at_most == pytest.approx(0.025, rel=1e-6)


@given(st.integers(0, 200), st.integers(0, 200), st.floats(0.1, 10))
@settings(deadline=None, max_examples=60)
def test_the_estimate_lies_within_its_limits_and_more_background_lowers_them(n, k, exposure):
    found, more = net_count(n, control(k, exposure)), net_count(n, control(k + 5, exposure))
    assert 0 <= found.lower <= found.value <= found.upper
    assert more.lower <= found.lower + 1e-9
    assert more.upper <= found.upper + 1e-6


def test_a_count_far_below_its_background_still_allows_some_signal():
    assert net_count(0, control(5000, 1.0)).upper == pytest.approx(-np.log(0.025), rel=1e-3)
    assert net_count(3, control(5000, 1.0)).lower == 0


def test_a_small_control_knows_less_of_the_background_than_a_large_one():
    small, large = expect_background([1], [20], [40]), expect_background([100], [2000], [40])
    assert small.mean == large.mean == 2.0
    assert small.deviation > large.deviation
    assert net_count(12, small).lower < net_count(12, large).lower


def test_controls_of_several_markers_add_their_backgrounds():
    both = expect_background([2, 3], [100, 300], [100, 600])
    assert both.mean == 8.0
    assert both.high_mean == 10.0
    assert expect_background([3], [10], [0]) == Background(0, 0, 0, 0)


def test_a_control_without_a_negative_event_is_a_bug():
    with pytest.raises(AssertionError):
        expect_background([1], [0], [5])
