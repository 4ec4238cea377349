"""Spillover matrices as tables of text, as cytometry programs export them.

The first line names the detectors; each further line is a dye, with its name first or not at all. Commas,
semicolons or tabs stand between the cells; with the latter two, numbers may have a decimal comma. A channel
is written `PnN` or `PnN :: PnS`.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.fcs.layout import number
from remnant.cytometry.signal.compensate import SpilloverMatrix, check_spillover
from remnant.errors import CompensationError, Fault, RemnantError

_PERCENT = 100.0


@dataclass(frozen=True)
class _Table:
    """Cells of a matrix as they were typed: detectors, names of rows (or none), rows with their lines."""

    source: str
    detectors: tuple[str, ...]
    dyes: tuple[str, ...] | None
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    decimal_comma: bool


def read_spillover_csv(path: Path, file: EventFile | None = None) -> SpilloverMatrix:
    """Read a spillover matrix, square or dyes by detectors, from a table of text.

    Parameters
    ----------
    path : Path
        CSV with comma, semicolon or tab.
    file : EventFile, optional
        Tube that the matrix is for. Every detector must be a channel of it, and so must every row of a
        square matrix; they then carry the `$PnN` of the file. Channels without a column stay as stored.

    Returns
    -------
    SpilloverMatrix
        A row without a name, or numbered 1, 2, ..., is the dye of the detector at the same place.

    Raises
    ------
    CompensationError
        With every cell that is no number, every channel that the file lacks and every line too short or
        too long; or if the matrix is in percent, has more dyes than detectors, or cannot be inverted.
    """
    table = _read_table(Path(path))
    faults: list[Fault] = []
    detectors = [_channel(name, file, table.source, 1, faults) for name in table.detectors]
    square = len(table.rows) == len(detectors)
    dyes = detectors
    if table.dyes is not None:
        # A dye of a spectrum need not be a channel.
        owner = file if square else None
        lines = [line for line, _ in table.rows]
        dyes = [
            _channel(name, owner, table.source, line, faults)
            for name, line in zip(table.dyes, lines, strict=True)
        ]
    elif not square:
        found, expected = f"{len(table.rows)} rows without names", f"{len(detectors)} rows, or named rows"
        faults.append(Fault(table.source, None, "rows", found, expected, "name each row in the first column"))
    rows = tuple(
        _numbers(table, place, line, cells, dyes, faults) for place, (line, cells) in enumerate(table.rows)
    )
    if faults:
        raise CompensationError(faults)
    matrix = SpilloverMatrix(tuple(dyes), tuple(detectors), rows)
    _refuse_percent(matrix, table.source)
    return check_spillover(matrix, table.source, "matrix")


def write_spillover_csv(path: Path, matrix: SpilloverMatrix) -> None:
    """Write a matrix as a CSV file that `read_spillover_csv` reads back equal, to the last digit."""
    with Path(path).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["", *matrix.detectors])
        for dye, row in zip(matrix.dyes, matrix.rows, strict=True):
            writer.writerow([dye, *(repr(float(value)) for value in row)])


def _read_table(path: Path) -> _Table:
    """Split a file into cells and find where names end and numbers begin."""
    source = path.name
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found, hint = f"byte {error.start} that is not UTF-8", "save the table as CSV in UTF-8"
        raise CompensationError([Fault(source, None, "file", found, "text", hint)]) from None
    if "\0" in text:
        found, hint = f"a byte of zero at {text.index(chr(0))}", "save the table as CSV in UTF-8"
        raise CompensationError([Fault(source, None, "file", found, "text", hint)])
    delimiter, lines = _split(text, source)
    if len(lines) < 2:
        hint = "write the detectors in the first line, then one line per dye"
        raise CompensationError([Fault(source, None, "file", f"{len(lines)} lines", "at least 2", hint)])
    (_, header), *body = lines
    comma = delimiter != ","
    # Some programs leave the corner out, so that rows are one cell longer than the header.
    named = header[0] == "" or all(len(cells) == len(header) + 1 for _, cells in body)
    named |= all(_number(cells[0], comma) is None for _, cells in body)
    detectors = tuple(header if all(len(cells) == len(header) + 1 for _, cells in body) else header[named:])
    faults = [
        Fault(
            source,
            line,
            "",
            f"{len(cells)} cells",
            f"{named + len(detectors)}",
            "a cell lost, or a comma in a name?",
        )
        for line, cells in body
        if len(cells) != named + len(detectors)
    ]
    if faults:
        raise CompensationError(faults)
    dyes = tuple(cells[0] for _, cells in body) if named else None
    if dyes == tuple(str(n) for n in range(1, len(body) + 1)):
        dyes = None
    return _Table(source, detectors, dyes, tuple((line, tuple(cells[named:])) for line, cells in body), comma)


def _split(text: str, source: str) -> tuple[str, list[tuple[int, list[str]]]]:
    """Split into cells, with their lines, by the delimiter that makes the widest table of even rows."""
    candidates = []
    for delimiter in "\t;,":
        reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter)
        try:
            lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
        except csv.Error as error:
            where, hint = reader.line_num, "save the table as CSV in UTF-8"
            raise CompensationError([Fault(source, where, "", str(error), "cells of text", hint)]) from None
        lines = [(line, cells) for line, cells in lines if any(cells)]
        widths = [len(cells) for _, cells in lines]
        even = len(set(widths[1:])) == 1 and widths[1] > 1 and widths[1] - widths[0] in (0, 1)
        candidates.append((even, max(widths, default=0), delimiter, lines))
    _, _, delimiter, lines = max(candidates, key=lambda candidate: candidate[:2])
    return delimiter, lines


def _number(text: str, decimal_comma: bool) -> float | None:
    return number(text.replace(",", ".") if decimal_comma else text)


def _numbers(
    table: _Table, place: int, line: int, cells: tuple[str, ...], dyes: list[str], faults: list[Fault]
) -> tuple[float, ...]:
    """Read the numbers of one row; what is none becomes a fault that names row and column."""
    values = [_number(cell, table.decimal_comma) for cell in cells]
    dye = dyes[place] if place < len(dyes) else str(place + 1)
    for detector, cell, value in zip(table.detectors, cells, values, strict=True):
        if value is None:
            where = f"{detector}, row {dye}"
            faults.append(
                Fault(table.source, line, where, repr(cell), "a fraction", "0 where there is no spill")
            )
    return tuple(0.0 if value is None else value for value in values)


def _channel(name: str, file: EventFile | None, source: str, line: int, faults: list[Fault]) -> str:
    """Return the `$PnN` that a cell names, `PnN :: PnS` or either."""
    short = name.partition(" :: ")[0].strip()
    if file is None:
        return short
    try:
        known = name in {channel.name for channel in file.channels}
        return file.channel(name if known else short).name
    except RemnantError as error:
        old = error.faults[0]
        faults.append(
            Fault(source, line, "names", f"{name!r}, not in {file.path.name}", old.expected, old.hint)
        )
        return short


def _refuse_percent(matrix: SpilloverMatrix, source: str) -> None:
    """Refuse a matrix in percent: as fractions it would divide every signal by a hundred."""
    peaks = [max(row, default=0.0) for row in matrix.rows]
    if peaks and all(peak == _PERCENT for peak in peaks):
        hint = "divide every number by 100"
        raise CompensationError(
            [Fault(source, None, "matrix", "100 in every row: percent", "fractions", hint)]
        )
