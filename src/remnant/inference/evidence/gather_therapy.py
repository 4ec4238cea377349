"""The courses of a study's drugs as calendars of a preset's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import polars as pl

from remnant.dynamics.model.preset import Drug, Preset
from remnant.dynamics.model.presets import PRESETS
from remnant.dynamics.treatment import Course, Therapy, calendar, controlled
from remnant.errors import Fault, StudyError
from remnant.study.periods import overlapping
from remnant.study.study import Study

FILE = "therapy.csv"
GOES_ON_DAYS = 14_610  # a course without an end: forty years


def read_therapies(study: Study, preset: Preset) -> tuple[dict[str, Therapy], tuple[str, ...]]:
    """Return the calendar of every patient by name, planned courses included, and what a reader must know.

    Parameters
    ----------
    study : Study
        With `therapy`. A drug is found by its name in the preset, or by [mechanism] drug_names in study.toml;
        one that stands for "" there is not part of the mechanism.
    preset : Preset
        Full doses, and the usual cycle where the table gives none.

    Raises
    ------
    StudyError
        With every drug that the preset does not know, every impossible cycle, and courses that overlap.
    """
    names = {name.strip().lower(): drug for name, drug in study.config.mechanism.drug_names.items()}
    known = {drug.name.lower(): drug for drug in preset.drugs if drug.share is None}
    faults = [
        _no_such_drug(name, drug, known)
        for name, drug in names.items()
        if drug.lower() not in known | {"": 0}
    ]
    rows = [_named(row, names) for row in study["therapy"].iter_rows(named=True)]
    faults += [fault for row in rows for fault in _row_faults(row, preset, known)]
    given = [row for row in rows if row["drug"] in known]
    if given:
        table = pl.DataFrame(given, schema_overrides={"end_day": pl.Int64}, infer_schema_length=None)
        hint = "two names of one drug? end the earlier course the day before"
        faults += overlapping(table, FILE, ["patient_id", "drug"], hint)
    if faults:
        raise StudyError(sorted(faults, key=lambda fault: fault.line or 0))
    therapies = {
        patient: _therapy([row for row in given if row["patient_id"] == patient], preset)
        for patient in study.patients
    }
    return therapies, tuple(_notes(given, rows))


def _named(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a row under the preset's name of its drug; `written` keeps the table's."""
    written = str(row["drug"]).strip().lower()
    return {**row, "written": row["drug"], "drug": names.get(written, written).lower()}


def _no_such_drug(name: str, drug: str, known: Mapping[str, Drug]) -> Fault:
    hint = (
        f"did you mean {near[0]}?"
        if (near := get_close_matches(drug, known, 1, cutoff=0.4))
        else "correct it"
    )
    expected = "one of " + ", ".join(known) + ', or ""'
    return Fault("study.toml", None, f"[mechanism] drug_names, {name}", drug, expected, hint)


def _row_faults(row: Mapping[str, Any], preset: Preset, known: Mapping[str, Drug]) -> Iterator[Fault]:
    line = row["line"]
    if row["drug"] not in known:
        if row["drug"]:
            yield _unknown(row, preset, known)
        return
    course = _course(row, known[row["drug"]])
    if not 1 <= course.days_on <= course.cycle_days:
        found, expected = f"{course.days_on} of {course.cycle_days} days", "days_on within cycle_days"
        hint = "give both days_on and cycle_days where the cycle is not the usual one"
        yield Fault(FILE, line, "days_on", found, expected, hint)


def _unknown(row: Mapping[str, Any], preset: Preset, known: Mapping[str, Drug]) -> Fault:
    near = get_close_matches(row["drug"], known, 1, cutoff=0.5)
    example = near[0] if near else next(iter(known), "")
    hint = (
        f'in study.toml, [mechanism] drug_names = {{ "{row["written"]}" = "{example}" }}'
        f'{"" if near else " if it is that drug"}, or = "" if it has no part in the mechanism'
    )
    others = [item.name for item in PRESETS.values() if row["drug"] in {drug.name for drug in item.drugs}]
    if others:
        hint = f'{row["written"]} belongs to preset "{others[0]}": set [mechanism] preset, or {hint}'
    expected = f"a drug of preset {preset.name}: " + ", ".join(known)
    return Fault(FILE, row["line"], "drug", str(row["written"]), expected, hint)


def _course(row: Mapping[str, Any], drug: Drug) -> Course:
    end, dose = row["end_day"], row["dose_mg"]
    return Course(
        row["start_day"],
        row["start_day"] + GOES_ON_DAYS if end is None else end,
        drug.full_dose_mg if dose is None else dose,
        drug.days_on if row["days_on"] is None else row["days_on"],
        drug.cycle_days if row["cycle_days"] is None else row["cycle_days"],
    )


def _therapy(rows: list[dict[str, Any]], preset: Preset) -> Therapy:
    """Join the courses of each drug; a course that goes on ends where the next begins."""
    drugs, calendars = [], []
    for drug in preset.drugs:
        mine = sorted(
            (row for row in rows if row["drug"] == drug.name.lower()), key=lambda row: row["start_day"]
        )
        if mine:
            drugs.append(drug.name)
            calendars.append(calendar([_course(row, drug) for row in mine], full_dose_mg=drug.full_dose_mg))
    given, control = Therapy(tuple(drugs), tuple(calendars)), preset.control
    if control is None or not drugs:
        return given
    return controlled(given, preset.drugs[0].name, control.name)


def _notes(given: list[dict[str, Any]], rows: list[dict[str, Any]]) -> Iterator[str]:
    no_dose = sum(row["dose_mg"] is None for row in given)
    if no_dose:
        yield f"{FILE}: {no_dose} course{'s' * (no_dose > 1)} without dose_mg, taken as the full dose"
    ignored = sorted({str(row["written"]) for row in rows if not row["drug"]})
    if ignored:
        yield f"{FILE}: {', '.join(ignored)} has no part in the mechanism, as study.toml says"
