"""Two exponentials extrapolate what has two slopes, and say how little they know of what has not."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from remnant.inference.calibration.biexponential import (
    Transcripts,
    chance_below,
    log_density,
    two_exponentials,
)

MONTH = 30.4375
NOTHING = Transcripts(np.zeros(0), np.zeros(0), np.zeros(0, bool))


def _truth(months):
    return np.log10(100 * np.exp(-1.6 * months) + 0.2 * np.exp(-0.1 * months))


def _seen(seed=1, last=24):
    """Synthetic samples every three months, of which readings below 0.01 % are not detected."""
    rng, months = np.random.default_rng(seed), np.arange(0, last + 1, 3.0)
    value = _truth(months) + 0.2 * rng.standard_normal(len(months))
    return Transcripts(months * MONTH, np.maximum(value, -2.0), value < -2.0)


def _drawn(seen, months, seed=2, **given):
    rng = np.random.default_rng(seed)
    return two_exponentials(seen, np.asarray(months) * MONTH, draws=2000, rng=rng, **given)


def test_later_samples_lie_where_the_two_slopes_of_earlier_ones_lead():
    covered = []
    for seed in range(20):
        expected, _ = _drawn(_seen(seed), [30.0, 36.0], seed)
        low, high = np.quantile(expected, [0.05, 0.95], axis=0)
        covered += list((low < _truth(np.array([30.0, 36.0]))) & (_truth(np.array([30.0, 36.0])) < high))
    assert np.mean(covered) > 0.75


def test_without_a_sample_the_forecast_is_as_wide_as_patients_are():
    wide, _ = _drawn(NOTHING, [24.0])
    narrow, _ = _drawn(_seen(), [24.0])
    assert wide.std() > 3 * narrow.std()


def test_the_density_of_a_reading_integrates_to_one_and_to_its_chance():
    expected, spread = _drawn(_seen(), [30.0])
    grid = np.linspace(-12, 8, 4001)
    each = np.repeat(expected, len(grid), axis=1)
    density = np.exp(log_density(grid, np.zeros(len(grid), bool), each, spread))
    assert trapezoid(density, grid) == pytest.approx(1, abs=1e-6)
    cut = 2000
    below = chance_below(grid[[cut]], expected, spread)
    assert trapezoid(density[: cut + 1], grid[: cut + 1]) == pytest.approx(below[0], abs=1e-5)
    assert np.exp(log_density(grid[[cut]], [True], expected, spread)) == pytest.approx(below)


def test_a_sample_in_which_nothing_was_found_lowers_the_forecast():
    seen = _seen(last=12)
    more = Transcripts(
        np.append(seen.days, 400.0), np.append(seen.log_percent, -3.0), np.append(seen.below, True)
    )
    assert np.median(_drawn(more, [18.0])[0]) < np.median(_drawn(seen, [18.0])[0])


def test_after_a_stop_the_level_stays_or_comes_back_in_half():
    months = [24.0, 26.0, 48.0]
    stays, _ = _drawn(_seen(), months, stop_day=24 * MONTH)
    assert np.array_equal(stays[:, 0], stays[:, 2])
    back, _ = _drawn(_seen(), months, stop_day=24 * MONTH, after="returns")
    assert np.mean(back[:, 2] > back[:, 0] + 1) == pytest.approx(0.5, abs=0.05)
    assert (back[:, 2] < 3.5).all()
