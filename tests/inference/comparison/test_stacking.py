import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from remnant.inference.comparison.stacking import stacking_weights


def score(logs, weights):
    with np.errstate(divide="ignore"):
        return logsumexp(logs + np.log(weights), axis=1).mean()


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 12), st.floats(0.1, 8), st.integers(0, 999))
def test_no_mixture_on_a_fine_grid_foretells_better(patients, scale, seed):
    logs = scale * np.random.default_rng(seed).normal(size=(patients, 3))
    weights = stacking_weights(logs)
    assert weights.sum() == pytest.approx(1)
    corners = [np.array([a, b, 20 - a - b]) / 20 for a in range(21) for b in range(21 - a)]
    best = max(score(logs, corner) for corner in corners)
    assert score(logs, weights) >= best - 1e-6


def test_a_mechanism_that_is_better_for_every_patient_takes_all():
    logs = np.random.default_rng(1).normal(size=(7, 1)) + np.array([0.0, -3.0, -1.0])
    np.testing.assert_allclose(stacking_weights(logs), [1, 0, 0], atol=1e-5)


def test_two_that_each_foretell_half_of_the_patients_share():
    logs = np.array([[0.0, -50.0]] * 3 + [[-50.0, 0.0]] * 3)
    np.testing.assert_allclose(stacking_weights(logs), [0.5, 0.5], atol=1e-6)


@given(st.integers(0, 99), st.floats(-500, 500))
def test_order_and_a_constant_of_each_patient_change_nothing(seed, shift):
    rng = np.random.default_rng(seed)
    logs = rng.normal(size=(6, 3))
    order = rng.permutation(3)
    np.testing.assert_allclose(
        stacking_weights(logs + shift)[order], stacking_weights(logs[:, order]), atol=1e-3
    )


def test_a_patient_whom_one_mechanism_excludes_is_no_trouble():
    weights = stacking_weights(np.array([[0.0, -np.inf], [0.0, 0.5]]))
    assert np.isfinite(weights).all()
    assert weights[0] > 0.4
