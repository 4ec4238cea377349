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


def excess(score: Score, most: Sequence[float], *, slack: float = 0.0) -> float:
    """Return by how much limits are exceeded, summed; 0 where all are kept.

    `slack` standard errors are added to each share: below 0 only what chance does not explain counts, above 0
    a limit is kept only where that is sure.
    """
    shares = score.shares
    error = np.sqrt(shares * (1 - shares) / len(score))
    bound = np.minimum(shares + slack * error, 1.0)
    return float(np.nansum(np.maximum(bound - np.asarray(most), 0.0)))


def ranked(scores: Sequence[Score], most: Sequence[float], *, slack: float = 0.0) -> list[int]:
    """Order schedules: the least excess first, then the best objective, then as they stand."""
    keys = [(excess(one, most, slack=slack), -float(one.objective.mean()), n) for n, one in enumerate(scores)]
    return [n for _, _, n in sorted(keys)]


def survivors(scores: Sequence[Score], most: Sequence[float]) -> list[int]:
    """Choose who goes on: at most half, and none that is clearly worse than one that surely keeps the limits.

    Places go in turn to the best of those that may keep the limits, that seem to, and that surely do: the
    first may turn out to be over a limit, and the last to be needlessly cautious.
    """
    hopeful, likely, sure = (ranked(scores, most, slack=slack) for slack in (-ONE_SIDED, 0.0, ONE_SIDED))
    safe = scores[sure[0]] if excess(scores[sure[0]], most, slack=ONE_SIDED) == 0 else None
    places = max(FEW, math.ceil(len(scores) / 2))
    going: dict[int, None] = {}
    for three in zip(hopeful, likely, sure, strict=True):
        going |= dict.fromkeys(n for n in three if not _clearly_out(scores[n], safe, most))
    return sorted(list(going)[:places])


def _clearly_out(score: Score, safe: Score | None, most: Sequence[float]) -> bool:
    if safe is None:
        return False
    if excess(score, most, slack=-CLEARLY) > 0:
        return True
    apart = safe.objective - score.objective
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
