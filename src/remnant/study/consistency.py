"""What the tables of a study must be to one another, and the columns of one row to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from remnant.errors import Fault
from remnant.study.faults import listed
from remnant.study.periods import outside_log, overlapping
from remnant.study.schema import LINE

Tables = Mapping[str, pl.DataFrame]
Sources = Mapping[str, str]
TYPED_WELLS = ("wells_normal_only", "wells_clone_only", "wells_both")


def contradictions(tables: Tables, sources: Sources, unsure: set[str]) -> list[Fault]:
    """List every contradiction inside and between tables.

    Parameters
    ----------
    tables : Mapping of str to DataFrame
        Every table of a study, without rows where it has none.
    sources : Mapping of str to str
        What faults call each table.
    unsure : set of str
        Tables with faults of their own: nothing is concluded from them.
    """
    checks: dict[Callable[[Tables, Sources], list[Fault]], set[str]] = {
        _before_birth: {"patients", "samples"},
        _death_without_day: {"patients"},
        _therapy: {"therapy"},
        _logs: {"transfusion_log"},
        _outside_log: {"transfusions", "transfusion_log"},
        _slides: {"fish"},
        _typed_wells: {"dilution_plates"},
    }
    faults = []
    for check, needs in checks.items():
        if not needs & unsure:
            faults += check(tables, sources)
    for name in ("samples", "blood_counts", "transfusions"):
        if not {"patients", name} & unsure:
            faults += _after_last_contact(tables, sources, name)
    return faults


def _before_birth(tables: Tables, sources: Sources) -> list[Fault]:
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


def _death_without_day(tables: Tables, sources: Sources) -> list[Fault]:
    """A death is dated by the last contact."""

    def say(row: dict[str, Any]) -> Fault:
        hint = "a death needs its day; leave died empty where it is not known"
        return Fault(sources["patients"], row[LINE], "last_contact_day", "nothing", "the day of death", hint)

    return listed(tables["patients"].filter(pl.col("died"), pl.col("last_contact_day").is_null()), say)


def _after_last_contact(tables: Tables, sources: Sources, name: str) -> list[Fault]:
    """A patient who was measured was followed until then."""
    contact = tables["patients"].select("patient_id", "last_contact_day").drop_nulls()
    seen = tables[name].join(contact, on="patient_id", maintain_order="left")

    def say(row: dict[str, Any]) -> Fault:
        expected = f"a day up to last_contact_day = {row['last_contact_day']}"
        hint = "move last_contact_day, or correct the day"
        return Fault(sources[name], row[LINE], "day", f"day {row['day']}", expected, hint)

    return listed(seen.filter(pl.col("day") > pl.col("last_contact_day")), say)


def _therapy(tables: Tables, sources: Sources) -> list[Fault]:
    hint = "end the earlier course the day before; a change of dose is a new course"
    return overlapping(tables["therapy"], sources["therapy"], ["patient_id", "drug"], hint)


def _logs(tables: Tables, sources: Sources) -> list[Fault]:
    hint = "join the two periods into one"
    return overlapping(tables["transfusion_log"], sources["transfusion_log"], ["patient_id"], hint)


def _outside_log(tables: Tables, sources: Sources) -> list[Fault]:
    logs = tables["transfusion_log"]
    return outside_log(tables["transfusions"], logs, sources["transfusions"], sources["transfusion_log"])


def _slides(tables: Tables, sources: Sources) -> list[Fault]:
    """A slide is two counts or one nuc ish string; a purity is two counts."""
    fish = tables["fish"]
    faults = []
    for name, other, hint in (
        (
            "nuclei_scored",
            "nuclei_abnormal",
            "fill it in (0 of 0 is a failed slide), or give nuc ish in iscn",
        ),
        ("purity_events", "purity_in_gate", "a purity needs both counts, or neither"),
    ):
        first, second = pl.col(name).is_null(), pl.col(other).is_null()
        # A nuc ish string stands for both counts, not for one of them.
        neither = pl.lit(name == "nuclei_scored") & pl.col("iscn").is_null() & first & second
        faults += _missing(fish.filter((first & ~second) | neither), sources["fish"], name, hint)
        faults += _missing(fish.filter(second & ~first), sources["fish"], other, hint)
    return faults


def _missing(rows: pl.DataFrame, source: str, column: str, hint: str) -> list[Fault]:
    return listed(
        rows, lambda row: Fault(source, row[LINE], column, "nothing", "a whole number from 0", hint)
    )


def _typed_wells(tables: Tables, sources: Sources) -> list[Fault]:
    """Typed wells come as three counts, and no more of them than there are positive wells."""
    plates, source = tables["dilution_plates"], sources["dilution_plates"]
    some = pl.any_horizontal(pl.col(name).is_not_null() for name in TYPED_WELLS)
    faults = []
    for name in TYPED_WELLS:
        hint = "write 0 where no well was of this kind; leave all three empty where none was typed"
        faults += _missing(plates.filter(some, pl.col(name).is_null()), source, name, hint)
    typed = sum((pl.col(name) for name in TYPED_WELLS), start=pl.lit(0))

    def say(row: dict[str, Any]) -> Fault:
        expected = f"at most wells_positive = {row['wells_positive']}"
        return Fault(
            source, row[LINE], "wells_both", f"{row['typed']} typed wells", expected, "each well counts once"
        )

    over = plates.with_columns(typed=typed).filter(pl.col("typed") > pl.col("wells_positive"))
    return faults + listed(over, say)
