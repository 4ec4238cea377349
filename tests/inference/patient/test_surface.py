import numpy as np
import pytest

from remnant.inference.patient.surface import coefficients, fit_surface, tempered


def quadratic(dimension, seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(dimension, dimension))
    return rng.normal(size=dimension), root @ root.T


@pytest.mark.parametrize("narrow", [1.0, 1e-3])
def test_a_quadratic_log_likelihood_is_found_exactly_however_narrow_the_draws(narrow):
    slope, curvature = quadratic(4, 1)
    points = 0.7 + narrow * np.random.default_rng(2).normal(size=(100, 4))
    fit = 5 + points @ slope - 0.5 * np.sum(points @ curvature * points, axis=1)
    found = fit_surface(points, fit, np.ones(100))
    np.testing.assert_allclose(found[0], slope, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(found[1], curvature, rtol=1e-3, atol=1e-3)


def test_its_posterior_is_that_of_a_normal_model():
    slope, curvature = quadratic(4, 3)
    part = tempered(slope, curvature, 0.3)
    covariance = np.linalg.inv(np.eye(4) + 0.3 * curvature)
    np.testing.assert_allclose(part.mean, covariance @ (0.3 * slope), rtol=1e-9)
    found = np.eye(4) + (part.axes * (part.scales**2 - 1)) @ part.axes.T
    np.testing.assert_allclose(found, covariance, atol=0.05)


def test_a_valley_never_widens_the_prior():
    points = np.random.default_rng(2).normal(size=(100, 3))
    curvature = fit_surface(points, np.sum(points**2, axis=1), np.ones(100))[1]
    np.testing.assert_allclose(curvature, 0, atol=1e-6)
    assert coefficients(3) == 10
