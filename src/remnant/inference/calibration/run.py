"""Many cohorts, on any engine, gone on with after any end: one row for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from remnant.inference.calibration.outcome import Trial, row_of
from remnant.scale import Block, Executor, stream
from remnant.scale.tables import Written, write_table

NAME = "cohorts"


@dataclass(frozen=True)
class Choices:
    """Every choice behind a table of cohorts."""

    trial: Trial
    seed: int


def _ignore(items: int) -> None:
    """Do nothing: the default of `progress`."""


def run_calibration(
    cohorts: int,
    directory: Path,
    *,
    trial: Trial,
    executor: Executor,
    seed: int,
    resume: bool = True,
    progress: Callable[[int], None] = _ignore,
) -> Written:
    """Simulate and fit cohorts, and write what became of each to `cohorts.parquet`.

    Parameters
    ----------
    cohorts : int
        How many, at least 1.
    directory : Path
        A new folder, or one in which the same run was begun: it goes on, also after it was killed.
    trial : Trial
        A frozen record that makes one cohort: `remnant.inference.calibration.cohorts.HierarchyTrial`.
    executor : Executor
        Who does the work; the rows are the same on each.
    seed : int
        Of all chance, at least 0.
    resume : bool, default True
        Without it, what was begun in the folder is removed first.
    progress : callable, optional
        Is told the number of cohorts that are there at the start, and of each block that is kept.

    Returns
    -------
    Written
        Where the table is.

    Raises
    ------
    SettingError, ResultsError, UnfinishedError
        As `remnant.scale.tables.write_table`.
    """
    choices = Choices(trial, seed)
    return write_table(
        partial(_rows, choices),
        cohorts,
        directory,
        name=NAME,
        plan=choices,
        executor=executor,
        resume=resume,
        done=progress,
    )


def _rows(choices: Choices, block: Block) -> pl.DataFrame:
    rows = []
    for number in block.items:
        outcome = choices.trial(stream(choices.seed, "cohort", number))
        rows.append({"cohort": number, **row_of(outcome, rng=stream(choices.seed, "ranks", number))})
    return table_of(rows)


def table_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows as a table whose columns have the same types also where nobody is in remission."""
    text, whole = pl.List(pl.String), pl.List(pl.Int64)
    known = {"group": text, "what": text, "patients": whole}
    lists = {name for row in rows for name, value in row.items() if isinstance(value, list)}
    return pl.DataFrame(rows, schema_overrides={name: known.get(name, pl.List(pl.Float64)) for name in lists})
