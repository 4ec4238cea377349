"""The gamma function behind the counts, and counts that no chance explains."""

import jax
import numpy as np
import pytest
from scipy.special import digamma, gammaln

from remnant.observation.likelihood.mass import beta_binomial, binomial, log_gamma

Z = np.concatenate([np.geomspace(1e-14, 1e9, 4001), np.arange(1, 400.0)])


def test_log_gamma_and_its_slope_are_those_of_scipy():
    value, slope = jax.jit(jax.vmap(jax.value_and_grad(log_gamma)))(Z)
    assert np.all(np.abs(value - gammaln(Z)) < 2e-14 * (1 + np.abs(gammaln(Z))))
    assert np.all(np.abs(slope - digamma(Z)) < 1e-12 * (1 + np.abs(digamma(Z))))


def test_what_cannot_be_is_very_unlikely_and_no_more():
    three, five = np.float64(3), np.float64(5)
    for chance in (0.0, 1.0):
        assert float(binomial(three, five, chance)) < -20
        assert np.isfinite(float(beta_binomial(three, five, chance, 80.0)))
        assert np.isfinite(jax.grad(lambda p: binomial(three, five, p))(chance))


def test_no_count_has_chance_one():
    none = np.float64(0)
    assert float(binomial(none, none, 0.3)) == pytest.approx(0, abs=1e-13)
    assert float(beta_binomial(none, none, 0.3, 50.0)) == pytest.approx(0, abs=1e-13)
