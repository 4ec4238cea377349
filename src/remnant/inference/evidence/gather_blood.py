"""Haemoglobin of a patient, for its likelihood: counts, transfused cells, and when the marrow is known.

Counts are not visits of the course: between two days on which the marrow is known, its balance is taken as
linear, so a count adds no step to it. Known days stand on every change of dose, closer where treatment begins
or ends, and never more than four weeks apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remnant.dynamics.model.preset import Preset
from remnant.dynamics.treatment import Calendar, Therapy
from remnant.inference.evidence.evidence import Label
from remnant.observation.blood import RISE_PER_UNIT, TRANSFUSED_DAYS
from remnant.observation.likelihood.blood import NEVER, Rows
from remnant.study.study import Study

FloatArray = NDArray[np.float64]

FILE, RED_CELLS = "blood_counts.csv", "red_cells"
WASHOUT_DAYS = round(2 * TRANSFUSED_DAYS)  # until about a seventh of transfused cells is left
APART_DAYS = 28
SOON_DAYS = (3, 7, 14)  # after treatment begins or ends, where the balance bends


@dataclass(frozen=True)
class Blood:
    """What is known of one patient's red cells.

    Parameters
    ----------
    days : tuple of int
        Of the counts that are used, rising.
    values : tuple of float
        Haemoglobin, g/dL.
    lines : tuple of int
        Of blood_counts.csv.
    given : tuple of (int, int)
        Day and units of red cells.
    masked : int
        Counts left out, since transfusions before them may not be on record.
    logged : bool
        Whether a log says when the record of transfusions is complete.
    """

    days: tuple[int, ...]
    values: tuple[float, ...]
    lines: tuple[int, ...]
    given: tuple[tuple[int, int], ...]
    masked: int
    logged: bool

    def until(self, last: float) -> Blood | None:
        """Return what was known up to a day; None where nothing was counted by then."""
        kept = sum(day <= last for day in self.days)
        if not kept:
            return None
        given = tuple(one for one in self.given if one[0] <= last)
        parts = self.days[:kept], self.values[:kept], self.lines[:kept]
        return Blood(*parts, given, self.masked, self.logged)


def has_law(preset: Preset) -> bool:
    """Say whether a preset describes the haemoglobin of its disease, beyond the defaults of the model."""
    return any(prior.name == "haemoglobin" and prior.law != "fixed" for prior in preset.blood)


def read_blood(study: Study) -> dict[str, Blood]:
    """Return the haemoglobin of every patient in whom it was counted."""
    found = {}
    counted = study["blood_counts"].filter(pl.col("haemoglobin_g_per_dl").is_not_null())
    for patient in study.patients:
        mine = counted.filter(pl.col("patient_id") == patient).sort("day")
        red = study["transfusions"].filter(pl.col("patient_id") == patient, pl.col("product") == RED_CELLS)
        log = study["transfusion_log"].filter(pl.col("patient_id") == patient).sort("start_day")
        given = tuple(red.sort("day").select("day", "units").iter_rows())
        periods = list(log.select("start_day", "end_day").iter_rows())
        unsure = _unsure(periods, [day for day, _ in given])
        rows = [row for row in mine.iter_rows(named=True) if not _inside(row["day"], unsure)]
        if rows:
            days, values, lines = (
                tuple(row[name] for row in rows) for name in ("day", "haemoglobin_g_per_dl", "line")
            )
            masked = mine.height - len(rows)
            found[patient] = Blood(days, values, lines, given, masked, bool(periods))
    return found


def _unsure(periods: Sequence[tuple[int, int]], given: Sequence[int]) -> list[tuple[float, float]]:
    """Return the spans in which cells of a transfusion that nobody logged may still be there.

    A gap of the log matters where red cells are on record within `WASHOUT_DAYS` of it.
    """
    if not periods:
        return []
    ends = [-np.inf, *(float(end) for _, end in periods)]
    starts = [*(float(start) for start, _ in periods), np.inf]
    gaps = [(end + 1, start - 1) for end, start in zip(ends, starts, strict=True) if end + 1 < start]
    near = [
        gap for gap in gaps if any(gap[0] - WASHOUT_DAYS <= day <= gap[1] + WASHOUT_DAYS for day in given)
    ]
    return [(first, last + WASHOUT_DAYS) for first, last in near]


def _inside(day: int, spans: Sequence[tuple[float, float]]) -> bool:
    return any(first <= day <= last for first, last in spans)


def known_days(therapy: Therapy, first: float, last: float) -> list[float]:
    """Return the days from `first` to `last` on which the marrow must be known, rising."""
    days = {first, last}
    for one in therapy.calendars:
        days |= {day for day in one.switches if first < day < last}
        days |= {day + soon for day in _turns(one) for soon in SOON_DAYS if first < day + soon < last}
    knots = np.array(sorted(days))
    gaps = np.diff(knots)
    between = np.maximum(1, np.ceil(gaps / APART_DAYS)).astype(int)
    filled = [np.round(a + gap * np.arange(n) / n) for a, gap, n in zip(knots, gaps, between, strict=False)]
    return sorted({float(day) for part in [*filled, knots[-1:]] for day in part})


def _turns(one: Calendar) -> list[float]:
    """Return the days on which treatment begins or ends: the week off of a cycle is neither."""
    days = np.array([*one.switches, np.inf])
    on = np.array(one.doses) > 0
    turns = []
    for i, day in enumerate(one.switches):
        if on[i] and (i == 0 or (not on[i - 1] and day - days[i - 1] > APART_DAYS)):
            turns.append(day)
        if not on[i] and days[i + 1] - day > APART_DAYS:
            turns.append(day)
    return turns


def blood_rows(
    blood: Blood, days: FloatArray, therapy: Therapy, preset: Preset
) -> tuple[Rows, tuple[Label, ...]]:
    """Lay out the counts of one patient, with a label for each row; a row without a count has an empty one.

    Parameters
    ----------
    blood : Blood
        Counts and transfusions.
    days : ndarray, shape (times,)
        On which the marrow is known, rising, from before the first count to the last.
    therapy : Therapy
        Of the patient.
    preset : Preset
        Whose first drug lowers output directly.
    """
    counts = dict(zip(blood.days, zip(blood.values, blood.lines, strict=True), strict=True))
    each = np.union1d(days[days <= blood.days[-1]], blood.days)
    time = np.searchsorted(days, each, side="right") - 1
    later = np.minimum(time + 1, len(days) - 1)
    span = np.maximum(days[later] - days[time], 1.0)
    counted = np.isin(each, blood.days)
    before = _before(counted)
    since = np.where(before < 0, NEVER, each - each[before])
    value = np.array(
        [np.log(counts[int(day)][0]) if there else 0.0 for day, there in zip(each, counted, strict=True)]
    )
    rows = Rows(
        time=time.astype(np.int32),
        weight=counted.astype(float),
        later=later.astype(np.int32),
        part=(each - days[time]) / span,
        gap=np.diff(each, prepend=each[:1]),
        dose=_doses(each, therapy, preset),
        transfused=_transfused(each, blood.given),
        value=value,
        before=np.maximum(before, 0).astype(np.int32),
        since=since,
    )
    labels = tuple(
        Label("haemoglobin", FILE, counts[int(day)][1]) if there else Label("", "", None)
        for day, there in zip(each, counted, strict=True)
    )
    return rows, labels


def _before(counted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for each row the row of the count before it; -1 where there is none."""
    own = np.where(counted, np.arange(len(counted)), -1)
    return np.concatenate([[-1], np.maximum.accumulate(own)[:-1]])


def _doses(each: FloatArray, therapy: Therapy, preset: Preset) -> FloatArray:
    """Return the mean relative dose of the preset's first drug since the row before."""
    given: dict[str, Any] = dict(zip(therapy.drugs, therapy.calendars, strict=True))
    one = given.get(preset.drugs[0].name) if preset.drugs else None
    if one is None:
        return np.zeros(len(each))
    daily = np.arange(each[0], each[-1] + 1)
    total = np.concatenate([[0.0], np.cumsum(one.dose(daily))])
    place = (each - each[0]).astype(int)
    mean = np.diff(total[place], prepend=0.0) / np.maximum(np.diff(each, prepend=each[0]), 1.0)
    mean[0] = float(one.dose(each[:1])[0])
    return np.asarray(mean)


def _transfused(each: FloatArray, given: Sequence[tuple[int, int]]) -> FloatArray:
    """Return g/dL of transfused cells; those of a day itself come after its count."""
    total = np.zeros(len(each))
    for day, units in given:
        after = each > day
        total[after] += units * RISE_PER_UNIT * np.exp(-(each[after] - day) / TRANSFUSED_DAYS)
    return total
