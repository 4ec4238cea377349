"""Whole columns and raw lines of a CSV file changed, and every other byte of it left as it was."""

from __future__ import annotations

from collections.abc import Mapping

from remnant.errors import Fault, TableError
from remnant.service.texts.cells import refuse_unwritable, respelt
from remnant.service.texts.csv_rows import CsvRows, Row, find_rows


def rename_column(text: bytes, old: str, new: str, *, source: str) -> bytes:
    r"""Write another name over that of a column.

    Parameters
    ----------
    text : bytes
        The file.
    old, new : str
        The name in the header, and the one to write.
    source : str
        What faults call the file.

    Raises
    ------
    TableError
        If there is no such column, or the file is no table.

    Examples
    --------
    >>> rename_column(b"sampel_id,gene\nS1,TP53\n", "sampel_id", "sample_id", source="mutations.csv")
    b'sample_id,gene\nS1,TP53\n'
    """
    found = find_rows(text, source)
    start, end = found.cells(_header(found))[_place(found, old)]
    return found.spliced(start, end, new)


def remove_column(text: bytes, name: str, *, source: str) -> bytes:
    r"""Take a column out of every row; the last, where the name stands twice.

    Raises
    ------
    TableError
        If there is no such column, or it is the only one.

    Examples
    --------
    >>> remove_column(b"gene,mood,depth\nTP53,good,900\n", "mood", source="mutations.csv")
    b'gene,depth\nTP53,900\n'
    """
    found = find_rows(text, source)
    header = _header(found)
    place, width = (
        len(found.names) - 1 - found.names[::-1].index(name) if name in found.names else -1,
        len(found.names),
    )
    if place < 0 or width == 1:
        _place(found, name)
        hint = "remove the file"
        raise TableError([Fault(source, header.line, name, "the only column", "another beside it", hint)])
    rows = [cells for row in (header, *found.rows) if len(cells := found.cells(row)) == width]
    # With the comma before it, or for the first column the one behind.
    places = [(start - 1, end) if place else (start, end + 1) for start, end in (row[place] for row in rows)]
    return found.with_pieces((low, high, "") for low, high in places)


def change_column(text: bytes, column: str, values: Mapping[int, str], *, source: str) -> bytes:
    """Write one column of many rows, each by the line on which it begins.

    Raises
    ------
    TableError
        If a row is not there, or a cell cannot be written.
    """
    refuse_unwritable(((column, value) for value in values.values()), source, None)
    found = find_rows(text, source)
    place = _place(found, column)
    pieces = []
    for row in found.rows:
        if row.line in values:
            start, end = found.cells(row)[place]
            new = respelt(found.text[start:end], values[row.line].strip(), first=not place)
            pieces.append((start, end, new))
    return found.with_pieces(pieces)


def replace_row(text: bytes, line: int, raw: str, *, source: str) -> bytes:
    r"""Write a row, or the header, anew as a person typed it, commas and all.

    Raises
    ------
    TableError
        If no row begins on the line.

    Examples
    --------
    >>> replace_row(b"gene,depth\nTP53;900\n", 2, "TP53,900", source="mutations.csv")
    b'gene,depth\nTP53,900\n'
    """
    found = find_rows(text, source)
    header = found.header
    row = header if header is not None and header.line == line else found.row(line)
    end = found.cells(row)[-1][1]
    return found.spliced(row.start, end, raw.replace("\r\n", "\n").replace("\n", found.line_end))


def _header(found: CsvRows) -> Row:
    if found.header is None:
        hint = "remove the file if nothing was measured"
        raise TableError([Fault(found.source, 1, "", "an empty file", "a header and rows", hint)])
    return found.header


def _place(found: CsvRows, name: str) -> int:
    if name not in found.names:
        hint = "was the table changed since you opened it? look at it again"
        raise TableError([Fault(found.source, None, name, "no such column", ", ".join(found.names), hint)])
    return found.names.index(name)
