"""The job that analyses a revision of a study; killed, it goes on with the tubes that were counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from remnant.analysis import Plan, count_work, kept_counts
from remnant.analysis.fits import SavedFit, load_fit
from remnant.errors import RemnantError
from remnant.inference.fitting.choices import Choices
from remnant.scale import executor
from remnant.service.analysing import analyse_into
from remnant.service.fitting import fit_into
from remnant.service.found.report_pages import lay_out
from remnant.service.work.fields import read_fields
from remnant.service.work.kinds import FIT
from remnant.service.work.task import Task, key_of
from remnant.store.files.trees import checkout
from remnant.study.study import Study

LOOK_S = 0.3
AFTER = 2  # steps after the last tube: joining, keeping

Given = Callable[[], SavedFit]


def analyse(task: Task) -> dict[str, Any]:
    """Analyse, with a fit beside where one is asked for, and keep both."""
    study = task.study()
    seed, forecast = task.job.arguments["seed"], task.job.arguments["forecast"]
    out = task.folder / "results"
    with ExitStack() as beside:
        given: Given | None = None
        if forecast == "yes":
            given = beside.enter_context(_fitted_beside(task, study, seed))
        elif forecast == "fit":
            fit = task.latest("fit", "run Fit first, then Analyse")
            given = lambda: load_fit(checkout(task.store, fit.tree))  # noqa: E731
        steps = _Steps(count_work(study), len(study.patients), forecast == "yes")
        beside.enter_context(_watched(task, out, steps))
        analyse_into(study, out, engine=task.engine, resume=True, seed=seed, fit=_asked(given))
    made = task.keep(out)
    # The analysis is kept whatever happens here: a page that is not there is made when it is asked for.
    with suppress(RemnantError, OSError):
        lay_out(task.store, task.record, lambda done, _, what: task.told(*steps.page(done), what))
    return {"kept": made.id, "kind": made.kind}


def _asked(given: Given | None) -> Any:
    if given is None:
        return None

    def both() -> Any:
        saved = given()
        return saved.fit, saved.observed

    return both


@contextmanager
def _fitted_beside(task: Task, study: Study, seed: int | None) -> Iterator[Given]:
    """Fit each patient alone while tubes are counted, and keep the fit: its draws answer what-ifs.

    Yields
    ------
    callable
        Waits for the fit.
    """
    arguments = read_fields(FIT.fields, {"setting": "fast", "seed": "" if seed is None else str(seed)})
    name = key_of("fit", task.tree, arguments)
    if (there := task.found("fit", name)) is not None:
        yield lambda: load_fit(checkout(task.store, there.tree))
        return
    choices, folder = (
        Choices("fast", seed=Plan.of(study.config, seed=seed).analysis.seed),
        task.folder / "fit",
    )
    workers = executor("serial" if task.engine == "serial" else "processes")
    with workers.pool() as pool:
        fitted = pool.hands.submit(fit_into, study, choices, folder, engine="serial", resume=True)
        yield fitted.result
        task.keep(folder, "fit", name)


@dataclass(frozen=True)
class _Steps:
    """All steps of an analysis, so that its bar is one: a tube each, joining, keeping, and a page each."""

    tubes: int
    patients: int
    fits: bool

    @property
    def all(self) -> int:
        return self.tubes + AFTER + self.patients

    def counted(self, tubes: int) -> tuple[int, int, str]:
        """Say that so many tubes are counted; after the last of them the assays are joined."""
        if tubes < self.tubes:
            return tubes, self.all, f"counting cells: {tubes:,} of {self.tubes:,} tubes"
        after = "fitting each patient, joining the assays" if self.fits else "joining the assays"
        return self.tubes, self.all, after

    def page(self, done: int) -> tuple[int, int]:
        """Return how far it is with so many pages laid out."""
        return min(self.tubes + AFTER + done, self.all), self.all


@contextmanager
def _watched(task: Task, out: Path, steps: _Steps) -> Iterator[None]:
    """Tell how many tubes are counted, as they are kept: that is what a killed run goes on with."""
    stop = Event()

    def look() -> None:
        while not stop.wait(LOOK_S):
            folder = kept_counts(out)
            tubes = 0 if folder is None else min(steps.tubes, sum(1 for _ in folder.glob("*.json")))
            task.told(*steps.counted(tubes))

    watcher = Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
    task.told(steps.tubes + 1, steps.all, "keeping the results")
