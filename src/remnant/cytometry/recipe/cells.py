"""From all events to viable nucleated cells, each step a gate or a stated reason for none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.channels import Scatter
from remnant.cytometry.gates.events import TubeEvents
from remnant.cytometry.gates.gate import UNCOMPENSATED, Axis, Interval, RectangleGate
from remnant.cytometry.gates.membership import IN, Codes
from remnant.cytometry.recipe.population import Threshold, written
from remnant.cytometry.recipe.recipe import Recipe
from remnant.cytometry.recipe.threshold import Reference, Refusal, cut_as_fixed, cut_at_valley
from remnant.cytometry.recipe.valley import find_valley
from remnant.cytometry.recipe.walk import Proposal, finite, scale_top

Floats = NDArray[np.float64]


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
            cut, rule = valley.value, f"at least {written(valley.value)}, the valley between debris and cells"
    gate = RectangleGate("cells", None, (Interval(axis, float(cut)),))
    return Proposal(gate, f"{axis.channel} {rule}")


def propose_viable(
    tube: TubeEvents,
    marker: str,
    channel: str,
    within: Codes,
    dead: Floats | None,
    recipe: Recipe,
    *,
    rng: np.random.Generator,
) -> Proposal:
    """Keep events below the valley of the viability dye.

    Where the stained tube holds too few dead cells for a valley, that of the dead-cell control is taken and
    said so; where it has one, the control must lie above it.

    Parameters
    ----------
    tube : TubeEvents
        The stained tube.
    marker, channel : str
        The dye.
    within : ndarray of int8, shape (events,)
        Codes of single cells.
    dead : ndarray, shape (events of the control,), or None
        The dye on single cells of the dead-cell control.
    recipe : Recipe
    rng : Generator
    """
    axis = Axis(channel)
    values = finite(tube.column(channel, axis.compensation)[within == IN])
    reference = Reference(marker, channel, "single cells", values, scale_top(tube, channel))
    fixed = recipe.fixed_cut(marker)
    if fixed is None:
        cut = cut_at_valley(reference, recipe, rng=rng)
    else:
        cut = cut_as_fixed(reference, fixed, reviewed=recipe.is_reviewed(marker))
    if isinstance(cut, Refusal) and dead is not None:
        control = Reference(marker, channel, "the dead-cell control", dead, reference.top)
        cut = cut_at_valley(control, recipe, rng=rng)
        if isinstance(cut, Threshold):
            cut = replace(cut, method="valley of the density in the dead-cell control")
    if isinstance(cut, Refusal):
        return Proposal(None, cut.reason)
    warnings = () if dead is None else _check_dead(dead, cut, recipe)
    gate = RectangleGate("viable", None, (Interval(axis, None, cut.value),))
    return Proposal(gate, f"{marker} below {written(cut.value)}: {cut.method}", cut, warnings)


def _check_dead(dead: Floats, cut: Threshold, recipe: Recipe) -> tuple[str, ...]:
    """Say how many cells of the dead-cell control the cut calls dead, where that is too few or unknown."""
    if len(dead) < recipe.minimum_parent_events:
        return (f"the dead-cell control has {len(dead):,} single cells, too few to check the cut",)
    above = float(np.mean(dead >= cut.value))
    if above >= recipe.minimum_dead_above:
        return ()
    return (f"only {100 * above:.0f} % of the dead-cell control lies above the cut of {cut.marker}",)


def cut_nucleated(
    tube: TubeEvents, marker: str, channel: str, within: Codes, recipe: Recipe, *, rng: np.random.Generator
) -> Threshold | Refusal:
    """Cut CD45 at its lowest valley among viable single cells, or where it was placed."""
    values = finite(tube.column(channel, Axis(channel).compensation)[within == IN])
    reference = Reference(marker, channel, "viable single cells", values, scale_top(tube, channel))
    if (fixed := recipe.fixed_cut(marker)) is not None:
        return cut_as_fixed(reference, fixed, reviewed=recipe.is_reviewed(marker))
    return cut_at_valley(reference, recipe, rng=rng, deepest=False)


def propose_nucleated(
    tube: TubeEvents,
    cut: Threshold | Refusal,
    within: Codes,
    stem: tuple[str, Threshold | Refusal] | None,
    recipe: Recipe,
) -> Proposal:
    """Keep CD45+ events, unless the cut of CD45 would take away the cells that are looked for."""
    if isinstance(cut, Refusal):
        return Proposal(None, cut.reason)
    axis = Axis(cut.channel)
    values = tube.column(axis.channel, axis.compensation)
    if stem is not None:
        stem_marker, known = stem
        if isinstance(known, Refusal):
            return Proposal(None, f"what it removes cannot be checked, as {known.reason}")
        # CD34+ cells are CD45 dim: a valley above them would delete the answer.
        positive = (within == IN) & (tube.column(known.channel, axis.compensation) >= known.value)
        lost = float(np.mean(values[positive] < cut.value)) if positive.any() else 0.0
        if lost > recipe.maximum_stem_loss:
            which = "valley" if cut.source == "density" else "cut"
            return Proposal(None, f"its {which} would remove {100 * lost:.0f} % of {stem_marker}+ events")
    gate = RectangleGate("nucleated", None, (Interval(axis, cut.value),))
    return Proposal(gate, f"{cut.marker} at least {written(cut.value)}: {cut.method}", cut)
