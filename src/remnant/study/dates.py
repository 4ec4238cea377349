"""Dates become days since each patient's anchor.

A date is written 2024-03-31 and in no other way: 03/04/2024 is two different days on two sides of an ocean.
"""

from __future__ import annotations

import polars as pl

ISO = r"^\d{4}-\d{2}-\d{2}([ T]00:00(:00(\.0+)?)?)?$"  # a spreadsheet writes a date as midnight of its day
NO_ANCHORS = pl.DataFrame(schema={"patient_id": pl.String, "anchor_date": pl.Date, "unset": pl.Boolean})


def parse_dates(text: pl.Series) -> pl.Series:
    """Read ISO dates; null where the cell is empty or is not one.

    Parameters
    ----------
    text : Series of String, shape (rows,)
    """
    days = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return days.zip_with(text.str.contains(ISO).fill_null(False), pl.Series([None], dtype=pl.Date))


def date_advice(found: str) -> str:
    """What to do about a cell that is not a date."""
    if found.replace(".", "", 1).isdigit():
        return "a spreadsheet's number for a date? format the column as 2024-03-31 and save it again"
    if parse_dates(pl.Series([found[:10]])).is_not_null().all():
        return "leave out the time of day"
    return "write year-month-day: 03/04/2024 could be March or April"


def anchors_of(patients: pl.DataFrame) -> pl.DataFrame:
    """Return day 0 of each patient from the text of the patients table.

    Returns
    -------
    DataFrame, shape (patients, 3)
        `patient_id`; `anchor_date`, null where there is none; `unset`, whether its cell is empty rather than
        wrong, for a wrong one is a fault of its own.
    """
    if "anchor_date" in patients.columns:
        typed = patients["anchor_date"]
    else:
        typed = pl.Series([None] * patients.height, dtype=pl.String)
    columns = [
        patients["patient_id"],
        parse_dates(typed).alias("anchor_date"),
        typed.is_null().alias("unset"),
    ]
    return pl.DataFrame(columns).unique("patient_id", keep="first", maintain_order=True)


def days_since(dates: pl.Series, patients: pl.Series, anchors: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Count whole days from each patient's anchor to a date.

    Parameters
    ----------
    dates : Series of Date, shape (rows,)
    patients : Series of String, shape (rows,)
        Whose date it is.
    anchors : DataFrame
        As from `anchors_of`.

    Returns
    -------
    days : Series of Int64, shape (rows,)
        Null where the date or the anchor is missing.
    unanchored : Series of Boolean, shape (rows,)
        Where there is a date, of a known patient, and the cell of the anchor is empty.
    """
    rows = pl.DataFrame([dates.alias("date"), patients.alias("patient_id")])
    rows = rows.join(anchors, on="patient_id", how="left", maintain_order="left")
    days = (rows["date"] - rows["anchor_date"]).dt.total_days()
    return days, rows["date"].is_not_null() & rows["unset"].fill_null(False)
