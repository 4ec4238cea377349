import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import ndtr

from remnant.dynamics.deterministic.precision import assert_double
from remnant.dynamics.model.presets import preset
from remnant.dynamics.model.priors import Prior
from remnant.inference.problem.scores import score_of, values_of

PRIORS = [
    prior
    for name in ("del5q-lenalidomide", "cml-imatinib", "mpn-interferon")
    for _, prior in preset(name).priors()
    if prior.law != "fixed"
] + [
    Prior("rate", "-", "beta", 4.0, 296.0),
    Prior("rate", "-", "beta", 2.0, 98.0),
    Prior("share", "-", "uniform", lower=0.2, upper=0.7),
    Prior("tail", "-", "normal", 0.0, 1.0, lower=3.0, upper=5.0),
    Prior("low", "-", "lognormal", 1.0, 0.5, lower=2.5),
]


def value_of(prior):
    return lambda u: values_of((prior,))(jnp.asarray(u)[..., None])[..., 0]


@pytest.mark.parametrize("prior", PRIORS, ids=lambda prior: f"{prior.name}-{prior.law}")
def test_a_standard_normal_score_has_exactly_the_law_of_the_prior(prior):
    assert_double()
    u = np.linspace(-5, 5, 41)
    ours, theirs = np.asarray(value_of(prior)(jnp.asarray(u))), prior.quantile(ndtr(u))
    np.testing.assert_allclose(ours, theirs, rtol=2e-7, atol=1e-12)


@pytest.mark.parametrize("prior", PRIORS, ids=lambda prior: f"{prior.name}-{prior.law}")
def test_far_scores_stay_within_the_bounds_with_finite_slopes(prior):
    assert_double()
    u = jnp.linspace(-9, 9, 37)
    value = np.asarray(value_of(prior)(u))
    slope = np.asarray(jax.vmap(jax.grad(lambda s: value_of(prior)(s)))(u))
    low, high = prior.support
    assert np.isfinite([value, slope]).all()
    assert np.all((value >= low) & (value <= high))
    assert np.all(np.diff(value) >= -1e-14 * np.abs(value[1:]))
    assert np.all(slope >= 0)


@pytest.mark.parametrize("prior", PRIORS, ids=lambda prior: f"{prior.name}-{prior.law}")
def test_the_score_of_a_value_leads_back_to_it(prior):
    assert_double()
    u = np.linspace(-3, 3, 13)
    back = score_of(prior, np.asarray(value_of(prior)(jnp.asarray(u))))
    np.testing.assert_allclose(back, u, atol=2e-4 if prior.law == "beta" else 1e-7)
