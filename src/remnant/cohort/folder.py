"""A virtual cohort in a folder: patients, meaning of the columns, summary, and the first courses in full."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from remnant.cohort.plan import CohortPlan
from remnant.cohort.rows import columns_of
from remnant.cohort.simulate import most_at_once, simulate_block
from remnant.cohort.stream import PATIENTS, write_cohort
from remnant.cohort.summary import CohortSummary, summarise
from remnant.cohort.summary_files import FILES, write_summary
from remnant.cohort.trajectories import trajectories, trajectory_columns
from remnant.errors import Fault, SettingError
from remnant.scale import Executor

COURSES = "trajectories.parquet"
SMALL_BLOCK, FEW_BLOCKS = 250, 8
MOST_COURSES = 10_000  # courses in full, which are kept in memory


@dataclass(frozen=True)
class CohortRun:
    """What was simulated, where it lies, and what it says.

    Parameters
    ----------
    directory : str
        The folder.
    files : tuple of str
        Names in the folder.
    summary : CohortSummary
        The cohort in numbers.
    """

    directory: str
    files: tuple[str, ...]
    summary: CohortSummary


def run_cohort(
    plan: CohortPlan,
    directory: Path,
    *,
    executor: Executor,
    resume: bool = True,
    size: int | None = None,
    courses: int = 0,
    done: Callable[[int], None],
) -> CohortRun:
    """Simulate a cohort into a folder.

    Parameters
    ----------
    plan : CohortPlan
        Every choice behind it.
    directory : Path
        Made if need be.
    executor : Executor
        Who does the work; it cannot change an answer.
    resume : bool
        Whether to go on where an earlier run of the same plan into this folder stopped.
    size : int or None
        Patients in a block; None for `usual_block`.
    courses : int
        First patients whose courses are written in full.
    done : callable
        Called with the number of patients of each block that is done.
    """
    refuse_courses(courses, plan.patients)
    if not resume and (directory / f"{PATIENTS}.json").exists():
        for name in (*FILES, COURSES):
            (directory / name).unlink(missing_ok=True)
    written = write_cohort(
        plan,
        simulate_block,
        directory,
        executor=executor,
        block_size=size or usual_block(plan),
        resume=resume,
        done=done,
    )
    summary = summarise(directory, plan)
    documented = {written.path.name: columns_of(plan)}
    if courses:
        documented[COURSES] = trajectory_columns(plan)
    files = [written.path.name, *write_summary(summary, documented, directory)]
    if courses:
        trajectories(plan, courses).write_parquet(directory / COURSES)
        files.append(COURSES)
    return CohortRun(str(directory), tuple(files), summary)


def usual_block(plan: CohortPlan) -> int:
    """Return how many patients are simulated together.

    Their looks are arrays over patients, so a look costs about as much for one as for three hundred: a block
    holds all that are followed at once, fewer only where that would leave workers of a small cohort idle.
    """
    return min(most_at_once(plan), max(SMALL_BLOCK, math.ceil(plan.patients / FEW_BLOCKS)))


def refuse_courses(courses: int, patients: int) -> None:
    """Refuse more courses in full than there are patients, or than a table can hold."""
    most = min(patients, MOST_COURSES)
    if not 0 <= courses <= most:
        hint = "each is a row for every look; patients.parquet has all patients"
        raise SettingError(
            [Fault("virtual cohort", None, "--trajectories", f"{courses:,}", f"0 to {most:,}", hint)]
        )
