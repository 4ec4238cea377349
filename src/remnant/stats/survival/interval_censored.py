"""When an event came that is only known to lie between two looks: Turnbull's maximum likelihood.

A subject seen free at L and with the event at R had it in (L, R]. The likelihood of a distribution is the
product of the masses it gives these intervals. Only the innermost intervals can carry mass: those that begin
at some L, end at some R, and hold no other L or R. How the mass lies within one, the data do not say, and nor
does this.

The likelihood is concave in the masses. It is climbed by a constrained Newton method, each step a non-
negative least-squares problem, until no interval would gain from more mass (Kuhn-Tucker): then, and only
then, is it the maximum. There is no chance in it and no start to choose.

References
----------
Turnbull (1976) J R Stat Soc B 38:290-295; Gentleman & Geyer (1994) Biometrika 81:618-623 (the conditions);
Wang (2007) Comput Stat Data Anal 52:2388-2402 (the method).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from remnant.stats.numerics.arrays import FloatArray

STEPS = 500
SMALL = 1e-11  # gap of the likelihood per subject at which it is at its maximum


@dataclass(frozen=True)
class IntervalCensored:
    """The distribution of an event that was seen only at visits.

    Parameters
    ----------
    left, right : ndarray, shape (intervals,)
        Innermost intervals (left, right] that carry mass, increasing; equal where the time is exact; `right`
        infinite for what was never seen.
    mass : ndarray, shape (intervals,)
        Probability of each; together 1.
    log_likelihood : float
    gap : float
        At most how far the likelihood is below its maximum, per subject.
    converged : bool
        Whether that is nothing, to rounding.
    """

    left: FloatArray
    right: FloatArray
    mass: FloatArray
    log_likelihood: float
    gap: float
    converged: bool

    def free(self, time: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest fraction free of the event just after each time that the data allow.

        They differ within an innermost interval, where nobody looked.
        """
        when = np.asarray(time, float)[..., None]
        lowest = ((self.left >= when) & (self.right > when)) @ self.mass
        highest = (self.right > when) @ self.mass
        return np.asarray(lowest), np.asarray(highest)

    @property
    def median(self) -> tuple[float, float] | None:
        """The interval in which half have had the event; None where that was not seen."""
        place = np.searchsorted(np.cumsum(self.mass), 0.5 - 1e-9)
        found = float(self.left[place]), float(self.right[place])
        return found if np.isfinite(found[1]) else None


def interval_censored(left: npt.ArrayLike, right: npt.ArrayLike) -> IntervalCensored:
    """Estimate when an event comes that is known only to lie in (left, right].

    Parameters
    ----------
    left : array-like, shape (subjects,)
        Last time seen free of the event, at least 0.
    right : array-like, shape (subjects,)
        First time seen with it; infinite where it was never seen; equal to `left` where the time is exact.

    Examples
    --------
    >>> found = interval_censored([0, 2, 4, 5], [3, 6, 6, np.inf])
    >>> found.left.tolist(), found.right.tolist(), found.mass.round(4).tolist()
    ([2.0, 5.0], [3.0, 6.0], [0.3333, 0.6667])
    """
    begin, end = np.asarray(left, float), np.asarray(right, float)
    assert begin.shape == end.shape, "one interval for each subject"
    assert begin.size, "somebody was looked at"
    assert (begin >= 0).all(), "no time is negative"
    assert (begin <= end).all(), "an interval ends after it begins"
    assert np.isfinite(begin).all(), "somebody who was seen, was seen at a time"
    intervals, many = np.unique(np.stack([begin, end], axis=1), axis=0, return_counts=True)
    inner = innermost(intervals[:, 0], intervals[:, 1])
    inside = holds(intervals, inner)
    mass, value, gap = _climb(inside, many.astype(float))
    kept = mass > 0
    return IntervalCensored(inner[kept, 0], inner[kept, 1], mass[kept], value, gap, bool(gap <= 1e-9))


def innermost(begin: FloatArray, end: FloatArray) -> FloatArray:
    """Intervals from a left end to the right end that is the very next end of any kind.

    At one time an exact event comes first, then what ends there, then what begins after it.
    """
    exact = begin == end
    ends = [(time, 0, False) for time in begin[exact]] + [(time, 2, False) for time in begin[~exact]]
    ends = sorted({*ends, *((time, 1, True) for time in end)})
    pairs = pairwise(ends)
    return np.array([(a[0], b[0]) for a, b in pairs if not a[2] and b[2]]).reshape(-1, 2)


def holds(intervals: FloatArray, inner: FloatArray) -> FloatArray:
    """Whether each subject's interval holds each innermost one, shape (subjects, intervals)."""
    begin, end = intervals[:, :1], intervals[:, 1:]
    exact = inner[:, 0] == inner[:, 1]
    # (L, R] holds the point L itself only where it is that point.
    after = np.where(
        exact, (begin < inner[:, 0]) | (begin == end) & (begin == inner[:, 0]), begin <= inner[:, 0]
    )
    return np.asarray(after & (inner[:, 1] <= end), float)


def _climb(inside: FloatArray, many: FloatArray) -> tuple[FloatArray, float, float]:
    """Masses that maximise sum many log(inside mass), the value, and how far it can be from the maximum."""
    weight, total = np.sqrt(many), many.sum()
    mass = _stabbing(inside)

    def value(at: FloatArray) -> float:
        with np.errstate(divide="ignore"):
            return float(many @ np.log(inside @ at))

    gap = np.inf
    for _ in range(STEPS):
        density = inside @ mass
        slope = (many / density) @ inside
        gap = float(slope.max() / total - 1)  # concave: at most this far below the maximum, per subject
        if gap <= SMALL:
            break
        near = _promising(mass, slope)
        design = weight[:, None] * (inside[:, near] / density[:, None] - 2.0)
        # The last row keeps the masses from all being 0; their sum is made 1 afterwards (Dax).
        rows = np.concatenate([design, np.ones((1, near.size))])
        aim = np.zeros(mass.size)
        aim[near] = nnls(rows, np.append(np.zeros(len(many)), 1.0))[0]
        better = _towards(value, mass, aim / aim.sum(), slope)
        if better is None:
            better = _polished(inside, many, mass)
        if better is None or np.array_equal(better, mass):
            break
        mass = better
    return mass, value(mass), max(gap, 0.0)


def _polished(inside: FloatArray, many: FloatArray, mass: FloatArray) -> FloatArray | None:
    """One Newton step among the intervals that carry mass, for the digits that least squares leaves.

    Less total times its sum, the likelihood has its maximum where the masses sum to 1 by themselves.
    """
    held = mass > 0
    share = inside[:, held] / (inside @ mass)[:, None]
    slope = many @ share - many.sum()
    step = np.linalg.lstsq((many[:, None] * share).T @ share, slope, rcond=1e-12)[0]
    there = np.zeros(mass.size)
    there[held] = mass[held] + step
    return there / there.sum() if (there >= 0).all() else None


def _stabbing(inside: FloatArray) -> FloatArray:
    """Few intervals, with equal masses, that between them meet every subject."""
    left, chosen = inside.astype(bool), []
    waiting = np.ones(len(inside), bool)
    last = inside.shape[1] - 1 - np.argmax(left[:, ::-1], axis=1)
    while waiting.any():
        chosen.append(int(last[waiting].min()))
        waiting &= ~left[:, chosen[-1]]
    mass = np.zeros(inside.shape[1])
    mass[chosen] = 1 / len(chosen)
    return mass


def _promising(mass: FloatArray, slope: FloatArray) -> npt.NDArray[np.intp]:
    """Intervals that carry mass, and between each two of them the one that would gain most from some."""
    held = np.flatnonzero(mass > 0)
    parts = np.split(np.arange(mass.size), held)
    best = [part[np.argmax(slope[part])] for part in parts if part.size]
    return np.unique(np.concatenate([held, np.array(best, np.intp)]))


def _towards(
    value: Callable[[FloatArray], float], mass: FloatArray, aim: FloatArray, slope: FloatArray
) -> FloatArray | None:
    """Go as far towards the aim as the likelihood rises well; None where it rises no more."""
    here, rise = value(mass), float(slope @ (aim - mass))
    for halving in range(40 if rise > 0 else 0):
        there = mass + (aim - mass) / 2.0**halving
        # At the top a rise is below the rounding of the sum, while the slope still sees it.
        if value(there) >= here + 0.3 * rise / 2.0**halving - 1e-13 * abs(here):
            return there
    return None
