"""What was measured of one patient, as it was entered: for a study that is not analysed."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from remnant.errors import Fault, NotHere
from remnant.service.studies import checked
from remnant.store.house import Store
from remnant.store.studies import StudyRecord

PAGE = 500  # names on one page
ROWS = 200  # rows of a table on the page of a patient


@dataclass(frozen=True)
class Entered:
    """Rows of one table, as words; `total` counts those that are not shown too."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int


def names_from(store: Store, record: StudyRecord, after: int) -> tuple[list[tuple[int, str]], int]:
    """Return a page of patients after the first so many, by number and name; and how many there are."""
    patients = checked(store, record)["patients"]["patient_id"]
    names = patients.slice(max(after, 0), PAGE).to_list()
    return list(enumerate(names, max(after, 0) + 1)), len(patients)


def patient_tables(store: Store, record: StudyRecord, number: int) -> tuple[str, tuple[Entered, ...]]:
    """Return the name of a patient and every table with rows of that patient.

    Raises
    ------
    NotHere
        If there is no such patient.
    StudyError
        If the study cannot be read.
    """
    study = checked(store, record)
    names = study["patients"]["patient_id"]
    if not 1 <= number <= len(names):
        hint = "numbers follow the order of patients.csv"
        raise NotHere([Fault(record.slug, None, "patient", str(number), f"1 to {len(names)}", hint)])
    name = names[number - 1]
    samples = study["samples"].filter(pl.col("patient_id") == name)["sample_id"].to_list()
    found = []
    for table, rows in study.tables.items():
        own = _of(rows, name, samples)
        if len(own):
            found.append(_entered(table, own))
    return name, tuple(found)


def _of(rows: pl.DataFrame, name: str, samples: list[str]) -> pl.DataFrame:
    if "patient_id" in rows.columns:
        return rows.filter(pl.col("patient_id") == name)
    return rows.filter(pl.col("sample_id").is_in(samples)) if "sample_id" in rows.columns else rows.clear()


def _entered(table: str, rows: pl.DataFrame) -> Entered:
    shown = [c for c in rows.columns if c not in ("patient_id", "line") and rows[c].null_count() < len(rows)]
    words = tuple(tuple(_word(value) for value in row) for row in rows.select(shown).head(ROWS).iter_rows())
    return Entered(table, tuple(shown), words, len(rows))


def _word(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)
