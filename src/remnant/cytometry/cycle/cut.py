"""Where Ki-67 (or pyronin Y) is cut: on its control inside the same parent, fixed, or at a valley."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from remnant.cytometry.cycle.phases import Cut
from remnant.cytometry.cycle.plan import CyclePlan
from remnant.cytometry.gates.events import TubeEvents
from remnant.cytometry.gates.gate import FROM_FILE
from remnant.cytometry.gates.membership import IN, Codes
from remnant.cytometry.recipe.recipe import Recipe
from remnant.cytometry.recipe.threshold import (
    Reference,
    Refusal,
    cut_as_fixed,
    cut_at_valley,
    cut_on_control,
    quantile_interval,
)
from remnant.cytometry.recipe.tube import Threshold
from remnant.cytometry.recipe.walk import finite, scale_top


class ControlKind(StrEnum):
    """What a control tube leaves out; an isotype bounds the background less well than an FMO."""

    FMO = "FMO"
    ISOTYPE = "isotype control"


@dataclass(frozen=True)
class Control:
    """A control tube, gated as the stained one.

    Parameters
    ----------
    kind : ControlKind
    tube : TubeEvents
    populations : mapping of str to tuple of (name, codes)
        For each compartment the populations of this tube in which its background may be read: the
        compartment itself first, then its parents.
    """

    kind: ControlKind
    tube: TubeEvents
    populations: Mapping[str, tuple[tuple[str, Codes], ...]]


@dataclass(frozen=True)
class MarkerCut:
    """The cut of one compartment; `strict` is a second one at a lower quantile, if there is a control."""

    threshold: Threshold
    cut: Cut
    strict: Cut | None


def cut_by_control(
    compartment: str, marker: str, control: Control, plan: CyclePlan, *, rng: np.random.Generator
) -> MarkerCut | Refusal:
    """Cut at a quantile of the control, in the nearest parent that holds enough of its events."""
    recipe = Recipe(
        fmo_quantile=plan.control_quantile,
        confidence=plan.confidence,
        minimum_control_tail=plan.minimum_control_tail,
    )
    channel = control.tube.file.channel(marker).name
    values, top = control.tube.column(channel, FROM_FILE), scale_top(control.tube, channel)
    refusal = Refusal(f"{marker} cannot be cut: its control has no population of {compartment}")
    for name, codes in control.populations[compartment]:
        where = f"{name} of {control.tube.file.path.name}"
        reference = Reference(marker, channel, where, finite(values[codes == IN]), top)
        found = cut_on_control(reference, recipe, rng=rng)
        if isinstance(found, Threshold):
            return _with_strict(found, reference, control.kind, plan)
        refusal = found
    return refusal


def _with_strict(threshold: Threshold, reference: Reference, kind: ControlKind, plan: CyclePlan) -> MarkerCut:
    method = f"{100 * plan.control_quantile:g} % quantile of the {kind}"
    told = replace(threshold, method=method, weaker=kind is ControlKind.ISOTYPE)
    cut = Cut(told.value, told.lower, told.upper, plan.control_quantile)
    strict = quantile_interval(reference.values, plan.strict_quantile, plan.confidence)
    return MarkerCut(told, cut, Cut(*strict, plan.strict_quantile))


def cut_without_control(
    marker: str, tube: TubeEvents, within: Codes, parent: str, plan: CyclePlan, *, rng: np.random.Generator
) -> MarkerCut | Refusal:
    """Cut where the lab has fixed it, else at the valley of the density; labelled as weaker."""
    channel = tube.file.channel(marker).name
    values = finite(tube.column(channel, FROM_FILE)[within == IN])
    reference = Reference(marker, channel, parent, values, scale_top(tube, channel))
    if plan.fixed_cut is not None:
        found: Threshold | Refusal = cut_as_fixed(reference, plan.fixed_cut)
    else:
        recipe = Recipe(confidence=plan.confidence, bootstrap_draws=plan.bootstrap_draws)
        found = cut_at_valley(reference, recipe, rng=rng)
    if isinstance(found, Refusal):
        return found
    return MarkerCut(found, Cut(found.value, found.lower, found.upper), None)
