from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.observation import dilution

frequencies = st.floats(0, 0.2)


@given(frequencies, frequencies, st.floats(0.5, 500))
def test_a_well_is_of_exactly_one_kind(normal, clone, dose):
    kinds = dilution.well_probabilities(normal, clone, [dose])[0]
    assert kinds.min() >= 0
    assert kinds.sum() == pytest.approx(1)
    # Both kinds of founder together are one Poisson process.
    assert kinds[dilution.NEGATIVE] == pytest.approx(np.exp(-(normal + clone) * dose))


def test_the_likelihood_sums_to_one_over_all_plates():
    wells, total = 3, 0.0
    one_dose = [k for k in product(range(wells + 1), repeat=4) if sum(k) == wells]
    for plate in product(one_dose, repeat=2):
        total += np.exp(dilution.log_likelihood(plate, 0.02, 0.05, [3, 20]))
    assert total == pytest.approx(1)


def test_the_simulator_has_the_moments_of_theory():
    doses, wells, plates = np.array([1, 10, 50]), np.array([24, 24, 12]), 5000
    rng = np.random.default_rng(3)
    rates = np.full(plates, 0.03), np.full(plates, 0.01)
    drawn = dilution.simulate(*rates, doses, wells, rng=rng)
    assert drawn.shape == (plates, 3, 4)
    assert (drawn.sum(axis=-1) == wells).all()
    chance = dilution.well_probabilities(0.03, 0.01, doses)
    error = np.sqrt(wells[:, None] * chance * (1 - chance) / plates)
    assert (np.abs(drawn.mean(axis=0) - wells[:, None] * chance) < 4 * error).all()


def test_the_true_frequencies_are_most_likely_on_a_large_plate():
    doses = np.array([3, 10, 30])
    drawn = dilution.simulate(0.04, 0.015, doses, [40_000] * 3, rng=np.random.default_rng(8))
    normal, clone = np.meshgrid(np.linspace(0.03, 0.05, 21), np.linspace(0.01, 0.02, 21))
    best = int(np.argmax(dilution.log_likelihood(drawn, normal, clone, doses)))
    assert normal.ravel()[best] == pytest.approx(0.04, abs=0.0011)
    assert clone.ravel()[best] == pytest.approx(0.015, abs=0.0006)


def test_no_clone_makes_no_clonal_well():
    drawn = dilution.simulate(0.1, 0.0, [10], [1000], rng=np.random.default_rng(2))
    assert drawn[0, dilution.CLONE_ONLY] == drawn[0, dilution.BOTH] == 0
