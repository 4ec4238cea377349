import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

from remnant.inference.patient.population import MOST, Population, log_mixture
from remnant.inference.problem.hierarchy import Layout


def population(draws, own, shared, seed):
    rng = np.random.default_rng(seed)
    shift, spread = rng.normal(size=(draws, own)), np.exp(0.3 * rng.normal(size=(draws, own)))
    return Population.of_draws(
        shift, spread, rng.normal(size=(draws, shared)) @ rng.normal(size=(shared, shared))
    )


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.integers(5, 40), st.integers(1, 6), st.integers(1, 3), st.integers(0, 99))
def test_the_density_is_the_mixture_over_the_draws_of_a_fit(draws, own, shared, seed):
    law = population(draws, own, shared, seed)
    theta = 2 * np.random.default_rng(seed).normal(size=(7, own + shared))
    each = norm.logpdf(theta[:, None, :own], law.shift, law.spread).sum(axis=2)
    rest = multivariate_normal(law.shared_mean, law.shared_root @ law.shared_root.T, allow_singular=True)
    expected = logsumexp(each, axis=1) - np.log(draws) + rest.logpdf(theta[:, own:])
    np.testing.assert_allclose(law.log_density(theta), expected, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(
        log_mixture(jnp.asarray(theta), law.arrays(), jnp), expected, rtol=1e-8, atol=1e-8
    )


def test_draws_have_the_mean_and_covariance_of_the_frame():
    law = population(20, 4, 2, 3)
    mean, root = law.frame()
    theta = law.draw(300_000, rng=np.random.default_rng(0))
    np.testing.assert_allclose(theta.mean(axis=0), mean, atol=0.03)
    np.testing.assert_allclose(np.cov(theta.T), root @ root.T, atol=0.08)
    np.testing.assert_allclose(law.variance(), np.diag(root @ root.T))


def test_before_any_fit_scores_are_standard_normal():
    law = Population.of_preset(3, 2)
    theta = np.random.default_rng(1).normal(size=(9, 5))
    np.testing.assert_allclose(law.log_density(theta), norm.logpdf(theta).sum(axis=1))
    np.testing.assert_array_equal(law.frame()[1], np.eye(5))


def test_a_fit_that_learnt_nothing_leaves_the_law_of_the_preset():
    """Draws of the flat vector before the data give each score of a new patient mean 0 and variance 1."""
    layout = Layout(own=3, shared=2, patients=4)
    x = np.random.default_rng(0).normal(size=(20_000, layout.size))
    law = Population.of_fit(layout, x)
    assert len(law.shift) == MOST
    theta = law.draw(50_000, rng=np.random.default_rng(2))
    np.testing.assert_allclose(theta.mean(axis=0), 0, atol=0.15)
    np.testing.assert_allclose(theta.var(axis=0), 1, atol=0.15)


def test_a_fit_without_shared_numbers_is_a_population_too():
    law = Population.of_draws(np.zeros((8, 2)), np.ones((8, 2)), np.zeros((8, 0)))
    assert law.dimension == 2
    assert law.log_density(np.zeros((1, 2)))[0] == pytest.approx(2 * norm.logpdf(0))
