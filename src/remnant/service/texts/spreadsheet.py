"""Tables for a spreadsheet, as bytes to download, in which no cell is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import polars as pl

from remnant.study.formulas import defused, defused_table, restored

__all__ = ["csv_bytes", "csv_of_table", "defused", "defused_table", "restored"]


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    r"""Write rows as CSV.

    Parameters
    ----------
    header : sequence of str, length c
        Names of the columns.
    rows : iterable of sequence, shape (r, c)
        Cells; None is empty, numbers stay numbers, text is defused.

    Examples
    --------
    >>> csv_bytes(["patient_id", "day"], [["=cmd()", -28]])
    b"patient_id,day\n'=cmd(),-28\n"
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([defused(name) for name in header])
    writer.writerows([defused(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue().encode()


def csv_of_table(table: pl.DataFrame) -> bytes:
    """Write a table as CSV, every cell of text defused."""
    return defused_table(table).write_csv().encode()
