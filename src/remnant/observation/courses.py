"""Whole clinical courses of many synthetic patients, without event files, and the truth of every day.

For studies of a thousand patients in seconds: to hold the engines of response and relapse against what is
true, and to try an analysis before a trial. Each draw has a stream of its own, so a patient is the same
person whoever else is simulated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from remnant.observation import courses_category, courses_looks, courses_truth
from remnant.observation.bench import control_rows
from remnant.observation.clinic import FIRST_ANCHOR
from remnant.observation.courses_body import Body, live
from remnant.observation.courses_outline import Person, draw_person
from remnant.observation.courses_truth import TrueCourse
from remnant.scale.streams import stream
from remnant.study.config import StudyConfig, StudySection
from remnant.study.schema import LINE
from remnant.study.study import Study
from remnant.study.tables import TABLES

# The columns that are written, by table; the rest stay empty.
COLUMNS = {
    "patients": (
        "patient_id", "sex", "birth_year", "diagnosis", "anchor_date", "last_contact_day", "died"
    ),
    "samples": ("sample_id", "patient_id", "day", "material"),
    "therapy": ("patient_id", "drug", "start_day", "end_day", "dose_mg", "days_on", "cycle_days"),
    "blood_counts": (
        "patient_id", "day", "haemoglobin_g_per_dl", "neutrophils_1e9_per_l", "platelets_1e9_per_l",
        "blasts_fraction",
    ),
    "transfusions": ("patient_id", "day", "product", "units", "haemoglobin_before_g_per_dl"),
    "transfusion_log": ("patient_id", "start_day", "end_day"),
    "marrows": ("sample_id", "blasts_fraction", "dysplasia"),
    "karyotypes": ("sample_id", "iscn"),
    "fish": (
        "sample_id", "compartment", "probe", "nuclei_scored", "nuclei_abnormal", "purity_events",
        "purity_in_gate", "contaminant",
    ),
    "fish_controls": ("probe", "control_id", "nuclei_scored", "nuclei_abnormal"),
}  # fmt: skip
TITLE = "Synthetic clinical courses of {} patients with del(5q) MDS on lenalidomide"


@dataclass(frozen=True)
class SimulatedCourses:
    """A synthetic clinic.

    Parameters
    ----------
    study : Study
        As it was measured.
    noise_free : Study
        The same looks and the same red cells, with what was true on the day in place of what was measured.
    truth : tuple of TrueCourse
        What is true of every patient, in the order of the study.
    """

    study: Study
    noise_free: Study
    truth: tuple[TrueCourse, ...]


def simulate_courses(patients: int, *, seed: int) -> SimulatedCourses:
    """Simulate whole clinical courses.

    Parameters
    ----------
    patients : int
        How many, at least 1.
    seed : int
        Keys every stream of chance, at least 0.

    Returns
    -------
    SimulatedCourses
        Blood counts, red cells with their log, marrows, karyotypes, slides and treatment over two to four
        years, with missed visits, incomplete logs, failed cultures, holds, reductions and deaths.

    Examples
    --------
    >>> made = simulate_courses(3, seed=1)
    >>> made.study.patients
    ('P0001', 'P0002', 'P0003')
    >>> made.study.config.study.synthetic
    True
    """
    assert patients >= 1, f"a study has at least one patient, not {patients}"
    noisy: dict[str, courses_looks.Rows] = {name: [] for name in COLUMNS}
    free: dict[str, courses_looks.Rows] = {name: [] for name in COLUMNS}
    truth = []
    for number in range(patients):
        seen, course = simulate_course(f"P{number + 1:04d}", seed=seed, number=number)
        for name in COLUMNS:
            noisy[name] += seen.noisy.get(name, [])
            free[name] += seen.free.get(name, [])
        truth.append(course)
    controls = control_rows(rng=stream(seed, "controls"))
    for tables in (noisy, free):
        tables["fish_controls"] = [tuple(row[name] for name in COLUMNS["fish_controls"]) for row in controls]
    return SimulatedCourses(_study(noisy, patients), _study(free, patients), tuple(truth))


def watch_daily(made: SimulatedCourses, patients: Iterable[str]) -> Study:
    """Look at some patients on every day, marrow and blood, without noise and with a complete log.

    What an engine says of these looks is what the criteria say of the truth: what it says otherwise on the
    looks of a clinic comes from when the clinic looked. Haemoglobin is the patient's own.
    """
    names = set(patients)
    rows: dict[str, courses_looks.Rows] = {name: [] for name in COLUMNS}
    for name in ("patients", "therapy"):
        own = made.study[name].filter(pl.col("patient_id").is_in(names)).select(COLUMNS[name])
        rows[name] = list(own.iter_rows())
    for one in (course for course in made.truth if course.patient_id in names):
        seen = courses_looks.every_day(one.patient_id, one.body, one.given)
        for name, more in seen.items():
            rows[name] += more
    return _study(rows, len(names))


def simulate_course(name: str, *, seed: int, number: int) -> tuple[courses_looks.Seen, TrueCourse]:
    """Simulate one patient: rows as measured and free of noise, and the truth."""

    def chance(what: str) -> np.random.Generator:
        return stream(seed, name, what)

    person = draw_person(rng=chance("person"))
    body = live(person)
    leukaemia = courses_truth.leukaemia(body)
    died = person.dies
    if leukaemia is not None:
        ends = leukaemia + int(chance("leukaemia").integers(20, 250))
        if ends < body.days[-1]:
            body, died = body.until(ends), True
    last = int(body.days[-1])
    planned = courses_looks.planned_marrows(last, rng=chance("marrows"))
    counts = courses_looks.count_days(last, planned, rng=chance("counts"))
    measured, true, given = courses_looks.blood(name, body, counts, rng=chance("blood"))
    remitted = courses_truth.remissions(body)
    relapse = courses_truth.clinical_relapse(body, person, remitted, given)
    days = courses_looks.all_marrows(planned, counts, leukaemia if relapse is None else relapse)
    samples = [(f"{name}-d{day}" if day >= 0 else f"{name}-b", day) for day in days]
    log = courses_looks.log_periods(name, body, rng=chance("log"))
    same: dict[str, courses_looks.Rows] = {
        "patients": [_patient(name, person, last, died, number, chance("clinic"))],
        "samples": [(sample, name, day, "marrow") for sample, day in samples],
        "therapy": _therapy(name, person, last),
        "transfusion_log": log,
    }
    *iscn, metaphases = courses_looks.karyotypes(samples, body, person, rng=chance("karyotype"))
    pairs = {
        "blood_counts": (measured, true),
        "transfusions": courses_looks.red_cells(name, [one for one in given if _logged(log, one.day)], body),
        "marrows": courses_looks.marrows(samples, body, rng=chance("morphology")),
        "karyotypes": iscn,
        "fish": courses_looks.slides(samples, body, rng=chance("fish")),
    }
    seen = courses_looks.Seen(
        same | {table: pair[0] for table, pair in pairs.items()},
        same | {table: pair[1] for table, pair in pairs.items()},
    )
    return seen, TrueCourse(
        name,
        person.outline.name,
        body,
        given,
        metaphases,
        courses_category.categories(body, person, given),
        remitted,
        courses_truth.free_runs(given, until=courses_category.observed_until(person, last)),
        courses_truth.molecular_return(body),
        courses_truth.cytogenetic_return(body),
        relapse,
        courses_category.first_day(body.days, courses_category.blast_progression(body)),
        leukaemia,
        last if died else None,
    )


def _logged(log: Iterable[tuple[Any, ...]], day: int) -> bool:
    """A unit is on record only where a log is kept: what no log covers nobody wrote down."""
    return any(start <= day <= end for _, start, end in log)


def _patient(
    name: str, person: Person, last: int, died: bool, number: int, rng: np.random.Generator
) -> tuple[object, ...]:
    anchor = FIRST_ANCHOR + timedelta(days=number % 3000)
    born = anchor.year - int(rng.integers(58, 81))
    sex = "female" if person.female else "male"
    return name, sex, born, "MDS with del(5q) (synthetic)", anchor, last, died


def _therapy(name: str, person: Person, last: int) -> courses_looks.Rows:
    return [
        (
            name, "lenalidomide", one.start_day, min(one.end_day, last), one.dose_mg, one.days_on,
            one.cycle_days,
        )
        for one in person.courses
        if one.start_day <= last
    ]  # fmt: skip


def _study(rows: Mapping[str, courses_looks.Rows], patients: int) -> Study:
    tables = {}
    for name, schema in TABLES.items():
        own, names = rows.get(name, []), COLUMNS.get(name, ())
        if not own:
            tables[name] = schema.empty()
            continue
        types = {column.name: column.dtype for column in schema.columns}
        table = pl.DataFrame(own, schema={column: types[column] for column in names}, orient="row")
        rest = [pl.lit(None, kind).alias(column) for column, kind in types.items() if column not in names]
        lines = pl.Series(LINE, np.arange(2, len(own) + 2))
        tables[name] = table.with_columns(lines, *rest).select(LINE, *types)
    section = StudySection(title=TITLE.format(patients), synthetic=True)
    return Study(Path(), StudyConfig(study=section), tables)


__all__ = ["Body", "SimulatedCourses", "TrueCourse", "simulate_courses", "watch_daily"]
