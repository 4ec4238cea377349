"""Where a marker is cut: on its control, on its density, or at a stated share; each with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrik

from remnant.cytometry.recipe.population import Threshold
from remnant.cytometry.recipe.recipe import Recipe
from remnant.cytometry.recipe.valley import cut_below_mode, find_valley
from remnant.cytometry.signal.transform import fit_logicle

Floats = NDArray[np.float64]
REVIEW = "review"  # source of a cut that a person placed on the tube


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

    def threshold(
        self,
        value: float,
        limits: tuple[float, float],
        method: str,
        source: str,
        *,
        weaker: bool = True,
        bootstrap: tuple[float, float] | None = None,
    ) -> Threshold:
        """Record a cut made on these events."""
        n, resampled = len(self.values), bootstrap or (None, None)
        return Threshold(
            self.marker, self.channel, value, *limits, method, n, self.parent, weaker, source, *resampled
        )


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


def bootstrap_interval(
    values: Floats, quantile: float, confidence: float, *, draws: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Percentile interval of a quantile under resampling, drawn without resampling any event.

    The r-th of n resampled events is the event at rank ceil(n U) with U the r-th of n uniform numbers, which
    is Beta(r, n - r + 1): one number per draw, and exactly the bootstrap's own law (Efron 1979).

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite.
    quantile, confidence : float
        In (0, 1).
    draws : int
        Resamples.
    rng : Generator
    """
    ordered, n = np.sort(values), len(values)
    rank = min(int(np.ceil(n * quantile)), n - 1) + 1
    places = np.minimum((n * rng.beta(rank, n - rank + 1, draws)).astype(np.intp), n - 1)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    lower, upper = np.quantile(ordered[places], tails, method="inverted_cdf")
    return float(lower), float(upper)


def intervals_agree(cut: Threshold) -> bool:
    """Whether the exact and the resampled interval of a cut share at least half of what they span."""
    if cut.bootstrap_lower is None or cut.bootstrap_upper is None:
        return True
    shared = min(cut.upper, cut.bootstrap_upper) - max(cut.lower, cut.bootstrap_lower)
    spanned = max(cut.upper, cut.bootstrap_upper) - min(cut.lower, cut.bootstrap_lower)
    return spanned <= 0 or shared >= spanned / 2


def _rank(probability: float, n: int, quantile: float) -> int:
    """Smallest count that binomial(n, quantile) stays at or below with `probability`."""
    rank = float(np.ceil(bdtrik(probability, n, quantile)))
    # The inverse may lie a rounding above a whole number that already suffices.
    return int(rank - 1 if rank > 0 and bdtr(rank - 1, n, quantile) >= probability else rank)


def cut_as_fixed(reference: Reference, value: float, *, reviewed: bool = False) -> Threshold:
    """Record a cut that the lab has fixed, or a person in review; nobody estimated it: it has no interval."""
    method, source = ("value placed in review", REVIEW) if reviewed else ("value fixed in the plan", "plan")
    return reference.threshold(value, (value, value), method, source)


def cut_on_control(
    reference: Reference, recipe: Recipe, *, kind: str = "FMO", rng: np.random.Generator
) -> Threshold | Refusal:
    """Cut at a high quantile of a control tube, inside the same parent gate.

    Parameters
    ----------
    reference : Reference
        Events of the control.
    recipe : Recipe
    kind : {"FMO", "isotype"}
        An isotype binds in its own way and misses the spill of the marker's antibody: it is labelled weaker.
    rng : Generator
        Draws the bootstrap interval that the exact one is checked against.
    """
    n, tail, quantile = len(reference.values), recipe.minimum_control_tail, recipe.fmo_quantile
    if n * (1 - quantile) < tail - 1e-9:
        needed = int(np.ceil(tail / (1 - quantile) - 1e-6))
        reason = f"its {kind} has {n:,} events in {reference.parent}; {needed:,} are needed"
        return Refusal(f"{reference.marker} cannot be cut: {reason}")
    value, *limits = quantile_interval(reference.values, quantile, recipe.confidence)
    resampled = bootstrap_interval(
        reference.values, quantile, recipe.confidence, draws=recipe.control_draws, rng=rng
    )
    method = f"{100 * quantile:g} % quantile of the {kind}"
    weaker = kind != "FMO"
    if weaker:
        method += ", weaker than an FMO"
    return reference.threshold(
        value, (limits[0], limits[1]), method, kind, weaker=weaker, bootstrap=resampled
    )


def cut_at_share(reference: Reference, recipe: Recipe) -> Threshold | Refusal:
    """Cut off the lowest share of the parent: reproducible, but the share is an assumption."""
    n = len(reference.values)
    if n * recipe.percentile < recipe.minimum_step_events - 1e-9:
        needed = int(np.ceil(recipe.minimum_step_events / recipe.percentile - 1e-6))
        reason = f"{n:,} events in {reference.parent}; {needed:,} are needed"
        return Refusal(f"{reference.marker} cannot be cut at its lowest share: {reason}")
    value, lower, upper = quantile_interval(reference.values, recipe.percentile, recipe.confidence)
    limits = lower, upper
    method = f"lowest {100 * recipe.percentile:g} % of {reference.parent}, without a control"
    return reference.threshold(value, limits, method, "share")


def cut_below_progenitors(
    reference: Reference, recipe: Recipe, *, rng: np.random.Generator
) -> Threshold | Refusal:
    """Cut below the progenitors: mode minus so many widths of the upper flank, on the logicle scale."""
    n = len(reference.values)
    if n < recipe.minimum_progenitors:
        reason = f"{n:,} events in {reference.parent}; {recipe.minimum_progenitors:,} are needed"
        return Refusal(f"{reference.marker} cannot be cut below the progenitors: {reason}")
    scale = fit_logicle(reference.values, reference.top)
    found = cut_below_mode(
        reference.values,
        recipe.progenitor_widths,
        rng=rng,
        draws=recipe.bootstrap_draws,
        confidence=recipe.confidence,
        scale=scale,
    )
    value, lower, upper = (float(x) for x in scale.inverse([found.cut, found.lower, found.upper]))
    method = f"mode of {reference.parent} minus {recipe.progenitor_widths:g} widths, without a control"
    return reference.threshold(value, (lower, upper), method, "progenitors")


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
        reference.values,
        rng=rng,
        draws=recipe.bootstrap_draws,
        confidence=recipe.confidence,
        deepest=deepest,
        scale=scale,
    )
    if valley is None:
        reason = f"its density in {reference.parent} has no valley, and there is no FMO"
        return Refusal(f"{reference.marker} cannot be cut: {reason}")
    value, lower, upper = (float(x) for x in scale.inverse([valley.value, valley.lower, valley.upper]))
    method = f"valley of the density in {reference.parent}, without a control"
    return reference.threshold(value, (lower, upper), method, "density")
