"""A table of subjects as a statistician has it, read strictly: every fault at once, no row lost unsaid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from pathlib import Path

import numpy as np
import polars as pl

from remnant.errors import Fault, TableError
from remnant.stats.numerics.arrays import FloatArray
from remnant.study.csv_text import read_text

CODES = ("0", "1", "2")
ABSENT = frozenset({"na", "n/a", "nan", "null", "none", "."})


@dataclass(frozen=True)
class Columns:
    """Names of the columns to read.

    Parameters
    ----------
    time, event : str
    group : str or None
    covariates : tuple of str
    entry, strata : str or None
    """

    time: str
    event: str
    group: str | None
    covariates: tuple[str, ...]
    entry: str | None
    strata: str | None

    @property
    def asked(self) -> list[str]:
        """Every column that was asked for."""
        several = [self.time, self.event, self.group, self.entry, self.strata, *self.covariates]
        return [name for name in several if name is not None]


@dataclass(frozen=True)
class Subjects:
    """Subjects, in the order of the file.

    Parameters
    ----------
    time, event : ndarray, shape (subjects,)
    group, strata : ndarray or None
        Places in `groups`, and places of the strata.
    groups : tuple of str
        Labels, in the order of the alphabet.
    covariates : ndarray, shape (subjects, p)
    entry : ndarray or None
    left_out : tuple of (int, tuple of str)
        Line and empty columns of each row that was left out because it was asked for.
    """

    time: FloatArray
    event: FloatArray
    group: FloatArray | None
    groups: tuple[str, ...]
    strata: FloatArray | None
    covariates: FloatArray
    entry: FloatArray | None
    left_out: tuple[tuple[int, tuple[str, ...]], ...]


def read_subjects(path: Path, columns: Columns, *, complete_cases: bool = False) -> Subjects:
    """Read a table of subjects.

    Parameters
    ----------
    path : Path
        A CSV file.
    columns : Columns
        What to read.
    complete_cases : bool
        Leave rows with an empty cell out, and name them; otherwise each is a fault.

    Raises
    ------
    TableError
        With every fault of the table.
    """
    text = read_text(path, path.name)
    faults = [*text.faults, *_missing_columns(path.name, text.header, text.header_line, columns)]
    if faults:
        raise TableError(faults)
    empty = _empty(text.table, columns.asked)
    if complete_cases:
        text_rows = text.table.filter(~pl.col("line").is_in(list(empty)))
    else:
        cells = {row["line"]: row for row in text.table.iter_rows(named=True)}
        faults += [
            _absent(path.name, line, name, cells[line][name])
            for line, names in empty.items()
            for name in names
        ]
        text_rows = text.table
    reader = _Reader(path.name, text_rows, faults)
    time = reader.numbers(columns.time, "a number of at least 0", lambda value: value >= 0)
    event = reader.numbers(
        columns.event, "0 (censored), 1 or 2 (the cause)", lambda value: value in (0, 1, 2)
    )
    entry = None if columns.entry is None else reader.entries(columns.entry, time)
    models = [reader.numbers(name, "a number", isfinite) for name in columns.covariates]
    if faults:
        raise TableError(sorted(faults, key=lambda fault: fault.line or 0))
    if not text_rows.height:
        raise TableError([Fault(path.name, None, "", "no complete row", "a subject", "fill the cells in")])
    group, groups = reader.labels(columns.group)
    strata, _ = reader.labels(columns.strata)
    covariates = np.stack(models, axis=1) if models else np.zeros((text_rows.height, 0))
    left = tuple((line, tuple(names)) for line, names in empty.items()) if complete_cases else ()
    return Subjects(time, event, group, groups, strata, covariates, entry, left)


class _Reader:
    """Turns columns of text into numbers, and keeps what is wrong with them."""

    def __init__(self, source: str, rows: pl.DataFrame, faults: list[Fault]):
        self.source, self.rows, self.faults = source, rows, faults
        self.lines: list[int] = rows["line"].to_list()

    def numbers(self, name: str, expected: str, fits: Callable[[float], bool]) -> FloatArray:
        """Read a column; a cell that does not fit is a fault, and NaN."""
        values = np.full(len(self.lines), np.nan)
        for place, (line, cell) in enumerate(zip(self.lines, self.rows[name], strict=True)):
            if _is_absent(cell):
                continue
            value = _number(cell)
            if value is None or not isfinite(value) or not fits(value):
                hint = "a decimal comma must be a point" if "," in cell else "look at this row"
                self.faults.append(Fault(self.source, line, name, repr(cell), expected, hint))
            else:
                values[place] = value
        return values

    def entries(self, name: str, time: FloatArray) -> FloatArray:
        """Read when subjects came under observation; each comes before it goes."""
        entry = self.numbers(name, "a number of at least 0", lambda value: value >= 0)
        for place in np.flatnonzero(entry >= time):
            found, expected = f"{entry[place]:g}", f"less than the time of this row, {time[place]:g}"
            hint = "a subject is observed for some time; are the columns exchanged?"
            self.faults.append(Fault(self.source, self.lines[place], name, found, expected, hint))
        return entry

    def labels(self, name: str | None) -> tuple[FloatArray | None, tuple[str, ...]]:
        """Read words as their places in the alphabet."""
        if name is None:
            return None, ()
        words, places = np.unique(np.array(self.rows[name].to_list(), str), return_inverse=True)
        return places.astype(float), tuple(str(word) for word in words)


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _is_absent(cell: str | None) -> bool:
    return cell is None or cell.lower() in ABSENT


def _empty(rows: pl.DataFrame, names: Sequence[str]) -> dict[int, list[str]]:
    """Columns that are empty, by the line of the row."""
    found: dict[int, list[str]] = {}
    for row in rows.select("line", *dict.fromkeys(names)).iter_rows(named=True):
        if lacking := [name for name in dict.fromkeys(names) if _is_absent(row[name])]:
            found[row["line"]] = lacking
    return found


def _absent(source: str, line: int, name: str, cell: str | None) -> Fault:
    hint = "fill it in, or leave such rows out by name with --complete-cases"
    found = "nothing" if cell is None else repr(cell)
    return Fault(source, line, name, found, "a value for every subject", hint)


def _missing_columns(source: str, header: list[str], line: int, columns: Columns) -> list[Fault]:
    faults = []
    for name in dict.fromkeys(columns.asked):
        if header.count(name) == 1:
            continue
        near = get_close_matches(name, header, 1)
        hint = f"did you mean {near[0]}?" if near else f"the table has {', '.join(header)}"
        found = "no such column" if name not in header else "this column more than once"
        faults.append(Fault(source, line, name, found, "one column of this name", hint))
    repeated = [name for name in dict.fromkeys(columns.covariates) if columns.covariates.count(name) > 1]
    faults += [
        Fault("command line", None, "--covariates", f"{name} twice", "each covariate once", "leave one out")
        for name in repeated
    ]
    return faults if header else []
