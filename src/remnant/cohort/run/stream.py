"""A virtual cohort on disk: patients simulated in blocks, streamed, taken up again, one table at last."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import polars as pl

from remnant.scale.blocks import Block
from remnant.scale.executors import Executor
from remnant.scale.tables import Written, write_table

PATIENTS = "patients"  # the name of the table, and of its files


class Planned(Protocol):
    """A frozen record of every choice behind a cohort."""

    @property
    def patients(self) -> int:
        """How many virtual patients."""


Plan = TypeVar("Plan", bound=Planned)


def _ignore(patients: int) -> None:
    """Do nothing: the default of `done`."""


def write_cohort(
    plan: Plan,
    simulate: Callable[[Plan, Block], pl.DataFrame],
    directory: Path,
    *,
    executor: Executor,
    block_size: int | None = None,
    resume: bool = True,
    done: Callable[[int], None] = _ignore,
) -> Written:
    """Simulate every patient of a plan and write `patients.parquet`, a row each, in the order of patients.

    A run that was broken off goes on where it stopped; a finished cohort is left as it is. The file has the
    same bytes on any engine, with any number of workers and any size of block.

    Parameters
    ----------
    plan : frozen record
        Every choice, with the number of `patients`; picklable.
    simulate : callable
        From the plan and a block of patients to their rows; a function of a module, so that workers find it.
    directory : Path
        A new folder, an empty one, or one in which the same cohort was begun.
    executor : Executor
        Who does the work.
    block_size : int, optional
        Patients in a block, at least 1; by default as many as take a second.
    resume : bool
        Without it, what was begun in `directory` is removed first.
    done : callable
        Called with the number of patients that are there at the start, and of each block as it is kept.

    Returns
    -------
    Written
        The table, its rows, and how many an earlier run had made.

    Raises
    ------
    SettingError
        If the folder cannot be written, is in use, or holds something else; if the disk is full.
    ResultsError
        If the folder was begun by another plan or another program, or its table was changed.
    UnfinishedError
        If some patients failed: which, and why. All others are kept, and asking again tries only these.
    """
    return write_table(
        partial(simulate, plan),
        plan.patients,
        directory,
        name=PATIENTS,
        plan=plan,
        executor=executor,
        size=block_size,
        resume=resume,
        done=done,
    )
