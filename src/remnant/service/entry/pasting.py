"""Rows pasted from a spreadsheet: which column is which, and what each cell says."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from remnant.errors import Fault, TableError
from remnant.service.entry.table_files import TableFile, columns_of, label_of
from remnant.study.faults import suggest

MOST = 5_000  # rows at once: a screen of faults can still be read
PASTED = "what was pasted"


@dataclass(frozen=True)
class Pasted:
    """Rows as text.

    Parameters
    ----------
    columns : tuple of str
        Column of each cell.
    rows : tuple of tuple of str
        Cells, as many as columns.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def values(self) -> list[dict[str, str]]:
        """Each row by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def read_pasted(text: str, table: TableFile) -> Pasted:
    r"""Read rows parted by tabs, as a spreadsheet copies them, or by commas or semicolons.

    Parameters
    ----------
    text : str
        With or without a header; without one the columns are those of the file, in its order.
    table : TableFile
        Where the rows are to go.

    Raises
    ------
    TableError
        If there are no rows, too many, a header with an unknown name, or rows of another length.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise TableError(
            [_fault(None, "nothing", "rows copied from a spreadsheet", "copy them, and paste here")]
        )
    mark = next((mark for mark in "\t;," if mark in lines[0]), "\t")
    try:
        rows = _rows(text, mark)
    except csv.Error as error:
        hint = "is a quotation mark left open?"
        raise TableError(
            [_fault(None, f"text that is no table ({error})", "rows and columns", hint)]
        ) from None
    columns, rows = _named(rows, table)
    if not rows:
        raise TableError([_fault(None, "a header and no rows", "at least one row", "copy the rows too")])
    if len(rows) > MOST:
        hint = "paste them in parts, or bring the whole file under Check"
        raise TableError([_fault(None, f"{len(rows):,} rows", f"at most {MOST:,}", hint)])
    return Pasted(tuple(columns), tuple(tuple(row) for row in _even(rows, len(columns))))


_Rows = list[tuple[int, list[str]]]


def _rows(text: str, mark: str) -> _Rows:
    """Read the rows that say anything, each with the line of what was pasted on which it begins."""
    reader, found, begins = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True), [], 1
    for row in reader:
        if any(cell.strip() for cell in row):
            found.append((begins, [cell.strip() for cell in row]))
        begins = reader.line_num + 1
    return found


def _named(rows: _Rows, table: TableFile) -> tuple[list[str], _Rows]:
    """Tell a header from a first row: it names a column."""
    known = {column.name: column.name for column in columns_of(table)}
    spoken = {label_of(column).lower(): column.name for column in columns_of(table)} | known
    line, head = rows[0]
    first = [spoken.get(cell.lower(), cell) for cell in head]
    if not set(first) & set(known):
        return [name for name in table.header if name in known], rows
    faults = [
        _fault(
            line,
            repr(name[:60]),
            ", ".join(known),
            suggest(name.lower(), list(known), "leave the column out"),
        )
        for name in first
        if name not in known
    ]
    faults += [
        _fault(line, f"{name} twice", "each column once", "leave one of them out")
        for name in dict.fromkeys(first)
        if name in known and first.count(name) > 1
    ]
    if faults:
        raise TableError(faults)
    return first, rows[1:]


def _even(rows: _Rows, width: int) -> list[list[str]]:
    """Fill rows up that end early, as spreadsheets leave them; refuse those that say more."""
    faults = []
    for line, row in rows:
        if any(row[width:]):
            hint = "paste the header too, so that every column has its name"
            faults.append(_fault(line, f"{len(row)} cells", f"at most {width}", hint))
    if faults:
        raise TableError(faults[:20])
    return [row[:width] + [""] * (width - len(row)) for _, row in rows]


def _fault(line: int | None, found: str, expected: str, hint: str) -> Fault:
    return Fault(PASTED, line, "", found, expected, hint)
