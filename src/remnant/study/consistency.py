"""What the tables of a study must be to one another, and the columns of one row to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import polars as pl

from remnant.errors import Fault
from remnant.study import lifetime
from remnant.study.faults import listed
from remnant.study.periods import outside_log, overlapping
from remnant.study.schema import LINE

Tables = Mapping[str, pl.DataFrame]
Sources = Mapping[str, str]
TYPED_WELLS = ("wells_normal_only", "wells_clone_only", "wells_both")


def contradictions(
    tables: Tables, sources: Sources, unsure: set[str], *, today: date | None = None
) -> list[Fault]:
    """List every contradiction inside and between tables.

    Parameters
    ----------
    tables : Mapping of str to DataFrame
        Every table of a study, without rows where it has none.
    sources : Mapping of str to str
        What faults call each table.
    unsure : set of str
        Tables with faults of their own: nothing is concluded from them.
    today : date, optional
        Nothing was measured after it; by default the day of the clock.
    """
    checks: dict[Callable[[Tables, Sources], list[Fault]], set[str]] = {
        lifetime.before_birth: {"patients", "samples"},
        lifetime.impossible_age: {"patients"},
        lifetime.death_without_day: {"patients"},
        lifetime.treated_after_death: {"patients", "therapy"},
        _therapy: {"therapy"},
        _logs: {"transfusion_log"},
        _outside_log: {"transfusions", "transfusion_log"},
        _neutrophils: {"blood_counts"},
        _slides: {"fish"},
        _typed_wells: {"dilution_plates"},
    }
    faults = []
    for check, needs in checks.items():
        if not needs & unsure:
            faults += check(tables, sources)
    now = today or date.today()
    for name in lifetime.HAPPENED:
        if not {"patients", name} & unsure:
            faults += lifetime.after_last_contact(tables, sources, name)
    if "patients" not in unsure:
        faults += lifetime.anchored_in_the_future(tables, sources, now)
    for name, column in (
        *lifetime.HAPPENED.items(),
        ("therapy", "end_day"),
        ("patients", "last_contact_day"),
    ):
        if not {"patients", name} & unsure:
            faults += lifetime.in_the_future(tables, sources, name, column, now)
    return faults


def _therapy(tables: Tables, sources: Sources) -> list[Fault]:
    """One drug is given in one course at a time, however its name is written."""
    hint = "end the earlier course the day before; a change of dose is a new course"
    courses = tables["therapy"].with_columns(pl.col("drug").str.to_lowercase())
    return overlapping(courses, sources["therapy"], ["patient_id", "drug"], hint)


def _logs(tables: Tables, sources: Sources) -> list[Fault]:
    hint = "join the two periods into one"
    return overlapping(tables["transfusion_log"], sources["transfusion_log"], ["patient_id"], hint)


def _outside_log(tables: Tables, sources: Sources) -> list[Fault]:
    logs = tables["transfusion_log"]
    return outside_log(tables["transfusions"], logs, sources["transfusions"], sources["transfusion_log"])


def _neutrophils(tables: Tables, sources: Sources) -> list[Fault]:
    """Neutrophils are a part of the leukocytes, but for what rounding adds."""
    leukocytes, neutrophils = pl.col("leukocytes_1e9_per_l"), pl.col("neutrophils_1e9_per_l")

    def say(row: dict[str, Any]) -> Fault:
        found = f"{row['neutrophils_1e9_per_l']:g}"
        expected = f"at most leukocytes_1e9_per_l = {row['leukocytes_1e9_per_l']:g}"
        hint = "per cent in place of 1e9/L, per microlitre, or the two swapped?"
        return Fault(sources["blood_counts"], row[LINE], "neutrophils_1e9_per_l", found, expected, hint)

    return listed(tables["blood_counts"].filter(neutrophils > 1.1 * leukocytes + 0.1), say)


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
