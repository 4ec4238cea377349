r"""From a standard normal score to a number of the model, differentiable.

A number with prior distribution function F is F^-1(Phi(u)) of a standard normal score u. For the laws of the
presets F is a normal one on a scale (log, logit, none) cut at scores a and b, so that on this scale it is

    Phi^-1(Phi(a) + Phi(u) (Phi(b) - Phi(a))),

taken from the upper tail where u is above 0, since only the tail keeps its digits.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import expit, log_ndtr, ndtr, ndtri
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline
from scipy.special import betaincinv
from scipy.special import ndtr as normal
from scipy.special import ndtri as normal_quantile

from remnant.dynamics.model.priors import Prior

FARTHEST = 30.0  # scores beyond lose every digit of their tail


def value_of(prior: Prior) -> Callable[[Array], Array]:
    """Return the map from standard normal scores to values, elementwise, for JAX."""
    match prior.law:
        case "fixed":
            return lambda u: jnp.full(jnp.shape(u), prior.centre)
        case "uniform":
            low, high = prior.support
            return lambda u: low + (high - low) * ndtr(u)
        case "beta":
            return _beta(prior)
    first, last = prior.scores()
    below, above = normal(first), normal(-last)
    mass = normal(-first) - above if first > 0 else normal(last) - below
    plain = np.isinf([first, last]).all()

    def value(u: Array) -> Array:
        score = u if plain else _cut(jnp.clip(u, -FARTHEST, FARTHEST), below, above, mass)
        drawn = _unlinked(prior, score)
        return drawn if plain else jnp.clip(drawn, *prior.support)  # rounding may step over a bound

    return value


def score_of(prior: Prior, value: ArrayLike) -> NDArray[np.float64]:
    """Return the standard normal scores of values within the support: the inverse of `value_of`; NumPy."""
    x = np.asarray(value, float)
    if prior.law == "fixed":
        return np.zeros(x.shape)
    if prior.law == "uniform":
        low, high = prior.support
        return np.asarray(normal_quantile((x - low) / (high - low)))
    if prior.law == "beta":
        grid, spline = _beta_spline(prior)
        with np.errstate(divide="ignore"):
            return np.asarray(np.interp(np.log(x) - np.log1p(-x), spline(grid), grid))
    first, last = prior.scores()
    mass = normal(-first) - normal(-last) if first > 0 else normal(last) - normal(first)
    score = prior.link(x)
    lower = normal_quantile((normal(score) - normal(first)) / mass)
    upper = -normal_quantile((normal(-score) - normal(-last)) / mass)
    return np.where(lower < 0, lower, upper)


def _unlinked(prior: Prior, score: Array) -> Array:
    if prior.law == "lognormal":
        return prior.centre * jnp.exp(prior.spread * score)
    if prior.law == "logit-normal":
        return expit(prior.centre + prior.spread * score)
    return (0.0 if prior.law == "half-normal" else prior.centre) + prior.spread * score


def _cut(u: Array, below: float, above: float, mass: float) -> Array:
    low = u < 0
    tail = jnp.where(low, below, above) + mass * ndtr(jnp.where(low, u, -u))
    return jnp.where(low, 1.0, -1.0) * ndtri(tail)


def _beta(prior: Prior) -> Callable[[Array], Array]:
    if prior.centre == 1 and prior.support == (0.0, 1.0):
        return lambda u: -jnp.expm1(log_ndtr(-u) / prior.spread)
    grid, spline = _beta_spline(prior)
    pieces, step = jnp.asarray(spline.c), grid[1] - grid[0]

    def value(u: Array) -> Array:
        inside = jnp.clip(u, grid[0], grid[-1])
        piece = jnp.clip(((inside - grid[0]) / step).astype(int), 0, len(grid) - 2)
        share = inside - grid[0] - piece * step
        c = pieces[:, piece]
        return expit(((c[0] * share + c[1]) * share + c[2]) * share + c[3])

    return value


def _beta_spline(prior: Prior) -> tuple[NDArray[np.float64], CubicSpline]:
    """Lay the logit of the quantiles on a grid of scores; the cubic between is right to about 1e-8."""
    assert prior.support == (0.0, 1.0), "a beta law that is cut has no score here"
    grid = np.linspace(-9.0, 9.0, 721)
    a, b = prior.centre, prior.spread
    chance = betaincinv(a, b, normal(grid)), betaincinv(b, a, normal(-grid))
    with np.errstate(divide="ignore"):
        logit = np.log(np.maximum(chance[0], 1e-300)) - np.log(np.maximum(chance[1], 1e-300))
    return grid, CubicSpline(grid, logit)
