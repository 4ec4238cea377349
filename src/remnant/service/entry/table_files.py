"""The tables of a study as they stand in their files: rows to show, and names to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import polars as pl

from remnant.errors import Fault, NotHere
from remnant.service.standing import study_of
from remnant.service.texts.csv_rows import find_rows
from remnant.store.files.blobs import read_blob
from remnant.store.files.trees import tree_files
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord
from remnant.study.column import Column, Kind
from remnant.study.schema import TableSchema
from remnant.study.study import Study
from remnant.study.tables import TABLES
from remnant.study.workbook import WORKBOOK

MANY = 300  # names that are offered beneath a field


@dataclass(frozen=True)
class TableFile:
    """A table of one revision of a study, as text.

    Parameters
    ----------
    name : str
        Of the table.
    blob : str
        Digest of its file; empty where there is none.
    data : bytes
        The file.
    header : tuple of str
        Names of its columns; where there is no file yet, those that it would be given.
    lines : tuple of int
        Line of each row.
    rows : tuple of tuple of str
        Cells of each row, in the order of the header.
    """

    name: str
    blob: str
    data: bytes
    header: tuple[str, ...]
    lines: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.name}.csv"

    @property
    def schema(self) -> TableSchema:
        """What its columns mean."""
        return TABLES[self.name]

    def row(self, line: int) -> dict[str, str]:
        """Return the row that begins on `line`, by column; NotHere if none does."""
        if line not in self.lines:
            hint = "was the table changed since you opened it? go back to the table"
            raise NotHere([Fault(self.file, line, "", "no row", "a line on which a row begins", hint)])
        return self.named(self.rows[self.lines.index(line)])

    def named(self, cells: tuple[str, ...]) -> dict[str, str]:
        """Return the cells of a row by column."""
        return dict(zip(self.header, cells, strict=False))


def known_table(name: str) -> TableSchema:
    """Return the schema of a table; NotHere if no table is called so."""
    if name not in TABLES:
        hint = "choose one of them"
        raise NotHere([Fault("study", None, "table", repr(name[:80]), ", ".join(TABLES), hint)])
    return TABLES[name]


def in_workbook(store: Store, tree: str) -> bool:
    """Say whether the tables of a study are sheets of a workbook, which no form can change."""
    return WORKBOOK in tree_files(store, tree)


def table_file(store: Store, tree: str, name: str) -> TableFile:
    """Return a table as it stands in its file.

    Raises
    ------
    NotHere
        If no table is called so, or the tables of this study are sheets of a workbook.
    """
    schema, files = known_table(name), tree_files(store, tree)
    if f"{name}.csv" not in files and WORKBOOK in files:
        hint = f"change it in {WORKBOOK}, and bring the folder again under Check"
        raise NotHere([Fault(WORKBOOK, None, f"sheet {name}", "a workbook", f"a file {name}.csv", hint)])
    blob = files.get(f"{name}.csv", "")
    if not blob:
        dates = name != "patients" and _dated(store, files)
        return TableFile(name, "", b"", tuple(_header(schema, dates)), (), ())
    return _read(name, blob, read_blob(store, blob))


@lru_cache(maxsize=64)
def _read(name: str, blob: str, data: bytes) -> TableFile:
    found = find_rows(data, f"{name}.csv")
    rows = tuple(tuple(found.values(row)) for row in found.rows)
    return TableFile(name, blob, data, tuple(found.names), tuple(row.line for row in found.rows), rows)


def _header(schema: TableSchema, dates: bool) -> list[str]:
    return [(column.date_name if dates else None) or column.name for column in schema.columns]


def _dated(store: Store, files: Mapping[str, str]) -> bool:
    """Say whether this study writes dates: its samples do."""
    blob = files.get("samples.csv", "")
    return bool(blob) and "date" in _read("samples", blob, read_blob(store, blob)).header


def columns_of(table: TableFile) -> tuple[Column, ...]:
    """Return the columns of a table as its file has them: days or dates; those that it lacks come last."""
    dates = any(column.date_name in table.header for column in table.schema.columns if column.date_name)
    held, lacking = {}, []
    for column in table.schema.columns:
        typed = column.typed_under(table.header)
        if typed is not None:
            held[typed.name] = typed
        else:
            lacking.append((dates and column.typed_under([column.date_name or ""])) or column)
    return (*(held[name] for name in table.header if name in held), *lacking)


def names_for(store: Store, record: StudyRecord, table: TableFile) -> dict[str, tuple[str, ...]]:
    """Return, by column, the names that it may or is likely to hold, for a person to choose from."""
    study = study_of(store, record.tree)
    config = study.config
    stages = [stage for item in config.maturation.values() for stage in item.stages]
    known: dict[str, list[str]] = {
        "patients": study["patients"]["patient_id"].to_list(),
        "samples": study["samples"]["sample_id"].to_list(),
        "compartments": list(config.compartments),
        "populations": [*config.compartments, *stages],
        "panel": list(config.panel),
    }
    names: dict[str, tuple[str, ...]] = {}
    for column in columns_of(table):
        if column.refers_to in known and not (column.name == "patient_id" and table.name == "patients"):
            names[column.name] = tuple(known[column.refers_to][:5000])
        elif column.kind is Kind.FILE:
            files = tree_files(store, record.tree)
            names[column.name] = tuple(file for file in files if file.lower().endswith(".fcs"))
        elif column.kind in (Kind.IDENTIFIER, Kind.TEXT) and not column.choices and column.name != "iscn":
            own = dict.fromkeys(_cells(table, column.name))
            if column.name == "probe":
                own = dict.fromkeys([config.clone.probe, *own])
            if column.name not in table.schema.key[-1:] and 0 < len(own) <= MANY:
                names[column.name] = tuple(own)
    return names


def _cells(table: TableFile, column: str) -> list[str]:
    if column not in table.header:
        return []
    place = table.header.index(column)
    return [row[place] for row in table.rows if len(row) > place and row[place]]


@dataclass(frozen=True)
class Page:
    """Some rows of a table.

    Parameters
    ----------
    rows : tuple of (int, tuple of str)
        Line and cells.
    total : int
        Rows that were chosen from all.
    number, pages : int
        Which page, from 1, of how many.
    """

    rows: tuple[tuple[int, tuple[str, ...]], ...]
    total: int
    number: int
    pages: int


def page_of(
    study: Study,
    table: TableFile,
    *,
    patient: int = 0,
    sort: str = "",
    down: bool = False,
    number: int = 1,
    size: int = 50,
) -> Page:
    """Choose, sort and cut the rows of a table.

    Parameters
    ----------
    patient : int
        Number of a patient, from 1 in the order of patients.csv; 0 for all. A name would stand in an address.
    sort, down : str, bool
        Column to sort by, and whether from high to low; as in the file without it.
    number, size : int
        Page, and rows of a page.
    """
    rows = list(zip(table.lines, table.rows, strict=True))
    if patient and (who := owner_column(table)):
        name = study.patients[patient - 1] if patient <= len(study.patients) else ""
        own = {name}
        if who == "sample_id":
            own = set(study["samples"].filter(pl.col("patient_id") == name)["sample_id"])
        place = table.header.index(who)
        rows = [row for row in rows if row[1][place] in own]
    if sort in table.header:
        place = table.header.index(sort)
        rows.sort(key=lambda row: _order(row[1][place]), reverse=down)
        # Empty cells say nothing of high or low: they stand last either way.
        rows.sort(key=lambda row: not row[1][place])
    pages = max(1, -(-len(rows) // size))
    number = min(max(number, 1), pages)
    return Page(tuple(rows[(number - 1) * size : number * size]), len(rows), number, pages)


def owner_column(table: TableFile) -> str | None:
    """Return the column that says whose a row is."""
    return next((name for name in ("patient_id", "sample_id") if name in table.header), None)


def _order(cell: str) -> tuple[bool, float, str]:
    try:
        return False, float(cell), ""
    except ValueError:
        return True, 0.0, cell


def unit_of(column: Column) -> str:
    """Return the unit to show beside a label."""
    return "" if column.unit in ("fraction", "year", "as in unit", "days") else column.unit


def label_of(column: Column) -> str:
    """Say the name of a column in words; its unit stands beside it.

    Examples
    --------
    >>> from remnant.study.tables import BLOOD_COUNTS, FISH
    >>> label_of(BLOOD_COUNTS.column("platelets_1e9_per_l")), label_of(FISH.column("sample_id"))
    ('Platelets', 'Sample')
    """
    name = column.name
    for unit in ("_1e9_per_l", "_g_per_dl", "_mg", "_ul", "_id"):
        name = name.removesuffix(unit)
    words = name.replace("_", " ").replace("iscn", "ISCN").replace("s g2m", "S G2M").replace("g0", "G0")
    words = words.replace("g1", "G1")
    return words[:1].upper() + words[1:]


def day_or_date(column: Column) -> Column:
    """Return the column as its file has it, with an example that fits."""
    return (
        replace(column, example="2024-03-31") if column.kind is Kind.DATE and not column.example else column
    )
