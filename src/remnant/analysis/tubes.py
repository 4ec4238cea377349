"""Event files become population counts: one piece of work per stained tube, on any engine, resumable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from remnant.analysis.findings import TubeResult
from remnant.analysis.plan import Plan
from remnant.cytometry import GatedTube, Recipe, gate_tube
from remnant.errors import Fault, RemnantError, StudyError
from remnant.scale import Executor, stream
from remnant.store import Cache, digest, key
from remnant.study.study import Study

BORROWED = " (borrowed from another visit)"


@dataclass(frozen=True)
class TubeTask:
    """Everything that the counts of one stained tube depend on; it travels to whoever does the work.

    Parameters
    ----------
    root : str
        The study folder.
    sample_id, file : str
        The sample, and its file in the study folder.
    controls : tuple of (str, str, bool)
        Marker left out, its FMO file, and whether it is borrowed from another visit of the patient.
    panel, compartments : tuple of (str, str)
        Marker and channel; compartment and phenotype.
    recipe : Recipe
        Choices of the automatic gates.
    seed : int
        Seed of the study.
    keep : str or None
        Folder in which the answer is kept as soon as it is there.
    """

    root: str
    sample_id: str
    file: str
    controls: tuple[tuple[str, str, bool], ...]
    panel: tuple[tuple[str, str], ...]
    compartments: tuple[tuple[str, str], ...]
    recipe: Recipe
    seed: int
    keep: str | None

    def answer_name(self) -> str:
        """Name its answer: a hash of the bytes of its files and of every choice."""
        files = [self.file, *(file for _, file, _ in self.controls)]
        contents = [digest(Path(self.root) / file) for file in files]
        choices = (self.panel, self.compartments, self.recipe, self.seed, self.sample_id, self.controls)
        return key("tube", version("remnant"), self.file, *contents, repr(choices))


@dataclass(frozen=True)
class _Outcome:
    """What came of one tube: counts, or the faults of its files."""

    tube: GatedTube | None
    faults: tuple[Fault, ...]


def count_tubes(
    study: Study, plan: Plan, *, executor: Executor, cache: Cache, done: Callable[[], None]
) -> tuple[TubeResult, ...]:
    """Count the compartments of every stained tube.

    Raises
    ------
    StudyError
        With every file that cannot be trusted, after all of them were tried.
    """
    tasks = tube_tasks(study, plan, keep=cache.directory)
    names = [task.answer_name() for task in tasks]
    kept = [cache.get(GatedTube, name) for name in names]
    waiting = [task for task, tube in zip(tasks, kept, strict=True) if tube is None]
    for _ in range(len(tasks) - len(waiting)):
        done()
    outcomes = iter(executor.map(_count, waiting, done=done))
    faults: list[Fault] = []
    results = []
    for task, name, tube in zip(tasks, names, kept, strict=True):
        if tube is None:
            outcome = next(outcomes)
            faults += outcome.faults
            if outcome.tube is None:
                continue
            tube = outcome.tube
        controls = tuple(f"{marker}: {file}{BORROWED * lent}" for marker, file, lent in task.controls)
        results.append(TubeResult(task.sample_id, task.file, tube, controls, name))
    if faults:
        # A broken control is met once for every tube that it is for.
        raise StudyError(dict.fromkeys(faults))
    return tuple(results)


def tube_tasks(study: Study, plan: Plan, *, keep: Path | None = None) -> list[TubeTask]:
    """List the stained tubes with their controls, in the order of events.csv."""
    recipe = Recipe.of(plan.gates, confidence=plan.analysis.confidence)
    phenotypes = {name: item.phenotype for name, item in plan.compartments.items() if item.phenotype}
    events = study["events"].join(study["samples"].select("sample_id", "patient_id", "day"), on="sample_id")
    return [
        TubeTask(
            str(study.root),
            row["sample_id"],
            row["file"],
            _controls(events, row),
            tuple(plan.panel[row["panel"]].items()),
            tuple(phenotypes.items()),
            recipe,
            plan.analysis.seed,
            None if keep is None else str(keep),
        )
        for row in events.filter(pl.col("tube") == "stained").sort("line").iter_rows(named=True)
    ]


def _controls(events: pl.DataFrame, tube: dict[str, Any]) -> tuple[tuple[str, str, bool], ...]:
    """Find the FMO tube of each marker: the sample's own, else the patient's nearest in time, said so."""
    mine = events.filter(
        pl.col("tube") == "fmo",
        pl.col("panel") == tube["panel"],
        pl.col("patient_id") == tube["patient_id"],
        pl.col("control_for").is_not_null(),
    ).with_columns(away=(pl.col("day") - tube["day"]).abs(), lent=pl.col("sample_id") != tube["sample_id"])
    best = mine.sort("lent", "away", "line").unique("control_for", keep="first", maintain_order=True)
    return tuple(best.sort("control_for").select("control_for", "file", "lent").iter_rows())


def _count(task: TubeTask) -> _Outcome:
    root = Path(task.root)
    try:
        tube = gate_tube(
            root / task.file,
            panel=dict(task.panel),
            compartments=dict(task.compartments),
            controls={marker: root / file for marker, file, _ in task.controls},
            recipe=task.recipe,
            rng=stream(task.seed, "gates", task.sample_id, task.file),
        )
    except RemnantError as error:
        # Two folders of a study may hold files of one name: say the path as events.csv has it.
        paths = {Path(file).name: file for file in (*(file for _, file, _ in task.controls), task.file)}
        faults = (replace(fault, source=paths.get(fault.source, fault.source)) for fault in error.faults)
        return _Outcome(None, tuple(faults))
    if task.keep is not None:
        Cache(Path(task.keep)).put(task.answer_name(), tube)
    return _Outcome(tube, ())
