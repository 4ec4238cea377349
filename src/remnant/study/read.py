"""A study folder becomes a `Study` once, at the door, or every fault in it is said at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from remnant.errors import Fault, StudyError, TableError
from remnant.study.consistency import contradictions
from remnant.study.csv_text import CsvText, read_text
from remnant.study.dates import NO_ANCHORS, anchors_of
from remnant.study.folder import Folder, read_folder
from remnant.study.gate_reviews import misplaced_reviews
from remnant.study.references import event_files, unknown_names
from remnant.study.schema import TableSchema
from remnant.study.settings import CONFIG_FILE, read_config
from remnant.study.study import Study
from remnant.study.suspicions import suspicions
from remnant.study.tables import TABLES
from remnant.study.text import printable
from remnant.study.workbook import WORKBOOK

Reader = Callable[[pl.DataFrame, str, frozenset[int]], list[Fault]]


def read_table(path: Path, schema: TableSchema, *, given: Mapping[str, str] | None = None) -> pl.DataFrame:
    """Read one CSV table by itself, as the commands for a single assay do.

    Parameters
    ----------
    path : Path
        The file.
    schema : TableSchema
        What it should hold; its day columns must be days, for there are no anchors here.
    given : Mapping of str to str, optional
        Values of columns that a single table may leave out, as a plate of one sample leaves out its name.

    Returns
    -------
    DataFrame, shape (rows, columns of the schema + 1)
        Typed columns, with `line`.

    Raises
    ------
    TableError
        With every fault of the file.
    """
    source = printable(path.name)
    text = read_text(path, source)
    if text.header:
        absent = {name: value for name, value in (given or {}).items() if name not in text.header}
        filled = text.table.with_columns(pl.lit(value).alias(name) for name, value in absent.items())
        text = replace(text, table=filled, header=[*text.header, *absent])
    table, faults = _check(text, schema, source, NO_ANCHORS)
    expected, hint = (
        "days since the anchor",
        "a table by itself knows no anchors: give days, or check the study",
    )
    for column in schema.columns:
        if column.date_name in text.header and column.date_name is not None:
            faults.append(Fault(source, text.header_line, column.date_name, "dates", expected, hint))
    if faults:
        raise TableError(faults)
    assert table is not None
    return table


def read_study(
    root: Path,
    *,
    instead: Mapping[str, bytes | None] | None = None,
    also: Mapping[str, Reader] | None = None,
) -> Study:
    """Read and check a study folder.

    Parameters
    ----------
    root : Path
        Folder with study.toml and a CSV file per table, or study.xlsx with a sheet per table.
    instead : Mapping of str to bytes or None, optional
        CSV tables by file name to read in place of what stands there, so that a change can be checked before
        it is written; None stands for a file that is taken away.
    also : Mapping of str to callable, optional
        Who reads the texts of a table, by its name: told the table, the name of its file and the lines that
        have a fault already, it says what else is wrong.

    Returns
    -------
    Study
        Frozen; every table typed and consistent with the others.

    Raises
    ------
    StudyError
        With every fault of every file; of a slip that is made in every row, the first few and their number.
    """
    folder = read_folder(root, instead)
    config, config_faults = read_config(root / CONFIG_FILE)
    # A spillover matrix that study.toml names is no table that was misspelt.
    matrices = {config.gates.spillover, *config.gates.spillovers.values()}
    misplaced = [fault for fault in folder.faults if fault.source not in matrices]
    read, faults = _tables(folder)
    tables = {name: schema.empty() for name, schema in TABLES.items()} | read
    sources = {name: f"{name}.csv" for name in TABLES} | folder.sources
    # What has a fault of its own is not held against the rest: its faults come first.
    faulty = {fault.source for fault in faults}
    lost = set(folder.texts) - set(read) | {name for name, text in folder.texts.items() if text.faults}
    unsure = lost | {name for name in TABLES if sources[name] in faulty}
    more = unknown_names(
        None if config_faults else config, {name: read[name] for name in read if name not in lost}, sources
    )
    more += contradictions(tables, sources, unsure)
    if "events" not in unsure:
        more += event_files(root, config, tables["events"], sources["events"])
        if "gate_reviews" not in unsure:
            more += misplaced_reviews(config, tables["gate_reviews"], tables["events"], sources)
    for name, reader in (also or {}).items():
        if name in read and name not in lost:
            source = sources[name]
            wrong = frozenset(one.line for one in (*faults, *more) if one.source == source and one.line)
            more += reader(read[name], source, wrong)
    if everything := [*config_faults, *misplaced, *faults, *more]:
        raise StudyError(sorted(everything, key=_order))
    files = (
        CONFIG_FILE,
        *sorted({WORKBOOK if " sheet " in file else file for file in folder.sources.values()}),
    )
    notes = tuple(note for text in folder.texts.values() for note in text.notes)
    notes += suspicions(tables, sources)
    if any(" sheet " in file for file in folder.sources.values()):
        notes += (f"tables were read from {WORKBOOK}: fish.csv:7, say, is row 7 of its sheet fish",)
    return Study(root, config, tables, files, notes)


def _order(fault: Fault) -> tuple[bool, str, int]:
    """Order faults as they are mended: settings, then file by file, whole files and columns before lines."""
    return fault.source != CONFIG_FILE, fault.source, fault.line or 0


def _tables(folder: Folder) -> tuple[dict[str, pl.DataFrame], list[Fault]]:
    """Check every table; one whose header means nothing is left out."""
    anchors = NO_ANCHORS
    if "patients" in folder.texts and "patient_id" in folder.texts["patients"].table.columns:
        anchors = anchors_of(folder.texts["patients"].table)
    read: dict[str, pl.DataFrame] = {}
    faults: list[Fault] = []
    for name, text in folder.texts.items():
        table, found = _check(text, TABLES[name], folder.sources[name], anchors)
        faults += found
        if table is not None:
            read[name] = table
    return read, faults


def _check(
    text: CsvText, schema: TableSchema, source: str, anchors: pl.DataFrame
) -> tuple[pl.DataFrame | None, list[Fault]]:
    """Check the header, and then the cells, which mean nothing without a sound one."""
    if not text.header:
        return None, text.faults
    if faults := schema.check_header(text.header, source, text.header_line):
        return None, [*text.faults, *faults]
    table, faults = schema.check_rows(text.table, source, anchors=anchors)
    return table, [*text.faults, *faults]
