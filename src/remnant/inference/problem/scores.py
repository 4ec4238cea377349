r"""From a standard normal score to a number of the model, differentiable.

A number with prior distribution function F is F^-1(Phi(u)) of a standard normal score u. For the laws of the
presets F is a normal one on a scale (log, logit, none) cut at scores a and b, so that on this scale it is

    Phi^-1(Phi(a) + Phi(u) (Phi(b) - Phi(a))),

taken from the upper tail where u is above 0, since only the tail keeps its digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

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


@lru_cache(maxsize=64)
def values_of(priors: tuple[Prior, ...]) -> Callable[[Array], Array]:
    """Return the map from scores to values, shape (..., priors) both, for JAX.

    Numbers of one law are mapped side by side, so that a program has each special function once.
    """
    groups = [
        (where, law)
        for kinds, build in (
            (("fixed", "uniform"), _plain_laws),
            (("lognormal", "logit-normal", "normal", "half-normal"), _normal_laws),
            (("beta",), _beta_laws),
        )
        if (where := [k for k, prior in enumerate(priors) if prior.law in kinds])
        for law in [build([priors[k] for k in where])]
    ]
    order = np.argsort([k for where, _ in groups for k in where])

    def values(u: Array) -> Array:
        parts = [law(u[..., np.array(where)]) for where, law in groups]
        return jnp.concatenate(parts, axis=-1)[..., order]

    return values


def _plain_laws(priors: Sequence[Prior]) -> Callable[[Array], Array]:
    low, high = np.array([prior.support for prior in priors]).T
    return lambda u: low + (high - low) * ndtr(u)


def _normal_laws(priors: Sequence[Prior]) -> Callable[[Array], Array]:
    ends = np.array([prior.scores() for prior in priors])
    below, above = normal(ends[:, 0]), normal(-ends[:, 1])
    mass = np.where(ends[:, 0] > 0, normal(-ends[:, 0]) - above, normal(ends[:, 1]) - below)
    cut = np.flatnonzero(np.isfinite(ends).any(axis=1))
    low, high = np.array([prior.support for prior in priors]).T[:, cut]
    laws = np.array([prior.law for prior in priors])
    spread = np.array([prior.spread for prior in priors])
    centre = np.array([0.0 if prior.law == "half-normal" else prior.centre for prior in priors])
    centre = np.where(laws == "lognormal", np.log(np.where(centre > 0, centre, 1.0)), centre)
    logs, logits = laws == "lognormal", laws == "logit-normal"

    def values(u: Array) -> Array:
        score = u
        if len(cut):
            inner = jnp.clip(u[..., cut], -FARTHEST, FARTHEST)
            score = u.at[..., cut].set(_cut(inner, below[cut], above[cut], mass[cut]))
        link = centre + spread * score
        # `where` twice: an exponential of what is none must not overflow into the gradient.
        value = jnp.where(logs, jnp.exp(jnp.where(logs, link, 0.0)), link)
        value = jnp.where(logits, expit(jnp.where(logits, link, 0.0)), value)
        if len(cut):  # rounding may step over a bound
            value = value.at[..., cut].set(jnp.clip(value[..., cut], low, high))
        return value

    return values


def score_of(prior: Prior, value: ArrayLike) -> NDArray[np.float64]:
    """Return the standard normal scores of values within the support: the inverse of `values_of`; NumPy."""
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


def _cut(u: Array, below: NDArray[Any], above: NDArray[Any], mass: NDArray[Any]) -> Array:
    low = u < 0
    tail = jnp.where(low, below, above) + mass * ndtr(jnp.where(low, u, -u))
    return jnp.where(low, 1.0, -1.0) * ndtri(tail)


def _beta_laws(priors: Sequence[Prior]) -> Callable[[Array], Array]:
    """Interpolate the logit of the quantiles; of Beta(1, b) the exact law, whose tail reaches far to 0."""
    splines = [_beta_spline(prior) for prior in priors]
    grid = splines[0][0]
    pieces, step = np.stack([spline.c for _, spline in splines], axis=-1), grid[1] - grid[0]
    exact = np.array([prior.centre == 1 for prior in priors])
    spread = np.array([prior.spread for prior in priors])
    each = np.arange(len(priors))

    def values(u: Array) -> Array:
        inside = jnp.clip(u, grid[0], grid[-1])
        piece = jnp.clip(((inside - grid[0]) / step).astype(int), 0, len(grid) - 2)
        share = inside - grid[0] - piece * step
        c = jnp.asarray(pieces)[:, piece, each]
        smooth = expit(((c[0] * share + c[1]) * share + c[2]) * share + c[3])
        return jnp.where(exact, -jnp.expm1(log_ndtr(-u) / spread), smooth)

    return values


def _beta_spline(prior: Prior) -> tuple[NDArray[np.float64], CubicSpline]:
    """Lay the logit of the quantiles on a grid of scores; the cubic between is right to about 1e-8."""
    assert prior.support == (0.0, 1.0), "a beta law that is cut has no score here"
    grid = np.linspace(-9.0, 9.0, 721)
    a, b = prior.centre, prior.spread
    chance = betaincinv(a, b, normal(grid)), betaincinv(b, a, normal(-grid))
    with np.errstate(divide="ignore"):
        logit = np.log(np.maximum(chance[0], 1e-300)) - np.log(np.maximum(chance[1], 1e-300))
    return grid, CubicSpline(grid, logit)
