"""Where the rows and cells of a CSV text stand, to the letter, as `remnant.study.csv_text` reads them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from remnant.errors import Fault, TableError
from remnant.study.text import utf8_fault

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_END = re.compile(r"\r\n|\r|\n")
_CELL = re.compile(r'"[^"]*(?:""[^"]*)*"|(?!")[^,\r\n]*')


@dataclass(frozen=True)
class Row:
    """A row of a text: the header, or what was measured.

    Parameters
    ----------
    line : int
        Line on which it begins, from 1; comments and empty lines count.
    start, end : int
        Where it stands in the text; `end` lies behind its line ending.
    """

    line: int
    start: int
    end: int


@dataclass(frozen=True)
class CsvRows:
    """A CSV file as letters, and where its rows stand among them.

    Parameters
    ----------
    mark : str
        The byte-order mark, or nothing.
    text : str
        All letters behind the mark, as they are.
    header : Row or None
        The header; None where the text has no row at all.
    rows : tuple of Row
        The rows below it; neither comments nor empty lines.
    source : str
        What faults call it.
    """

    mark: str
    text: str
    header: Row | None
    rows: tuple[Row, ...]
    source: str

    @property
    def names(self) -> list[str]:
        """The header as it stands, with its repeats."""
        return [] if self.header is None else self.values(self.header)

    @property
    def line_end(self) -> str:
        """How the last line that ends at all is ended; a line feed in a text of one line."""
        ends = _END.findall(self.text)
        return str(ends[-1]) if ends else "\n"

    def row(self, line: int) -> Row:
        """Return the row that begins on `line`.

        Raises
        ------
        TableError
            If none does.
        """
        found = next((row for row in self.rows if row.line == line), None)
        if found is None:
            hint = "was the table changed since you opened it? look at it again"
            raise TableError([Fault(self.source, line, "", "no row", "a line on which a row begins", hint)])
        return found

    def cells(self, row: Row) -> list[tuple[int, int]]:
        """Return where each cell of a row stands, its quotes included."""
        return list(_cells(self.text, row.start, row.line, self.source))

    def values(self, row: Row) -> list[str]:
        """Return what each cell of a row says, without quotes and the spaces around it."""
        return [said(self.text[start:end]) for start, end in self.cells(row)]

    def spliced(self, start: int, end: int, new: str) -> bytes:
        """Return the file with `new` from `start` to `end`, and everything else as it was."""
        return self.with_pieces([(start, end, new)])

    def with_pieces(self, pieces: Iterable[tuple[int, int, str]]) -> bytes:
        """Return the file with each piece from its start to its end; they come in order, and lie apart."""
        parts, at = [self.mark], 0
        for start, end, new in pieces:
            parts += (self.text[at:start], new)
            at = end
        return "".join([*parts, self.text[at:]]).encode()


def said(cell: str) -> str:
    """Return what a cell says."""
    return (cell[1:-1].replace('""', '"') if cell.startswith('"') else cell).strip()


def find_rows(data: bytes, source: str) -> CsvRows:
    """Find the rows of a CSV file.

    Parameters
    ----------
    data : bytes
        The file.
    source : str
        What faults call it.

    Raises
    ------
    TableError
        If the bytes are no UTF-8 text, or a quotation mark is left open.
    """
    if fault := utf8_fault(data, source, "save it as CSV UTF-8"):
        raise TableError([fault])
    mark = "\ufeff" if data.startswith(codecs.BOM_UTF8) else ""
    text = data.decode()[len(mark) :]
    rows = tuple(_rows(text, source))
    return CsvRows(mark, text, rows[0] if rows else None, rows[1:], source)


def _rows(text: str, source: str) -> Iterator[Row]:
    """Walk the lines as the reader does: outside a quoted cell a line that starts with # is a comment."""
    number, place = 0, 0
    while place < len(text):
        line = _LINE.match(text, place)
        assert line is not None, "every letter is on a line"
        number += 1
        letters, end = line[0], line.end()
        if letters.lstrip().startswith("#"):
            place = end
            continue
        if '"' in letters:
            cells = list(_cells(text, place, number, source))
            last = cells[-1][1]
            ending = _END.match(text, last)
            end = ending.end() if ending else last
            empty = not any(said(text[low:high]) for low, high in cells)
        else:
            empty = not letters.replace(",", "").strip()
        if not empty:
            yield Row(number, place, end)
        if '"' in letters:
            number += len(_END.findall(text, place, cells[-1][1]))
        place = end


def _cells(text: str, place: int, line: int, source: str) -> Iterator[tuple[int, int]]:
    """Walk the cells of the row that begins at `place`."""
    while True:
        cell = _CELL.match(text, place)
        after = text[cell.end() : cell.end() + 1] if cell else ""
        if cell is None or after not in ("", ",", "\r", "\n"):
            found = (
                "a quotation mark left open" if cell is None else "letters behind a closing quotation mark"
            )
            hint = 'inside a quoted cell write each " twice'
            raise TableError([Fault(source, line, "", found, "comma-separated text", hint)])
        yield cell.span()
        if after != ",":
            return
        place = cell.end() + 1
