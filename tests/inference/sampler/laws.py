"""Densities whose moments are known, at the top of a module, so that workers can import them."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import gammaln, logsumexp
from jax.tree_util import Partial

jax.config.update("jax_enable_x64", True)

SCHOOLS = np.array([28.0, 8, -3, 7, -1, 1, 18, 12]), np.array([15.0, 10, 16, 11, 9, 11, 10, 18])


def normal(precision: Array, x: Array) -> Array:
    """Normal law of mean 0."""
    return -0.5 * x @ precision @ x


def correlated(size: int, correlation: float) -> tuple[Partial, np.ndarray]:
    """Normal law of which all pairs are correlated alike, and its covariance."""
    covariance = np.full((size, size), correlation) + (1 - correlation) * np.eye(size)
    return Partial(normal, jnp.asarray(np.linalg.inv(covariance))), covariance


def standard(x: Array) -> Array:
    """Standard normal law."""
    return -0.5 * (x @ x)


def kinked(x: Array) -> Array:
    """Gamma(3) on the log scale; a normal law half as wide above 0 as beneath; Gamma(3), with its wall at 0.

    The slope of the second is continuous, its curvature is not.
    """
    gamma = 3 * x[0] - jnp.exp(x[0])
    bent = -0.5 * jnp.where(x[1] > 0, 4 * x[1] ** 2, x[1] ** 2)
    wall = jnp.where(x[2] > 0, 2 * jnp.log(jnp.where(x[2] > 0, x[2], 1.0)) - x[2], -jnp.inf)
    return gamma + bent + wall


def funnel(x: Array) -> Array:
    """Neal's funnel drawn from standard normal scores: what it is for a hierarchy that is not centred."""
    return standard(x)


def funnel_values(x: np.ndarray) -> np.ndarray:
    """Values of the funnel: log scale of sd 3, and numbers of that scale."""
    return np.concatenate([3 * x[..., :1], np.exp(1.5 * x[..., :1]) * x[..., 1:]], -1)


def centred_funnel(x: Array) -> Array:
    """Neal's funnel as it stands: no step size is right for its neck."""
    scale = jnp.exp(1.5 * x[0])
    return -0.5 * x[0] ** 2 - 0.5 * ((x[1:] / scale) ** 2).sum() - (x.size - 1) * 1.5 * x[0]


def two_modes(x: Array) -> Array:
    """Half and half of two normal laws 40 standard deviations apart."""
    return logsumexp(jnp.stack([-0.5 * ((x - 20) ** 2).sum(), -0.5 * ((x + 20) ** 2).sum()]))


def schools(data: tuple[Array, Array], x: Array) -> Array:
    """Eight schools: mean ~ normal(0, 10), log spread ~ normal(1, 1), scores of schools standard normal."""
    effects, errors = data
    school = 10 * x[0] + jnp.exp(1 + x[1]) * x[2:]
    return standard(x) - 0.5 * (((effects - school) / errors) ** 2).sum()


def eight_schools() -> Partial:
    """The posterior of 10 numbers."""
    return Partial(schools, tuple(jnp.asarray(part) for part in SCHOOLS))


def conjugate(counts: Array, x: Array) -> Array:
    """Poisson counts of a rate whose log is a standard normal score: one number, for ranks."""
    return -0.5 * x @ x + (counts * x - jnp.exp(x) - gammaln(counts + 1)).sum()


def impossible(x: Array) -> Array:
    """Nowhere finite."""
    return jnp.nan * x.sum()
