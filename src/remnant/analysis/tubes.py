"""Event files become population counts: one piece of work per stained tube, on any engine, resumable.

The tube of a patient's first visit goes first: later ones are counted by its thresholds too, so that a reader
sees what the choice between both would change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from remnant.analysis.absolute import count_per_ul
from remnant.analysis.cell_cycle import measure_tube
from remnant.analysis.evidence import TubeEvidence, check_quality, judge_compartments
from remnant.analysis.findings import TubeAnswer, TubeResult
from remnant.analysis.plan import Plan
from remnant.analysis.reviews import AutomaticGates, reviews_of
from remnant.analysis.tube_tasks import TubeTask, tube_tasks
from remnant.cytometry import GatedCodes, GatedTube, Threshold, find_drift
from remnant.cytometry.recipe.autogate import gate_opened
from remnant.cytometry.recipe.bench import open_bench
from remnant.errors import Fault, RemnantError, StudyError
from remnant.scale import Executor, stream
from remnant.store import Cache
from remnant.study.study import Study

BORROWED = " (borrowed from another visit)"


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


def _count(task: TubeTask) -> _Outcome:
    root = Path(task.root)
    try:
        bench = open_bench(task.opening(), rng=task.rng())
        tube, codes = gate_opened(bench)
        automatic = None
        if task.recipe.reviewed:
            counted = bench.count({}).tube
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
