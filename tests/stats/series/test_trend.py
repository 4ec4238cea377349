import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from remnant.stats.numerics.posterior import beta_posterior
from remnant.stats.series.trend import trend


def of(k, n):
    return beta_posterior(k + 0.5, n - k + 0.5)


def fitted(time, counts, **choices):
    return trend(time, [of(*each) for each in counts], **choices)


def test_the_slope_is_that_of_a_logistic_regression_where_the_assay_does_not_err():
    time, k, n = np.array([0, 2, 5, 9.0]), np.array([2, 5, 9, 25]), np.array([100, 90, 80, 100])

    def minus(at):
        p = expit(at[0] + at[1] * time)
        return -np.sum(k * np.log(p) + (n - k) * np.log1p(-p))

    best = minimize(minus, [-3, 0.2], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    found = fitted(time, list(zip(k, n, strict=True)))
    assert found.slope == pytest.approx(best.x[1], abs=3e-3)
    flat = k.sum() / n.sum()
    null = np.sum(k * np.log(flat) + (n - k) * np.log1p(-flat))
    assert found.log_ratio == pytest.approx(2 * (-best.fun - null), rel=1e-2)


def test_without_a_second_time_there_is_no_trend():
    assert fitted([3], [(1, 9)]) is None
    assert fitted([3, 3], [(1, 9), (2, 9)]) is None


def test_nothing_seen_at_any_look_bounds_no_slope():
    for k in (0, 50):
        found = fitted([0, 3, 6], [(k, 50)] * 3)
        assert (found.slope, found.lower, found.upper) == (None, -np.inf, np.inf)
        assert found.log_ratio < 0.1


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), min_size=2, max_size=5))
@settings(max_examples=25, deadline=None)
def test_time_turned_round_turns_the_slope_round(pairs):
    counts = [(min(pair), max(pair)) for pair in pairs]
    time = np.arange(len(counts), dtype=float)
    there, back = fitted(time, counts), fitted(-time, counts)
    assert there.lower == pytest.approx(-back.upper, abs=2e-2, rel=2e-2)
    assert there.upper == pytest.approx(-back.lower, abs=2e-2, rel=2e-2)


def test_a_confidence_that_is_asked_for_widens_the_limits():
    near, far = (fitted([0, 3, 6], [(2, 60), (6, 60), (15, 60)], confidence=c) for c in (0.8, 0.99))
    assert far.lower < near.lower < near.slope < near.upper < far.upper


@pytest.mark.slow
@pytest.mark.parametrize(("scored", "start", "slope"), [(50, -3, 0.2), (100, -2, 0.0), (30, -4, 0.4)])
def test_the_limits_of_the_slope_cover_it(scored, start, slope):
    """400 series of four looks: at least 95 % within 3 standard errors."""
    rng, held, time = np.random.default_rng(2), 0, np.array([0, 3, 6, 9.0])
    for _ in range(400):
        k = rng.binomial(scored, expit(start + slope * time))
        found = fitted(time, [(int(x), scored) for x in k])
        held += found.lower <= slope <= found.upper
    assert held / 400 > 0.95 - 3 * np.sqrt(0.05 * 0.95 / 400)
