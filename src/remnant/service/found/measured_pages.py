"""What was measured of one patient, as it was entered: for a study that is not analysed."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from remnant.errors import Fault, NotHere
from remnant.store.house import Store
from remnant.store.studies.measured import measured, scanned
from remnant.store.studies.studies import StudyRecord
from remnant.study import TABLES
from remnant.study.schema import LINE

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
    names = _names(store, record)
    first = min(max(after, 0), len(names))
    return list(enumerate(names.slice(first, PAGE).to_list(), first + 1)), len(names)


def patient_tables(store: Store, record: StudyRecord, number: int) -> tuple[str, tuple[Entered, ...]]:
    """Return the name of a patient and every table with rows of that patient.

    Raises
    ------
    NotHere
        If there is no such patient.
    StudyError
        If the study cannot be read.
    """
    names = _names(store, record)
    if not 1 <= number <= len(names):
        hint = "numbers follow the order of patients.csv"
        raise NotHere([Fault(record.slug, None, "patient", str(number), f"1 to {len(names)}", hint)])
    name = names[number - 1]
    found = [
        _entered(table, rows)
        for table, schema in TABLES.items()
        if {"patient_id", "sample_id"} & {column.name for column in schema.columns}
        and len(rows := measured(store, record, table, name))
    ]
    return name, tuple(found)


def counted(store: Store, record: StudyRecord) -> dict[str, int]:
    """Count the rows of every table of a study; StudyError if it cannot be read."""
    return {table: int(scanned(store, record, table).select(pl.len()).collect().item()) for table in TABLES}


def _names(store: Store, record: StudyRecord) -> pl.Series:
    """Return the patients in the order of patients.csv."""
    rows = scanned(store, record, "patients").select("patient_id", LINE).sort(LINE)
    return rows.collect()["patient_id"]


def _entered(table: str, rows: pl.DataFrame) -> Entered:
    shown = [c for c in rows.columns if c not in ("patient_id", LINE) and rows[c].null_count() < len(rows)]
    words = tuple(tuple(_word(value) for value in row) for row in rows.select(shown).head(ROWS).iter_rows())
    return Entered(table, tuple(shown), words, len(rows))


def _word(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)
