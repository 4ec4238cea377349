"""Many patients in one row: days that sort by patient, the nearest of them, the best of a stretch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from remnant.response.rules.decimals import Bools, Whole

Ints = npt.NDArray[np.int64]

_PATIENT, _MIDDLE = 1 << 32, 1 << 31  # between two patients lie more days than any window has
NEVER = 1 << 30  # a day after every other


def key_of(patient: Ints | int, day: Ints | int) -> Ints:
    """Return one number for a day of a patient, which sorts by patient and then by day."""
    return np.asarray(patient, np.int64) * _PATIENT + (np.asarray(day, np.int64) + _MIDDLE)


def patient_of(keys: Ints) -> Ints:
    """Return the number of the patient."""
    return keys // _PATIENT


def end_of_patient(keys: Ints) -> Ints:
    """Return a key beyond every day of the patient of each key, and before those of the next."""
    return (keys // _PATIENT + 1) * _PATIENT


def day_of(keys: Ints) -> Ints:
    """Return the day."""
    return keys % _PATIENT - _MIDDLE


def union(*keys: Ints) -> Ints:
    """Return the keys of all, in order, each once."""
    found = np.sort(np.concatenate(keys), kind="stable")  # which is quick where parts are in order already
    new = np.ones(len(found), bool)
    new[1:] = found[1:] != found[:-1]
    return found[new]


def nearest(keys: Ints, low: Ints, at: Ints, high: Ints) -> Ints:
    """Return the place of the key nearest to `at` from `low` to `high`, the earlier of two, or -1.

    Parameters
    ----------
    keys : ndarray of int, shape (n,)
        In order.
    low, at, high : ndarray of int, shape (m,)
        Both ends belong to the window.
    """
    if not len(keys):
        return np.full(len(at), -1)
    after = np.searchsorted(keys, at, "right")
    before = after - 1
    earlier, later = keys[before.clip(0)], keys[after.clip(max=len(keys) - 1)]
    has_before = (before >= 0) & (earlier >= low)
    has_after = (after < len(keys)) & (later <= high)
    first = has_before & (~has_after | (at - earlier <= later - at))
    return np.where(first, before, np.where(has_after, after, -1))


def nearest_that(keys: Ints, low: Ints, at: Ints, high: Ints, tells: Callable[[Ints, Ints], Bools]) -> Ints:
    """Return the nearest key that tells, or else the nearest of all, or -1.

    Parameters
    ----------
    keys, low, at, high : ndarray of int
        As for `nearest`.
    tells : callable
        For looks and the places of a key each, whether that key tells something of that look.
    """
    found = np.full(len(at), -1)
    if not len(keys):
        return found
    look, right = np.arange(len(at)), np.searchsorted(keys, at, "right")
    left = right - 1
    while len(look):  # outward from the look, until a key tells or both sides are beyond the window
        later = keys[right.clip(max=len(keys) - 1)]
        has_left = (left >= 0) & (keys[left] >= low[look])
        has_right = (right < len(keys)) & (later <= high[look])
        take = has_left & (~has_right | (at[look] - keys[left] <= later - at[look]))
        inside = has_left | has_right
        look, place, take = look[inside], np.where(take, left, right)[inside], take[inside]
        left, right = left[inside], right[inside]
        told = tells(look, place)
        first = told | (found[look] < 0)
        found[look[first]] = place[first]
        look, left, right = look[~told], (left - take)[~told], (right + ~take)[~told]
    return found


class Best:
    """The greatest value of any stretch, answered at once: greatest values of 1, 2, 4, ... neighbours.

    Parameters
    ----------
    values : ndarray of int, shape (n,)
        Any whole numbers, also Python's own.
    longest : int
        Length of the longest stretch that will be asked for.
    """

    def __init__(self, values: Whole, longest: int) -> None:
        self.levels = [values]
        while (step := 1 << (len(self.levels) - 1)) * 2 <= min(longest, len(values)):
            last = self.levels[-1]
            self.levels.append(np.maximum(last[:-step], last[step:]))

    def over(self, start: Ints, stop: Ints) -> Whole:
        """Return the greatest value from `start` up to `stop`, which is not among them and lies beyond."""
        level = np.frexp((stop - start).astype(float))[1] - 1
        found = np.empty(len(start), self.levels[0].dtype)
        for n, values in enumerate(self.levels):
            here = np.flatnonzero(level == n)
            if len(here):
                ends = stop[here] - (1 << n)
                found[here] = np.maximum(values[start[here]], values[ends])
        return found

    def reach_back(self, stop: Ints, start: Ints, ceiling: Whole) -> Ints:
        """Return where the stretch before `stop` begins of which no value is above `ceiling`.

        It does not begin before `start`; it is `stop` where the value just before is above.
        """
        place = stop.copy()
        for n in reversed(range(len(self.levels))):
            further = place - (1 << n)
            fits = further >= start
            fits[fits] = np.asarray(self.levels[n][further[fits]] <= ceiling[fits], bool)
            place = np.where(fits, further, place)
        return place
