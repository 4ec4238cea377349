import numpy as np
import pytest
from scipy.stats import halfnorm, norm

from remnant.stats.tables.random_effect import difference_grid, pool

GRID = difference_grid()


def normal_likelihood(centre, width):
    return np.exp(-(((GRID - centre) / width) ** 2) / 2)


def test_without_patients_the_priors_come_back():
    effect = pool(np.empty((0, len(GRID))))
    assert [float(effect.mean.quantile(p)) for p in (0.025, 0.5, 0.975)] == pytest.approx(
        [-4.8999, 0, 4.8999], abs=2e-3
    )
    assert float(effect.spread.quantile(0.5)) == pytest.approx(halfnorm.ppf(0.5), abs=1e-3)


def test_a_patient_who_taught_nothing_changes_nothing():
    some = np.array([normal_likelihood(1.0, 0.5), normal_likelihood(2.0, 0.7)])
    alone, more = pool(some), pool(np.vstack([some, np.ones_like(GRID)]))
    assert float(more.mean.quantile(0.5)) == pytest.approx(float(alone.mean.quantile(0.5)), abs=1e-9)


def test_normal_patients_agree_with_the_closed_form():
    """For normal likelihoods everything but tau integrates by hand."""
    centres, widths = np.array([0.4, 1.9, 1.1, 2.6]), np.array([0.3, 0.5, 0.4, 0.8])
    effect = pool([normal_likelihood(*pair) for pair in zip(centres, widths, strict=True)])
    tau = (np.arange(4000) + 0.5) * 6 / 4000
    spread = widths**2 + tau[:, None] ** 2
    precision = (1 / spread).sum(1) + 1 / 2.5**2
    mean = (centres / spread).sum(1) / precision
    log_weight = -0.5 * np.log(spread).sum(1) - 0.5 * (centres**2 / spread).sum(1)
    log_weight += -0.5 * np.log(precision) + 0.5 * precision * mean**2 - tau**2 / 2
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    for x in (0.2, 1.2, 2.5):
        exact = (weight * norm.sf(x, mean, 1 / np.sqrt(precision))).sum()
        assert effect.mean.probability_above(x) == pytest.approx(exact, abs=1e-5)


def test_agreeing_patients_sharpen_the_mean():
    widths = [
        np.diff(pool([normal_likelihood(1.0, 0.6)] * n).mean.quantile([0.025, 0.975]))[0] for n in (1, 3, 9)
    ]
    assert widths[0] > widths[1] > widths[2]


def test_a_wider_prior_of_the_spread_widens_the_mean():
    patients = [normal_likelihood(x, 0.3) for x in (0.5, 1.5, 2.5)]
    narrow, wide = (
        np.diff(pool(patients, spread_scale=s).mean.quantile([0.025, 0.975]))[0] for s in (0.3, 2)
    )
    assert narrow < wide
