"""How many wells, and at which doses, the next limiting-dilution plate needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log, log1p

import numpy as np
from scipy.special import ndtri

from remnant.planning.doses import Dose, plate_information, robust_shares, seed_wells
from remnant.planning.outcomes import Expectation, expect
from remnant.planning.plate_tests import (
    Chance,
    SlopePower,
    TypedPrecision,
    difference_power,
    slope_power,
    typed_precision,
)
from remnant.scale import stream

WELLS = (24, 48, 96, 192, 384)
SLOPES = (1.0, 0.5, 2.0)
MOST_WELLS = 20_000


@dataclass(frozen=True)
class WellsQuestion:
    """What is wanted of a plate.

    Parameters
    ----------
    frequency : float
        Units per cell that are expected, in (0, 1).
    low, high : float
        Between which they are believed to lie; the doses serve the whole range.
    wells : int or None
        Wells there are; None: as many as `precision` or detection needs.
    detect : bool
        Whether at least one positive well is all that is wanted.
    precision : float
        Wished factor from the estimate to its limits, above 1.
    doses : tuple of float
        Cells per well, wells shared evenly; empty for the robust design.
    clone : float or None
        Clone's share of the units, where colonies are typed.
    against : float or None
        Another frequency that a second plate should be told apart from.
    power, confidence : float
        Wished chance, and coverage; tests are at 1 - confidence.
    seed : int
        Keys the simulations.
    """

    frequency: float
    low: float
    high: float
    wells: int | None = 96
    detect: bool = False
    precision: float = 2.0
    doses: tuple[float, ...] = ()
    clone: float | None = None
    against: float | None = None
    power: float = 0.9
    confidence: float = 0.95
    seed: int = 20100909


@dataclass(frozen=True)
class DoseRow:
    """One dose: cells per well, wells, hits expected a well and the share of wells then positive."""

    cells: float
    wells: int
    hits: float
    positive: float


@dataclass(frozen=True)
class WellsRow:
    """One number of wells: what to expect, and the power to tell the other frequency where there is one."""

    wells: int
    expectation: Expectation
    difference: Chance | None


@dataclass(frozen=True)
class WellsPlan:
    """A limiting-dilution plate for one question.

    Parameters
    ----------
    question : WellsQuestion
        As it was taken.
    wells : int or None
        Wells of the plan; None where no number of them suffices.
    doses : tuple of DoseRow
        The plate.
    expectation : Expectation or None
        At the expected frequency.
    seen : float or None
        Chance of at least one positive well; exact.
    by_frequency : tuple of Expectation
        Over the range and a factor of 3 beyond.
    by_wells : tuple of WellsRow
        Other numbers of wells, the same shares.
    slopes : tuple of SlopePower
        Chance that the single-hit test refuses; slope 1 is its false alarms. Empty with one dose.
    typed : TypedPrecision or None
        Clone's share of the units, where colonies are typed.
    difference : Chance or None
        Power to tell the other frequency.
    assumed : tuple of str
        What was not given.
    """

    question: WellsQuestion
    wells: int | None
    doses: tuple[DoseRow, ...]
    expectation: Expectation | None
    seen: float | None
    by_frequency: tuple[Expectation, ...]
    by_wells: tuple[WellsRow, ...]
    slopes: tuple[SlopePower, ...]
    typed: TypedPrecision | None
    difference: Chance | None
    assumed: tuple[str, ...]


def plan_wells(question: WellsQuestion, *, assumed: tuple[str, ...] = ()) -> WellsPlan:
    """Plan a plate.

    Parameters
    ----------
    question : WellsQuestion
        What is wanted.
    assumed : tuple of str
        What was not given, to be carried along.

    Returns
    -------
    WellsPlan
        The same for the same seed; what was simulated says so with its error.
    """
    shares = [(cells, 1 / len(question.doses)) for cells in question.doses]
    shares = shares or robust_shares(question.low, question.high)
    wells = _wells_needed(question, shares)
    if wells is None:
        return WellsPlan(question, None, (), None, None, (), (), (), None, None, assumed)
    plate = seed_wells(shares, wells)
    rows = tuple(
        WellsRow(
            n, _expect(question, question.frequency, seed_wells(shares, n)), _difference(question, shares, n)
        )
        for n in sorted({*WELLS, wells})
    )
    own = next(row for row in rows if row.wells == wells)
    typed = None
    if question.clone is not None:
        rng = stream(question.seed, "wells", "typed")
        typed = typed_precision(
            question.frequency, question.clone, plate, confidence=question.confidence, rng=rng
        )
    return WellsPlan(
        question,
        wells,
        tuple(_dose_row(question.frequency, dose) for dose in plate),
        own.expectation,
        1 - own.expectation.all_negative,
        tuple(_expect(question, f, plate) for f in _frequencies(question)),
        rows,
        slope_power(
            question.frequency,
            plate,
            SLOPES,
            alpha=1 - question.confidence,
            rng=stream(question.seed, "wells", "slope"),
        ),
        typed,
        own.difference,
        assumed,
    )


def _dose_row(frequency: float, dose: Dose) -> DoseRow:
    hits = frequency * dose.cells
    return DoseRow(dose.cells, dose.wells, hits, float(-np.expm1(-hits)))


def _expect(question: WellsQuestion, frequency: float, plate: tuple[Dose, ...]) -> Expectation:
    wells = sum(dose.wells for dose in plate)
    rng = stream(question.seed, "wells", "outcomes", wells, f"{frequency:.9g}")
    return expect(frequency, plate, precision=question.precision, confidence=question.confidence, rng=rng)


def _difference(question: WellsQuestion, shares: list[tuple[float, float]], wells: int) -> Chance | None:
    if question.against is None:
        return None
    rng = stream(question.seed, "wells", "difference", wells)
    plate, alpha = seed_wells(shares, wells), 1 - question.confidence
    return difference_power(question.frequency, question.against, plate, alpha=alpha, rng=rng)


def _frequencies(question: WellsQuestion) -> list[float]:
    wide = np.geomspace(question.low / 3, min(question.high * 3, 0.9), 9)
    # The expected one stands for a neighbour that differs by rounding.
    others = [f for f in wide.tolist() if abs(f / question.frequency - 1) > 1e-6]
    return sorted([*others, question.frequency])


def _wells_needed(question: WellsQuestion, shares: list[tuple[float, float]]) -> int | None:
    if question.wells is not None:
        return question.wells
    if question.detect:
        return _wells_to_detect(question, shares)
    return _wells_for_precision(question, shares)


def _wells_to_detect(question: WellsQuestion, shares: list[tuple[float, float]]) -> int | None:
    """Fewest wells of which one is positive with the wished chance: 3.0 units must be plated for 95 %."""
    cells = sum(share * dose for dose, share in shares)
    units = -log1p(-question.power)
    least = max(ceil(units / (question.frequency * cells) / 2), 1)

    def enough(wells: int) -> bool:
        plated = sum(dose.cells * dose.wells for dose in seed_wells(shares, wells))
        return question.frequency * plated >= units - 1e-9

    return _first(least, enough)


def _wells_for_precision(question: WellsQuestion, shares: list[tuple[float, float]]) -> int | None:
    """Fewest wells whose expected interval is narrow enough, from just below the large-sample number on."""
    z = float(ndtri((1 + question.confidence) / 2))
    each = sum(share * plate_information(question.frequency, (Dose(d, 1),)) for d, share in shares)
    rough = (z / log(question.precision)) ** 2 / max(each, 1e-12)
    if rough > MOST_WELLS:
        return None

    def narrow(wells: int) -> bool:
        fold = _expect(question, question.frequency, seed_wells(shares, wells)).fold
        return fold is not None and fold <= question.precision

    return _first(max(int(0.8 * rough), 2), narrow)


def _first(start: int, enough: Callable[[int], bool]) -> int | None:
    """First number of wells that is enough, looked for upwards, in steps that grow with the number."""
    wells = start
    while wells <= 2 * MOST_WELLS:
        if enough(wells):
            return wells
        wells += max(wells // 100, 1)
    return None
