"""Simulated laboratories: how often the interval of a burden holds the truth, with everything that errs."""

import numpy as np
import pytest

from remnant.persistence import CompartmentCount, burden_posterior
from remnant.stats.fractions.overdispersion import log_likelihood
from remnant.stats.numerics.posterior import GridPosterior, angle_to_fraction, support
from remnant.stats.rare.background import NONE, expect_background

CELLS, RUNS = 1_000_000, 1200


def slide_posterior(abnormal, nuclei, correlation):
    """Jeffreys posterior of a fraction behind one slide whose nuclei are correlated."""
    k, n = np.array([float(abnormal)]), np.array([float(nuclei)])

    def log_density(angle):
        fractions = np.clip(angle_to_fraction(angle), 1e-12, 1 - 1e-12)
        return np.array([log_likelihood(k, n, float(f), correlation) for f in fractions])

    grid = support(log_density, points=129)
    value = log_density(grid)
    return GridPosterior(angle_to_fraction(grid), np.exp(value - value.max()))


def gate(signal, leak, drift, rng):
    """Count a gate whose cut was drawn a standard error of `drift` (in log events) away from the right one.

    The counts at the ends of its interval are of the same cells; the control is half as large as the tube.
    """
    off = rng.normal()
    inside = int(rng.poisson(signal * np.exp(drift * off)))
    lost = inside - int(rng.binomial(inside, np.exp(-1.96 * drift)))
    gained = int(rng.poisson(signal * np.exp(drift * off) * np.expm1(1.96 * drift)))
    events = inside + int(rng.poisson(leak))
    background = NONE
    if leak:
        background = expect_background([int(rng.poisson(leak / 2))], [10**9], [2 * 10**9])
    return CompartmentCount(events, CELLS, events - lost, events + gained, leaked=background)


def coverage(signal, fraction, *, nuclei=40, correlation=0.0, leak=0.0, drift=0.0, honest=True, seed=1):
    """Share of runs in which the 95 % interval holds the truth; not `honest`: counting alone, as drawn."""
    rng = np.random.default_rng(seed)
    slides = {}
    held = 0
    for _ in range(RUNS):
        count = gate(signal, leak, drift, rng)
        size = 1 / correlation - 1 if correlation else None
        rate = fraction if size is None else rng.beta(fraction * size, (1 - fraction) * size)
        k = int(rng.binomial(nuclei, rate))
        known = correlation if honest else 0.0
        if k not in slides:
            slides[k] = slide_posterior(k, nuclei, known)
        if not honest:
            count = CompartmentCount(count.events, CELLS)
        low, high = burden_posterior(count, slides[k]).quantile([0.025, 0.975]) * CELLS
        held += low <= signal * fraction <= high
    return held / RUNS


CASES = {
    "counting alone": {},
    "slides that vary": {"nuclei": 100, "correlation": 0.03},
    "background": {"leak": 20.0},
    "cuts": {"drift": 0.25},
    "all of them": {"nuclei": 100, "correlation": 0.03, "leak": 20.0, "drift": 0.25},
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("signal", "fraction"), [(45.0, 0.3), (400.0, 0.1)])
def test_intervals_hold_the_truth_19_times_in_20_whatever_errs(case, signal, fraction):
    """93 to 97 % within what 1,200 runs can tell (two standard errors: 1.3 points)."""
    found = coverage(signal, fraction, **CASES[case])
    assert 0.93 - 0.013 <= found <= 0.97 + 0.013


@pytest.mark.slow
def test_an_interval_that_knows_only_counting_is_too_narrow():
    assert coverage(400.0, 0.1, **CASES["all of them"], honest=False) < 0.85
