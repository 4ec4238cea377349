"""Work that takes longer than a page may: what can be asked for, and how it is done."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

from remnant.service.work.kinds import KINDS, Kind
from remnant.service.work.task import RESULTS, Task, Told
from remnant.store.house import Store
from remnant.store.queue.job_rows import Job

__all__ = ["KINDS", "Kind", "Task", "Told", "answered", "run"]

# Each is imported by the process that does the work, and by no page.
_DONE_BY = {
    "analyse": "analysing:analyse",
    "fit": "fitting:fit",
    "report": "reporting:report",
    "simulate-study": "simulating:new_study",
    "simulate-cohort": "simulating:cohort",
}


def run(store: Store, job: Job, told: Told, *, engine: str = "processes") -> dict[str, Any]:
    """Do a job, or find that it is done, and keep what comes of it.

    It may be killed at any moment and run again, by anyone: what was done is gone on with, and what comes of
    it is kept once.

    Parameters
    ----------
    store, job : Store, Job
        What was asked.
    told : callable
        Told how many pieces are done, of how many, and what is under way.
    engine : str
        Who does the work; it cannot change an answer.

    Returns
    -------
    dict
        The number of the results that are kept, and their kind; of a simulated study its slug.

    Raises
    ------
    RemnantError
        With everything to mend.
    """
    task = Task(store, job, told, engine)
    if (there := _kept(task)) is not None:
        return there
    with task.alone():
        there = _kept(task)  # by whom the folder was waited for
        return there if there is not None else _maker(job.kind)(task)


def answered(store: Store, job: Job) -> dict[str, Any] | None:
    """Return what is kept of the same question: the same study, choices and program; None if it is new."""
    return _kept(Task(store, job, lambda *_: None))


def _kept(task: Task) -> dict[str, Any] | None:
    if task.job.kind not in RESULTS:
        return None
    kept = task.found()
    if kept is None:
        return None
    shutil.rmtree(task.folder, ignore_errors=True)  # left by one that was killed after its result was kept
    return {"kept": kept.id, "kind": kept.kind}


def _maker(kind: str) -> Callable[[Task], dict[str, Any]]:
    module, name = _DONE_BY[kind].split(":")
    made: Callable[[Task], dict[str, Any]] = getattr(import_module(f"{__name__}.{module}"), name)
    return made
