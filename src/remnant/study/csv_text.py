"""A CSV file as the text a person typed, with the line of every row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from remnant.errors import Fault
from remnant.study.faults import FEW, summed
from remnant.study.schema import LINE
from remnant.study.text import read_bytes, utf8_fault

_BLOCK = 50_000  # rows held as Python text at once: a file of a million rows need not fit as objects


@dataclass(frozen=True)
class CsvText:
    """The rows of a file, or of a sheet, as text.

    Parameters
    ----------
    table : DataFrame of String, with `line`
        The rows; none if the file cannot be read as a table.
    header : list of str
        The header as it stands, with its repeats; empty if the file cannot be read as a table.
    header_line : int
        Line of the header.
    faults : list of Fault
        What keeps the file from being a table, and the rows that do not fit the header.
    notes : tuple of str
        What a reader should know and need not mend.
    """

    table: pl.DataFrame
    header: list[str]
    header_line: int
    faults: list[Fault]
    notes: tuple[str, ...] = ()


def unreadable(fault: Fault) -> CsvText:
    """Return the text of a file that is no table, and why."""
    return CsvText(pl.DataFrame(schema={LINE: pl.Int64}), [], fault.line or 1, [fault])


def read_text(path: Path, source: str) -> CsvText:
    """Read a comma-separated UTF-8 file without interpreting a cell.

    Lines that start with `#` are comments and empty lines are skipped. Cells are stripped; an empty cell
    is null. A byte-order mark, as spreadsheets write before UTF-8, changes nothing and is noted.

    Parameters
    ----------
    path : Path
        The file.
    source : str
        What faults call it.
    """
    data = read_bytes(path, source)
    return unreadable(data) if isinstance(data, Fault) else text_of(data, source)


def text_of(data: bytes, source: str) -> CsvText:
    """Read the bytes of a comma-separated UTF-8 file, as `read_text` does."""
    if fault := utf8_fault(data, source, "save it as CSV UTF-8"):
        return unreadable(fault)
    notes = []
    if data.startswith(b"\xef\xbb\xbf"):
        notes.append(f"{source} begins with a byte-order mark; it was read as UTF-8")
    return _Reader(io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline=""), source).read(notes)


class _Lines:
    """The lines of a file that are not comments, and the line on which the row being read began."""

    def __init__(self, lines: Iterator[str]):
        self.lines, self.number, self.start, self.comments = lines, 0, 0, 0

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.number += 1
            # Inside a quoted cell a line that starts with # is part of the cell.
            if not self.start and line.lstrip().startswith("#"):
                self.comments += 1
                continue
            self.start = self.start or self.number
            yield line

    def end_row(self) -> int:
        """Return the line on which the row began that was just read."""
        start, self.start = self.start, 0
        return start


class _Reader:
    """Gathers the rows of one file, a block at a time."""

    def __init__(self, lines: Iterator[str], source: str):
        self.lines, self.source = _Lines(lines), source
        self.header: list[str] = []
        self.header_line = 1
        self.rows: list[list[str]] = []
        self.numbers: list[int] = []
        self.blocks: list[pl.DataFrame] = []
        self.ragged: list[Fault] = []
        self.ragged_count = 0

    def read(self, notes: list[str]) -> CsvText:
        """Read to the end, or to where the text stops being a table."""
        reader, faults = csv.reader(self.lines, strict=True), []
        try:
            for row in reader:
                line = self.lines.end_row()
                if not any(cell.strip() for cell in row):
                    continue
                if self.header:
                    self._row(row, line)
                    continue
                self.header, self.header_line = [cell.strip() for cell in row], line
                comments = self.lines.comments
                if name := _wrong_delimiter(self.header):
                    found, hint = f"columns parted by {name}", "save it as CSV with commas"
                    return unreadable(Fault(self.source, line, "", found, "commas", hint))
        except csv.Error as error:
            hint = "is a quotation mark left open on this line?"
            found = f"text that is no table ({error})"
            faults = [Fault(self.source, self.lines.start, "", found, "comma-separated text", hint)]
        if not self.header:
            if faults:
                return unreadable(faults[0])
            hint = "delete the file if nothing was measured, or start it from the template"
            return unreadable(Fault(self.source, 1, "", "an empty file", "a header and rows", hint))
        self._end_block()
        table = pl.concat(self.blocks)
        faults = summed(self.ragged, self.ragged_count) + faults
        if table.is_empty() and not faults:
            hint = "delete the file if nothing was measured, or add the rows"
            found, expected = "a header and no rows", "at least one row"
            faults = [Fault(self.source, self.header_line, "", found, expected, hint)]
        if hidden := self.lines.comments - comments:
            notes.append(
                f"{self.source} has {hidden:,} lines below its header that start with #; none was read"
            )
        return CsvText(table, self.header, self.header_line, faults, tuple(notes))

    def _row(self, row: list[str], line: int) -> None:
        if len(row) == len(self.header):
            self.rows.append(row)
            self.numbers.append(line)
            if len(self.rows) == _BLOCK:
                self._end_block()
            return
        self.ragged_count += 1
        if self.ragged_count <= FEW:
            found, expected = f"{len(row)} cells", f"{len(self.header)}, as in the header"
            hint = "a comma inside a text needs quotes; a decimal comma must be a point"
            self.ragged.append(Fault(self.source, line, "", found, expected, hint))

    def _end_block(self) -> None:
        self.blocks.append(frame(self.header, self.rows, self.numbers))
        self.rows, self.numbers = [], []


def frame(header: list[str], rows: list[list[str]], lines: list[int]) -> pl.DataFrame:
    """Return rows of text as a table with `line`; empty cells are null.

    Of a repeated name, and of a column called `line`, which no schema has, only the first is kept: the header
    is a fault of its own.
    """
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    series = {LINE: pl.Series(LINE, lines, dtype=pl.Int64)}
    for name, cells in zip(header, columns, strict=True):
        text = pl.Series(name, list(cells), dtype=pl.String).str.strip_chars()
        series.setdefault(name, text.replace("", None))
    return pl.DataFrame(list(series.values()))


def _wrong_delimiter(header: list[str]) -> str | None:
    names = {";": "semicolons", "\t": "tabs", "|": "bars"}
    return next((names[mark] for mark in names if len(header) == 1 and mark in header[0]), None)
