"""All that a response is judged from, patient by patient, in exact numbers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

import polars as pl

from remnant.response.thresholds import exact
from remnant.response.transfusion_record import (
    PLATELETS,
    RED_CELLS,
    Transfusion,
    TransfusionRecord,
    merge_periods,
)
from remnant.response.treatment import ERYTHROID, MEGAKARYOCYTIC, MYELOID, Treatment, treatment_of
from remnant.study.estimate import Source
from remnant.study.study import Study

VISIT_DAYS = 14  # a blood count this near a visit belongs to it: of counts 28 days apart one always does


class Line(StrEnum):
    """A line of blood cells, by the word that a report uses."""

    HAEMOGLOBIN = "haemoglobin"
    PLATELETS = "platelets"
    NEUTROPHILS = "neutrophils"


UNIT = {Line.HAEMOGLOBIN: "g/dL", Line.PLATELETS: "1e9/L", Line.NEUTROPHILS: "1e9/L"}
COLUMN = {
    Line.HAEMOGLOBIN: "haemoglobin_g_per_dl",
    Line.PLATELETS: "platelets_1e9_per_l",
    Line.NEUTROPHILS: "neutrophils_1e9_per_l",
}
# OR4: what raises a line without a response: product, days it lasts, growth factors, days they last.
_RAISED_BY: dict[Line, tuple[str | None, int, tuple[str, ...], int]] = {
    Line.HAEMOGLOBIN: (RED_CELLS, 14, ERYTHROID, 14),
    Line.PLATELETS: (PLATELETS, 7, MEGAKARYOCYTIC, 14),
    Line.NEUTROPHILS: (None, 0, MYELOID, 14),
}


@dataclass(frozen=True)
class Count:
    """One line of one blood count.

    Parameters
    ----------
    day : int
        Day of the count.
    value : Fraction
        As typed, in the unit of the line.
    raised : str
        Why the patient's own value may be lower; empty when it is free of transfusion and growth factor.
    source : Source
        The row.
    """

    day: int
    value: Fraction
    raised: str
    source: Source


@dataclass(frozen=True)
class Marrow:
    """One marrow morphology; blasts in per cent, `doubt` set where two of the day contradict each other."""

    day: int
    sample_id: str
    blasts_percent: Fraction
    dysplasia: str | None
    doubt: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class History:
    """One patient, as far as a response is concerned.

    Parameters
    ----------
    patient_id : str
        The patient.
    treatment : Treatment
        First dose, holds and support.
    lines : dict of Line to tuple of Count
        Blood counts in the order of days.
    blood_blasts : tuple of Count
        Blasts of the blood, in per cent.
    marrows : tuple of Marrow
        One per day, in order.
    transfusions : TransfusionRecord
        What was given, and when the log is complete.
    specimens : tuple of (int, str)
        Day and name of every sample, in order.
    last_day : int or None
        Last contact, or else the last day on which anything is recorded.
    death_day : int or None
        Day of death.
    source : Source
        The row of patients.csv.
    """

    patient_id: str
    treatment: Treatment
    lines: dict[Line, tuple[Count, ...]]
    blood_blasts: tuple[Count, ...]
    marrows: tuple[Marrow, ...]
    transfusions: TransfusionRecord
    specimens: tuple[tuple[int, str], ...]
    last_day: int | None
    death_day: int | None
    source: Source


def nearest(counts: Sequence[Count], day: int, within: int = VISIT_DAYS) -> Count | None:
    """Return the count nearest to `day`, one free of influence first, then the earlier of two."""
    low = bisect_left(counts, day - within, key=lambda one: one.day)
    high = bisect_right(counts, day + within, key=lambda one: one.day)
    return min(
        counts[low:high], key=lambda one: (one.raised != "", abs(one.day - day), one.day), default=None
    )


def histories(study: Study) -> Iterator[History]:
    """Yield the history of every patient, in the order of patients.csv."""
    samples = study["samples"].sort("day", "sample_id")
    marrows = study["marrows"].join(samples.select("sample_id", "patient_id", "day"), on="sample_id")
    names = ("therapy", "blood_counts", "transfusions", "transfusion_log")
    tables = {name: _by_patient(study[name]) for name in names}
    tables |= {"samples": _by_patient(samples), "marrows": _by_patient(marrows)}
    for patient in study["patients"].iter_rows(named=True):
        rows = {name: by.get(patient["patient_id"], []) for name, by in tables.items()}
        yield _history(patient, rows, therapy_recorded=study.has("therapy"))


def _by_patient(table: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in table.iter_rows(named=True):
        rows.setdefault(row["patient_id"], []).append(row)
    return rows


def _history(
    patient: dict[str, Any], rows: dict[str, list[dict[str, Any]]], *, therapy_recorded: bool
) -> History:
    treatment = treatment_of(rows["therapy"], recorded=therapy_recorded)
    transfusions = _transfusions(rows["transfusions"], rows["transfusion_log"])
    counts = sorted(rows["blood_counts"], key=lambda row: row["day"])
    days = [row["day"] for name in ("samples", "blood_counts", "transfusions") for row in rows[name]]
    days += [row["end_day"] for row in rows["transfusion_log"]]
    contact = patient["last_contact_day"]
    return History(
        patient["patient_id"],
        treatment,
        {line: _counts(line, counts, transfusions, treatment) for line in Line},
        tuple(
            Count(row["day"], 100 * exact(row["blasts_fraction"]), "", _blood_row(row))
            for row in counts
            if row["blasts_fraction"] is not None
        ),
        _marrows(rows["marrows"]),
        transfusions,
        tuple((row["day"], row["sample_id"]) for row in rows["samples"]),
        contact if contact is not None else max(days, default=None),
        contact if patient["died"] else None,
        Source("patients.csv", patient["line"]),
    )


def _blood_row(row: dict[str, Any]) -> Source:
    return Source("blood_counts.csv", row["line"])


def _transfusions(given: list[dict[str, Any]], log: list[dict[str, Any]]) -> TransfusionRecord:
    transfusions = []
    for row in sorted(given, key=lambda row: (row["day"], row["product"])):
        noted = row["haemoglobin_before_g_per_dl"]
        before = None if noted is None else exact(noted)
        source = Source("transfusions.csv", row["line"])
        transfusions.append(Transfusion(row["day"], row["product"], row["units"], before, source))
    periods = merge_periods((row["start_day"], row["end_day"]) for row in log)
    sources = tuple(Source("transfusion_log.csv", row["line"]) for row in log)
    return TransfusionRecord(periods, tuple(transfusions), sources)


def _counts(
    line: Line, rows: list[dict[str, Any]], transfusions: TransfusionRecord, treatment: Treatment
) -> tuple[Count, ...]:
    counts = []
    for row in rows:
        if (typed := row[COLUMN[line]]) is not None:
            value = exact(typed)
            raised = _raised(line, row["day"], value, transfusions, treatment)
            counts.append(Count(row["day"], value, raised, _blood_row(row)))
    return tuple(counts)


def _raised(
    line: Line, day: int, value: Fraction, transfusions: TransfusionRecord, treatment: Treatment
) -> str:
    """Say what may have raised a value, or nothing when it is free of influence (OR4, OR7)."""
    product, lasts, factors, factors_last = _RAISED_BY[line]
    if support := treatment.support(factors, day - factors_last, day):
        return f"raised? {support.drug} within {factors_last} days"
    if product is None:
        return ""
    for one in reversed(transfusions.within(day - lasts, day, product)):
        # A count that is the one noted before the unit was drawn before it.
        if one.day < day or one.haemoglobin_before is None or one.haemoglobin_before != value:
            words = product.replace("_", " ")
            return f"raised? {words} on day {one.day}, within {lasts} days"
    if not transfusions.covers(day - lasts, day):
        return f"raised? no complete transfusion log over days {day - lasts} to {day}"
    return ""


def _marrows(rows: list[dict[str, Any]]) -> tuple[Marrow, ...]:
    by_day: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_day.setdefault(row["day"], []).append(row)
    marrows = []
    for day, same in sorted(by_day.items()):
        row = min(same, key=lambda row: row["sample_id"])
        blasts = {exact(one["blasts_fraction"]) for one in same}
        doubt = "" if len(blasts) == 1 else "not evaluable: marrows of one day disagree on blasts"
        sources = tuple(Source("marrows.csv", one["line"]) for one in same)
        dysplasia = next((one["dysplasia"] for one in same if one["dysplasia"] is not None), None)
        percent = 100 * exact(row["blasts_fraction"])
        marrows.append(Marrow(day, row["sample_id"], percent, dysplasia, doubt, sources))
    return tuple(marrows)
