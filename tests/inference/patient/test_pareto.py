import arviz
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import genpareto

from remnant.inference.patient.pareto import effective_size, fit_tail, psis


@settings(max_examples=60, deadline=None)
@given(
    st.integers(30, 3000),
    st.floats(0.05, 6.0),
    st.sampled_from(["normal", "t", "exponential"]),
    st.integers(0, 99),
)
def test_weights_and_k_are_those_of_an_independent_program(count, scale, law, seed):
    rng = np.random.default_rng(seed)
    draws = {"normal": rng.normal, "exponential": rng.standard_exponential}
    raw = scale * (rng.standard_t(3, count) if law == "t" else draws[law](size=count))
    expected, k = arviz.psislw(raw.copy())
    smoothed, ours = psis(raw)
    np.testing.assert_allclose(smoothed, expected, rtol=0, atol=1e-8)
    assert ours == pytest.approx(float(k), abs=1e-8)


@pytest.mark.parametrize("k", [0.1, 0.5, 0.9])
def test_the_shape_of_a_pareto_tail_is_found(k):
    excess = np.sort(genpareto.rvs(k, scale=2.0, size=20_000, random_state=3))
    found, sigma = fit_tail(excess)
    assert found == pytest.approx(k, abs=5 * (1 + k) / np.sqrt(20_000))
    assert sigma == pytest.approx(2.0, rel=0.06)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-800, 800), min_size=1, max_size=300), st.floats(-1e3, 1e3))
def test_a_constant_factor_of_the_weights_changes_nothing(raw, shift):
    first, k = psis(raw)
    second, moved = psis(np.array(raw) + shift)
    np.testing.assert_allclose(first, second, atol=1e-6)
    assert k == pytest.approx(moved, abs=1e-6)
    assert np.exp(first).sum() == pytest.approx(1.0)


def test_permuting_the_draws_permutes_their_weights():
    rng = np.random.default_rng(2)
    raw, order = rng.normal(size=400), rng.permutation(400)
    np.testing.assert_allclose(psis(raw[order])[0], psis(raw)[0][order], atol=1e-13)


def test_equal_weights_have_no_tail_and_are_trusted():
    smoothed, k = psis(np.full(200, -7.0))
    assert k == 0
    np.testing.assert_allclose(np.exp(smoothed), 1 / 200)


@pytest.mark.parametrize("alive", [0, 1, 4])
def test_too_few_draws_with_weight_are_never_trusted(alive):
    raw = np.full(500, -np.inf)
    raw[:alive] = np.arange(alive)
    smoothed, k = psis(raw)
    assert k == np.inf
    assert np.exp(smoothed).sum() == pytest.approx(1.0)


def test_a_handful_of_draws_is_never_trusted():
    assert psis([0.0, 1.0, 3.0])[1] == np.inf


@given(st.integers(1, 200))
def test_the_effective_size_of_equal_weights_is_their_number(count):
    raw = np.concatenate([np.full(count, 3.0), np.full(7, -np.inf)])
    assert effective_size(raw) == pytest.approx(count)
    assert effective_size(np.full(5, -np.inf)) == 0


def test_a_proposal_much_narrower_than_its_target_is_flagged():
    """Normal draws of standard deviation 0.5 for a target of 1: the variance of the weights is infinite."""
    rng = np.random.default_rng(5)
    x = 0.5 * rng.normal(size=4000)
    assert psis(-0.5 * x**2 + 2 * x**2)[1] > 0.7
    y = 1.2 * rng.normal(size=4000)
    assert psis(-0.5 * y**2 + 0.5 * (y / 1.2) ** 2)[1] < 0.5
