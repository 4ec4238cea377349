"""What no rule forbids and is seldom meant: said beside the answers, and mended only if it is a slip."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from remnant.study.faults import FEW
from remnant.study.schema import LINE

Tables = Mapping[str, pl.DataFrame]
Sources = Mapping[str, str]
YEARS = 10
LEAPS = {
    "haemoglobin_g_per_dl": (5, "g/L or mmol/L in one of them"),
    "platelets_1e9_per_l": (100, "per microlitre in one of them, or a digit too many"),
}
WITHIN = 14  # days in which a count does not change so much


def suspicions(tables: Tables, sources: Sources) -> tuple[str, ...]:
    """List what may be a slip.

    Parameters
    ----------
    tables : Mapping of str to DataFrame
        Every table of a study, without rows where it has none.
    sources : Mapping of str to str
        What notes call each table.
    """
    said: list[str] = []
    for name in ("samples", "blood_counts", "transfusions"):
        said += _long_before(tables[name], sources[name])
    for column, (factor, slip) in LEAPS.items():
        said += _leaps(tables["blood_counts"], sources["blood_counts"], column, factor, slip)
    return tuple(said)


def _long_before(table: pl.DataFrame, source: str) -> list[str]:
    """Rows many years before day 0: seldom is a history so long in a study of a treatment."""
    early = table.filter(pl.col("day") < -365 * YEARS).select(LINE, "day")
    places = [f"line {line}, day {day}" for line, day in early.iter_rows()]
    return _said(places, source, f"more than {YEARS} years before day 0: is the date right?")


def _leaps(table: pl.DataFrame, source: str, column: str, factor: float, slip: str) -> list[str]:
    """Two counts of a patient, days apart, of which one is many times the other."""
    counts = table.select("patient_id", "day", LINE, value=column).filter(pl.col("value") > 0)
    counts = counts.sort("patient_id", "day")
    before = [pl.col(name).shift().over("patient_id").alias(f"{name}_before") for name in ("day", "value")]
    pairs = counts.with_columns(before).filter(pl.col("day") - pl.col("day_before") <= WITHIN)
    ratio = pl.max_horizontal(
        pl.col("value") / pl.col("value_before"), pl.col("value_before") / pl.col("value")
    )
    rows = pairs.filter(ratio >= factor).select(LINE, "value_before", "value").iter_rows()
    places = [f"line {line}, {before:g} to {after:g}" for line, before, after in rows]
    return _said(places, source, f"{column} changes {factor:g}-fold within {WITHIN} days: {slip}?")


def _said(places: list[str], source: str, what: str) -> list[str]:
    if not places:
        return []
    more = f" and {len(places) - FEW:,} more" if len(places) > FEW else ""
    return [f"{source}, {'; '.join(places[:FEW])}{more}: {what}"]
