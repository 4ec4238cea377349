"""The summary of a virtual cohort as files: JSON for programs, CSV tables for people, and what the columns mean."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from remnant.cohort.columns import NOTICE, CohortColumn
from remnant.cohort.summary import CohortSummary
from remnant.store.records import to_json, to_table

SUMMARY = "summary.json"
COLUMNS = "COLUMNS.md"


def write_summary(
    summary: CohortSummary, columns: Iterable[CohortColumn], directory: Path
) -> tuple[str, ...]:
    """Write a summary into a folder; every file says that nobody was measured.

    Returns
    -------
    tuple of str
        Names of the files.
    """
    (directory / SUMMARY).write_bytes(to_json(summary) + b"\n")
    (directory / COLUMNS).write_text(document(columns), encoding="utf-8")
    names = [SUMMARY, COLUMNS]
    for name, table in tables(summary).items():
        table.write_csv(directory / name)
        names.append(name)
    return tuple(names)


def tables(summary: CohortSummary) -> dict[str, pl.DataFrame]:
    """Return the tables of a summary by the name of their file."""
    shares = [*summary.shares, *([summary.cure] if summary.cure else [])]
    steps = [
        pl.select(curve=pl.lit(curve.name)).join(to_table(curve.steps), how="cross")
        for curve in summary.curves
        if curve.steps
    ]
    curves = [
        {"name": one.name, "meaning": one.meaning, "patients": one.patients, "events": one.events,
         "median_day": one.median_day}
        for one in summary.curves
    ]  # fmt: skip
    found = {
        "shares.csv": to_table(shares),
        "depths.csv": to_table(summary.depths),
        "spreads.csv": to_table(summary.spreads),
        "curves.csv": pl.DataFrame(curves, schema_overrides={"median_day": pl.Float64}),
        "curve_steps.csv": pl.concat(steps, how="vertical_relaxed") if steps else pl.DataFrame(),
    }
    return {name: table.with_columns(notice=pl.lit(NOTICE)) for name, table in found.items()}


def document(columns: Iterable[CohortColumn]) -> str:
    """Describe the columns of the table of virtual patients, as Markdown."""
    rows = [f"| `{column.name}` | {column.meaning} | {column.unit} |" for column in columns]
    head = ["# Columns of patients.parquet", "", NOTICE, "", "One row is one virtual patient.", ""]
    return "\n".join([*head, "| column | meaning | unit |", "| --- | --- | --- |", *rows, ""])
