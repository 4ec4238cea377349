import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.observation import colonies
from remnant.observation.colonies import Plating

PLATING = Plating(normal=0.16, clone=0.07)


def test_the_likelihood_is_a_distribution():
    total = 0.0
    for counted in range(60):
        typed = min(counted, 5)
        abnormal = np.arange(typed + 1)
        total += np.exp(colonies.log_likelihood(counted, typed, abnormal, 0.4, 100, PLATING)).sum()
    assert total == pytest.approx(1)


def test_the_simulator_has_the_moments_of_theory():
    rng, n = np.random.default_rng(4), 8000
    drawn = np.array([colonies.simulate(0.6, 200, 12, PLATING, rng=rng) for _ in range(n)])
    rate = 200 * (0.6 * 0.07 + 0.4 * 0.16)
    clonal = 0.6 * 0.07 / (0.6 * 0.07 + 0.4 * 0.16)
    assert abs(drawn[:, 0].mean() - rate) < 4 * np.sqrt(rate / n)
    typed = drawn[:, 1].sum()
    assert abs(drawn[:, 2].sum() - typed * clonal) < 4 * np.sqrt(typed * clonal * (1 - clonal))
    assert (drawn[:, 1] == np.minimum(drawn[:, 0], 12)).all()


@given(st.floats(0, 1))
def test_a_clone_that_plates_poorly_is_under_stated(fraction):
    assert colonies.clonal_probability(fraction, PLATING) <= fraction + 1e-12
    equal = Plating(0.1, 0.1)
    assert colonies.clonal_probability(fraction, equal) == pytest.approx(fraction)
