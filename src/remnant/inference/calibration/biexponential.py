r"""Two exponentials through a patient's transcripts: what a careful clinic could say without a mechanism.

    m(t) = log10(exp(a - alpha t) + exp(b - beta t))          under treatment, t in months
    log10 value ~ as in `remnant.observation.likelihood.transcripts`, with its limits of detection

The four numbers and the scatter have weak priors around the published slopes of treated patients, and draws
are weighted by their posterior, so that a patient with two samples has a forecast too, and a wide one. After
a stop two exponentials know nothing; two rules stand for what a clinic could say: "level", that of the last
dose stays; "returns", it stays in half of the patients, as published, and in the others it rises to that of
the first dose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr, logsumexp, ndtr

from remnant.observation.likelihood.transcripts import STRAY, STRAY_SPREAD

Array = NDArray[np.float64]
After = Literal["level", "returns"]

DAYS_PER_MONTH, LN10 = 30.4375, float(np.log(10.0))
# log of the level that falls fast, in per cent; log of its slope per month (0.052 per day, Stein 2011); log
# of the level that falls slowly; its slope per month (0.0057 per day, 0.0038 between patients); log of the
# scatter.
CENTRE = np.array([4.6, np.log(1.6), -2.0, 0.13, np.log(0.25)])
WIDTH = np.array([0.8, 0.4, 2.5, 0.1, 0.35])
RETURNS = 0.5  # share of patients who relapse within two years of a stop: Saussele 2018, from memory
RISE = np.log(1.0), 0.6  # log of the tenfold rises per month of those who do, and its spread: choice
ONSET_MONTHS = 1.5  # mean time to the first rise: most relapse within six months (from memory)
PROPOSALS, HEAVY = 20_000, 5.0  # draws before they are weighted; degrees of freedom of their tails


@dataclass(frozen=True)
class Transcripts:
    """Samples of one patient under treatment.

    Parameters
    ----------
    days : ndarray, shape (samples,)
        Days since the first dose.
    log_percent : ndarray, shape (samples,)
        log10 of per cent of control; of the limit where nothing was detected.
    below : ndarray of bool, shape (samples,)
        Where nothing was detected.
    """

    days: Array
    log_percent: Array
    below: NDArray[np.bool_]


def two_exponentials(
    seen: Transcripts,
    days: ArrayLike,
    *,
    draws: int,
    rng: np.random.Generator,
    stop_day: float = np.inf,
    after: After = "level",
) -> tuple[Array, Array]:
    """Extrapolate a patient's transcripts.

    Parameters
    ----------
    seen : Transcripts
        Any number of samples; none leaves the priors.
    days : array_like, shape (days,)
        When it is asked for.
    draws : int
        How many.
    rng : numpy.random.Generator
        Of the draws.
    stop_day : float
        Of the last dose.
    after : {"level", "returns"}
        The rule for later days.

    Returns
    -------
    expected : ndarray, shape (draws, days)
        log10 of per cent.
    spread : ndarray, shape (draws,)
        Standard deviation of a usual sample around it.
    """

    def cost(z: Array) -> float:
        return -float(_log_posterior(z[None], seen)[0])

    starts = (np.zeros(5), np.array([0.0, 0.0, -1.5, 0.0, 0.0]), np.array([0.0, 0.0, 1.0, 1.0, 0.0]))
    best = min((minimize(cost, start, method="BFGS") for start in starts), key=lambda one: one.fun).x
    root = np.linalg.cholesky(_curvature(best, seen))
    steps = rng.standard_normal((PROPOSALS, 5)) / np.sqrt(rng.chisquare(HEAVY, (PROPOSALS, 1)) / HEAVY)
    scores = best + np.linalg.solve(root.T, steps.T).T
    proposed = -0.5 * (HEAVY + 5) * np.log1p((steps**2).sum(axis=1) / HEAVY)
    weight = _log_posterior(scores, seen) - proposed
    chance = np.exp(weight - logsumexp(weight))
    kept = scores[rng.choice(PROPOSALS, draws, p=chance / chance.sum())]
    when = np.asarray(days, float)
    treated = _expected(kept, np.minimum(when, stop_day))
    rise = 0.0 if after == "level" else _rise(kept, treated, when - stop_day, rng)
    return treated + rise, np.exp(CENTRE[4] + WIDTH[4] * kept[:, 4])


def log_density(value: ArrayLike, below: ArrayLike, expected: Array, spread: Array) -> Array:
    """Return the log predictive density of readings, shape (days,), over draws (draws, days) and (draws,)."""
    each = _residual(np.asarray(value, float), np.asarray(below, bool), expected, spread[:, None])
    return np.asarray(logsumexp(each, axis=0) - np.log(len(each)))


def chance_below(value: ArrayLike, expected: Array, spread: Array) -> Array:
    """Return the predictive chance of a reading below each value, shape (days,)."""
    z = (np.asarray(value, float) - expected) / spread[:, None]
    return np.asarray(((1 - STRAY) * ndtr(z) + STRAY * ndtr(z / STRAY_SPREAD)).mean(axis=0))


def _expected(scores: Array, days: Array) -> Array:
    a, log_alpha, b, beta, _ = (CENTRE + WIDTH * scores).T[..., None]
    months = days / DAYS_PER_MONTH
    fast, slow = a - np.exp(np.minimum(log_alpha, 4.0)) * months, b - beta * months
    return np.asarray(np.logaddexp(fast, slow) / LN10)


def _rise(scores: Array, treated: Array, days: Array, rng: np.random.Generator) -> Array:
    """Return how far the level has come back, shape (draws, days): never above that of the first dose."""
    shape = (len(scores), 1)
    relapses = rng.random(shape) < RETURNS
    pace = np.exp(RISE[0] + RISE[1] * rng.standard_normal(shape))
    months = np.maximum(days / DAYS_PER_MONTH - rng.exponential(ONSET_MONTHS, shape), 0.0)
    room = np.maximum(_expected(scores, np.zeros(1)) - treated, 0.0)
    return np.where(relapses, np.minimum(pace * months, room), 0.0)


def _log_posterior(scores: Array, seen: Transcripts) -> Array:
    spread = np.exp(CENTRE[4] + WIDTH[4] * scores[:, 4])[:, None]
    each = _residual(seen.log_percent, seen.below, _expected(scores, seen.days), spread)
    return np.asarray(each.sum(axis=1) - 0.5 * (scores**2).sum(axis=1))


def _residual(value: Array, below: NDArray[np.bool_], expected: Array, spread: Array) -> Array:
    """The law of `transcripts.log_density` and `log_below`, by NumPy."""
    z = (value - expected) / spread

    def law(width: float) -> Array:
        density = -((z / width) ** 2) / 2 - np.log(width * spread * np.sqrt(2 * np.pi))
        return np.where(below, log_ndtr(z / width), density)

    return np.logaddexp(np.log1p(-STRAY) + law(1.0), np.log(STRAY) + law(STRAY_SPREAD))


def _curvature(best: Array, seen: Transcripts, step: float = 1e-3) -> Array:
    """Return the second differences of -log posterior at its mode, made safely positive."""
    each = step * np.eye(5)
    shifts = np.array(
        [s * each[i] + t * each[j] for i in range(5) for j in range(5) for s in (1, -1) for t in (1, -1)]
    )
    value = -_log_posterior(best + shifts, seen).reshape(5, 5, 2, 2)
    bend = (value[..., 0, 0] - value[..., 0, 1] - value[..., 1, 0] + value[..., 1, 1]) / (4 * step**2)
    roots, axes = np.linalg.eigh((bend + bend.T) / 2)
    return np.asarray((axes * np.maximum(roots, 0.3)) @ axes.T)
