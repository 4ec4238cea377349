"""The search itself: which schedules are tried on how many virtual patients.

Few schedules are all tried, and halved round by round. Of many, one axis is varied at a time, each at its
best level before the next, until nothing changes; those met on the way are then halved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
import polars as pl

from remnant.cohort.course.plan import CohortPlan
from remnant.cohort.course.simulate import simulate_block
from remnant.cohort.scenario.scenario import Scenario
from remnant.cohort.schedule.limits import Limit
from remnant.cohort.schedule.racing import Score, excess, ranked, rounds, survivors
from remnant.cohort.schedule.variations import Axis, Candidate, Level, candidates, grid
from remnant.scale.blocks import Block
from remnant.scale.pools import Pool

GRID = 64  # combinations up to which all are tried
SWEEPS = 4
PIECE = 250  # patients of one piece of work


@dataclass(frozen=True)
class Work:
    """Some patients of one schedule.

    Parameters
    ----------
    plan : CohortPlan
        Schedule and patients.
    objective : Expr
        Of one patient.
    limits : tuple of Limit
        What counts as toxicity.
    first, last : int
        Patients from `first` to before `last`.
    """

    plan: CohortPlan
    objective: pl.Expr
    limits: tuple[Limit, ...]
    first: int
    last: int


def score_of(work: Work) -> Score:
    """Simulate some patients under one schedule, and keep what the search asks."""
    table = simulate_block(work.plan, Block(work.first, work.last))
    values = table.select(objective=work.objective, treated=pl.col("treated_days").cast(pl.Float64))
    over = [limit.exceeded(table) for limit in work.limits]
    return Score(
        values["objective"].to_numpy(),
        np.stack(over) if over else np.zeros((0, table.height)),
        values["treated"].to_numpy(),
    )


class Book:
    """What every schedule brought so far; nobody is simulated twice.

    Parameters
    ----------
    work : Work
        Plan of the schedule as written, objective and limits.
    pool : Pool
        Who does the work: the same workers in every round, for they take seconds to start.
    done : callable
        Called after each round.
    """

    def __init__(self, work: Work, pool: Pool, done: Callable[[], None]):
        self.work, self.pool, self.done = work, pool, done
        self._scores: dict[str, Score] = {}

    def score(self, candidate: Candidate) -> Score:
        """Return what a schedule brought so far."""
        return self._scores[_key(candidate)]

    def extend(self, chosen: Sequence[Candidate], patients: int) -> list[Score]:
        """Try schedules on further patients, until each has been tried on the first `patients`."""
        wanted = {_key(one): one for one in chosen}
        had = {key: len(self._scores[key]) if key in self._scores else 0 for key in wanted}
        new = self._run([(wanted[key], had[key], patients) for key in wanted if had[key] < patients])
        for key, score in zip([key for key in wanted if had[key] < patients], new, strict=True):
            self._scores[key] = self._scores[key].joined(score) if had[key] else score
        self.done()
        return [self.score(one) for one in chosen]

    def afresh(self, chosen: Sequence[Candidate]) -> list[Score]:
        """Try schedules on as many patients again, none of whom the search has seen."""
        patients = self.work.plan.patients
        scores = self._run([(one, patients, 2 * patients) for one in chosen])
        self.done()
        return scores

    def _run(self, asked: Sequence[tuple[Candidate, int, int]]) -> list[Score]:
        pieces, owners = [], []
        for number, (one, first, last) in enumerate(asked):
            plan = replace(self.work.plan, scenario=one.scenario, patients=2 * self.work.plan.patients)
            for begin in range(first, last, PIECE):
                pieces.append(replace(self.work, plan=plan, first=begin, last=min(begin + PIECE, last)))
                owners.append(number)
        futures = [self.pool.hands.submit(score_of, piece) for piece in pieces]
        parts: list[Score | None] = [None] * len(asked)
        for number, future in zip(owners, futures, strict=True):
            before, score = parts[number], future.result()
            parts[number] = score if before is None else before.joined(score)
        return [part for part in parts if part is not None]


@dataclass(frozen=True)
class Found:
    """Schedules that were tried, the one as written first; finalists by their number."""

    visited: tuple[Candidate, ...]
    finalists: tuple[int, ...]
    refused: tuple[str, ...]
    combinations: int

    def best(self, book: Book, most: Sequence[float]) -> int | None:
        """Name the best finalist that keeps the limits; None where none does."""
        scores = [book.score(self.visited[n]) for n in self.finalists]
        first = ranked(scores, most)[0]
        return None if excess(scores[first], most) > 0 else self.finalists[first]


def search(scenario: Scenario, axes: Sequence[Axis], book: Book) -> Found:
    """Try schedules, and halve them until the last have been tried on all patients."""
    written = Candidate((), scenario)
    combinations = prod(len(axis.levels) for axis in axes)
    if combinations <= GRID:
        tried = candidates(scenario, axes, grid(axes))
        made, refused = tried.made, tried.refused
    else:
        made, refused = _axis_by_axis(scenario, axes, book)
    visited = (written, *made)
    going = list(range(len(visited)))
    for patients in rounds(book.work.plan.patients, len(visited)):
        scores = book.extend([visited[n] for n in going], patients)
        if patients < book.work.plan.patients:
            kept = {going[n] for n in survivors(scores, _most(book))}
            going = [n for n in going if n in kept or n == 0]
    found = Found(visited, tuple(going), refused, combinations)
    if found.best(book, _most(book)) is None:  # then it must be true of all that none keeps the limits
        book.extend(visited, book.work.plan.patients)
        return replace(found, finalists=tuple(range(len(visited))))
    return found


def _axis_by_axis(
    scenario: Scenario, axes: Sequence[Axis], book: Book
) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Vary one axis at a time, the others at their best so far, from the middle of each."""
    patients = rounds(book.work.plan.patients, GRID)[0]
    levels: list[Level] = [axis.levels[len(axis.levels) // 2] for axis in axes]
    visited: dict[tuple[tuple[str, Level], ...], Candidate] = {}
    refused: dict[str, None] = {}
    for _ in range(SWEEPS):
        before = list(levels)
        for number, axis in enumerate(axes):
            settings = [(*levels[:number], level, *levels[number + 1 :]) for level in axis.levels]
            tried = candidates(scenario, axes, settings)
            refused |= dict.fromkeys(tried.refused)
            visited |= {one.settings: one for one in tried.made}
            scores = book.extend(tried.made, patients)
            best = tried.made[ranked(scores, _most(book))[0]]
            levels[number] = best.settings[number][1]
        if levels == before:
            break
    return tuple(visited.values()), tuple(refused)


def _most(book: Book) -> list[float]:
    return [limit.most for limit in book.work.limits]


def _key(candidate: Candidate) -> str:
    return candidate.scenario.model_dump_json()
