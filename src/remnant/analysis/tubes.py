"""Event files become population counts: one piece of work per stained tube, on any engine, resumable.

The tube of a patient's first visit goes first: later ones are counted by its thresholds too, so that a reader
sees what the choice between both would change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import polars as pl

from remnant.analysis.controls import dead_of, first_visits, isotypes_of, markers_of, related
from remnant.analysis.findings import TubeResult
from remnant.analysis.plan import Plan
from remnant.cytometry import GatedTube, Recipe, Threshold, find_drift, gate_tube, parse_phenotype
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
    first : str
        File of the patient's first visit with this panel; empty where this tube is it.
    first_answer : str
        Name of its answer, from which the thresholds of the first visit follow.
    controls, isotypes : tuple of (str, str, bool)
        Marker, the file of its FMO or isotype, and whether it is borrowed from another visit of the patient.
    dead : str
        Dead-cell control; empty if there is none.
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
    first: str
    first_answer: str
    controls: tuple[tuple[str, str, bool], ...]
    isotypes: tuple[tuple[str, str, bool], ...]
    dead: str
    panel: tuple[tuple[str, str], ...]
    compartments: tuple[tuple[str, str], ...]
    recipe: Recipe
    seed: int
    keep: str | None
    baseline: tuple[Threshold, ...] = ()

    def files(self) -> list[str]:
        """Name every file that is read."""
        lent = [file for _, file, _ in (*self.controls, *self.isotypes)]
        return list(dict.fromkeys([self.file, *lent, *([self.dead] if self.dead else [])]))

    def answer_name(self) -> str:
        """Name its answer: a hash of the bytes of its files and of every choice."""
        contents = [digest(Path(self.root) / file) for file in self.files()]
        choices = (
            self.panel, self.compartments, self.recipe, self.seed, self.sample_id, self.controls,
            self.isotypes, self.dead, self.first_answer,
        )  # fmt: skip
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
    found = _gate([task for task in tasks if not task.first], executor, cache, done)
    later = [
        replace(task, baseline=tube.thresholds) if (tube := found.tube(task.first)) else task
        for task in tasks
        if task.first
    ]
    found = found.joined(_gate(later, executor, cache, done))
    if found.faults:
        # A broken control is met once for every tube that it is for.
        raise StudyError(dict.fromkeys(found.faults))
    results = []
    for task in tasks:
        name, tube = found.answers[task.file]
        first = found.tube(task.first)
        drift = find_drift(first, tube, decades=plan.gates.drift_decades) if first is not None else ()
        results.append(TubeResult(task.sample_id, task.file, tube, _named(task), name, drift))
    return tuple(results)


@dataclass(frozen=True)
class _Gated:
    """Tubes that are done: by file the name of the answer and the counts; and the faults of the others."""

    answers: dict[str, tuple[str, GatedTube]]
    faults: tuple[Fault, ...]

    def tube(self, file: str) -> GatedTube | None:
        return self.answers[file][1] if file in self.answers else None

    def joined(self, other: _Gated) -> _Gated:
        return _Gated(self.answers | other.answers, self.faults + other.faults)


def _gate(tasks: Sequence[TubeTask], executor: Executor, cache: Cache, done: Callable[[], None]) -> _Gated:
    """Gate tubes that need nothing from each other; an answer that is known is not sought again."""
    names = [task.answer_name() for task in tasks]
    kept = [cache.get(GatedTube, name) for name in names]
    waiting = [task for task, tube in zip(tasks, kept, strict=True) if tube is None]
    for _ in range(len(tasks) - len(waiting)):
        done()
    outcomes = iter(executor.map(_count, waiting, done=done))
    answers: dict[str, tuple[str, GatedTube]] = {}
    faults: list[Fault] = []
    for task, name, known in zip(tasks, names, kept, strict=True):
        outcome = _Outcome(known, ()) if known is not None else next(outcomes)
        faults += outcome.faults
        if outcome.tube is not None:
            answers[task.file] = name, outcome.tube
    return _Gated(answers, tuple(faults))


def _named(task: TubeTask) -> tuple[str, ...]:
    """Write every control of a tube as a reader should see it."""
    said = [f"{marker}: {file}{BORROWED * lent}" for marker, file, lent in task.controls]
    said += [f"{marker}: {file} (isotype){BORROWED * lent}" for marker, file, lent in task.isotypes]
    return (*said, f"dead cells: {task.dead}") if task.dead else tuple(said)


def tube_tasks(study: Study, plan: Plan, *, keep: Path | None = None) -> list[TubeTask]:
    """List the stained tubes with their controls, in the order of events.csv."""
    recipe = Recipe.of(plan.gates, confidence=plan.analysis.confidence)
    phenotypes = {name: item.phenotype for name, item in plan.compartments.items() if item.phenotype}
    asked = [rule.marker for text in phenotypes.values() for rule in parse_phenotype(text)]
    events = study["events"].join(study["samples"].select("sample_id", "patient_id", "day"), on="sample_id")
    stained = events.filter(pl.col("tube") == "stained").sort("line")
    first = first_visits(stained)
    tasks = [
        TubeTask(
            str(study.root),
            row["sample_id"],
            row["file"],
            first.get(row["file"], ""),
            "",
            markers_of(related(events, "fmo", row)),
            isotypes_of(related(events, "isotype", row), plan.panel[row["panel"]], asked),
            dead_of(related(events, "dead", row)),
            tuple(plan.panel[row["panel"]].items()),
            tuple(phenotypes.items()),
            recipe,
            plan.analysis.seed,
            None if keep is None else str(keep),
        )
        for row in stained.iter_rows(named=True)
    ]
    answers = {task.file: task.answer_name() for task in tasks if not task.first}
    return [replace(task, first_answer=answers.get(task.first, "")) for task in tasks]


def _count(task: TubeTask) -> _Outcome:
    root = Path(task.root)
    try:
        tube = gate_tube(
            root / task.file,
            panel=dict(task.panel),
            compartments=dict(task.compartments),
            controls={marker: root / file for marker, file, _ in task.controls},
            isotypes={marker: root / file for marker, file, _ in task.isotypes},
            dead=root / task.dead if task.dead else None,
            baseline=task.baseline,
            recipe=task.recipe,
            rng=stream(task.seed, "gates", task.sample_id, task.file),
        )
    except RemnantError as error:
        # Two folders of a study may hold files of one name: say the path as events.csv has it.
        paths = {Path(file).name: file for file in reversed(task.files())}
        faults = (replace(fault, source=paths.get(fault.source, fault.source)) for fault in error.faults)
        return _Outcome(None, tuple(faults))
    if task.keep is not None:
        Cache(Path(task.keep)).put(task.answer_name(), tube)
    return _Outcome(tube, ())
