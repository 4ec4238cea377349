"""The best schedule of those asked for, within limits of toxicity, and whether it is better than as written.

The search tries every schedule on the same virtual patients. The best of many looks better than it is, so the
winner is tried on fresh patients, beside the schedule as written: only these say what it brings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal, get_args

import numpy as np
import polars as pl

from remnant.cohort.columns import NOTICE
from remnant.cohort.limits import USUAL, Limit
from remnant.cohort.measures import Relapse, remission_days, usual_relapse
from remnant.cohort.moments import Moments
from remnant.cohort.paired import difference_of, value_of
from remnant.cohort.plan import CohortPlan
from remnant.cohort.planned import cautions
from remnant.cohort.racing import Score, front, rounds
from remnant.cohort.schedule_record import Cost, Fresh, ScheduleAnswer, Setting, TriedSchedule, Verdict
from remnant.cohort.search import GRID, SWEEPS, Book, Work, search
from remnant.cohort.variations import Axis, Candidate, Level
from remnant.errors import Fault, SettingError
from remnant.scale.executors import Executor
from remnant.stats.fractions.proportion import clopper_pearson

Objective = Literal["relapse-free", "cure"]
OBJECTIVES = get_args(Objective)


@dataclass(frozen=True)
class ScheduleQuestion:
    """What is searched for.

    Parameters
    ----------
    plan : CohortPlan
        The scenario as written, and the patients of the search; as many are simulated afresh.
    axes : tuple of Axis
        What is varied.
    objective : {"relapse-free", "cure"}
        Days in first remission within the years, or the share cured.
    relapse : {"cytogenetic", "molecular", "clinical"} or None
        What ends a remission; None: what the looks can see.
    limits : tuple of Limit
        What it may cost.
    """

    plan: CohortPlan
    axes: tuple[Axis, ...]
    objective: Objective = "relapse-free"
    relapse: Relapse | None = None
    limits: tuple[Limit, ...] = ()

    def __post_init__(self) -> None:
        faults = []
        if not self.axes:
            hint = "such as lenalidomide.dose_mg=5,10"
            faults.append(Fault("schedule", None, "--vary", "nothing", "at least one key to vary", hint))
        places = [(axis.section, number, axis.key) for axis in self.axes for number in axis.numbers]
        for section, number, key in sorted({place for place in places if places.count(place) > 1}):
            found = f"{section}.{number + 1}.{key} twice"
            faults.append(
                Fault("schedule", None, "--vary", found, "each key once", "put its levels together")
            )
        if self.objective == "cure" and self.plan.method == "deterministic":
            hint = "use the method hybrid: equations know no last cell"
            faults.append(Fault("schedule", None, "--objective", "cure", "a method with chance", hint))
        if self.plan.patients < 20:
            hint = "a few hundred show a difference"
            found = f"{self.plan.patients} patients"
            faults.append(Fault("schedule", None, "--patients", found, "at least 20", hint))
        if self.limits and not self.has_counts:
            found, hint = "a limit on counts", f"leave --limit out: {self.plan.preset} models no blood counts"
            faults.append(Fault("schedule", None, "--limit", found, "a preset with blood counts", hint))
        if len({limit.count for limit in self.limits}) < len(self.limits):
            hint = "give each count once"
            faults.append(
                Fault("schedule", None, "--limit", "one count twice", "one limit of each count", hint)
            )
        if faults:
            raise SettingError(faults)

    @property
    def has_counts(self) -> bool:
        """Whether the preset models blood counts."""
        return bool(self.plan.population().blood)

    @property
    def rounds(self) -> int:
        """Rounds of simulations, at most."""
        combinations = prod(len(axis.levels) for axis in self.axes)
        if combinations <= GRID:
            return len(rounds(self.plan.patients, combinations + 1)) + 1
        met = SWEEPS * len(self.axes)
        return met + len(rounds(self.plan.patients, sum(len(axis.levels) for axis in self.axes))) + 1

    @property
    def ends_by(self) -> Relapse:
        """What ends a remission."""
        return self.relapse or usual_relapse(self.plan)

    @property
    def meaning(self) -> str:
        """The objective in words."""
        if self.objective == "cure":
            return f"share of patients without one stem cell of the clone after {self.plan.years:g} years"
        return f"days in first remission within {self.plan.years:g} years, to {self.ends_by} relapse"


def _nothing() -> None:
    """Do nothing: the default of `done`."""


def optimise(
    question: ScheduleQuestion, *, executor: Executor, done: Callable[[], None] = _nothing
) -> ScheduleAnswer:
    """Search for the best schedule within the limits.

    Parameters
    ----------
    question : ScheduleQuestion
        What is varied, what is sought, what it may cost.
    executor : Executor
        Who does the work; it cannot change the answer.
    done : callable
        Called after every round of simulations.

    Raises
    ------
    SettingError
        If a level means nothing, before anything is simulated.
    """
    plan = question.plan
    limits = question.limits or (USUAL if question.has_counts else ())  # shown, where nothing was limited
    work, share = Work(plan, objective_of(question), limits, 0, 0), question.objective == "cure"
    fresh = None
    with executor.pool() as pool:
        book = Book(work, pool, done)
        found = search(question.plan.scenario, question.axes, book)
        best = found.best(book, [limit.most for limit in limits])
        if best is not None:
            fresh = _fresh(book, found.visited[best], found.visited[0], limits, share=share)
    same = best is not None and found.visited[best].scenario == plan.scenario
    verdict: Verdict = "as written" if same else _verdict(fresh)
    tried = _tried(book, found.visited, limits, share=share)
    shown = [plan.scenario] if best is None else [plan.scenario, found.visited[best].scenario]
    said = tuple(dict.fromkeys(line for one in shown for line in cautions(one)))
    return ScheduleAnswer(
        NOTICE,
        plan.scenario.title,
        plan.preset,
        question.objective,
        question.meaning,
        plan.years,
        plan.patients,
        plan.seed,
        plan.method,
        found.combinations,
        tried,
        found.refused,
        best,
        fresh,
        said,
        verdict,
    )


def objective_of(question: ScheduleQuestion) -> pl.Expr:
    """Return the objective of one patient."""
    if question.objective == "cure":
        return pl.col("extinct_day").is_not_null().cast(pl.Float64)
    return remission_days(question.ends_by)


def _tried(
    book: Book, visited: Sequence[Candidate], limits: Sequence[Limit], *, share: bool
) -> tuple[TriedSchedule, ...]:
    scores = [book.score(one) for one in visited]
    costs = np.array([one.shares for one in scores]).reshape(len(scores), -1)
    if not limits or np.isnan(costs).any():
        costs = np.array([[one.treated.mean()] for one in scores])
    goals = np.array([[-one.objective.mean()] for one in scores])
    best = set(front(np.concatenate([goals, costs], axis=1)))
    return tuple(
        TriedSchedule(
            one.title,
            tuple(Setting(name, _number(level)) for name, level in one.settings),
            len(score),
            value_of(Moments.of(score.objective[None]), 0, share=share),
            _costs(score, limits),
            float(score.treated.mean()),
            number in best,
        )
        for number, (one, score) in enumerate(zip(visited, scores, strict=True))
    )


def _number(level: Level) -> float | None:
    return None if level is None else float(level)


def _costs(score: Score, limits: Sequence[Limit]) -> tuple[Cost, ...]:
    costs = []
    for limit, over in zip(limits, score.over, strict=True):
        known = over[~np.isnan(over)]
        if not len(known):
            costs.append(Cost(limit.meaning, None, None, None, limit.most))
            continue
        count, patients = int(known.sum()), len(known)
        lower, upper = clopper_pearson(count, patients)
        costs.append(Cost(limit.meaning, count / patients, float(lower), float(upper), limit.most))
    return tuple(costs)


def _fresh(
    book: Book, winner: Candidate, written: Candidate, limits: Sequence[Limit], *, share: bool
) -> Fresh:
    """Try the winner and the schedule as written on as many patients again, after those of the search."""
    patients = book.work.plan.patients
    mine, theirs = book.afresh([winner, written])
    moments = Moments.of(np.stack([theirs.objective, mine.objective]))
    written_value, winner_value = (value_of(moments, number, share=share) for number in range(2))
    apart = difference_of(moments, 1, share=share)
    costs = _costs(mine, limits), _costs(theirs, limits)
    return Fresh(patients, winner_value, written_value, apart, *costs)


def _verdict(fresh: Fresh | None) -> Verdict:
    if fresh is None:
        return "none within the limits"
    lower, upper = fresh.difference.lower, fresh.difference.upper
    if lower is not None and lower > 0:
        return "better"
    return "worse" if upper is not None and upper < 0 else "no difference shown"
