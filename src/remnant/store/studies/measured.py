"""The checked tables of a revision as Parquet, sorted by patient: one patient or a cohort in one look.

They are made from the files of the revision when they are first asked for, and never go out of date: a
revision does not change, and those that another remnant made are passed over. A row group holds some hundreds
of patients and knows its first and its last, so that one patient is read without the others.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError
from sqlalchemy import Connection, select

from remnant.errors import Fault, NotHere
from remnant.store.cache import key
from remnant.store.database.engine import insert_new
from remnant.store.database.tables import measured as measured_rows
from remnant.store.disk_errors import refusal
from remnant.store.files.blobs import Written, blob_path, drop, settle, write_file
from remnant.store.files.trees import checkout
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord
from remnant.study import LINE, TABLES, Study, read_study
from remnant.study.faults import suggest

PATIENT = "patient_id"
SAMPLE = "sample_id"
DAY = "day"
ROW_GROUP = 50_000  # rows: 500 patients of 100 observations, read and unpacked in a few milliseconds


def measured(store: Store, study: StudyRecord, table: str, patient: str | None = None) -> pl.DataFrame:
    """Return a table of the newest revision of a study.

    Parameters
    ----------
    study : StudyRecord
        As it was looked at: its `tree` says which revision.
    table : str
        A name of `remnant.study.TABLES`.
    patient : str, optional
        Rows of this patient alone.

    Returns
    -------
    DataFrame
        Columns of the schema, with `line`; a table of samples has `patient_id` too. Sorted by patient,
        then by day where there is one, then by line. Without rows where the study has none.

    Raises
    ------
    NotHere
        If there is no such table, or if it is not about patients and one was asked for.
    StudyError
        If an older remnant let in what this one does not.
    """
    rows = scanned(store, study, table)
    if patient is not None:
        if PATIENT not in rows.collect_schema():
            hint = "ask for the whole table"
            raise NotHere([Fault(table, None, PATIENT, "no such column", "a table about patients", hint)])
        rows = rows.filter(pl.col(PATIENT) == patient)
    return rows.collect()


def scanned(store: Store, study: StudyRecord, table: str) -> pl.LazyFrame:
    """Return a table for a question of one's own, read no further than the question needs."""
    if table not in TABLES:
        hint = suggest(table, TABLES, "see the data dictionary")
        raise NotHere([Fault("study", None, "table", repr(table[:80]), ", ".join(TABLES), hint)])
    if (sha256 := _known(store, study.tree, table)) is None:
        keep_tables(store, study.tree, tables_of(read_study(checkout(store, study.tree))))
        sha256 = _known(store, study.tree, table)
    assert sha256 is not None
    return pl.scan_parquet(blob_path(store, sha256))


def tables_of(study: Study) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield every table of a study, each with the patient of its samples."""
    patients = study["samples"].select(SAMPLE, PATIENT)
    for name, table in study.tables.items():
        about_samples = SAMPLE in table.columns and PATIENT not in table.columns
        yield name, table.join(patients, on=SAMPLE, how="left", coalesce=True) if about_samples else table


def keep_tables(store: Store, tree: str, tables: Iterator[tuple[str, pl.DataFrame]]) -> None:
    """Keep tables beside a tree; two who do so at once keep the same."""
    written: dict[str, tuple[Written, int]] = {}
    try:
        for name, table in tables:
            written[name] = _write(store.home, table), table.height
        with store.begin() as connection:
            settle(store, connection, [one for one, _ in written.values()])
            for name, (one, rows) in written.items():
                _insert(connection, tree, _kept_as(name), one.sha256, rows)
    finally:
        drop(one for one, _ in written.values())


def _write(home: Path, table: pl.DataFrame) -> Written:
    order = [name for name in (PATIENT, DAY, LINE) if name in table.columns]
    fresh = home / "partial" / f"{secrets.token_hex(16)}.parquet"
    try:
        table.sort(order).write_parquet(fresh, row_group_size=ROW_GROUP, statistics=True)
        return write_file(home, fresh)
    except PolarsError as error:
        raise refusal(error) or error from None
    finally:
        fresh.unlink(missing_ok=True)


def _insert(connection: Connection, tree: str, name: str, sha256: str, rows: int) -> None:
    row = {"tree": tree, "name": name, "sha256": sha256, "rows": rows}
    connection.execute(insert_new(connection, measured_rows).values(row).on_conflict_do_nothing())


def _kept_as(table: str) -> str:
    """Return the name of a table as this remnant reads it: another may know other columns."""
    columns = [f"{name} {kind}" for name, kind in TABLES[table].empty().schema.items()]
    return f"{table} {key(version('remnant'), *columns)[:16]}"


def _known(store: Store, tree: str, table: str) -> str | None:
    rows = measured_rows.c
    with store.reading() as connection:
        sha256: str | None = connection.scalar(
            select(rows.sha256).where(rows.tree == tree, rows.name == _kept_as(table))
        )
    return sha256
