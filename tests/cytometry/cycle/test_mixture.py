"""Weights of a known mixture: the maximum of the likelihood, with its covariance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remnant.cytometry.cycle.mixture import fit_weights

MASSES = arrays(float, (12, 3), elements=st.floats(1e-6, 1))
COUNTS = arrays(float, 12, elements=st.integers(0, 500).map(float))


@given(MASSES, COUNTS)
def test_no_nearby_weights_are_likelier(masses, counts):
    masses = masses / masses.sum(axis=0)
    prior = np.full(3, 0.1)
    weights, _ = fit_weights(counts, masses, prior)
    assert weights.sum() == pytest.approx(1)
    assert np.all(weights > 0)

    def likelihood(w):
        return counts @ np.log(masses @ w) + prior @ np.log(w)

    best = likelihood(weights)
    for other in np.random.default_rng(1).dirichlet(np.ones(3), 50):
        for step in (1.0, 0.1, 0.01):
            assert likelihood((1 - step) * weights + step * np.maximum(other, 1e-12)) <= best + 1e-6


def test_components_that_do_not_overlap_are_counted():
    masses = np.kron(np.eye(3), np.full((4, 1), 0.25))
    counts = np.repeat([10.0, 0.0, 30.0], 4)
    weights, hessian = fit_weights(counts, masses, np.full(3, 1e-6))
    assert weights == pytest.approx([0.25, 0, 0.75], abs=1e-6)
    # Then the covariance is that of the multinomial.
    kept = np.ix_([0, 2], [0, 2])
    covariance = np.linalg.inv(hessian)[kept] - np.outer(weights, weights)[kept] / 160
    assert covariance == pytest.approx(0.25 * 0.75 / 160 * np.array([[1, -1], [-1, 1]]), rel=1e-3)


def test_no_events_leave_the_prior():
    weights, _ = fit_weights(np.zeros(4), np.full((4, 2), 0.25), np.array([1.0, 3.0]))
    assert weights == pytest.approx([0.25, 0.75])


def test_the_covariance_is_that_of_repeated_samples():
    rng = np.random.default_rng(3)
    grid = np.linspace(-4, 6, 101)
    masses = np.column_stack([np.exp(-((grid - m) ** 2) / 2) for m in (0, 1.5)])
    masses /= masses.sum(axis=0)
    truth, n = np.array([0.7, 0.3]), 1000
    fits = [
        fit_weights(rng.multinomial(n, masses @ truth).astype(float), masses, np.full(2, 1e-3))
        for _ in range(400)
    ]
    seen = np.var([weights[0] for weights, _ in fits])
    stated = np.mean([np.linalg.inv(h)[0, 0] - w[0] ** 2 / n for w, h in fits])
    assert stated == pytest.approx(seen, rel=0.25)  # the variance of 400 draws is known to 7 %
