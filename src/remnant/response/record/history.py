"""All that a response is judged from, patient by patient, in exact numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from remnant.response.record import cohort_of_records, cohort_of_tables
from remnant.response.record.cohort import Cohort
from remnant.response.record.measurements import COLUMN, UNIT, VISIT_DAYS, Count, Line, Marrow, nearest
from remnant.response.record.patient_records import RECORDS
from remnant.response.record.patient_rows import PatientRows
from remnant.response.record.transfusion_record import TransfusionRecord
from remnant.response.record.treatment import Treatment, treatment_of
from remnant.response.rules.deferred import Deferred
from remnant.study.estimate import Source
from remnant.study.study import Study

__all__ = ["COLUMN", "UNIT", "VISIT_DAYS", "Count", "History", "Line", "Marrow", "histories", "nearest"]


@dataclass(frozen=True)
class History(Deferred):
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

    @property
    def cohort(self) -> Cohort:
        """The patients of the study that this one was read with, as arrays; by itself, the patient alone."""
        if "_cohort" not in self.__dict__:
            self.__dict__.update(_cohort=cohort_of_records.cohort_of([self]), _place=0)
        cohort: Cohort = self.__dict__["_cohort"]
        return cohort

    @property
    def place(self) -> int:
        """Which patient of the cohort this one is."""
        assert self.cohort is not None
        place: int = self.__dict__["_place"]
        return place


def histories(study: Study) -> Iterator[History]:
    """Yield the history of every patient, in the order of patients.csv."""
    rows = PatientRows(study)
    recorded = study.has("therapy")
    treatments = [treatment_of(rows.of("therapy", n), recorded=recorded) for n in range(len(rows.patients))]
    last_days = [rows.last_day(place) for place in range(len(rows.patients))]
    cohort = cohort_of_tables.cohort_of(rows, treatments, last_days)
    for place, patient in enumerate(rows.patients):
        yield History.deferred(
            _Records(rows, place, treatments[place]),
            patient_id=patient["patient_id"],
            treatment=treatments[place],
            last_day=last_days[place],
            death_day=patient["last_contact_day"] if patient["died"] else None,
            source=Source("patients.csv", patient["line"]),
            _cohort=cohort,
            _place=place,
        )


@dataclass(frozen=True)
class _Records:
    """Makes the records of one patient when they are asked for."""

    rows: PatientRows
    place: int
    treatment: Treatment

    def __call__(self, name: str) -> Any:
        return RECORDS[name](self.rows, self.place, self.treatment)
