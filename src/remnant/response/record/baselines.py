"""Baselines of many patients at once: the twin of `baseline_of`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.response.record.baseline import APART_DAYS
from remnant.response.record.cohort import Cohort, Series
from remnant.response.rules.decimals import Bools, Whole
from remnant.response.rules.spans import Ints, key_of


@dataclass(frozen=True)
class Baselines:
    """A line before treatment, of every patient.

    Parameters
    ----------
    known : ndarray of bool, shape (patients,)
        Whether the values free of influence suffice for a mean.
    total, number : ndarray of int, shape (patients,)
        The mean is `total` / `number`, times the scale of the line; 0 and 1 where it is not known.
    seen : ndarray of bool, shape (patients,)
        Whether there is any value, raised or not.
    lowest : ndarray of int, shape (patients,)
        The lowest of them, times the scale of the line.
    """

    known: Bools
    total: Whole
    number: Ints
    seen: Bools
    lowest: Whole


def baselines_of(cohort: Cohort, series: Series, *, window_days: int = 56) -> Baselines:
    """Take the baseline of one line of every patient, as `baseline_of` takes one."""
    patients = np.arange(len(cohort.treatments))
    low, high = key_of(patients, cohort.first_dose - window_days), key_of(patients, cohort.first_dose)
    keys = series.keys[series.free]
    start, stop = np.searchsorted(keys, low), np.searchsorted(keys, high)
    number = stop - start
    known = cohort.treated & (number >= 2)
    known[known] = keys[stop[known] - 1] - keys[start[known]] >= APART_DAYS
    totals = np.concatenate([np.zeros(1, series.values.dtype), np.cumsum(series.values[series.free])])
    total = np.where(known, totals[stop] - totals[start], 0)
    start, stop = np.searchsorted(series.keys, low), np.searchsorted(series.keys, high)
    seen = cohort.treated & (stop > start)
    lowest = np.zeros(len(patients), series.values.dtype)
    lowest[seen] = -series.lowest.over(start[seen], stop[seen])
    return Baselines(known, total, np.where(known, number, 1), seen, lowest)
