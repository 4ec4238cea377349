"""What lies outside a patient's life, or has not happened yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from remnant.errors import Fault
from remnant.study.faults import listed
from remnant.study.schema import LINE

Tables = Mapping[str, pl.DataFrame]
Sources = Mapping[str, str]
OLDEST = 115  # years
# Table -> its column with the day on which something happened, and the patient was there.
HAPPENED = {
    "samples": "day",
    "blood_counts": "day",
    "transfusions": "day",
    "therapy": "start_day",
    "transfusion_log": "end_day",
}


def before_birth(tables: Tables, sources: Sources) -> list[Fault]:
    """A sample cannot be older than its patient; it needs a birth year and an anchor date to tell."""
    births = tables["patients"].select("patient_id", "birth_year", "anchor_date").drop_nulls()
    drawn = pl.col("anchor_date") + pl.duration(days=pl.col("day"))
    samples = tables["samples"].join(births, on="patient_id", maintain_order="left")
    early = samples.with_columns(year=drawn.dt.year()).filter(pl.col("year") < pl.col("birth_year"))

    def say(row: dict[str, Any]) -> Fault:
        found = f"day {row['day']}, in {row['year']}"
        expected = f"a day on or after the year of birth, {row['birth_year']}"
        hint = "check the day, the anchor_date and the birth_year"
        return Fault(sources["samples"], row[LINE], "day", found, expected, hint)

    return listed(early, say)


def impossible_age(tables: Tables, sources: Sources) -> list[Fault]:
    """A patient is born before day 0, and not too long before it."""
    age = pl.col("anchor_date").dt.year() - pl.col("birth_year")
    patients = tables["patients"].with_columns(age=age)

    def say(row: dict[str, Any]) -> Fault:
        found, expected = f"{row['birth_year']}, an age of {row['age']} on day 0", f"an age of 0 to {OLDEST}"
        hint = "check the birth_year and the anchor_date"
        return Fault(sources["patients"], row[LINE], "birth_year", found, expected, hint)

    return listed(patients.filter(~pl.col("age").is_between(0, OLDEST)), say)


def death_without_day(tables: Tables, sources: Sources) -> list[Fault]:
    """A death is dated by the last contact."""

    def say(row: dict[str, Any]) -> Fault:
        hint = "a death needs its day; leave died empty where it is not known"
        return Fault(sources["patients"], row[LINE], "last_contact_day", "nothing", "the day of death", hint)

    return listed(tables["patients"].filter(pl.col("died"), pl.col("last_contact_day").is_null()), say)


def after_last_contact(tables: Tables, sources: Sources, name: str) -> list[Fault]:
    """A patient who was measured or treated was followed until then."""
    column = HAPPENED[name]
    contact = (
        tables["patients"].select("patient_id", "last_contact_day", "died").drop_nulls("last_contact_day")
    )
    if name == "transfusion_log":
        # Of someone alive the record may well be kept on after the last visit.
        contact = contact.filter(pl.col("died"))
    seen = tables[name].join(contact, on="patient_id", maintain_order="left")

    def say(row: dict[str, Any]) -> Fault:
        died = " (death)" if row["died"] else ""
        expected = f"a day up to last_contact_day = {row['last_contact_day']}{died}"
        hint = "move last_contact_day, or correct the day"
        return Fault(sources[name], row[LINE], column, f"day {row[column]}", expected, hint)

    return listed(seen.filter(pl.col(column) > pl.col("last_contact_day")), say)


def treated_after_death(tables: Tables, sources: Sources) -> list[Fault]:
    """A course ends with the patient."""
    dead = tables["patients"].filter(pl.col("died")).select("patient_id", "last_contact_day").drop_nulls()
    courses = tables["therapy"].join(dead, on="patient_id", maintain_order="left")

    def say(row: dict[str, Any]) -> Fault:
        expected = f"a day up to last_contact_day = {row['last_contact_day']} (death)"
        hint = "end the course on the day of death, or correct the day"
        return Fault(sources["therapy"], row[LINE], "end_day", f"day {row['end_day']}", expected, hint)

    return listed(courses.filter(pl.col("end_day") > pl.col("last_contact_day")), say)


def in_the_future(tables: Tables, sources: Sources, name: str, column: str, today: date) -> list[Fault]:
    """What was measured or given has happened; it needs an anchor date to tell."""
    anchors = tables["patients"].select("patient_id", "anchor_date").filter(pl.col("anchor_date") <= today)
    rows = tables[name].drop("anchor_date", strict=False).join(anchors, "patient_id", maintain_order="left")
    dated = rows.with_columns(when=pl.col("anchor_date") + pl.duration(days=pl.col(column)))
    more = "; leave it empty while the course goes on" if (name, column) == ("therapy", "end_day") else ""

    def say(row: dict[str, Any]) -> Fault:
        found, expected = f"day {row[column]}, {row['when']}", f"a day up to today, {today}"
        hint = f"check the year, here and in anchor_date{more}"
        return Fault(sources[name], row[LINE], column, found, expected, hint)

    return listed(dated.filter(pl.col("when") > today), say)


def anchored_in_the_future(tables: Tables, sources: Sources, today: date) -> list[Fault]:
    """Day 0 has happened."""

    def say(row: dict[str, Any]) -> Fault:
        hint = "check the year; leave the date empty until treatment starts"
        found, expected = str(row["anchor_date"]), f"a date up to today, {today}"
        return Fault(sources["patients"], row[LINE], "anchor_date", found, expected, hint)

    return listed(tables["patients"].filter(pl.col("anchor_date") > today), say)
