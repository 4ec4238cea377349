"""A table of the study folder: its columns, its key, and how its text is checked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from remnant.errors import Fault
from remnant.study.column import Column
from remnant.study.dates import NO_ANCHORS, days_since
from remnant.study.faults import listed, nearest, quoted, suggest

LINE = "line"  # every table that was read carries the line of each row in its file


@dataclass(frozen=True)
class TableSchema:
    """A table of the study folder.

    Parameters
    ----------
    name : str
        Name of the file without `.csv`, or of the sheet.
    row : str
        What one row is.
    columns : tuple of Column
        In the order of the template.
    key : tuple of str
        Columns that together may occur only once.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """Return the column called `name`."""
        return next(column for column in self.columns if column.name == name)

    def empty(self) -> pl.DataFrame:
        """Return this table without rows, for a study that does not have it."""
        return pl.DataFrame(schema={LINE: pl.Int64} | {c.name: c.dtype for c in self.columns})

    def check_header(self, header: list[str], source: str, line: int) -> list[Fault]:
        """List what is wrong with a header: unknown, repeated and missing columns, days beside dates."""
        fault = partial(Fault, source, line)
        days = [column.name for column in self.columns if column.date_name]
        dates = [column.date_name for column in self.columns if column.date_name]
        known = [column.name for column in self.columns] + dates
        spare = [name for name in header if name not in known]
        keep = "remove it: remnant keeps nothing that it cannot read"
        faults = [
            fault(quoted(name)[1:-1] or "(no name)", "an unknown column", ", ".join(known),
                  suggest(name.lower().replace(" ", "_"), known, keep))
            for name in dict.fromkeys(spare)
        ]  # fmt: skip
        twice = dict.fromkeys(name for name in header if name in known and header.count(name) > 1)
        faults += [fault(name, "the column twice", "each column once", "keep one of them") for name in twice]
        mixed = [name for name in header if name in days], [name for name in header if name in dates]
        if all(mixed):
            found, hint = (
                " and ".join([*mixed[0], *mixed[1]]),
                "keep days or dates, not both: they could disagree",
            )
            faults.append(fault(mixed[0][0], found, "days or dates in one table", hint))
        for column in self.columns:
            if column.required and column.typed_under(header) is None:
                near = nearest(column.name, spare)
                hint = (
                    f"rename {near}" if near else f"add it: {column.meaning[:1].lower()}{column.meaning[1:]}"
                )
                faults.append(fault(column.name, "no such column", column.expected, hint))
        return faults

    def check_rows(
        self, table: pl.DataFrame, source: str, *, anchors: pl.DataFrame = NO_ANCHORS
    ) -> tuple[pl.DataFrame, list[Fault]]:
        """Turn text into values, row by row in place.

        Parameters
        ----------
        table : DataFrame of String
            Columns as in the file, with `line` beside them; its header was checked.
        source : str
            Name of the file, for the faults.
        anchors : DataFrame
            Day 0 of each patient, as from `remnant.study.dates.anchors_of`, for columns of dates.

        Returns
        -------
        DataFrame, list of Fault
            Every column of the schema, optional ones null where the file has none, and null where a cell is
            wrong; all that is wrong, each kind listed up to a few and then counted.
        """
        columns = [table[LINE]]
        faults: list[Fault] = []
        unread = pl.repeat(False, table.height, eager=True)
        for column in self.columns:
            typed = column.typed_under(table.columns)
            if typed is None:
                columns.append(pl.Series(column.name, [None] * table.height, dtype=column.dtype))
                continue
            values, bad, found = _read(typed, table, source)
            if typed is not column:
                values, late, more = _to_days(column, typed, values, table, source, anchors)
                bad, found = bad | late, found + more
            columns.append(values.alias(column.name))
            unread, faults = unread | bad, faults + found
        read = pl.DataFrame(columns)
        for column in self.columns:
            faults += _over(column, read, source)
        return read, faults + self._repeated(read.filter(~unread), source)

    def _repeated(self, table: pl.DataFrame, source: str) -> list[Fault]:
        if not self.key or table.is_empty():
            return []
        first = table.group_by(self.key, maintain_order=True).agg(pl.col(LINE).first().alias("first"))
        again = table.join(first, on=self.key, nulls_equal=True, maintain_order="left")

        def say(row: dict[str, Any]) -> Fault:
            found = ", ".join(f"{name} {row[name]}" for name in self.key)
            expected = f"each only once; line {row['first']} has it too"
            return Fault(source, row[LINE], self.key[-1], found, expected, "keep one of the two rows")

        return listed(again.filter(pl.col(LINE) != pl.col("first")), say)


def _read(column: Column, table: pl.DataFrame, source: str) -> tuple[pl.Series, pl.Series, list[Fault]]:
    """Read one column as it was typed: its values, where a cell is wrong or missing, and the faults."""
    values, wrong = column.read(table[column.name])
    missing = table[column.name].is_null() & column.required

    def say(row: dict[str, Any]) -> Fault:
        found = row["typed"]
        if found is None:
            hint = column.hint or "fill it in, or remove the row"
            return Fault(source, row[LINE], column.name, "nothing", column.expected, hint)
        return Fault(source, row[LINE], column.name, quoted(found), column.expected, column.advice(found))

    rows = table.select(LINE, typed=column.name)
    return values, wrong | missing, listed(rows.filter(wrong), say) + listed(rows.filter(missing), say)


def _to_days(
    column: Column, typed: Column, dates: pl.Series, table: pl.DataFrame, source: str, anchors: pl.DataFrame
) -> tuple[pl.Series, pl.Series, list[Fault]]:
    """Turn dates into the days of `column`; a date needs its patient's anchor, and to lie near it."""
    days, unanchored = days_since(dates, table["patient_id"], anchors)
    far = (~column.within(days)).fill_null(False)
    rows = table.select(LINE, "patient_id").with_columns(dates.alias("date"), days.alias("days"))

    def no_anchor(row: dict[str, Any]) -> Fault:
        found, expected = (
            f"a date, and no anchor_date of {row['patient_id']}",
            "an anchor_date in patients.csv",
        )
        return Fault(
            source, row[LINE], typed.name, found, expected, "add it there as 2024-03-31, or give days"
        )

    def too_far(row: dict[str, Any]) -> Fault:
        found = f"{row['date']}, {row['days']:,} days from the anchor"
        return Fault(
            source, row[LINE], typed.name, found, column.expected, "check the year, here and in anchor_date"
        )

    faults = listed(rows.filter(unanchored), no_anchor) + listed(rows.filter(far), too_far)
    return days.zip_with(~far, pl.Series([None], dtype=pl.Int64)), unanchored | far, faults


def _over(column: Column, read: pl.DataFrame, source: str) -> list[Fault]:
    """List the rows where a column exceeds the one that bounds it."""
    if not column.at_most:
        return []

    def say(row: dict[str, Any]) -> Fault:
        bound = f"at most {column.at_most} = {row[column.at_most or '']}"
        hint = column.hint or "are the two swapped?"
        return Fault(source, row[LINE], column.name, f"{row[column.name]}", bound, hint)

    return listed(read.filter(pl.col(column.name) > pl.col(column.at_most)), say)
