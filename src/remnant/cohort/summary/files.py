"""The summary of a virtual cohort as files: JSON for programs, CSV for people, the meaning of the columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from remnant.cohort.course.columns import NOTICE, CohortColumn
from remnant.cohort.summary.summary import CohortSummary
from remnant.store.records import to_json, to_table
from remnant.study.formulas import defused_table

SUMMARY = "summary.json"
COLUMNS = "COLUMNS.md"
FILES = (SUMMARY, COLUMNS, "shares.csv", "depths.csv", "spreads.csv", "curves.csv", "curve_steps.csv")


def write_summary(
    summary: CohortSummary, documented: Mapping[str, Iterable[CohortColumn]], directory: Path
) -> tuple[str, ...]:
    """Write a summary into a folder, and what the columns mean; every file says that it is synthetic.

    Parameters
    ----------
    summary : CohortSummary
        What is written.
    documented : mapping of str to CohortColumn
        The columns of each Parquet file.
    directory : Path
        The folder.

    Returns
    -------
    tuple of str
        Names of the files.
    """
    (directory / SUMMARY).write_bytes(to_json(summary) + b"\n")
    text = "\n".join(
        [f"# Columns of this cohort\n\n{NOTICE}\n", *map(document, documented, documented.values())]
    )
    (directory / COLUMNS).write_text(text, encoding="utf-8")
    for name, table in zip(FILES[2:], tables(summary), strict=True):
        defused_table(table.with_columns(notice=pl.lit(NOTICE))).write_csv(directory / name)
    return FILES


def tables(summary: CohortSummary) -> tuple[pl.DataFrame, ...]:
    """Return shares, depths, spreads, curves, and the steps of the curves."""
    shares = to_table([*summary.shares, *([summary.cure] if summary.cure else [])])
    curves = to_table(summary.curves).with_columns(pl.col("median_day").cast(pl.Float64))
    steps = [
        pl.select(curve=pl.lit(curve.name)).join(to_table(curve.steps), how="cross")
        for curve in summary.curves
        if curve.steps
    ]
    joined = pl.concat(steps, how="vertical_relaxed") if steps else pl.DataFrame(schema={"curve": pl.String})
    return shares, to_table(summary.depths), to_table(summary.spreads), curves, joined


def document(name: str, columns: Iterable[CohortColumn]) -> str:
    """Describe the columns of one table, as Markdown."""
    rows = [f"| `{column.name}` | {column.meaning} | {column.unit} |" for column in columns]
    return "\n".join([f"## {name}", "", "| column | meaning | unit |", "| --- | --- | --- |", *rows, ""])
