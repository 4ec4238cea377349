"""How many patients show that stem cells are spared: simulated trials, analysed as the study would be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import binom

from remnant.planning.decision import Assay, Decision, pooled
from remnant.planning.trial import TESTS, Block, Population, Rule, run_block
from remnant.scale import Executor
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.tables.paired import sign_test

FEWEST = 3
EACH_UP_TO = 16  # patients; beyond, every second number, and every fourth beyond 32
BLOCK = 25  # trials that are handed out at once


@dataclass(frozen=True)
class Rate:
    """A simulated rate, its Monte Carlo standard error, and the value made to rise with patients."""

    value: float
    error: float
    smooth: float


@dataclass(frozen=True)
class PatientsRow:
    """One number of patients.

    Parameters
    ----------
    patients : int
        Number of them.
    power : tuple of Rate
        Chance of the claim, by each of `tests`.
    false_claims : tuple of Rate
        Chance of the claim where stem cells are not spared on the mean; not smoothed.
    smallest_p : float
        The least two-sided p that a sign test of so many can give.
    """

    patients: int
    power: tuple[Rate, ...]
    false_claims: tuple[Rate, ...]
    smallest_p: float


@dataclass(frozen=True)
class PatientsQuestion:
    """What is wanted of a trial.

    Parameters
    ----------
    population : Population
        The patients expected.
    assay : Assay
        Slides of one patient, over all visits.
    visits : int
        Visits that they come from.
    rule : Rule
        When a test claims that stem cells are spared.
    power : float
        Wished chance of the claim.
    most : int
        Most patients looked at.
    trials : int
        Simulated ones, with the effect and again without.
    seed : int
        Keys every trial.
    numbers : tuple of int
        Numbers of patients to look at, up to `most`; empty for `sizes`.
    """

    population: Population
    assay: Assay
    visits: int
    rule: Rule
    power: float = 0.9
    most: int = 40
    trials: int = 400
    seed: int = 20100909
    numbers: tuple[int, ...] = ()

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of patients that are looked at."""
        return (
            tuple(sorted({n for n in self.numbers if n < self.most} | {self.most}))
            if self.numbers
            else sizes(self.most)
        )


@dataclass(frozen=True)
class PatientsPlan:
    """Patients for a claim of selective persistence.

    Parameters
    ----------
    question : PatientsQuestion
        As it was taken.
    tests : tuple of str
        The tests, in the order of every row.
    needed : tuple of int or None
        Patients from which on the smoothed power stays at the wish, by each test, of the sign test the exact
        power; None: more than `most`.
    levels : tuple of float
        False claims that each test allows, one-sided.
    holds : tuple of bool
        Whether each test's false claims, over all numbers of patients, stay at its level within two errors.
    by : int
        The test to plan by: the first of pooled posterior and sign test that holds its level.
    recommended : int or None
        Patients that it needs.
    above, below : Rate
        Chance that a patient's stem slides show the larger, the smaller part of abnormal nuclei. The others,
        mostly without any abnormal nucleus, have no sign and are left out of the sign test.
    sign_exact : tuple of float
        Power of the sign test by the trinomial with these chances, at each row.
    sign_least : int
        Fewest patients with which a sign test can reach its level at all.
    rows : tuple of PatientsRow
        By number of patients.
    assumed : tuple of str
        What was not given.
    """

    question: PatientsQuestion
    tests: tuple[str, ...]
    needed: tuple[int | None, ...]
    levels: tuple[float, ...]
    holds: tuple[bool, ...]
    by: int
    recommended: int | None
    above: Rate
    below: Rate
    sign_exact: tuple[float, ...]
    sign_least: int
    rows: tuple[PatientsRow, ...]
    assumed: tuple[str, ...]


def blocks(question: PatientsQuestion, decide: Decision = pooled) -> list[Block]:
    """Cut the trials of a plan into blocks, with the effect and without."""
    people = question.population
    none = Population(people.progenitor, 0.0, people.spread, people.level_spread)
    return [
        Block(
            scenario,
            population,
            question.assay,
            question.rule,
            question.sizes,
            first,
            min(BLOCK, question.trials - first),
            question.seed,
            decide,
        )
        for scenario, population in (("effect", people), ("none", none))
        for first in range(0, question.trials, BLOCK)
    ]


def sizes(most: int) -> tuple[int, ...]:
    """Numbers of patients to look at."""
    numbers = [*range(FEWEST, EACH_UP_TO), *range(EACH_UP_TO, 32, 2), *range(32, most + 1, 4), most]
    return tuple(sorted({n for n in numbers if FEWEST <= n <= most}))


def plan_patients(
    question: PatientsQuestion,
    *,
    executor: Executor,
    decide: Decision = pooled,
    called: str = TESTS[0],
    done: Callable[[], None] = lambda: None,
    assumed: tuple[str, ...] = (),
) -> PatientsPlan:
    """Plan the patients of a trial.

    Parameters
    ----------
    question : PatientsQuestion
        What is wanted.
    executor : Executor
        Who does the work; the answer is the same on each.
    decide : Decision
        The analysis of a trial; by default patient by patient, then pooled.
    called : str
        What the analysis is called in the answer.
    done : callable
        Called after each of `blocks(question)`.
    assumed : tuple of str
        What was not given, to be carried along.
    """
    work = blocks(question, decide)
    claims = executor.map(run_block, work, done=done)
    half = len(work) // 2
    power, false = (
        np.concatenate([np.array(claim.claimed, float) for claim in part])
        for part in (claims[:half], claims[half:])
    )
    numbers, trials, alpha = question.sizes, question.trials, question.rule.alpha
    people = trials * question.most
    up, down = (
        sum(sum(getattr(claim, side)) for claim in claims[:half]) / people for side in ("above", "below")
    )
    above, below = (Rate(x, float(np.sqrt(x * (1 - x) / people)), x) for x in (up, down))
    exact = tuple(sign_power(n, up, down, alpha) for n in numbers)
    smooth = np.apply_along_axis(rising, 0, power.mean(axis=0))
    smooth[:, -1] = exact  # the saw of a sign test is real: its steps are whole patients
    rows = tuple(
        PatientsRow(
            n,
            tuple(_rate(power[:, i, j], float(smooth[i, j])) for j in range(len(TESTS))),
            tuple(_rate(false[:, i, j], float(false[:, i, j].mean())) for j in range(len(TESTS))),
            sign_test(n, 0).smallest_p,
        )
        for i, n in enumerate(numbers)
    )
    needed = tuple(_stays(numbers, smooth[:, j], question.power) for j in range(len(TESTS)))
    least = next(n for n in range(1, 64) if sign_test(n, 0).smallest_p < alpha)
    levels = (1 - question.rule.probability, *[alpha / 2] * (len(TESTS) - 1))
    holds = tuple(
        all(row.false_claims[j].value <= level + 2 * row.false_claims[j].error + 1e-12 for row in rows)
        for j, level in enumerate(levels)
    )
    by = 0 if holds[0] else len(TESTS) - 1
    return PatientsPlan(
        question,
        (called, *TESTS[1:]),
        needed,
        levels,
        holds,
        by,
        needed[by],
        above,
        below,
        exact,
        least,
        rows,
        assumed,
    )


def sign_power(patients: int, above: float, below: float, alpha: float) -> float:
    """Exact power of the sign test, each patient above 0, below 0 or without a sign by these chances.

    Examples
    --------
    >>> round(sign_power(6, 0.9, 0.1, 0.05), 4), sign_power(5, 0.99, 0.01, 0.05)
    (0.5314, 0.0)
    >>> round(sign_power(7, 0.8, 0.0, 0.05), 4)
    0.5767
    """
    signed = above + below
    if signed == 0:
        return 0.0
    numbers = np.arange(1, patients + 1)
    least = np.array([_claims_from(int(n), alpha) for n in numbers])
    claim = binom.sf(least - 1, numbers, min(above / signed, 1.0))
    return float(binom.pmf(numbers, patients, min(signed, 1.0)) @ claim)


@lru_cache(maxsize=1024)
def _claims_from(signed: int, alpha: float) -> int:
    """Fewest patients above of `signed` with which a sign test claims; more than all where it never does."""
    counts = range(signed // 2 + 1, signed + 1)
    return next((x for x in counts if sign_test(x, signed - x).p_two_sided < alpha), signed + 1)


def rising(values: FloatArray) -> FloatArray:
    """Values made to rise, by pooling neighbours that do not: the closest rising ones in least squares.

    Examples
    --------
    >>> rising(np.array([0.1, 0.5, 0.3, 0.9])).tolist()
    [0.1, 0.4, 0.4, 0.9]
    """
    pools: list[tuple[float, int]] = []
    for value in values.tolist():
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (b, m), (a, n) = pools.pop(), pools.pop()
            pools.append(((a * n + b * m) / (n + m), n + m))
    return np.array([value for value, times in pools for _ in range(times)])


def _stays(numbers: tuple[int, ...], power: FloatArray, wish: float) -> int | None:
    """First number from which on the power is never below the wish."""
    short = np.flatnonzero(power < wish)
    first = int(short[-1]) + 1 if len(short) else 0
    return numbers[first] if first < len(numbers) else None


def _rate(claimed: FloatArray, smooth: float) -> Rate:
    # Half a claim more of either kind: trials that all agree are no certainty.
    trials = len(claimed)
    near = (float(claimed.sum()) + 0.5) / (trials + 1)
    return Rate(float(claimed.mean()), float(np.sqrt(near * (1 - near) / trials)), smooth)
