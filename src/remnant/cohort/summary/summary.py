"""A virtual cohort in tables: how deep, how long, what stays behind, who is cured, and at what price.

The intervals are those of simulation alone: they say how far another run with other patients may lie, and
nothing of whether the model is right.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import polars as pl

from remnant.cohort.course.columns import NOTICE
from remnant.cohort.course.courses import Ints
from remnant.cohort.course.plan import CohortPlan
from remnant.cohort.summary.life_table import life_table
from remnant.cohort.summary.questions import (
    CURE,
    CURVES,
    SHARES,
    SPREADS,
    CurveAsked,
    ShareAsked,
    SpreadAsked,
    depths,
)
from remnant.cohort.summary.tally import Tally, tally_of
from remnant.stats.fractions.proportion import clopper_pearson

TABLE = "patients.parquet"
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Share:
    """How many of some virtual patients, with the exact 95 % interval of the simulation.

    `share` and its limits are None where nobody was asked.
    """

    name: str
    meaning: str
    count: int
    among: int
    share: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class CurveStep:
    """One day of a curve; limits are None where the data give none."""

    day: int
    at_risk: int
    events: int
    censored: int
    free: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Curve:
    """Freedom from an event by Kaplan-Meier: nobody dies in the model, so nothing competes with the event.

    `median_day` is None while more than half are free.
    """

    name: str
    meaning: str
    patients: int
    events: int
    median_day: float | None
    steps: tuple[CurveStep, ...]


@dataclass(frozen=True)
class Spread:
    """Quantiles of a number, each at the middle of its bin; None where it falls among zeros of a logarithm.

    Of a share of exactly 1 the quantile is 1.

    Parameters
    ----------
    patients, zeros : int
        With a number; of these, exactly zero on a logarithmic scale.
    resolution : float
        Width of a bin, in `unit`.
    """

    name: str
    meaning: str
    unit: str
    patients: int
    zeros: int
    resolution: float
    q05: float | None
    q25: float | None
    q50: float | None
    q75: float | None
    q95: float | None


@dataclass(frozen=True)
class Depth:
    """How deep the remission is in one compartment at one time: the spread of log10 of the clone's share."""

    compartment: str
    month: str
    spread: Spread


@dataclass(frozen=True)
class CohortSummary:
    """A virtual cohort in numbers.

    Parameters
    ----------
    cure : Share or None
        None under a method that knows no last cell.
    """

    notice: str
    title: str
    preset: str
    patients: int
    years: float
    seed: int
    method: str
    shares: tuple[Share, ...]
    cure: Share | None
    depths: tuple[Depth, ...]
    spreads: tuple[Spread, ...]
    curves: tuple[Curve, ...]

    def share(self, name: str) -> Share:
        """Return one share by name."""
        return next(one for one in self.shares if one.name == name)

    def curve(self, name: str) -> Curve:
        """Return one curve by name."""
        return next(one for one in self.curves if one.name == name)


def summarise(table: Path | pl.LazyFrame, plan: CohortPlan) -> CohortSummary:
    """Summarise a table of virtual patients, in memory that does not grow with it.

    Parameters
    ----------
    table : Path or LazyFrame
        A folder with `patients.parquet`, or the table, columns as in `remnant.cohort.course.columns`.
    plan : CohortPlan
        What was simulated.
    """
    rows = pl.scan_parquet(table / TABLE) if isinstance(table, Path) else table
    patients, tally = tally_of(rows, horizon=plan.horizon, shares=(*SHARES, CURE))
    return CohortSummary(
        notice=NOTICE,
        title=plan.scenario.title,
        preset=plan.preset,
        patients=patients,
        years=plan.years,
        seed=plan.seed,
        method=plan.method,
        shares=tuple(_share(asked, tally) for asked in SHARES),
        cure=None if plan.method == "deterministic" else _share(CURE, tally),
        depths=tuple(
            Depth(compartment, month, _spread(asked, tally))
            for (compartment, month), asked in depths().items()
        ),
        spreads=tuple(_spread(asked, tally) for asked in SPREADS),
        curves=tuple(_curve(asked, tally) for asked in CURVES),
    )


def _share(asked: ShareAsked, tally: Tally) -> Share:
    count, among = (int(n) for n in tally[f"share {asked.name}"])
    if not among:
        return Share(asked.name, asked.meaning, 0, 0, None, None, None)
    lower, upper = clopper_pearson(count, among)
    return Share(asked.name, asked.meaning, count, among, count / among, float(lower), float(upper))


def _curve(asked: CurveAsked, tally: Tally) -> Curve:
    events, censored = tally[f"curve {asked.name}"]
    table = life_table(events, censored)
    rows = zip(*(getattr(table, field.name).tolist() for field in fields(CurveStep)), strict=True)
    steps = tuple(
        CurveStep(day, risk, came, left, free, _finite(lower), _finite(upper))
        for day, risk, came, left, free, lower, upper in rows
    )
    return Curve(
        asked.name, asked.meaning, int((events + censored).sum()), int(events.sum()), table.median, steps
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _spread(asked: SpreadAsked, tally: Tally) -> Spread:
    counts = tally[f"spread {asked.name}"]
    patients = int(counts.sum())
    zeros = int(counts[0]) if asked.log else 0
    values = [_quantile(asked, counts, share) for share in QUANTILES]
    return Spread(asked.name, asked.meaning, asked.unit, patients, zeros, asked.step, *values)


def _quantile(asked: SpreadAsked, counts: Ints, share: float) -> float | None:
    """Return the middle of the bin that holds the least value with `share` of the patients at or below it.

    Beyond the bins it is their end: a share of exactly 1, or a number higher than any that is told apart.
    """
    total = int(counts.sum())
    if not total:
        return None
    place = int(np.searchsorted(np.cumsum(counts), max(share * total, 1.0), side="left")) - 1
    if place < 0:
        return None if asked.log else asked.low
    return asked.high if place >= asked.bins else round(asked.low + (place + 0.5) * asked.step, 6)
