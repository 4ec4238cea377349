"""One Excel workbook in place of the CSV files: a sheet per table, its cells read as text."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import polars as pl

from remnant.errors import Fault
from remnant.study.csv_text import CsvText, unreadable
from remnant.study.faults import FEW, quoted, suggest, summed
from remnant.study.schema import LINE
from remnant.study.tables import TABLES
from remnant.study.workbook_size import too_large

WORKBOOK = "study.xlsx"


def read_workbook(path: Path) -> tuple[dict[str, CsvText], list[Fault]]:
    """Read the sheets that are tables of a study.

    A real date cell arrives as midnight of its day and so is a date like any other; rows whose first cell
    starts with `#` are comments.

    Parameters
    ----------
    path : Path
        The workbook; reading it needs the `excel` extra.

    Returns
    -------
    dict of str to CsvText, list of Fault
        Each table by name, and what keeps the workbook from being read.
    """
    if find_spec("fastexcel") is None or find_spec("pyarrow") is None:
        hint = "install remnant with its excel extra, or save each sheet as a CSV file"
        return {}, [Fault(path.name, None, "", "an Excel workbook", "CSV files", hint)]
    import fastexcel

    if found := too_large(path):
        hint = "save its sheets as CSV files, or clear the cells far from the table"
        return {}, [Fault(path.name, None, "", found, "a workbook of a study", hint)]
    try:
        book = fastexcel.read_excel(path)
    except fastexcel.FastExcelError:
        found, hint = (
            "a file that is no workbook, or one that is locked",
            "save it again as .xlsx, without a password",
        )
        return {}, [Fault(path.name, None, "", found, "an Excel workbook", hint)]
    tables: dict[str, CsvText] = {}
    faults = []
    for name in book.sheet_names:
        if name not in TABLES:
            place, hint = f"sheet {quoted(name)[1:-1]}", suggest(name.lower(), TABLES, "remove the sheet")
            faults.append(Fault(path.name, None, place, "an unknown table", ", ".join(TABLES), hint))
            continue
        # skip_rows=0 keeps empty rows at the top, without which every line would be named wrongly.
        source = f"{path.name} sheet {name}"
        try:
            sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        except fastexcel.FastExcelError:
            hint = "save the workbook again, or this sheet as a CSV file"
            faults.append(Fault(source, None, "", "a sheet that cannot be read", "a table", hint))
            continue
        if not sheet.width or not sheet.height:
            tables[name] = _empty(source)
            continue
        batch, errors = sheet.to_arrow_with_errors()
        rows = pl.from_arrow(batch)
        assert isinstance(rows, pl.DataFrame)
        broken = [error.position[0] + 1 for error in errors.errors] if errors else []
        tables[name] = _text(rows, source, broken)
    return tables, faults


def _empty(source: str) -> CsvText:
    hint = "remove the sheet if nothing was measured"
    return unreadable(Fault(source, 1, "", "a sheet without rows", "a header and rows", hint))


def _text(rows: pl.DataFrame, source: str, broken: list[int]) -> CsvText:
    """Find header and rows; a cell that holds #N/A or #REF! is a fault, not an empty cell."""
    names = rows.columns
    rows = rows.with_columns(pl.col(names).str.strip_chars().replace("", None))
    rows = rows.with_row_index(LINE, 1).with_columns(pl.col(LINE).cast(pl.Int64))
    rows = rows.filter(pl.any_horizontal(pl.col(names).is_not_null()))
    first = pl.coalesce(names)
    rows = rows.filter(~first.str.starts_with("#"))
    if rows.height < 2:
        return _empty(source)
    used = [name for name in names if rows[name].null_count() < rows.height]
    header, lines = [cell or "" for cell in rows.select(used).row(0)], int(rows[0, LINE])
    unique = [f"{name} ({i})" if name in [*header[:i], LINE] else name for i, name in enumerate(header)]
    table = rows[1:].select(LINE, *used)
    table.columns = [LINE, *unique]
    hint = "mend the formula, or leave the cell empty where nothing was measured"
    cells = [
        Fault(source, line, "", "an error such as #N/A", "a value", hint) for line in sorted(broken)[:FEW]
    ]
    return CsvText(table, header, lines, summed(cells, len(broken)))
