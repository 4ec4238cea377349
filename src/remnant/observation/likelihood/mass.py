r"""Log chance of counts, differentiable and finite: the JAX twin of `remnant.stats.numerics.log_mass`.

binomial        log C(n, k) + k log p + (n - k) log(1 - p)
beta-binomial   log C(n, k) + log B(k + a, n - k + b) - log B(a, b),   a = p phi,  b = (1 - p) phi

A chance is kept `FLOOR` away from 0 and 1, as in `remnant.observation.fish`: what cannot be is then very
unlikely, with a gradient of 0, and not minus infinity with a gradient that is no number.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from remnant.dynamics.deterministic.precision import assert_double

FLOOR = 1e-12
HALF_LOG_TWO_PI = 0.9189385332046727
INDEPENDENT = 1e6  # phi of cells that do not agree more than chance


def log_gamma(z: Array) -> Array:
    """Log gamma of z above 0, by Stirling's series from z + 8 down; to about 1e-14, relative or absolute.

    A fit spends much of its time here. The function of `jax.scipy.special` serves arguments below 0 too, and
    takes several times as long, to compile as well.
    """
    y = z * (z + 7)
    down = y * (y + 6) * (y + 10) * (y + 12)  # z (z + 1) ... (z + 7)
    x = z + 8
    w = 1 / (x * x)
    series = 1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w * (1 / 1188 - w * 691 / 360360))))
    return (x - 0.5) * jnp.log(x) - x + HALF_LOG_TWO_PI + series / x - jnp.log(down)


def inside(p: Array) -> Array:
    """Keep a chance away from 0 and 1, where its logarithm has no slope."""
    return jnp.clip(p, FLOOR, 1 - FLOOR)


def log_choose(n: Array, k: Array) -> Array:
    """Log number of ways to take k of n."""
    return log_gamma(n + 1.0) - log_gamma(k + 1.0) - log_gamma(n - k + 1.0)


def binomial(k: Array, n: Array, p: Array) -> Array:
    """Log chance of k of n, each with chance p; shapes broadcast."""
    assert_double()
    chance = inside(p)
    return log_choose(n, k) + k * jnp.log(chance) + (n - k) * jnp.log1p(-chance)


def beta_binomial(k: Array, n: Array, p: Array, phi: Array | float) -> Array:
    """Log chance of k of n around p, when cells of one count agree like 1 / (1 + phi); shapes broadcast."""
    assert_double()
    chance = inside(p)
    a, b = chance * phi, (1 - chance) * phi
    drawn = log_gamma(k + a) - log_gamma(a) + log_gamma(n - k + b) - log_gamma(b)
    return log_choose(n, k) + drawn + log_gamma(a + b) - log_gamma(n + a + b)


def draw_beta_binomial(
    n: NDArray[np.float64], p: NDArray[np.float64], phi: float, *, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw k of n around p, by the law of `beta_binomial`."""
    chance = np.clip(p, FLOOR, 1 - FLOOR)
    drawn = rng.beta(chance * phi, (1 - chance) * phi)
    return rng.binomial(np.asarray(n, int), drawn).astype(float)
