"""Periods of a patient: courses of a drug, and stretches in which the log of transfusions is complete."""

from __future__ import annotations

from typing import Any

import polars as pl

from remnant.errors import Fault
from remnant.study.faults import listed
from remnant.study.schema import LINE

OPEN_END = 10**6  # a day after every other, for a course that goes on


def overlapping(table: pl.DataFrame, source: str, keys: list[str], hint: str) -> list[Fault]:
    """List periods that end before they start, or that overlap another of the same thing.

    Parameters
    ----------
    table : DataFrame
        With `start_day` and `end_day`, inclusive; an empty `end_day` goes on.
    source : str
        What faults call the table.
    keys : list of str
        Periods overlap only where these columns agree.
    hint : str
        What to do about an overlap.
    """

    def backwards(row: dict[str, Any]) -> Fault:
        found, expected = f"day {row['end_day']}", f"a day from start_day = {row['start_day']}"
        return Fault(source, row[LINE], "end_day", found, expected, "are the two swapped?")

    def overlaps(row: dict[str, Any]) -> Fault:
        until = "which goes on" if row["until"] == OPEN_END else f"until day {row['until']}"
        expected = f"a day after the period of line {row['earlier']}, {until}"
        return Fault(source, row[LINE], "start_day", f"day {row['start_day']}", expected, hint)

    whole = table.drop_nulls(["start_day", *keys])
    reversed_ = whole.filter(pl.col("end_day") < pl.col("start_day"))
    forward = whole.with_columns(end=pl.col("end_day").fill_null(OPEN_END)).filter(
        pl.col("end") >= pl.col("start_day")
    )
    forward = forward.sort(*keys, "start_day", LINE)
    # Of the periods before it, a new one must wait for the one that ends last, not for the one just before.
    latest = forward.with_columns(until=pl.col("end").cum_max().shift(1).over(keys))
    late = latest.filter(pl.col("start_day") <= pl.col("until")).sort(LINE)
    ends = forward.group_by(*keys, "end").agg(pl.col(LINE).first().alias("earlier"))
    late = late.join(ends, left_on=[*keys, "until"], right_on=[*keys, "end"], maintain_order="left")
    return listed(reversed_, backwards) + listed(late, overlaps)


def outside_log(given: pl.DataFrame, logs: pl.DataFrame, source: str, log_source: str) -> list[Fault]:
    """List transfusions on days that no complete log covers: they contradict the log.

    Parameters
    ----------
    given : DataFrame
        The table `transfusions`.
    logs : DataFrame
        The table `transfusion_log`; a study without one is not asked.
    source, log_source : str
        What faults call the two.
    """
    if logs.is_empty():
        return []
    periods = logs.select("patient_id", "start_day", "end_day")
    covered = given.join(periods, on="patient_id").filter(
        pl.col("day").is_between(pl.col("start_day"), pl.col("end_day"))
    )
    outside = given.join(covered.select(LINE).unique(), on=LINE, how="anti", maintain_order="left")
    expected, hint = f"a day inside a period of {log_source}", "lengthen the log, or correct the day"

    def say(row: dict[str, Any]) -> Fault:
        return Fault(source, row[LINE], "day", f"day {row['day']} of {row['patient_id']}", expected, hint)

    return listed(outside, say)
