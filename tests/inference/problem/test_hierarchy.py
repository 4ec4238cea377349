"""The flat vector of patients and their population."""

import jax
import numpy as np
from scipy import stats

from remnant.dynamics.deterministic.precision import assert_double
from remnant.inference.problem.hierarchy import SHIFT, Layout, own_scores, spread_of

LAYOUT = Layout(own=3, shared=2, patients=4, centred=(0, 2))


def test_what_is_joined_is_split_again():
    assert_double()
    standard = np.random.default_rng(1).standard_normal((5, LAYOUT.size))
    x = LAYOUT.join(standard)
    parts = [np.asarray(part).reshape(5, -1) for part in LAYOUT.split(x)]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), standard, atol=1e-12)


def test_the_density_is_that_of_the_hierarchy():
    """Normal laws of shifts, spreads and shared scores; of a centred number the law given both."""
    assert_double()
    x = LAYOUT.join(np.random.default_rng(2).standard_normal(LAYOUT.size))
    m, w, shared, z = (np.asarray(part) for part in LAYOUT.split(x))
    u = np.asarray(own_scores(m, w, z))
    expected = stats.norm.logpdf(np.concatenate([m, w, shared, z[:, 1]])).sum()
    expected += stats.norm.logpdf(u[:, [0, 2]], SHIFT * m[[0, 2]], np.asarray(spread_of(w))[[0, 2]]).sum()
    assert np.isclose(float(LAYOUT.log_prior(x)), expected, rtol=1e-12)
    assert np.isfinite(np.asarray(jax.grad(LAYOUT.log_prior)(x))).all()


def test_a_patient_of_an_unknown_population_has_the_law_of_the_preset():
    """The score has mean 0 and variance 1 over 200,000 populations, within four standard errors."""
    assert_double()
    standard = np.random.default_rng(3).standard_normal((50_000, LAYOUT.size))
    m, w, _, z = LAYOUT.split(LAYOUT.join(standard))
    u = np.asarray(own_scores(m, w, z))[:, 0]
    assert np.all(np.abs(u.mean(axis=0)) < 4 / np.sqrt(50_000))
    assert np.all(np.abs(u.var(axis=0) - 1) < 4 * np.sqrt(3.2 / 50_000))
