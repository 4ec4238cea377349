"""How many nuclei show a clone: the power of the lab's own cut-off, which jumps by whole nuclei.

Within one cut-off count more nuclei mean more power; where the count rises by one the power falls back. So
the number to plan with is the one from which the power never falls below the wish again, not the first tooth
of the saw that reaches it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from remnant.planning.slide import Bench
from remnant.stats.numerics.arrays import FloatArray


@dataclass(frozen=True)
class Showing:
    """Nuclei to show one clone.

    Parameters
    ----------
    clone : float
        Clone fraction to show.
    nuclei : int or None
        From here on, up to the most looked at, the power stays at or above the wish; None: it never does.
    first : int or None
        Where the wish is first reached, perhaps to be lost again.
    cutoff : int or None
        Abnormal nuclei that call the slide, at `nuclei`.
    power : float or None
        At `nuclei`.
    limit : float
        Power that ever more nuclei of one slide approach: below the wish, no number suffices.
    """

    clone: float
    nuclei: int | None
    first: int | None
    cutoff: int | None
    power: float | None
    limit: float


def cutoff_counts(bench: Bench, most: int) -> npt.NDArray[np.int64]:
    """Fewest abnormal nuclei that call a slide of 1, 2, ..., `most` nuclei."""
    if (walked := bench.counts_up_to(most)) is not None:
        return walked
    counts = np.zeros(most, np.int64)
    spans = [(1, most)]
    counts[0], counts[-1] = bench.count_for(1), bench.count_for(most)
    while spans:  # a count never falls with more nuclei: where both ends agree, all between do
        low, high = spans.pop()
        if counts[low - 1] == counts[high - 1] or high - low < 2:
            counts[low : high - 1] = counts[low - 1]
            continue
        middle = (low + high) // 2
        counts[middle - 1] = bench.count_for(middle)
        spans += [(low, middle), (middle, high)]
    return counts


def powers(clone: float, bench: Bench, counts: npt.NDArray[np.int64]) -> FloatArray:
    """Chance that a clone is called, at 1, 2, ... nuclei with these cut-off counts."""
    return np.asarray(1 - bench.law(clone).at_most(counts - 1, np.arange(1, len(counts) + 1)))


def show(clone: float, bench: Bench, counts: npt.NDArray[np.int64], *, power: float) -> Showing:
    """Plan to show a clone.

    Parameters
    ----------
    clone : float
        In (0, 1].
    bench : Bench
        Probe, sort and cut-off.
    counts : ndarray of int, shape (most,)
        From `cutoff_counts`.
    power : float
        Wished chance that the clone is called, in (0, 1).
    """
    chance = powers(clone, bench, counts)
    enough = chance >= power - 1e-12
    limit = bench.law(clone).rate_above(bench.fraction_limit)
    first = int(np.argmax(enough)) + 1 if enough.any() else None
    short = np.flatnonzero(~enough)
    stays = int(short[-1]) + 2 if len(short) else 1
    if stays > len(counts):
        return Showing(clone, None, first, None, None, limit)
    return Showing(clone, stays, first, int(counts[stays - 1]), float(chance[stays - 1]), limit)


def smallest_shown(bench: Bench, counts: npt.NDArray[np.int64], *, power: float) -> float | None:
    """Smallest clone that as many nuclei as `counts` has show with `power`; None if not even a whole one."""
    nuclei, called = len(counts), int(counts[-1])

    def short(clone: float) -> float:
        return power - float(1 - bench.law(clone).at_most(called - 1, nuclei))

    return _root(short)


def smallest_ever_shown(bench: Bench, *, power: float) -> float | None:
    """Smallest clone that any number of nuclei of one slide shows with `power`; None if not even a whole one.

    Zero where the rates are known and slides do not differ: then enough nuclei show any clone.
    """
    limit = bench.fraction_limit
    if bench.law(0.5).shape is None:  # a slide of any number of nuclei then lies at its mean
        return _root(lambda clone: limit - bench.law(clone).mean)
    return _root(lambda clone: power - bench.law(clone).rate_above(limit))


def _root(falling: Callable[[float], float]) -> float | None:
    """Clone at which a falling shortfall is gone."""
    if falling(1.0) > 0:
        return None
    if falling(0.0) <= 0:
        return 0.0
    return float(brentq(falling, 0.0, 1.0, xtol=1e-9, rtol=1e-10))
