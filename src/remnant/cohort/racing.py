"""Which schedules go on; those clearly worse, or clearly over a limit, are tried on no more patients.

Successive halving with common random numbers: every schedule is tried on the same first patients; what is
left is tried on twice as many, until all patients are used.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FEW = 4  # schedules that all go on to the last patient
LEAST = 100  # patients of the first round
CLEARLY = 3.0  # standard errors
ONE_SIDED = 1.645


@dataclass(frozen=True)
class Score:
    """What some patients got from one schedule.

    Parameters
    ----------
    objective : ndarray, shape (patients,)
        More is better.
    over : ndarray, shape (limits, patients)
        1 where a limit was exceeded, else 0; NaN where that is unknown.
    treated : ndarray, shape (patients,)
        Days with any drug.
    """

    objective: Array
    over: Array
    treated: Array

    def __len__(self) -> int:
        """Count the patients."""
        return len(self.objective)

    @property
    def shares(self) -> Array:
        """Share of patients over each limit, shape (limits,); NaN where nobody's counts are known."""
        known = ~np.isnan(self.over)
        count = known.sum(axis=1)
        over = np.where(known, self.over, 0.0).sum(axis=1)
        return np.where(count > 0, over / np.maximum(count, 1), np.nan)

    def joined(self, other: Score) -> Score:
        """Put further patients behind these."""
        return Score(
            np.concatenate([self.objective, other.objective]),
            np.concatenate([self.over, other.over], axis=1),
            np.concatenate([self.treated, other.treated]),
        )


def rounds(patients: int, schedules: int) -> tuple[int, ...]:
    """Return the patients of each round, each twice the one before, the last all of them.

    Examples
    --------
    >>> rounds(2000, 30)
    (250, 500, 1000, 2000)
    """
    halvings = max(0, math.ceil(math.log2(max(schedules, 1) / FEW)))
    sizes = [patients >> k for k in range(halvings, -1, -1)]
    return tuple(dict.fromkeys(max(size, min(LEAST, patients)) for size in sizes))


def excess(score: Score, most: Sequence[float], *, lenient: bool) -> float:
    """Return by how much limits are exceeded, summed; 0 where all are kept.

    `lenient` counts only what chance does not explain: a share whose one-sided 95 % bound is over the limit.
    """
    shares = score.shares
    slack = ONE_SIDED * np.sqrt(shares * (1 - shares) / len(score)) if lenient else np.zeros(len(shares))
    return float(np.nansum(np.maximum(shares - slack - np.asarray(most), 0.0)))


def ranked(scores: Sequence[Score], most: Sequence[float], *, lenient: bool) -> list[int]:
    """Order schedules: the least excess first, then the best objective, then as they stand."""
    keys = [
        (excess(one, most, lenient=lenient), -float(one.objective.mean()), n) for n, one in enumerate(scores)
    ]
    return [n for _, _, n in sorted(keys)]


def survivors(scores: Sequence[Score], most: Sequence[float]) -> list[int]:
    """Choose who goes on: not clearly worse than the best that may keep its limits, and at most half."""
    order = ranked(scores, most, lenient=True)
    best = scores[order[0]]
    going = [n for n in order if n == order[0] or not _clearly_worse(scores[n], best, most)]
    return sorted(going[: max(FEW, math.ceil(len(scores) / 2))])


def _clearly_worse(score: Score, best: Score, most: Sequence[float]) -> bool:
    if excess(score, most, lenient=True) > excess(best, most, lenient=True):
        return True
    apart = best.objective - score.objective
    error = apart.std(ddof=1) / math.sqrt(len(apart)) if len(apart) > 1 else math.inf
    return bool(apart.mean() > CLEARLY * error)


def front(points: Array) -> list[int]:
    """Return which points no other beats: as good in every column and better in one; less is better.

    Parameters
    ----------
    points : ndarray, shape (n, columns)
        Of equal points all stay.

    Examples
    --------
    >>> front(np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]))
    [0, 1]
    """
    mine, others = points[:, None], points[None]
    beaten = np.all(mine >= others, axis=-1) & np.any(mine > others, axis=-1)
    return [int(n) for n in np.flatnonzero(~np.any(beaten, axis=1))]
