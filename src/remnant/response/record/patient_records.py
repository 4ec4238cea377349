"""Rows of one patient become records: counts with what may have raised them, marrows, transfusions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from remnant.response.record.influence import NO_LOG, RAISED_BY
from remnant.response.record.measurements import COLUMN, Count, Line, Marrow
from remnant.response.record.patient_rows import PatientRows
from remnant.response.record.transfusion_record import Transfusion, TransfusionRecord, merge_periods
from remnant.response.record.treatment import Treatment
from remnant.response.rules.thresholds import exact
from remnant.study.estimate import Source

Row = dict[str, Any]


def _lines(rows: PatientRows, place: int, treatment: Treatment) -> dict[Line, tuple[Count, ...]]:
    counts = rows.of("blood_counts", place)
    record = _transfusions(rows, place, treatment)
    return {line: _counts(line, counts, record, treatment) for line in Line}


def _counts(
    line: Line, rows: list[Row], transfusions: TransfusionRecord, treatment: Treatment
) -> tuple[Count, ...]:
    counts = []
    for row in rows:
        if (typed := row[COLUMN[line]]) is not None:
            value = exact(typed)
            raised = _raised(line, row["day"], value, transfusions, treatment)
            counts.append(Count(row["day"], value, raised, Source("blood_counts.csv", row["line"])))
    return tuple(counts)


def _raised(
    line: Line, day: int, value: Fraction, transfusions: TransfusionRecord, treatment: Treatment
) -> str:
    """Say what may have raised a value, or nothing when it is free of influence (OR4, OR7)."""
    by = RAISED_BY[line]
    if support := treatment.support(by.factors, day - by.factors_last, day):
        return f"raised? {support.drug} within {by.factors_last} days"
    if by.product is None:
        return ""
    for one in reversed(transfusions.within(day - by.lasts, day, by.product)):
        # A haemoglobin that is the one noted before the unit was drawn before it.
        drawn_before = by.is_noted and one.haemoglobin_before == value
        if one.day < day or not drawn_before:
            words = by.product.replace("_", " ")
            return f"raised? {words} on day {one.day}, within {by.lasts} days"
    if not transfusions.covers(day - by.lasts, day):
        return f"raised? {NO_LOG} over days {day - by.lasts} to {day}"
    return ""


def _blood_blasts(rows: PatientRows, place: int, treatment: Treatment) -> tuple[Count, ...]:  # noqa: ARG001
    return tuple(
        Count(row["day"], 100 * exact(row["blasts_fraction"]), "", Source("blood_counts.csv", row["line"]))
        for row in rows.of("blood_counts", place)
        if row["blasts_fraction"] is not None
    )


def _transfusions(rows: PatientRows, place: int, treatment: Treatment) -> TransfusionRecord:  # noqa: ARG001
    names = ("day", "product", "units", "haemoglobin_before_g_per_dl", "line")
    given = tuple(
        Transfusion(
            day, product, units, None if noted is None else exact(noted), Source("transfusions.csv", line)
        )
        for day, product, units, noted, line in rows.tables["transfusions"].cells(place, *names)
    )
    log = list(rows.tables["transfusion_log"].cells(place, "start_day", "end_day", "line"))
    periods = merge_periods((start, end) for start, end, _ in log)
    return TransfusionRecord(periods, given, tuple(Source("transfusion_log.csv", line) for *_, line in log))


def _marrows(rows: PatientRows, place: int, treatment: Treatment) -> tuple[Marrow, ...]:  # noqa: ARG001
    by_day: dict[int, list[Row]] = {}
    for row in rows.of("marrows", place):
        by_day.setdefault(row["day"], []).append(row)
    marrows = []
    for day, same in by_day.items():
        row = same[0]  # of the first sample by name
        blasts = {exact(one["blasts_fraction"]) for one in same}
        doubt = "" if len(blasts) == 1 else "not evaluable: marrows of one day disagree on blasts"
        sources = tuple(Source("marrows.csv", one["line"]) for one in same)
        said = list(dict.fromkeys(one["dysplasia"] for one in same if one["dysplasia"] is not None))
        percent = 100 * exact(row["blasts_fraction"])
        dysplasia, also = (said[0], tuple(said[1:])) if said else (None, ())
        marrows.append(Marrow(day, row["sample_id"], percent, dysplasia, doubt, sources, also))
    return tuple(marrows)


def _specimens(rows: PatientRows, place: int, treatment: Treatment) -> tuple[tuple[int, str], ...]:  # noqa: ARG001
    return tuple(rows.tables["samples"].cells(place, "day", "sample_id"))


# The fields of a history that are made when they are asked for.
RECORDS: dict[str, Callable[[PatientRows, int, Treatment], Any]] = {
    "lines": _lines,
    "blood_blasts": _blood_blasts,
    "marrows": _marrows,
    "transfusions": _transfusions,
    "specimens": _specimens,
}
