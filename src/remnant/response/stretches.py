"""How long a state lasted, for the measurements of many patients at once: the twin of `runs`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.response.decimals import Bools
from remnant.response.runs import MONITORING_DAYS
from remnant.response.spans import Ints, patient_of
from remnant.response.verdicts import MET, NOT_MET, OPEN, Verdicts


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
        As for `remnant.response.runs.runs`, which says it of one patient and in words.
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
    possible = (states != NOT_MET) & (before != NOT_MET) & ~cut
    unseen = np.where(far & ~cut, apart - 1, 0)
    first, last = _ends(sure)
    low, high = _ends(possible)
    ends = np.append(new[1:], True)  # whether a measurement is its patient's last
    beyond = (high + 1).clip(max=n - 1)
    earliest = keys[low] - np.where(new[low], 0, unseen[low])
    latest = keys[high] + np.where(ends[high], 0, unseen[beyond])
    supported = (states[beyond] != NOT_MET) | (~new[low] & (states[low - 1] != NOT_MET))
    open_ = (latest - earliest >= needed) | ends[high] | supported
    found = np.where(open_, OPEN, NOT_MET)
    found = np.where((states == MET) & (keys[last] - keys[first] >= needed), MET, found)
    return Stretches(keys, np.where(states == NOT_MET, NOT_MET, found).astype(np.int8), first)


def _ends(linked: Bools) -> tuple[Ints, Ints]:
    """First and last place of the stretch around each, where `linked` ties a place to the one before it."""
    here = np.arange(len(linked))
    first = np.maximum.accumulate(np.where(linked, 0, here))
    stops = np.where(np.append(linked[1:], False), len(linked), here)
    last = np.minimum.accumulate(stops[::-1])[::-1]
    return first, last
