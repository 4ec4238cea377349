"""What happened to a patient, day by day, as the report draws it: measured facts, no estimate."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from remnant.study.study import Study


@dataclass(frozen=True)
class Visit:
    """A specimen that was drawn, on `day`."""

    sample_id: str
    day: int
    material: str
    nucleated_cells: float | None


@dataclass(frozen=True)
class TherapyCourse:
    """A course of a drug, both days included; `end_day` None while it goes on."""

    drug: str
    start_day: int
    end_day: int | None
    dose_mg: float | None
    days_on: int | None
    cycle_days: int | None


@dataclass(frozen=True)
class BloodCount:
    """A blood count; what was not measured is None."""

    day: int
    haemoglobin_g_per_dl: float | None
    neutrophils_1e9_per_l: float | None
    platelets_1e9_per_l: float | None
    leukocytes_1e9_per_l: float | None
    blasts_fraction: float | None


@dataclass(frozen=True)
class Transfusion:
    """Units of a blood product given on a day."""

    day: int
    product: str
    units: int


@dataclass(frozen=True)
class LogPeriod:
    """Days over which the record of transfusions is complete, both included."""

    start_day: int
    end_day: int


@dataclass(frozen=True)
class Timeline:
    """A patient, and everything dated about them, each kind in the order of time."""

    patient_id: str
    sex: str | None
    birth_year: int | None
    diagnosis: str | None
    last_contact_day: int | None
    died: bool | None
    visits: tuple[Visit, ...]
    therapy: tuple[TherapyCourse, ...]
    blood_counts: tuple[BloodCount, ...]
    transfusions: tuple[Transfusion, ...]
    log_periods: tuple[LogPeriod, ...]


def timelines(study: Study) -> tuple[Timeline, ...]:
    """Return the timeline of every patient, in the order of patients.csv."""
    return tuple(_timeline(study, row) for row in study["patients"].iter_rows(named=True))


def _timeline(study: Study, patient: dict[str, object]) -> Timeline:
    name = str(patient["patient_id"])

    def rows(table: str, *columns: str) -> list[tuple[object, ...]]:
        mine = study[table].filter(pl.col("patient_id") == name)
        return mine.sort(columns[0], "line").select(columns).rows()

    visits = [
        Visit(row["sample_id"], row["day"], row["material"], row["nucleated_cells"])
        for row in study.samples_of(name).iter_rows(named=True)
    ]
    courses = study["therapy"].filter(pl.col("patient_id") == name).sort("start_day", "line")
    therapy = courses.select("drug", "start_day", "end_day", "dose_mg", "days_on", "cycle_days").rows()
    counts = rows(
        "blood_counts", "day", "haemoglobin_g_per_dl", "neutrophils_1e9_per_l", "platelets_1e9_per_l",
        "leukocytes_1e9_per_l", "blasts_fraction",
    )  # fmt: skip
    return Timeline(
        **{
            key: patient[key]
            for key in ("patient_id", "sex", "birth_year", "diagnosis", "last_contact_day", "died")
        },  # type: ignore[arg-type]
        visits=tuple(visits),
        therapy=tuple(TherapyCourse(*row) for row in therapy),
        blood_counts=tuple(BloodCount(*row) for row in counts),  # type: ignore[arg-type]
        transfusions=tuple(Transfusion(*row) for row in rows("transfusions", "day", "product", "units")),  # type: ignore[arg-type]
        log_periods=tuple(LogPeriod(*row) for row in rows("transfusion_log", "start_day", "end_day")),  # type: ignore[arg-type]
    )
