from itertools import product

import numpy as np
import pytest

from remnant.observation import events

SHARES = np.array([0.002, 0.098, 0.9])


def test_the_likelihood_sums_to_one_over_all_counts():
    counts = np.array([k for k in product(range(9), repeat=3) if sum(k) == 8])
    weights = np.exp(events.log_likelihood(counts, [0.2, 0.3, 0.5], concentration=7.0))
    assert weights.sum() == pytest.approx(1)


def test_a_large_concentration_is_multinomial():
    single = events.log_likelihood([1, 0, 0], SHARES, concentration=1e9)
    assert np.exp(single) == pytest.approx(0.002)


def test_the_simulator_scatters_more_than_multinomial_by_the_known_factor():
    rng, n, concentration, tubes = np.random.default_rng(9), 5000, 4000.0, 6000
    drawn = np.array(
        [events.simulate_counts(SHARES, n, concentration=concentration, rng=rng) for _ in range(tubes)]
    )
    assert (drawn.sum(axis=1) == n).all()
    factor = (n + concentration) / (1 + concentration)
    variance = n * SHARES * (1 - SHARES) * factor
    assert (np.abs(drawn.mean(axis=0) - n * SHARES) < 4 * np.sqrt(variance / tubes)).all()
    # The relative error of a variance is about sqrt((kurtosis - 1) / tubes), with kurtosis below 4 here.
    assert drawn.var(axis=0) == pytest.approx(variance, rel=4 * np.sqrt(3 / tubes))
