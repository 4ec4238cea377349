"""Exact limits of a limiting-dilution frequency, by enumeration of every outcome of its design.

Outcomes are ordered by their maximum-likelihood frequency. The limits are those of Clopper and Pearson: the
lower one is the f at which an outcome at least this high has probability alpha / 2, the upper one the f at
which an outcome at most this high has. More positive wells at any dose never lower the estimate, and a higher
f makes more of them likely: each tail is monotone in f, so the coverage is at least 1 - alpha for every f.

No estimate of another outcome is needed. The score falls in f, so an outcome s has an estimate of at least x,
the one at hand, if and only if its score at x is not negative; with h = x d that is

    sum s h / (exp(h) - 1) - (n - s) h >= 0,

a weighted sum of independent binomials. Half of the doses are enumerated against a sorted other half.

References
----------
Clopper & Pearson (1934) Biometrika 26:404-413, doi:10.1093/biomet/26.4.404; the enumeration of limiting
dilutions: Myers, McQuay & Hollinger (1994) J Clin Microbiol 32:732-739.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from remnant.stats.numerics import log_mass
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.wells.dilution import by_dose, maximum_likelihood, per_hit, plate

MOST_OUTCOMES = 2_000_000  # of the larger half: a few seconds
TIE = 1e-11  # of a well; outcomes whose scores are this close count into both tails, which only widens


@dataclass(frozen=True)
class Half:
    """Outcomes of some of the doses.

    Parameters
    ----------
    dose, tested : ndarray, shape (doses,)
    score : ndarray, shape (outcomes,)
        What each adds to the score.
    """

    dose: FloatArray
    tested: FloatArray
    score: FloatArray

    def chances(self, rate: float) -> FloatArray:
        """Probability of every outcome, shape (outcomes,)."""
        mass = np.ones(1)
        for d, n in zip(self.dose, self.tested, strict=True):
            wells = np.arange(n + 1)
            # log P(negative) = -f d, without rounding it into a probability first
            ways = log_mass.log_choose(n, wells)
            with np.errstate(divide="ignore"):
                hit = np.where(wells > 0, wells * np.log(-np.expm1(-rate * d)), 0.0)
            mass = np.outer(mass, np.exp(ways + hit - (n - wells) * rate * d)).ravel()
        return mass


def outcomes(dose: npt.ArrayLike, tested: npt.ArrayLike) -> int:
    """How many outcomes the larger half of a design has: what `exact_limits` must hold at once."""
    _, wells = _merged(dose, tested, tested)[:2]
    first, second = _halves(wells)
    return max(prod(int(wells[i]) + 1 for i in part) for part in (first, second))


def exact_limits(
    dose: npt.ArrayLike, tested: npt.ArrayLike, positive: npt.ArrayLike, *, confidence: float = 0.95
) -> tuple[float, float]:
    """Limits that cover every frequency at least as often as they say.

    Parameters
    ----------
    dose, tested, positive : array-like, shape (doses,)
        Cells per well, wells scored, wells with a colony; `outcomes` of the design at most MOST_OUTCOMES.
    confidence : float, default 0.95
        Coverage, in (0, 1).

    Returns
    -------
    lower, upper : float
        Rates per cell; 0 where no well is positive, infinite where all are.

    Examples
    --------
    >>> lower, upper = exact_limits([100], [12], [5])  # one dose: Clopper and Pearson's, carried over
    >>> round(float(1 - np.exp(-100 * lower)), 4), round(float(1 - np.exp(-100 * upper)), 4)
    (0.1517, 0.7233)
    """
    d, n, s = _merged(dose, tested, positive)
    assert outcomes(d, n) <= MOST_OUTCOMES, "so many outcomes cannot be enumerated"
    tail = (1 - confidence) / 2
    start = float(maximum_likelihood(d, n, s))
    if start in (0.0, np.inf):
        # The tail is the outcome itself: at any rate its score is the least, or the greatest, of all.
        start = float(1 / (n * d).sum()) if start == 0 else float(1 / d.min())
    hits = start * d
    first, second = (_half(part, d, n, hits) for part in _halves(n))
    order = np.argsort(second.score)
    ranked, seen = second.score[order], float(s @ per_hit(hits) - (n - s) @ hits)
    slack = TIE * float(n.sum())
    at_least = np.searchsorted(ranked, seen - slack - first.score, side="left")
    at_most = np.searchsorted(ranked, seen + slack - first.score, side="right")

    def excess(theta: float, upper_tail: bool) -> float:
        rate = float(np.exp(theta))
        below = np.concatenate([[0.0], np.cumsum(second.chances(rate)[order])])
        inside = below[-1] - below[at_least] if upper_tail else below[at_most]
        return float(first.chances(rate) @ inside) - tail

    lower = 0.0 if s.sum() == 0 else _root(lambda x: excess(x, True), float(np.log(start)))
    upper = np.inf if (s == n).all() else _root(lambda x: -excess(x, False), float(np.log(start)))
    return lower, upper


def _root(rising: Callable[[float], float], near: float) -> float:
    """Rate at which a function that rises in log rate crosses zero."""
    low = high = near
    while rising(low) > 0:
        low -= 2.0
    while rising(high) < 0:
        high += 2.0
    if low == high:
        return float(np.exp(near))
    return float(np.exp(brentq(rising, low, high, xtol=1e-13, rtol=1e-14)))


def _half(part: tuple[int, ...], d: FloatArray, n: FloatArray, hits: FloatArray) -> Half:
    total = np.zeros(1)
    for i in part:
        wells = np.arange(n[i] + 1)
        total = np.add.outer(total, wells * per_hit(hits[i]) - (n[i] - wells) * hits[i]).ravel()
    index = list(part)
    return Half(d[index], n[index], total)


def _halves(wells: FloatArray) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Part the doses so that the larger half has as few outcomes as can be."""
    every = range(len(wells))
    logs = np.log1p(wells)
    if len(wells) > 14:  # too many ways to part them: deal them out by size
        order = np.argsort(-logs)
        return tuple(int(i) for i in order[::2]), tuple(int(i) for i in order[1::2])
    parts = [p for k in range(len(wells) // 2 + 1) for p in combinations(every, k)]
    best = min(parts, key=lambda p: abs(2 * logs[list(p)].sum() - logs.sum()))
    return best, tuple(i for i in every if i not in best)


def _merged(
    dose: npt.ArrayLike, tested: npt.ArrayLike, positive: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Doses that differ, with all wells of each; doses without wells are left out."""
    d, n, s = plate(dose, tested, positive)
    kept = (n > 0) & (d > 0)
    levels, wells, hits = by_dose(d[kept], n[kept], s[kept])
    return levels, wells, hits
