"""The job that analyses a revision of a study; killed, it goes on with the tubes that were counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
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

FEW = 20  # patients whose pages are made as they are asked for; of more, all at once when the work is done
LOOK_S = 0.3
AFTER = 2  # steps after the last tube: joining, writing

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
        beside.enter_context(_watched(task, out, count_work(study)))
        analyse_into(study, out, engine=task.engine, resume=True, seed=seed, fit=_asked(given))
    made = task.keep(out)
    if len(study.patients) > FEW:
        # The analysis is kept whatever happens here: a page that is not there is made when it is asked for.
        with suppress(RemnantError, OSError):
            lay_out(task.store, task.record, task.told)
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


@contextmanager
def _watched(task: Task, out: Path, tubes: int) -> Iterator[None]:
    """Tell how many tubes are counted, as they are kept: that is what a killed run goes on with."""
    stop = Event()

    def look() -> None:
        while not stop.wait(LOOK_S):
            folder = kept_counts(out)
            counted = 0 if folder is None else min(tubes, sum(1 for _ in folder.glob("*.json")))
            what = f"counting cells: {counted} of {tubes} tubes" if counted < tubes else "joining the assays"
            task.told(counted, tubes + AFTER, what)

    watcher = Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
    task.told(tubes + 1, tubes + AFTER, "keeping the results")
