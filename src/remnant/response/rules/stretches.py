"""How long a state lasted, for the measurements of many patients at once: the twin of `runs`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.response.rules.decimals import Bools
from remnant.response.rules.runs import MONITORING_DAYS
from remnant.response.rules.spans import Ints, patient_of
from remnant.response.rules.verdicts import MET, NOT_MET, OPEN, Verdicts


@dataclass(frozen=True)
class Stretches:
    """For each measurement, the stretch around it in which a state held.

    Parameters
    ----------
    keys : ndarray of int, shape (n,)
        Patient and day of each measurement.
    verdicts : ndarray of int8, shape (n,)
        Whether it held for long enough.
    first : ndarray of int, shape (n,)
        Place of the first measurement that certainly belongs to the stretch.
    """

    keys: Ints
    verdicts: Verdicts
    first: Ints


def stretches(
    keys: Ints,
    states: Verdicts,
    *,
    needed: int,
    gap: int | None = MONITORING_DAYS,
    broken: Bools | None = None,
) -> Stretches:
    """Say for each measurement whether the state around it held for `needed` days.

    Parameters
    ----------
    keys : ndarray of int, shape (n,)
        Patient and day, in order, one measurement a day.
    states : ndarray of int8, shape (n,)
        Whether the state held.
    needed, gap : int
        As for `remnant.response.rules.runs.runs`, which says it of one patient and in words.
    broken : ndarray of bool, shape (n,), optional
        Whether something between a measurement and the one before it ends a stretch.
    """
    n = len(keys)
    here = np.arange(n)
    if not n:
        return Stretches(keys, states, here)
    new = np.ones(n, bool)
    new[1:] = patient_of(keys[1:]) != patient_of(keys[:-1])
    apart = np.diff(keys, prepend=keys[:1])
    cut = new if broken is None else new | broken
    far = np.full(n, gap is None) if gap is None else apart > gap
    before = np.roll(states, 1)
    near = np.ones(n, bool) if gap is None else ~far
    sure = (states == MET) & (before == MET) & near & ~cut
    unknown = (states != NOT_MET) & (before != NOT_MET)
    ends = np.append(new[1:], True)  # whether a measurement is its patient's last

    def enough(low: Ints, high: Ints, cut: Bools) -> Bools:
        """Whether a stretch and what nobody saw around it may be long enough, or the data end in it."""
        unseen = np.append(np.where(far & ~cut, apart - 1, 0), 0)
        latest = keys[high] + np.where(ends[high], 0, unseen[high + 1])
        return np.asarray((latest - (keys[low] - unseen[low]) >= needed) | ends[high])

    first, last = _ends(sure)
    low, high = _ends(unknown & ~cut)
    # What support between two days ended might have gone on without it, but not past a value that fails.
    lowest, highest = _ends(unknown & ~new)
    supported = (low != lowest) | (high != highest)
    possible = enough(low, high, cut) | (supported & enough(lowest, highest, new))
    found = np.where(possible, OPEN, NOT_MET)
    found = np.where((states == MET) & (keys[last] - keys[first] >= needed), MET, found)
    return Stretches(keys, np.where(states == NOT_MET, NOT_MET, found).astype(np.int8), first)


def _ends(linked: Bools) -> tuple[Ints, Ints]:
    """First and last place of the stretch around each, where `linked` ties a place to the one before it."""
    here = np.arange(len(linked))
    first = np.maximum.accumulate(np.where(linked, 0, here))
    stops = np.where(np.append(linked[1:], False), len(linked), here)
    last = np.minimum.accumulate(stops[::-1])[::-1]
    return first, last
