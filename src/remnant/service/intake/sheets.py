"""A table as it stands in its file, with its faults at their cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from remnant.errors import Fault, TableError
from remnant.service.intake.remedies import for_column, meant
from remnant.service.texts.csv_rows import CsvRows, Row, find_rows
from remnant.study.schema import TableSchema

ROWS = 40  # rows with faults that are shown at once
AROUND = 1  # sound rows shown before and after each
MANY = 50_000  # rows from which spellings are proposed for those alone that are shown


@dataclass(frozen=True)
class Head:
    """A column of the header.

    Parameters
    ----------
    name : str
        As it stands there.
    faults : tuple of Fault
        What is wrong with it.
    known : str
        The column of the schema that it most likely stands for, if it is none itself.
    meaning : str
        What the column holds; empty for an unknown one.
    alike : int
        Cells of the column for which another spelling is proposed.
    """

    name: str
    faults: tuple[Fault, ...]
    known: str
    meaning: str
    alike: int


@dataclass(frozen=True)
class Cell:
    """A cell: its column, what it says, its faults, and what it most likely should say."""

    column: str
    text: str
    faults: tuple[Fault, ...]
    proposal: str | None


@dataclass(frozen=True)
class Line:
    """A row of the file.

    Parameters
    ----------
    number : int
        Line on which it begins.
    cells : tuple of Cell
        Those of the header's columns; none for a row with more or fewer cells than the header.
    faults : tuple of Fault
        What is wrong with the row as a whole.
    raw : str
        The row as it stands.
    gap : bool
        Whether rows before it are not shown.
    """

    number: int
    cells: tuple[Cell, ...]
    faults: tuple[Fault, ...]
    raw: str
    gap: bool

    @property
    def faulty(self) -> bool:
        """Whether there is anything to mend in it."""
        return bool(self.faults) or any(cell.faults for cell in self.cells)


@dataclass(frozen=True)
class Sheet:
    """A table with the rows around its faults.

    Parameters
    ----------
    path : str
        The file.
    header : tuple of Head
        Its columns; empty where the file is no table.
    lines : tuple of Line
        The rows that are shown.
    missing : tuple of Fault
        Columns that it should have.
    whole : tuple of Fault
        What is wrong with the file, and how often one slip was made.
    raw_header : str
        The header as it stands.
    header_line : int
        Where it stands.
    rows : int
        All rows of the file.
    last : int
        Line of the last row with faults that is shown.
    more : int
        Rows with faults that are not.
    proposals : Mapping of str to Mapping of int to str
        By column and line, another spelling for cells that cannot be read, shown or not.
    """

    path: str
    header: tuple[Head, ...] = ()
    lines: tuple[Line, ...] = ()
    missing: tuple[Fault, ...] = ()
    whole: tuple[Fault, ...] = ()
    raw_header: str = ""
    header_line: int = 1
    rows: int = 0
    last: int = 0
    more: int = 0
    proposals: Mapping[str, Mapping[int, str]] = field(default_factory=dict)


def lay_out(
    data: bytes,
    path: str,
    schema: TableSchema,
    faults: Sequence[Fault],
    *,
    after: int = 0,
    every: bool = False,
) -> Sheet:
    """Lay a table out with the rows around its faults.

    Parameters
    ----------
    data : bytes
        The file.
    path : str
        Its name.
    schema : TableSchema
        What it should hold.
    faults : sequence of Fault
        Those of this file.
    after : int
        Show the rows with faults that begin after this line.
    every : bool
        Propose a spelling for every cell, in however large a table.
    """
    try:
        found = find_rows(data, path)
        header = found.header
        if header is None:
            return Sheet(path, whole=tuple(faults))
        names = found.names
    except TableError:
        return Sheet(path, whole=tuple(faults))
    by_line: dict[int, list[Fault]] = defaultdict(list)
    for fault in faults:
        by_line[fault.line or 0].append(fault)
    of_header = [fault for fault in by_line.pop(header.line, []) if fault.column]
    known = {fault.column for fault in of_header}
    whole = tuple(by_line.pop(0, [])) + tuple(
        fault for fault in faults if fault.line == header.line and not fault.column
    )
    begun = {row.line for row in found.rows}
    whole += tuple(fault for line in by_line.keys() - begun for fault in by_line[line])
    wanted = sorted(line for line in by_line.keys() & begun if line > after)
    shown, more = set(wanted[:ROWS]), len(wanted[ROWS:])
    rows = (
        found.rows if every or len(found.rows) <= MANY else [row for row in found.rows if row.line in shown]
    )
    columns = _columns(found, rows, schema, faults)
    lines = _lines(found, shown, by_line, columns)
    heads = tuple(_head(name, of_header, schema, len(columns.get(name, ()))) for name in names)
    return Sheet(
        path,
        heads,
        tuple(lines),
        tuple(fault for fault in of_header if fault.column in known - set(names)),
        whole,
        found.text[header.start : header.end].rstrip("\r\n"),
        header.line,
        len(found.rows),
        max(shown, default=0),
        more,
        columns,
    )


def _columns(
    found: CsvRows, among: Sequence[Row], schema: TableSchema, faults: Sequence[Fault]
) -> Mapping[str, dict[int, str]]:
    """Propose a spelling for every wrong cell of the columns that have faults in their rows."""
    assert found.header is not None
    faulty = {fault.column for fault in faults if fault.line not in (None, found.header.line)}
    names = found.names
    proposals = {}
    for name in faulty & set(names):
        column = next((known for item in schema.columns if (known := item.typed_under([name]))), None)
        if column is None:
            continue
        place = names.index(name)
        meanings = {
            fault.found.strip("'\""): word
            for fault in faults
            if fault.column == name and (word := meant(fault))
        }
        rows = ((row.line, found.values(row)) for row in among)
        cells = ((line, values[place]) for line, values in rows if len(values) == len(names))
        proposals[name] = for_column(column, cells, meanings)
    return proposals


def _lines(
    found: CsvRows, shown: set[int], by_line: Mapping[int, list[Fault]], columns: Mapping[str, dict[int, str]]
) -> list[Line]:
    places = {place for place, row in enumerate(found.rows) if row.line in shown}
    near = sorted(
        {
            beside
            for place in places
            for beside in range(place - AROUND, place + AROUND + 1)
            if 0 <= beside < len(found.rows)
        }
    )
    lines, before = [], -1
    for place in near:
        row = found.rows[place]
        faults = by_line.get(row.line, []) if row.line in shown else []
        lines.append(_line(found, row, faults, columns, gap=place > before + 1))
        before = place
    return lines


def _line(
    found: CsvRows, row: Row, faults: Sequence[Fault], columns: Mapping[str, dict[int, str]], *, gap: bool
) -> Line:
    names, values = found.names, found.values(row)
    fitting = len(values) == len(names)
    at: dict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        # A table of dates is held against its days, for that is what they become.
        name = fault.column if fault.column in names else fault.column.removesuffix("day") + "date"
        at[name if fitting and name in names else ""].append(fault)
    cells = tuple(
        Cell(name, value, tuple(at.pop(name, ())), columns.get(name, {}).get(row.line))
        for name, value in zip(names, values, strict=fitting)
        if fitting
    )
    return Line(row.line, cells, tuple(at.pop("", ())), found.text[row.start : row.end].rstrip("\r\n"), gap)


def _head(name: str, faults: Sequence[Fault], schema: TableSchema, alike: int) -> Head:
    own = tuple(
        fault for fault in faults if fault.column == name or (not name and fault.column == "(no name)")
    )
    column = next((column for column in schema.columns if column.typed_under([name])), None)
    renamed = next((fault.column for fault in faults if fault.hint == f"rename {name}"), "")
    guess = next((word for fault in own if (word := meant(fault))), renamed)
    return Head(name, own, "" if column else guess, column.meaning if column else "", alike)
