r"""Leaving out one patient at a time, his own numbers integrated out.

With s the draws of a fit of all patients (population and shared numbers), the patient left out has

    p(y_i | s) = int L_i(u, v_s) prod_j Normal(u_j; shift_sj, spread_sj) du
    p(y_i | y without i) = 1 / mean_s [1 / p(y_i | s)]

and the mean is by Pareto-smoothed weights proportional to 1 / p(y_i | s). Had u_i stayed in the draws, those
weights would be hopeless: a patient's own numbers follow his own counts. The integral is by importance, with
`POINTS` points for each s, from what a linear regression of u_i on (shift, log spread, v) over the draws of
the fit foretells, and a share of the population itself; their number grows until they are worth enough.

Vehtari, Gelman & Gabry (2017) Stat Comput 27:1413-1432, doi:10.1007/s11222-016-9696-4; Merkle, Furr &
Rabe-Hesketh (2019) Psychometrika 84:802-829, doi:10.1007/s11336-019-09679-0 (integrate first).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, logsumexp

from remnant.inference.patient.pareto import psis

Array = NDArray[np.float64]
LogLikelihood = Callable[[Array], Array]

POINTS = 48  # for each draw of the fit, in a round
ROUNDS = 8
WORTH = 40.0  # effective points asked for at the median draw: fewer would fatten the tail of 1 / p
DEFENCE = 0.2  # share of the points from the population
FREEDOM = 6.0
_LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Draws:
    """What a fit says of one patient, draw by draw.

    Parameters
    ----------
    shift, spread : ndarray, shape (draws, own)
        Mean and standard deviation of patients' scores.
    shared : ndarray, shape (draws, shared)
        Scores that all share.
    own : ndarray, shape (draws, own)
        Scores of this patient.
    """

    shift: Array
    spread: Array
    shared: Array
    own: Array

    def thinned(self, most: int) -> Draws:
        """Return at most `most` draws, evenly spaced."""
        kept = np.unique(np.linspace(0, len(self.own) - 1, min(len(self.own), most)).round().astype(int))
        return Draws(*(np.asarray(x, float)[kept] for x in (self.shift, self.spread, self.shared, self.own)))


@dataclass(frozen=True)
class LeftOut:
    """One patient left out.

    Parameters
    ----------
    elpd : float
        Log density of his evidence, given all others.
    pareto_k : float
        Of the weights; not to be trusted above 0.7, and infinite where the integral itself is too rough.
    points : float
        What the points of the integral are worth at the median draw.
    """

    elpd: float
    pareto_k: float
    points: float


def leave_out(
    draws: Draws, log_likelihood: LogLikelihood, *, rng: np.random.Generator, most: int = 400
) -> LeftOut:
    """Leave one patient out of a fit.

    Parameters
    ----------
    draws : Draws
        Of the fit with him.
    log_likelihood : callable
        Of his evidence, from rows of own and shared scores (n, own + shared) to (n,).
    rng : numpy.random.Generator
        For the points.
    most : int, default 400
        Draws of the fit that are used.

    Returns
    -------
    LeftOut
    """
    log_marginal, worth = integrated(draws, draws.thinned(most), log_likelihood, rng=rng)
    elpd, k = left_out(log_marginal)
    return LeftOut(elpd, k if worth >= 0.25 * WORTH else np.inf, worth)


def left_out(log_marginal: ArrayLike) -> tuple[float, float]:
    """Return the log density of the data left out, and Pareto k, from log p(y_i | s), shape (draws,)."""
    fit = np.asarray(log_marginal, float)
    if not np.isfinite(fit).all():
        return -np.inf, np.inf
    smoothed, k = psis(-fit)
    return float(logsumexp(smoothed + fit)), k


def integrated(
    all_draws: Draws, used: Draws, log_likelihood: LogLikelihood, *, rng: np.random.Generator
) -> tuple[Array, float]:
    """Return log p(y_i | s) of the draws used, shape (draws,), and what the points are worth (median)."""
    foretold = _Foretold.of(all_draws)
    rounds: list[Array] = []
    worth = 0.0
    while len(rounds) < ROUNDS and worth < WORTH:
        rounds.append(_round(foretold, used, log_likelihood, rng))
        weights = np.concatenate(rounds, axis=1)
        top = weights.max(axis=1, keepdims=True)
        share = np.exp(weights - np.where(np.isfinite(top), top, 0.0))
        square = np.sum(share**2, axis=1)
        each = np.where(square > 0, np.sum(share, axis=1) ** 2 / np.maximum(square, 1e-300), 0.0)
        worth = float(np.median(each))
    return np.asarray(logsumexp(weights, axis=1) - np.log(weights.shape[1])), worth


def _round(
    foretold: _Foretold, used: Draws, log_likelihood: LogLikelihood, rng: np.random.Generator
) -> Array:
    """Return the log weights of `POINTS` points for each draw, shape (draws, points)."""
    count, own = used.shift.shape
    centre = foretold.mean(used)[:, None]
    noise = rng.standard_normal((count, POINTS, own)) @ foretold.root.T
    stretch = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, (count, POINTS, 1)))
    shift, spread = used.shift[:, None], used.spread[:, None]
    plain = shift + spread * rng.standard_normal((count, POINTS, own))
    safe = np.arange(POINTS) < round(DEFENCE * POINTS)
    u = np.where(safe[:, None], plain, centre + stretch * noise)
    theta = np.concatenate(
        [u, np.broadcast_to(used.shared[:, None], (count, POINTS, used.shared.shape[1]))], 2
    )
    fit = np.asarray(log_likelihood(theta.reshape(count * POINTS, -1)), float).reshape(count, POINTS)
    prior = -0.5 * np.sum(((u - shift) / spread) ** 2 + 2 * np.log(spread) + _LOG_TWO_PI, axis=2)
    share = np.mean(safe)
    proposal = np.logaddexp(np.log(share) + prior, np.log1p(-share) + foretold.log_density(u - centre))
    return np.where(np.isfinite(fit), fit + prior - proposal, -np.inf)


@dataclass(frozen=True)
class _Foretold:
    """A patient's own scores as a linear function of population and shared numbers, and what is left."""

    slope: Array
    root: Array

    @classmethod
    def of(cls, draws: Draws) -> _Foretold:
        design = cls._design(draws)
        stiff = 1e-6 * np.eye(design.shape[1])
        moments = design.T @ draws.own / len(design)
        slope = np.asarray(np.linalg.solve(design.T @ design / len(design) + stiff, moments), float)
        left = draws.own - design @ slope
        freedom = max(len(design) - design.shape[1], 0.2 * len(design))
        covariance = left.T @ left / freedom + 1e-8 * np.eye(left.shape[1])
        return cls(slope, np.asarray(np.linalg.cholesky(1.2 * covariance), float))

    @staticmethod
    def _design(draws: Draws) -> Array:
        columns = [np.ones((len(draws.own), 1)), draws.shift, np.log(draws.spread), draws.shared]
        return np.hstack(columns)

    def mean(self, draws: Draws) -> Array:
        return np.asarray(self._design(draws) @ self.slope)

    def log_density(self, away: Array) -> Array:
        """Log density of a Student t of `FREEDOM` degrees at residuals (..., own)."""
        own = away.shape[-1]
        score = away @ np.linalg.inv(self.root).T
        constant = gammaln((FREEDOM + own) / 2) - gammaln(FREEDOM / 2) - 0.5 * own * np.log(np.pi * FREEDOM)
        constant -= np.sum(np.log(np.diag(self.root)))
        return np.asarray(constant - 0.5 * (FREEDOM + own) * np.log1p(np.sum(score**2, axis=-1) / FREEDOM))
