r"""What a new patient may be, before his data, after a fit of others.

Draw s of a fit says where the scores of patients lie and how far they differ; a new patient's are a mixture
of normal laws over the draws, and the numbers that all share have the normal law of their draws::

    theta = (u, v),   p(u) = mean_s prod_j Normal(u_j; shift_sj, spread_sj),   v ~ Normal(mean, covariance)

So the fit's doubt about the population is within. That v leans on the shifts is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.deterministic.precision import assert_double
from remnant.inference.problem.hierarchy import SHIFT, Layout, spread_of

Array = NDArray[np.float64]

MOST = 300  # draws of a fit that are kept, evenly spaced: the mixture is smooth long before
_LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Population:
    """The law of a new patient's scores.

    Parameters
    ----------
    shift, spread : ndarray, shape (draws, own)
        Mean and standard deviation of patients' own scores, `spread` above 0.
    shared_mean : ndarray, shape (shared,)
        Of the scores that all share.
    shared_root : ndarray, shape (shared, shared)
        Lower triangular root of their covariance, positive on the diagonal.
    """

    shift: Array
    spread: Array
    shared_mean: Array
    shared_root: Array

    def __post_init__(self) -> None:
        assert self.shift.ndim == 2, "one row for each draw"
        assert self.shift.shape == self.spread.shape, "a shift and a spread for each draw and number"
        assert (self.spread > 0).all(), "patients differ"

    @classmethod
    def of_preset(cls, own: int, shared: int) -> Population:
        """Return the law before any fit: every score standard normal."""
        return cls(np.zeros((1, own)), np.ones((1, own)), np.zeros(shared), np.eye(shared))

    @classmethod
    def of_draws(cls, shift: ArrayLike, spread: ArrayLike, shared: ArrayLike) -> Population:
        """Return the law that draws of a fit leave, shapes (draws, own) twice and (draws, shared)."""
        v = np.asarray(shared, float)
        covariance = np.cov(v, rowvar=False).reshape(v.shape[1], v.shape[1])
        root = np.asarray(np.linalg.cholesky(covariance + 1e-9 * np.eye(v.shape[1])), float)
        kept = np.unique(np.linspace(0, len(v) - 1, min(len(v), MOST)).round().astype(int))
        return cls(np.asarray(shift, float)[kept], np.asarray(spread, float)[kept], np.mean(v, axis=0), root)

    @classmethod
    def of_fit(cls, layout: Layout, x: ArrayLike) -> Population:
        """Return the law that draws of a problem's flat vector leave, shape (draws, size)."""
        assert_double()
        shift, spread, shared, _ = layout.split(np.asarray(x, float))
        return cls.of_draws(SHIFT * shift, np.asarray(spread_of(spread)), shared)

    @property
    def own(self) -> int:
        """How many scores each patient has of his own; they come first in theta."""
        return int(self.shift.shape[1])

    @property
    def dimension(self) -> int:
        """Length of theta."""
        return self.own + self.shared_mean.size

    def log_density(self, theta: Array) -> Array:
        """Return the log density of rows theta (n, own + shared), shape (n,)."""
        return np.asarray(log_mixture(theta, self.arrays(), np))

    def arrays(self) -> tuple[Array, Array, Array, Array]:
        """Return what `log_mixture` needs."""
        return self.shift, self.spread, self.shared_mean, self.shared_root

    def draw(self, count: int, *, rng: np.random.Generator) -> Array:
        """Draw rows theta, shape (count, own + shared)."""
        which = rng.integers(len(self.shift), size=count)
        own = self.shift[which] + self.spread[which] * rng.standard_normal((count, self.own))
        shared = rng.standard_normal((count, self.shared_mean.size)) @ self.shared_root.T
        return np.hstack([own, self.shared_mean + shared])

    def frame(self) -> tuple[Array, Array]:
        """Return the mean of theta and a lower triangular root of its covariance."""
        mean, root = self._frame
        return mean, root

    @cached_property
    def _frame(self) -> tuple[Array, Array]:
        centre = self.shift.mean(axis=0)
        away = self.shift - centre
        covariance = np.diag(np.mean(self.spread**2, axis=0)) + away.T @ away / len(away)
        root = np.zeros((self.dimension, self.dimension))
        root[: self.own, : self.own] = np.linalg.cholesky(covariance)
        root[self.own :, self.own :] = self.shared_root
        return np.concatenate([centre, self.shared_mean]), root

    def variance(self) -> Array:
        """Return the variance of every score before the data, shape (own + shared,)."""
        return np.asarray(np.sum(self.frame()[1] ** 2, axis=1))


def log_mixture(theta: Any, arrays: tuple[Any, Any, Any, Any], xp: Any) -> Any:
    """Return the log density of a population, by the functions of `xp`: NumPy, or its twin of JAX.

    Parameters
    ----------
    theta : array, shape (n, own + shared)
        Scores.
    arrays : tuple of array
        As `Population.arrays` returns them.
    xp : module
        `numpy` or `jax.numpy`.
    """
    shift, spread, mean, root = arrays
    own = shift.shape[1]
    u, v = theta[:, :own], theta[:, own:]
    constant = xp.sum((shift / spread) ** 2 + 2 * xp.log(spread), axis=1)
    square = (u**2) @ (spread.T**-2) - 2 * (u @ (shift / spread**2).T) + constant
    least = square.min(axis=1)
    mixed = xp.log(xp.mean(xp.exp(-0.5 * (square - least[:, None])), axis=1)) - 0.5 * least
    score = (v - mean) @ xp.linalg.inv(root).T
    shared = -0.5 * xp.sum(score**2, axis=1) - xp.sum(xp.log(xp.diag(root)))
    return mixed + shared - 0.5 * theta.shape[1] * _LOG_TWO_PI
