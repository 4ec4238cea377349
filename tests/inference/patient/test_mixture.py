import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, multivariate_t

from remnant.inference.patient.mixture import FREEDOM, Component, Mixture, fit_component, fit_mixture, shrink


def component(dimension, rank, seed):
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.normal(size=(dimension, dimension)))[0][:, :rank]
    return Component(rng.normal(size=dimension), axes, np.exp(rng.normal(-0.5, 0.7, rank)))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(0, 6), st.integers(0, 99))
def test_the_density_is_that_of_a_t_along_the_axes_and_a_normal_across(dimension, rank, seed):
    rank = min(rank, dimension)
    part = component(dimension, rank, seed)
    points = part.mean + np.random.default_rng(seed + 1).normal(size=(20, dimension))
    whole = np.linalg.qr(np.column_stack([part.axes, np.eye(dimension)]))[0][:, :dimension]
    away = (points - part.mean) @ whole
    expected = np.zeros(20)
    if rank:
        shape = np.diag(part.scales**2) * (FREEDOM - 2) / FREEDOM
        expected += multivariate_t(shape=shape, df=FREEDOM).logpdf(np.abs(away[:, :rank]))
    if rank < dimension:
        expected += multivariate_normal(np.zeros(dimension - rank)).logpdf(away[:, rank:].reshape(20, -1))
    np.testing.assert_allclose(part.log_density(points), expected, atol=1e-9)


def test_draws_have_the_mean_and_covariance_of_their_component():
    part = component(5, 3, 4)
    draws = part.draw(200_000, rng=np.random.default_rng(1))
    covariance = np.eye(5) + (part.axes * (part.scales**2 - 1)) @ part.axes.T
    np.testing.assert_allclose(draws.mean(axis=0), part.mean, atol=5 / np.sqrt(200_000) * 2)
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=0.04)


def test_a_mixture_integrates_to_one_and_draws_what_it_says():
    law = Mixture((component(2, 2, 1), component(2, 1, 5)), np.array([0.3, 0.7]))
    rng = np.random.default_rng(0)
    wide = multivariate_normal(np.zeros(2), 9 * np.eye(2))
    points = wide.rvs(200_000, random_state=rng)
    ratio = np.exp(law.log_density(points) - wide.logpdf(points))
    assert ratio.mean() == pytest.approx(1, abs=5 * ratio.std() / np.sqrt(ratio.size))
    mean = law.shares @ np.array([part.mean for part in law.components])
    np.testing.assert_allclose(law.draw(100_000, rng=rng).mean(axis=0), mean, atol=0.05)
    np.testing.assert_allclose(law.memberships(points).sum(axis=0), 1)


def test_noise_alone_has_next_to_no_informed_direction():
    normal = np.random.default_rng(1).normal(size=(40, 300, 20))
    found = [fit_component(points, np.ones(300)).scales for points in normal]
    assert np.mean([scales.size for scales in found]) < 1
    np.testing.assert_allclose(np.concatenate(found), 1, atol=0.2)


@pytest.mark.parametrize("truth", [0.02, 0.2, 6.0])
def test_the_variance_along_an_axis_that_was_found_is_the_true_one_there(truth):
    """One direction of twenty is informed, and found from 200 draws."""
    covariance = np.diag([truth] + 19 * [1.0])
    found, true = [], []
    for seed in range(40):
        points = np.random.default_rng(seed).normal(size=(200, 20)) * np.sqrt(np.diag(covariance))
        part = fit_component(points, np.ones(200))
        informed = np.argmax(np.abs(part.axes[0]))
        found.append(part.scales[informed] ** 2)
        true.append(part.axes[:, informed] @ covariance @ part.axes[:, informed])
    assert np.mean(found) == pytest.approx(np.mean(true), rel=0.1)


@given(st.lists(st.floats(1e-9, 50), min_size=1, max_size=20), st.floats(1e-3, 0.9))
def test_shrunk_variances_are_positive_and_keep_their_order(values, gamma):
    variances = shrink(np.sort(values), gamma)
    assert (variances > 0).all()
    assert (np.diff(variances) >= -1e-9).all()


def test_two_separate_bumps_are_two_components_and_one_is_one():
    rng = np.random.default_rng(3)
    points = rng.normal(size=(2000, 8))
    assert len(fit_mixture(points, np.ones(2000), rng=rng).components) == 1
    points[:, 0] = 0.2 * points[:, 0] + np.where(rng.random(2000) < 0.3, 2.0, -2.0)
    law = fit_mixture(points, np.ones(2000), rng=rng)
    assert sorted(law.shares) == pytest.approx([0.3, 0.7], abs=0.05)


def test_weights_stand_for_repetition():
    rng = np.random.default_rng(6)
    points, counts = rng.normal(size=(400, 3)) * [0.2, 1, 3], rng.integers(1, 4, 400)
    weighed, repeated = fit_component(points, counts.astype(float)), np.repeat(points, counts, axis=0)
    np.testing.assert_allclose(weighed.mean, repeated.mean(axis=0), atol=1e-12)
