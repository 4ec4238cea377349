"""Where a marker is cut: on its control, on its density, or at a stated share; each with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrik

from remnant.cytometry.recipe.recipe import Recipe
from remnant.cytometry.recipe.tube import Threshold
from remnant.cytometry.recipe.valley import cut_below_mode, find_valley
from remnant.cytometry.signal.transform import fit_logicle

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Refusal:
    """Why a threshold cannot be given."""

    reason: str


@dataclass(frozen=True)
class Reference:
    """The events that a threshold is found from.

    Parameters
    ----------
    marker, channel : str
        What is cut.
    parent : str
        Population and tube, in words.
    values : ndarray, shape (events,)
        Finite, on the compensated scale.
    top : float
        Top of the scale of the channel.
    """

    marker: str
    channel: str
    parent: str
    values: Floats
    top: float

    def threshold(self, value: float, lower: float, upper: float, method: str, *, weaker: bool) -> Threshold:
        """Record a cut made on these events."""
        n = len(self.values)
        return Threshold(self.marker, self.channel, value, lower, upper, method, n, self.parent, weaker)


def quantile_interval(values: Floats, quantile: float, confidence: float) -> tuple[float, float, float]:
    """Quantile of a sample with its exact order-statistic interval.

    The number of events below the true quantile is binomial(n, q), so the ranks at its tails bound
    the quantile whatever the distribution (David & Nagaraja 2003, Order Statistics, section 7.1).

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite.
    quantile, confidence : float
        In (0, 1).

    Returns
    -------
    value, lower, upper : float
        Order statistics of `values`; the first and last where the sample supports no more.
    """
    ordered, n = np.sort(values), len(values)
    tail = (1 - confidence) / 2
    low = _rank(tail, n, quantile) - 1
    high = _rank(1 - tail, n, quantile)
    value = ordered[min(int(np.ceil(n * quantile)), n - 1)]
    return float(value), float(ordered[max(low, 0)]), float(ordered[min(high, n - 1)])


def _rank(probability: float, n: int, quantile: float) -> int:
    """Smallest count that binomial(n, quantile) stays at or below with `probability`."""
    rank = float(np.ceil(bdtrik(probability, n, quantile)))
    # The inverse may lie a rounding above a whole number that already suffices.
    return int(rank - 1 if rank > 0 and bdtr(rank - 1, n, quantile) >= probability else rank)


def cut_as_fixed(reference: Reference, value: float) -> Threshold:
    """Record a cut that the lab has fixed; it has no interval, because nobody estimated it."""
    return reference.threshold(value, value, value, "value fixed in the plan", weaker=True)


def cut_on_control(reference: Reference, recipe: Recipe) -> Threshold | Refusal:
    """Cut at a high quantile of the FMO tube, inside the same parent gate."""
    n, tail = len(reference.values), recipe.minimum_control_tail
    if n * (1 - recipe.fmo_quantile) < tail - 1e-9:
        needed = int(np.ceil(tail / (1 - recipe.fmo_quantile) - 1e-6))
        reason = f"its FMO has {n:,} events in {reference.parent}; {needed:,} are needed"
        return Refusal(f"{reference.marker} cannot be cut: {reason}")
    value, lower, upper = quantile_interval(reference.values, recipe.fmo_quantile, recipe.confidence)
    method = f"{100 * recipe.fmo_quantile:g} % quantile of the FMO"
    return reference.threshold(value, lower, upper, method, weaker=False)


def cut_at_share(reference: Reference, recipe: Recipe) -> Threshold | Refusal:
    """Cut off the lowest share of the parent: reproducible, but the share is an assumption."""
    n = len(reference.values)
    if n * recipe.percentile < recipe.minimum_step_events - 1e-9:
        needed = int(np.ceil(recipe.minimum_step_events / recipe.percentile - 1e-6))
        reason = f"{n:,} events in {reference.parent}; {needed:,} are needed"
        return Refusal(f"{reference.marker} cannot be cut at its lowest share: {reason}")
    value, lower, upper = quantile_interval(reference.values, recipe.percentile, recipe.confidence)
    method = f"lowest {100 * recipe.percentile:g} % of {reference.parent}, without a control"
    return reference.threshold(value, lower, upper, method, weaker=True)


def cut_below_progenitors(
    reference: Reference, recipe: Recipe, *, rng: np.random.Generator
) -> Threshold | Refusal:
    """Cut below the progenitors: mode minus so many widths of the upper flank, on the logicle scale."""
    n = len(reference.values)
    if n < recipe.minimum_progenitors:
        reason = f"{n:,} events in {reference.parent}; {recipe.minimum_progenitors:,} are needed"
        return Refusal(f"{reference.marker} cannot be cut below the progenitors: {reason}")
    scale = fit_logicle(reference.values, reference.top)
    scaled = scale.forward(reference.values)
    found = cut_below_mode(
        scaled, recipe.progenitor_widths, rng=rng, draws=recipe.bootstrap_draws, confidence=recipe.confidence
    )
    value, lower, upper = (float(x) for x in scale.inverse([found.cut, found.lower, found.upper]))
    method = f"mode of {reference.parent} minus {recipe.progenitor_widths:g} widths, without a control"
    return reference.threshold(value, lower, upper, method, weaker=True)


def cut_at_valley(
    reference: Reference, recipe: Recipe, *, rng: np.random.Generator, deepest: bool = True
) -> Threshold | Refusal:
    """Cut at a valley of the density on the logicle scale; without one there is no cut."""
    n = len(reference.values)
    if n < recipe.minimum_density_events:
        reason = f"{n:,} events in {reference.parent}; {recipe.minimum_density_events:,} are needed"
        return Refusal(f"{reference.marker} cannot be cut on its density: {reason}")
    scale = fit_logicle(reference.values, reference.top)
    valley = find_valley(
        scale.forward(reference.values),
        rng=rng,
        draws=recipe.bootstrap_draws,
        confidence=recipe.confidence,
        deepest=deepest,
    )
    if valley is None:
        reason = f"its density in {reference.parent} has no valley, and there is no FMO"
        return Refusal(f"{reference.marker} cannot be cut: {reason}")
    value, lower, upper = (float(x) for x in scale.inverse([valley.value, valley.lower, valley.upper]))
    method = f"valley of the density in {reference.parent}, without a control"
    return reference.threshold(value, lower, upper, method, weaker=True)
