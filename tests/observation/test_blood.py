import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from remnant.observation import blood
from remnant.observation.blood import Haemoglobin, Residual

PATIENT, RESIDUAL = Haemoglobin(4.2, 13.0), Residual(0.03, 8.0)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_clone_is_less_haemoglobin(one, other):
    low, high = sorted((one, other))
    assert PATIENT.steady(high) <= PATIENT.steady(low)
    assert PATIENT.steady([0, 1]) == pytest.approx([13.0, 4.2])


def test_haemoglobin_approaches_its_balance_exponentially():
    level = blood.follow(np.concatenate([[5.0], np.full(60, 12.0)]), time_constant=30.0)
    assert level[1:] == pytest.approx(12 - 7 * np.exp(-np.arange(1, 61) / 30))


def test_the_likelihood_is_that_of_a_stationary_gaussian_process():
    days = np.array([0, 3, 10, 11, 40])
    expected, counts = np.array([8.0, 9, 10, 10, 12]), np.array([8.3, 9.1, 9.8, 9.9, 12.4])
    covariance = RESIDUAL.spread**2 * np.exp(-np.abs(days[:, None] - days) / RESIDUAL.memory)
    oracle = multivariate_normal.logpdf(np.log(counts / expected), cov=covariance)
    assert blood.log_likelihood(counts, expected, days, RESIDUAL) == pytest.approx(oracle)


def test_the_simulator_has_the_covariance_of_theory():
    days, n, rng = np.array([0, 2, 9, 30]), 8000, np.random.default_rng(2)
    drawn = np.array([blood.simulate_residual(days, RESIDUAL, rng=rng) for _ in range(n)])
    covariance = RESIDUAL.spread**2 * np.exp(-np.abs(days[:, None] - days) / RESIDUAL.memory)
    error = np.sqrt((covariance**2 + RESIDUAL.spread**4) / n)
    assert (np.abs(np.cov(drawn.T) - covariance) < 4 * error).all()


def _follow(level, days=112, seed=1):
    checks = np.arange(0, days, 14)
    return blood.simulate_red_cells(
        np.full(days, level), checks, RESIDUAL, first_day=0, trigger=8.2, rng=np.random.default_rng(seed)
    )


def test_a_well_patient_is_not_transfused():
    measured, given_units = _follow(12.0)
    assert given_units == ()
    assert sorted(measured) == list(range(0, 112, 14))
    assert np.mean(list(measured.values())) == pytest.approx(12.0, rel=0.04)


@pytest.mark.parametrize("seed", range(5))
def test_a_dependent_patient_needs_four_units_in_eight_weeks(seed):
    _, given_units = _follow(5.0, seed=seed)
    assert max(sum(t.units for t in given_units if t.day // 56 == i) for i in (0, 1)) >= 4
    assert all(t.haemoglobin < 9.0 for t in given_units)
