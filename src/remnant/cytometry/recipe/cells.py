"""From all events to viable nucleated single cells, each step a gate or a stated reason for none.

The gates are found on the stained tube and placed, as they are, on its controls, so that a
threshold is always read inside the same parent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.channels import Scatter
from remnant.cytometry.gates.events import TubeEvents
from remnant.cytometry.gates.exact import place
from remnant.cytometry.gates.gate import UNCOMPENSATED, Axis, BandGate, Gate, Interval, RectangleGate
from remnant.cytometry.gates.membership import IN, Codes, count_codes
from remnant.cytometry.recipe.recipe import Recipe
from remnant.cytometry.recipe.threshold import Reference, Refusal, cut_as_fixed, cut_at_valley
from remnant.cytometry.recipe.tube import GateStep, Threshold
from remnant.cytometry.recipe.valley import find_valley

Floats = NDArray[np.float64]
SCATTER_BINS = 20  # groups of equal size along the robust line of singlets


@dataclass(frozen=True)
class Proposal:
    """A gate for one step, or None and the reason."""

    gate: Gate | None
    rule: str
    threshold: Threshold | None = None


@dataclass(frozen=True)
class Walk:
    """Where a tube stands after some steps.

    Parameters
    ----------
    name : str
        Population reached.
    codes : ndarray of int8, shape (events,)
        Membership in it.
    gates : tuple of Gate
        Gates placed so far, to be placed on a control.
    steps : tuple of GateStep
    thresholds : tuple of Threshold
    warnings : tuple of str
    before : tuple of ndarray
        Membership in the parent of each step.
    """

    name: str
    codes: Codes
    gates: tuple[Gate, ...] = ()
    steps: tuple[GateStep, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    warnings: tuple[str, ...] = ()
    before: tuple[Codes, ...] = ()

    def step(self, name: str, tube: TubeEvents, propose: Callable[[Codes], Proposal]) -> Walk:
        """Take one step; one that cannot be applied is recorded and keeps every event."""
        proposal = propose(self.codes)
        if proposal.gate is None:
            count = count_codes(name, self.name, self.codes, self.codes)
            rule = f"not applied: {proposal.rule}"
            warnings = (*self.warnings, f"step {name} not applied: {proposal.rule}")
            gates, codes = self.gates, self.codes
        else:
            codes = place(proposal.gate, tube, self.codes, {})
            count = count_codes(name, self.name, codes, self.codes)
            rule, warnings, gates = proposal.rule, self.warnings, (*self.gates, proposal.gate)
        step = GateStep(name, self.name, rule, count.events, count.evaluable, count.not_evaluable)
        found = (proposal.threshold,) if proposal.threshold else ()
        before = (*self.before, self.codes)
        return Walk(name, codes, gates, (*self.steps, step), (*self.thresholds, *found), warnings, before)


def start(tube: TubeEvents) -> Walk:
    """Stand at all events of a tube."""
    return Walk("all events", np.full(tube.size, IN, dtype=np.int8))


def follow(gates: tuple[Gate, ...], tube: TubeEvents) -> Codes:
    """Place the gates of another tube, one inside the other."""
    codes = start(tube).codes
    for gate in gates:
        codes = place(gate, tube, codes, {})
    return codes


def finite(values: Floats) -> Floats:
    """Leave out what was not measured."""
    return values[np.isfinite(values)]


def propose_cells(
    tube: TubeEvents, scatter: Scatter, recipe: Recipe, *, rng: np.random.Generator
) -> Proposal:
    """Drop debris: forward scatter below the valley that parts it from cells, or not above zero."""
    if scatter.forward is None:
        return Proposal(None, "no channel for forward scatter")
    axis = Axis(scatter.forward.name, UNCOMPENSATED)
    values = finite(tube.column(axis.channel))
    values = values[values > 0]
    cut, rule = np.nextafter(0, 1), "above zero; no valley parts debris from cells"
    if len(values) >= recipe.minimum_density_events:
        draws, confidence = recipe.bootstrap_draws, recipe.confidence
        valley = find_valley(values, rng=rng, draws=draws, confidence=confidence, deepest=False)
        # Lymphocytes and granulocytes are parted by a valley too; only a mode of small things is debris.
        if valley is not None and valley.left_mode < recipe.debris_ratio * valley.right_mode:
            cut, rule = valley.value, f"at least {valley.value:,.0f}, the valley between debris and cells"
    gate = RectangleGate("cells", None, (Interval(axis, float(cut)),))
    return Proposal(gate, f"{axis.channel} {rule}")


def propose_singlets(tube: TubeEvents, scatter: Scatter, within: Codes, recipe: Recipe) -> Proposal:
    """Keep events near the line of height on area of forward scatter, on logarithmic axes."""
    if scatter.forward_area is None or scatter.forward_height is None:
        return Proposal(None, "no pair of area and height of forward scatter")
    x, y = Axis(scatter.forward_area.name, UNCOMPENSATED), Axis(scatter.forward_height.name, UNCOMPENSATED)
    area, height = tube.column(x.channel)[within == IN], tube.column(y.channel)[within == IN]
    good = (area > 0) & (height > 0)
    if good.sum() < recipe.minimum_density_events:
        needed = recipe.minimum_density_events
        return Proposal(None, f"{good.sum():,} events with scatter, {needed:,} are needed")
    slope, intercept, sigma = fit_line(np.log(area[good]), np.log(height[good]))
    half_width = recipe.singlet_width * sigma
    gate = BandGate("singlets", None, x, y, slope, intercept, half_width)
    band = f"within {100 * np.expm1(half_width):.0f} %"
    return Proposal(gate, f"{y.channel} {band} of its robust line on {x.channel}")


def fit_line(x: Floats, y: Floats) -> tuple[float, float, float]:
    """Fit a line that doublets do not move.

    Theil-Sen slope between the medians of groups of equal size along x; the spread is 1.4826 times
    the median absolute residual, but at least 0.01, so that scatter without noise keeps its events.

    Returns
    -------
    slope, intercept, sigma : float
    """
    groups = np.array_split(_order(x, y), SCATTER_BINS)
    middle_x = np.array([np.median(x[group]) for group in groups])
    middle_y = np.array([np.median(y[group]) for group in groups])
    slopes = [
        (middle_y[j] - middle_y[i]) / (middle_x[j] - middle_x[i])
        for i, j in combinations(range(SCATTER_BINS), 2)
        if middle_x[j] > middle_x[i]
    ]
    slope = float(np.median(slopes)) if slopes else 1.0
    residual = y - slope * x
    intercept = float(np.median(residual))
    sigma = 1.4826 * float(np.median(np.abs(residual - intercept)))
    return slope, intercept, max(sigma, 0.01)


def _order(x: Floats, y: Floats) -> NDArray[np.intp]:
    """Sort by x, with ties by y only where they straddle two groups: there alone they could matter.

    A tenth of the time of sorting by both keys.
    """
    order = np.argsort(x)
    ordered = x[order]
    for group in np.array_split(order, SCATTER_BINS)[1:]:
        begin, end = (np.searchsorted(ordered, x[group[0]], side=side) for side in ("left", "right"))
        tied = order[begin:end]
        order[begin:end] = tied[np.argsort(y[tied])]
    return order


def propose_viable(
    tube: TubeEvents, marker: str, channel: str, within: Codes, recipe: Recipe, *, rng: np.random.Generator
) -> Proposal:
    """Keep events below the valley of the viability dye."""
    axis = Axis(channel)
    values = finite(tube.column(channel, axis.compensation)[within == IN])
    reference = Reference(marker, channel, "single cells", values, scale_top(tube, channel))
    fixed = recipe.fixed_cut(marker)
    cut = cut_at_valley(reference, recipe, rng=rng) if fixed is None else cut_as_fixed(reference, fixed)
    if isinstance(cut, Refusal):
        return Proposal(None, cut.reason)
    gate = RectangleGate("viable", None, (Interval(axis, None, cut.value),))
    return Proposal(gate, f"{marker} below {cut.value:,.0f}: {cut.method}", cut)


def propose_nucleated(
    tube: TubeEvents,
    marker: str,
    channel: str,
    within: Codes,
    stem: tuple[str, Threshold | Refusal] | None,
    recipe: Recipe,
    *,
    rng: np.random.Generator,
) -> Proposal:
    """Keep CD45+ events, unless the lowest valley of CD45 would cut off the cells that are looked for."""
    axis = Axis(channel)
    values = tube.column(channel, axis.compensation)
    reference = Reference(
        marker, channel, "viable single cells", finite(values[within == IN]), scale_top(tube, channel)
    )
    if (fixed := recipe.fixed_cut(marker)) is not None:
        cut: Threshold | Refusal = cut_as_fixed(reference, fixed)
    else:
        cut = cut_at_valley(reference, recipe, rng=rng, deepest=False)
    if isinstance(cut, Refusal):
        return Proposal(None, cut.reason)
    if stem is not None:
        stem_marker, known = stem
        if isinstance(known, Refusal):
            return Proposal(None, f"what it removes cannot be checked, as {known.reason}")
        # CD34+ cells are CD45 dim: a valley above them would delete the answer.
        positive = (within == IN) & (tube.column(known.channel, axis.compensation) >= known.value)
        lost = float(np.mean(values[positive] < cut.value)) if positive.any() else 0.0
        if lost > recipe.maximum_stem_loss:
            return Proposal(None, f"its valley would remove {100 * lost:.0f} % of {stem_marker}+ events")
    gate = RectangleGate("nucleated", None, (Interval(axis, cut.value),))
    return Proposal(gate, f"{marker} at least {cut.value:,.0f}: {cut.method}", cut)


def scale_top(tube: TubeEvents, channel: str) -> float:
    """Top of the scale of a channel: its range, or its highest value where the file does not say."""
    known = tube.file.channel(channel)
    if known.range is not None and not known.decades:
        top = known.range / known.gain
    else:
        values = finite(tube.column(known.name))
        top = float(values.max()) if len(values) else 1.0
    return max(top, 1.0)
