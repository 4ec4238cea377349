"""Event files become population counts: one piece of work per stained tube, on any engine, resumable.

The tube of a patient's first visit goes first: later ones are counted by its thresholds too, so that a reader
sees what the choice between both would change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from remnant.analysis.absolute import TubeVolume, count_per_ul
from remnant.analysis.cell_cycle import measure_tube
from remnant.analysis.controls import beads_apart, dead_of, first_visits, isotypes_of, markers_of, related
from remnant.analysis.evidence import TubeEvidence, check_quality, judge_compartments
from remnant.analysis.findings import TubeAnswer, TubeResult
from remnant.analysis.plan import Plan
from remnant.analysis.reviews import AutomaticGates, reviewed_cuts, reviews_of
from remnant.cytometry import (
    GatedCodes,
    GatedTube,
    Recipe,
    Threshold,
    find_drift,
    gate_with_codes,
    parse_phenotype,
)
from remnant.cytometry.rare.rule import RareRule
from remnant.cytometry.recipe.bench import open_bench
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
    rare : RareRule
        From which count on a compartment is detected and quantified.
    volume : TubeVolume
        What events.csv says of its volume and its beads.
    seed : int
        Seed of the study.
    keep : str or None
        Folder in which the answer is kept as soon as it is there.
    baseline : tuple of Threshold
        Thresholds of the first visit.
    whole : tuple of str
        Compartments without a phenotype: all nucleated cells.
    spillover : str
        The study's own matrix; empty where each tube is compensated by the matrix in it.
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
    rare: RareRule
    volume: TubeVolume
    seed: int
    keep: str | None
    baseline: tuple[Threshold, ...] = ()
    whole: tuple[str, ...] = ()
    spillover: str = ""

    @property
    def matrix(self) -> Path | None:
        """The study's own matrix, if it has one."""
        return Path(self.root) / self.spillover if self.spillover else None

    def files(self) -> list[str]:
        """Name every file that is read."""
        lent = [file for _, file, _ in (*self.controls, *self.isotypes)]
        return list(dict.fromkeys([self.file, *lent, *filter(None, (self.dead, self.spillover))]))

    def opening(self) -> dict[str, Any]:
        """Return what `gate_with_codes` and `open_bench` take beside the file."""
        root = Path(self.root)
        return {
            "panel": dict(self.panel),
            "compartments": dict(self.compartments),
            "controls": {marker: root / file for marker, file, _ in self.controls},
            "isotypes": {marker: root / file for marker, file, _ in self.isotypes},
            "dead": root / self.dead if self.dead else None,
            "baseline": self.baseline,
            "spillover": self.matrix,
            "recipe": self.recipe,
            "rng": stream(self.seed, "gates", self.sample_id, self.file),
        }

    def answer_name(self) -> str:
        """Name its answer: a hash of the bytes of its files and of every choice."""
        contents = [digest(Path(self.root) / file) for file in self.files()]
        choices = (
            self.panel, self.compartments, self.recipe, self.seed, self.sample_id, self.controls,
            self.isotypes, self.dead, self.first_answer, self.rare, self.volume, self.whole, self.spillover,
        )  # fmt: skip
        return key("tube", version("remnant"), self.file, *contents, repr(choices))


@dataclass(frozen=True)
class _Outcome:
    """What came of one tube: counts, or the faults of its files."""

    answer: TubeAnswer | None
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
    names = {task.file: task.answer_name() for task in tasks}
    kept = {task.file: cache.get(TubeAnswer, names[task.file]) for task in tasks}
    chains = [
        _Chain(chain, tuple(kept[task.file] for task in chain))
        for chain in _chains(tasks)
        if any(kept[task.file] is None for task in chain)
    ]
    outcomes = [item for chain in executor.map(_count_chain, chains, done=done) for item in chain]
    for _ in range(len(tasks) - len(chains)):
        done()
    faults = [fault for _, outcome in outcomes for fault in outcome.faults]
    if faults:
        # A broken control is met once for every tube that it is for.
        raise StudyError(dict.fromkeys(faults))
    answers = {file: answer for file, answer in kept.items() if answer is not None}
    answers |= {file: outcome.answer for file, outcome in outcomes if outcome.answer is not None}
    return tuple(
        TubeResult(
            task.sample_id,
            task.file,
            answers[task.file].tube,
            _named(task),
            names[task.file],
            find_drift(answers[task.first].tube, answers[task.file].tube, decades=plan.gates.drift_decades)
            if task.first
            else (),
            evidence=answers[task.file].evidence,
            cycle=answers[task.file].cycle,
            automatic=answers[task.file].automatic,
            reviews=reviews_of(study, task.file, answers[task.file].automatic),
        )
        for task in tasks
    )


@dataclass(frozen=True)
class _Chain:
    """The tubes of one patient and panel, the first visit first, and those that are known already."""

    tasks: tuple[TubeTask, ...]
    known: tuple[TubeAnswer | None, ...]


def _chains(tasks: Sequence[TubeTask]) -> list[tuple[TubeTask, ...]]:
    """Group tubes that need each other: a later visit needs the thresholds of the first."""
    chains: dict[str, list[TubeTask]] = {task.file: [task] for task in tasks if not task.first}
    for task in tasks:
        if task.first:
            chains[task.first].append(task)
    return [tuple(chain) for chain in chains.values()]


def _count_chain(chain: _Chain) -> list[tuple[str, _Outcome]]:
    """Count the tubes of a chain that are not known, each by its own thresholds and by those of the first."""
    found: list[tuple[str, _Outcome]] = []
    baseline: tuple[Threshold, ...] = ()
    for task, known in zip(chain.tasks, chain.known, strict=True):
        outcome = _Outcome(known, ()) if known is not None else _count(replace(task, baseline=baseline))
        found.append((task.file, outcome))
        if not task.first and outcome.answer is not None:
            baseline = outcome.answer.tube.thresholds
    return found


def _named(task: TubeTask) -> tuple[str, ...]:
    """Write every control of a tube as a reader should see it."""
    said = [f"{marker}: {file}{BORROWED * lent}" for marker, file, lent in task.controls]
    said += [f"{marker}: {file} (isotype){BORROWED * lent}" for marker, file, lent in task.isotypes]
    return (*said, f"dead cells: {task.dead}") if task.dead else tuple(said)


def tube_tasks(study: Study, plan: Plan, *, keep: Path | None = None) -> list[TubeTask]:
    """List the stained tubes with their controls, in the order of events.csv.

    Raises
    ------
    StudyError
        If a review of a cut cannot be followed.
    """
    recipe = Recipe.of(plan.gates, confidence=plan.analysis.confidence)
    reviewed = reviewed_cuts(study, plan)
    phenotypes = {name: item.phenotype for name, item in plan.compartments.items() if item.phenotype}
    asked = [rule.marker for text in phenotypes.values() for rule in parse_phenotype(text)]
    rare = RareRule.of(plan.rare, confidence=plan.analysis.confidence)
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
            replace(recipe, reviewed=reviewed.get(row["file"], ())),
            rare,
            TubeVolume(row["volume_ul"], row["beads_added"], beads_apart(events, row)),
            plan.analysis.seed,
            None if keep is None else str(keep),
            whole=tuple(name for name, item in plan.compartments.items() if not item.phenotype),
            spillover=plan.gates.spillover_of(row["panel"]),
        )
        for row in stained.iter_rows(named=True)
    ]
    answers = {task.file: task.answer_name() for task in tasks if not task.first}
    return [replace(task, first_answer=answers.get(task.first, "")) for task in tasks]


def _count(task: TubeTask) -> _Outcome:
    root = Path(task.root)
    try:
        tube, codes = gate_with_codes(root / task.file, **task.opening())
        automatic = None
        if task.recipe.reviewed:
            counted = open_bench(root / task.file, **task.opening()).count({}).tube
            automatic = AutomaticGates(counted.thresholds, counted.populations)
        cycle = measure_tube(
            tube,
            codes,
            root=root,
            panel=dict(task.panel),
            controls=task.controls,
            isotypes=task.isotypes,
            whole=task.whole,
            spillover=task.matrix,
            recipe=task.recipe,
            rng=stream(task.seed, "cycle", task.sample_id, task.file),
        )
    except RemnantError as error:
        # Two folders of a study may hold files of one name: say the path as events.csv has it.
        paths = {Path(file).name: file for file in reversed(task.files())}
        faults = (replace(fault, source=paths.get(fault.source, fault.source)) for fault in error.faults)
        return _Outcome(None, tuple(faults))
    answer = TubeAnswer(tube, _weigh(task, tube, codes), cycle, automatic)
    if task.keep is not None:
        Cache(Path(task.keep)).put(task.answer_name(), answer)
    return _Outcome(answer, ())


def _weigh(task: TubeTask, tube: GatedTube, codes: GatedCodes) -> TubeEvidence:
    """Say what the counts can carry."""
    place, confidence, counts = (task.sample_id, task.file), task.rare.confidence, tube.populations
    return TubeEvidence(
        judge_compartments(tube, task.rare, place=place, stem=task.recipe.stem_marker),
        *check_quality(codes, counts, confidence=confidence),
        count_per_ul(
            codes.events.file,
            counts,
            task.volume,
            panel=dict(task.panel),
            place=place,
            confidence=confidence,
        ),
    )
