"""Falls from the best count, and transfusion dependence, at many looks at once."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from remnant.response.iwg2006 import limits
from remnant.response.record.cohort import Cohort, Series
from remnant.response.record.measurements import VISIT_DAYS, Line
from remnant.response.record.treatment import AFTER_HOLD_DAYS
from remnant.response.rules.decimals import Bools, Whole, meets
from remnant.response.rules.spans import Ints, end_of_patient, nearest_that
from remnant.response.rules.thresholds import Threshold
from remnant.response.rules.verdicts import MET, NOT_MET, OPEN, Verdicts, verdicts

BELOW_ALL = -(10**18)


@dataclass(frozen=True)
class Falls:
    """Whether each look shows a fall, and whether a second count says so too (open: there is none yet)."""

    verdict: Verdicts
    repeated: Verdicts


def falls(
    cohort: Cohort, line: Line, limit: Threshold, at: Ints, since: Ints, base: Whole | None = None
) -> Falls:
    """Judge the fall of one line from its best value.

    Parameters
    ----------
    cohort : Cohort
        The patients.
    line : Line
        The line.
    limit : Threshold
        Percentage of the best (unit %), or an absolute fall.
    at : ndarray of int, shape (n,)
        Patient and day of each look.
    since : ndarray of int, shape (n,)
        Patient and first day of the response, which may not come after the look.
    base : ndarray of int, shape (n,), optional
        Values at which the line has fallen from its baseline, or `BELOW_ALL` without one.
    """
    assert limit.operator == ">=", "a fall is at least so deep"
    series = cohort.lines[line]
    begin = np.searchsorted(series.keys, since)

    def ceiling(look: Ints, place: Ints) -> tuple[Whole, Bools]:
        """The highest value that has fallen from the best by then, and whether there is any level."""
        best = series.highest_free.over(begin[look], place + 1)
        fallen = _fallen_at(series, line, limit, best)
        level = np.asarray(best >= 0, bool)
        if base is None:
            return fallen, level
        return np.maximum(fallen, base[look]), level | np.asarray(base[look] > BELOW_ALL, bool)

    def tells(look: Ints, place: Ints) -> Bools:
        """Whether a count is the patient's own, or has fallen in spite of a transfusion."""
        found = ~series.raised[place]
        other = np.flatnonzero(~found)
        top, level = ceiling(look[other], place[other])
        found[other] = level & np.asarray(series.values[place[other]] <= top, bool)
        return found

    verdict, repeated = np.full(len(at), OPEN), np.full(len(at), OPEN)
    place = nearest_that(series.keys, np.maximum(at - VISIT_DAYS, since), at, at + VISIT_DAYS, tells)
    here = np.flatnonzero(place >= 0)
    now, start = place[here], begin[here]
    top, level = ceiling(here, now)
    fell = level & np.asarray(series.values[now] <= top, bool)
    # Without a value of the patient's own there is no level to fall from.
    log = np.concatenate([[0], np.cumsum(series.unlogged)])
    none = verdicts(np.zeros(len(now), bool), log[now + 1] == log[start])
    verdict[here] = np.where(level, verdicts(np.zeros(len(now), bool), ~series.raised[now]), none)
    held = cohort.holds.covering(series.keys, AFTER_HOLD_DAYS)[now]
    apart = np.where(held, AFTER_HOLD_DAYS, limits.REPEAT_DAYS)
    again = np.full(len(now), OPEN)
    again[fell] = _again(series, now[fell], start[fell], top[fell], apart[fell])
    repeated[here] = again
    found = np.where(again == NOT_MET, NOT_MET, np.where(held & (again == OPEN), OPEN, MET))
    verdict[here[fell]] = found[fell]
    return Falls(verdict, repeated)


def _fallen_at(series: Series, line: Line, limit: Threshold, best: Whole) -> Whole:
    """The highest value at which the line has fallen from `best`; only what is too low for a CR counts."""
    below = ceil(limits.CR_COUNTS[line].limit * series.scale) - 1
    if limit.unit == "%":
        kept = (100 - limit.limit) / 100
        fallen = np.where(best > 0, best * kept.numerator // kept.denominator, BELOW_ALL)
    else:
        fallen = best - ceil(limit.limit * series.scale)
    return np.minimum(np.where(best < 0, BELOW_ALL, fallen), below)


def fallen_from_baseline(
    series: Series, line: Line, limit: Threshold, known: Bools, total: Whole, number: Ints
) -> Whole:
    """The highest value at which a line has fallen from a mean before treatment by an absolute `limit`."""
    below = ceil(limits.CR_COUNTS[line].limit * series.scale) - 1
    fallen = (total - ceil(limit.limit * series.scale) * number) // number
    return np.where(known, np.minimum(fallen, below), BELOW_ALL)


def _again(series: Series, now: Ints, start: Ints, ceiling: Whole, apart: Ints) -> Verdicts:
    """Say whether a count so many days before or after shows the fall too; open where there is none after.

    Before, every count in between must show it; after, the first one decides. A raised count that shows no
    fall says nothing, for the patient's own may be lower.
    """
    begin = series.highest_free.reach_back(now, start, ceiling)
    stop = np.searchsorted(series.keys, series.keys[now] - apart, "right")
    before = _reached(series, begin, stop, ceiling)
    after = np.searchsorted(series.keys, series.keys[now] + apart)
    end = np.searchsorted(series.keys, end_of_patient(series.keys[now]))
    free = np.append(series.free, len(series.keys))
    decides = free[np.searchsorted(series.free, after)]
    fallen = _reached(series, after, np.minimum(decides + 1, end), ceiling)
    return np.where(before | fallen, MET, np.where(decides < end, NOT_MET, OPEN)).astype(np.int8)


def _reached(series: Series, start: Ints, stop: Ints, ceiling: Whole) -> Bools:
    """Whether any value from `start` up to `stop` is at or below the ceiling."""
    found = stop > start
    found[found] = np.asarray(-series.lowest.over(start[found], stop[found]) <= ceiling[found], bool)
    return found


def dependence(cohort: Cohort, at: Ints, since: Ints) -> Verdicts:
    """Judge transfusion dependence: four units of red cells or more in the 56 days up to each look."""
    first = np.maximum(since, at - (limits.DEPENDENCE_DAYS - 1))
    many = meets(limits.DEPENDENCE, cohort.red_cells.given(first, at))
    return verdicts(many, many | cohort.log.cover(first, at))
