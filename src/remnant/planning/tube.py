"""What a tube of a given size does: how well it counts a population, and whether it detects it."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

import numpy as np
from scipy.special import gammaincc

from remnant.planning.background import BlankLaw
from remnant.stats.rare import negative_binomial
from remnant.stats.rare.detection import detectable
from remnant.stats.rare.poisson import garwood, upper_bound


@dataclass(frozen=True)
class Acquired:
    """What a tube of a given size does.

    Parameters
    ----------
    cells : int
        Cells acquired.
    events, lower, upper : float
        Of the population expected, with the exact Poisson interval around that many.
    cv : float or None
        Of their count; None without events.
    background : float
        Events expected of it.
    limit_of_blank : int
        In events.
    power : float
        Chance to exceed it.
    detectable : float
        Smallest frequency that exceeds it with the wished power.
    none_seen : float
        Frequency excluded where no event is seen at all, one-sided.
    """

    cells: int
    events: float
    lower: float
    upper: float
    cv: float | None
    background: float
    limit_of_blank: int
    power: float
    detectable: float
    none_seen: float


@dataclass(frozen=True)
class CurvePoint:
    """One size of a tube: cells, coefficient of variation, chance to exceed the limit of blank."""

    cells: float
    cv: float
    power: float


def curve(frequency: float, blank: BlankLaw) -> tuple[CurvePoint, ...]:
    """Walk through the sizes of tubes in which 1 to 300 events are expected."""
    points = []
    for cells in np.geomspace(1 / frequency, 300 / frequency, 140).tolist():
        events, background = frequency * cells, blank.mean(cells)
        limit = blank.limit_of_blank(cells, probability=0.95)
        power = exceeds(limit, events, background, blank.dispersion)
        points.append(CurvePoint(cells, _cv(events, background, blank.dispersion), power))
    return tuple(points)


def _cv(events: float, background: float, dispersion: float) -> float:
    return float((events + background + dispersion * background**2) ** 0.5 / events)


def acquired(frequency: float, cells: int, blank: BlankLaw, *, power: float, confidence: float) -> Acquired:
    """Say what a tube of `cells` does for a population of `frequency`, over its background."""
    events, background = frequency * cells, blank.mean(cells)
    limit = blank.limit_of_blank(cells, probability=0.95)
    lower, upper = garwood(round(events), confidence=confidence)
    needed = detectable(limit, background, blank.dispersion, power=power) - background
    return Acquired(
        cells,
        events,
        float(lower),
        float(upper),
        _cv(events, background, blank.dispersion),
        background,
        limit,
        exceeds(limit, events, background, blank.dispersion),
        needed / cells,
        float(upper_bound(0, confidence=confidence)) / cells,
    )


def exceeds(limit: int, events: float, background: float, dispersion: float) -> float:
    """Chance of more than `limit` events: background, negative binomial, and population, Poisson."""
    # Below `first` the population alone lifts the count above the limit, but for a chance of 1e-30.
    first = max(floor(limit - events - 12 * events**0.5 - 60), 0)
    leaked = np.arange(first, limit + 1.0)
    below = negative_binomial.cumulative(leaked, background, dispersion)
    start = float(negative_binomial.cumulative(first - 1, background, dispersion)) if first else 0.0
    return float(1 - start - np.diff(below, prepend=start) @ gammaincc(limit - leaked + 1, events))
