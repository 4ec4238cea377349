"""The plots behind one tube's counts, in the order of the gates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.channels import find_scatter, marker_named
from remnant.cytometry.gates.gate import FROM_FILE, BandGate, Gate, RectangleGate
from remnant.cytometry.gates.membership import IN, Codes
from remnant.cytometry.recipe.cuts import Cutter
from remnant.cytometry.recipe.phenotype import Level, MarkerRule
from remnant.cytometry.recipe.population import Threshold
from remnant.cytometry.recipe.sheet import Tube
from remnant.cytometry.recipe.tube import GateView
from remnant.cytometry.recipe.view import DisplayAxis, draw_view, rectangle
from remnant.cytometry.recipe.walk import Walk, scale_top
from remnant.cytometry.signal.transform import fit_logicle

Corners = tuple[tuple[float, float], ...]
_BAND_POINTS = 24
INF = float("inf")


def draw_gallery(
    tube: Tube,
    walk: Walk,
    region: Gate | None,
    cutter: Cutter,
    phenotypes: Mapping[str, tuple[MarkerRule, ...]],
    members: Mapping[str, Codes],
) -> tuple[GateView, ...]:
    """Draw scatter, singlets, CD45 and the stem marker against side scatter, and the compartments.

    Parameters
    ----------
    tube : Tube
        The stained tube.
    walk : Walk
        The way to nucleated cells.
    region : Gate or None
        The region of progenitors on CD45 and side scatter.
    cutter : Cutter
        Where the markers are cut.
    phenotypes : mapping
        Compartments.
    members : mapping
        Codes of the compartments that could be counted.
    """
    stem = _stem(tube, cutter)
    views = [*_scatter_views(tube, walk), *_cd45_view(tube, walk, region, stem, cutter.stem)]
    rare = min(members, key=lambda name: (np.sum(members[name] == IN), name), default=None)
    points = members[rare] == IN if rare is not None else None
    label = f"{rare} cells" if rare is not None else ""
    scatter = find_scatter(tube.events.file)
    nucleated = walk.codes == IN
    if scatter.side is not None and cutter.stem in tube.channels and nucleated.any():
        side = linear_axis(tube, scatter.side.name)
        cut = {t.marker: t for t in cutter.thresholds()}.get(cutter.stem)
        outline = rectangle((cut.value, -INF), (INF, INF)) if cut else ()
        axis = fluorescence_axis(tube, cutter.stem, nucleated)
        title = f"{cutter.stem} of nucleated cells"
        views.append(
            draw_view(title, axis, side, nucleated, outline=outline, points=points, points_label=label)
        )
    if stem is not None and stem.any():
        views += _compartment_views(tube, cutter, phenotypes, stem, rare, points, label)
    return tuple(views)


def _scatter_views(tube: Tube, walk: Walk) -> list[GateView]:
    """Plots of the steps before the stem marker."""
    views = []
    scatter = find_scatter(tube.events.file)
    gates = {gate.id: gate for gate in walk.gates}
    everything = np.ones(tube.events.size, dtype=bool)
    if scatter.forward is not None and scatter.side is not None:
        outline = rectangle((lower_edge(gates.get("cells")), -INF), (INF, INF)) if "cells" in gates else ()
        x, y = linear_axis(tube, scatter.forward.name), linear_axis(tube, scatter.side.name)
        views.append(draw_view("Cells among all events", x, y, everything, outline=outline))
    if scatter.forward_area is not None and scatter.forward_height is not None:
        x, y = linear_axis(tube, scatter.forward_area.name), linear_axis(tube, scatter.forward_height.name)
        shown = reached(walk, "singlets")
        band = gates.get("singlets")
        outline = band_outline(band, x.values[shown]) if isinstance(band, BandGate) and shown.any() else ()
        views.append(draw_view("Single cells among cells", x, y, shown, outline=outline))
    return views


def _cd45_view(
    tube: Tube, walk: Walk, region: Gate | None, stem: NDArray[np.bool_] | None, name: str
) -> list[GateView]:
    """CD45 against side scatter with the region of progenitors, else the cut of nucleated cells."""
    marker, scatter = marker_named(tube.channels, "CD45"), find_scatter(tube.events.file)
    if marker is None or scatter.side is None:
        return []
    shown = reached(walk, "nucleated")
    low = lower_edge({gate.id: gate for gate in walk.gates}.get("nucleated"))
    outline: Corners = () if low == -INF else rectangle((low, -INF), (INF, INF))
    if isinstance(region, RectangleGate):
        sides = [INF if item.maximum is None else item.maximum for item in region.intervals]
        outline = rectangle((low, -INF), (sides[0], sides[1]))
    x, y = fluorescence_axis(tube, marker, shown), linear_axis(tube, scatter.side.name)
    label = f"{name}+ cells" if stem is not None else ""
    title = "CD45 of viable single cells"
    return [draw_view(title, x, y, shown, outline=outline, points=stem, points_label=label)]


def _stem(tube: Tube, cutter: Cutter) -> NDArray[np.bool_] | None:
    """Events that carry the stem marker; None where it is not asked for or not cut."""
    positive = cutter.positive(cutter.sheet)
    if positive is None:
        return None
    stem = np.zeros(tube.events.size, dtype=bool)
    stem[cutter.sheet.rows[positive]] = True
    return stem


def _compartment_views(
    tube: Tube,
    cutter: Cutter,
    phenotypes: Mapping[str, tuple[MarkerRule, ...]],
    shown: NDArray[np.bool_],
    rare: str | None,
    points: NDArray[np.bool_] | None,
    label: str,
) -> list[GateView]:
    """Plots inside stem-marker positive cells: the first further marker against the others."""
    named = [rule.marker for rules in phenotypes.values() for rule in rules]
    others = [marker for marker in dict.fromkeys(named) if marker != cutter.stem]
    if not others:
        return []
    cuts = {t.marker: t for t in cutter.thresholds()}
    rules = {rule.marker: rule for rule in phenotypes[rare]} if rare is not None else {}
    x = fluorescence_axis(tube, others[0], shown)
    views = []
    for marker in (cutter.stem, *others[1:2]):
        y = fluorescence_axis(tube, marker, shown)
        sides = [_side(rules.get(name), cuts.get(name)) for name in (others[0], marker)]
        outline = (
            rectangle((sides[0][0], sides[1][0]), (sides[0][1], sides[1][1])) if rare is not None else ()
        )
        title = f"{marker} against {others[0]} of {cutter.stem}+ cells"
        views.append(draw_view(title, x, y, shown, outline=outline, points=points, points_label=label))
    return views


def _side(rule: MarkerRule | None, cut: Threshold | None) -> tuple[float, float]:
    """Interval of a marker that a rule allows."""
    if rule is None or cut is None:
        return -INF, INF
    return (cut.value, INF) if rule.level is Level.POSITIVE else (-INF, cut.value)


def reached(walk: Walk, step: str) -> NDArray[np.bool_]:
    """Events of the parent of a step; of the whole walk where the step was not asked for."""
    parents = {s.name: codes for s, codes in zip(walk.steps, walk.before, strict=True)}
    return np.asarray(parents.get(step, walk.codes) == IN)


def linear_axis(tube: Tube, channel: str) -> DisplayAxis:
    """Draw a channel of light scatter."""
    return DisplayAxis(channel, tube.events.column(channel), None)


def fluorescence_axis(tube: Tube, marker: str, shown: NDArray[np.bool_]) -> DisplayAxis:
    """Draw a marker on the logicle scale that fits the events shown."""
    channel = tube.channels[marker].name
    values = tube.events.column(channel, FROM_FILE)
    scale = fit_logicle(values[shown], scale_top(tube.events, channel))
    return DisplayAxis(f"{marker} ({channel})", values, scale)


def lower_edge(gate: Gate | None) -> float:
    """Lowest value of the first side of a rectangle; minus infinity where it is open."""
    low = gate.intervals[0].minimum if isinstance(gate, RectangleGate) else None
    return -INF if low is None else low


def band_outline(gate: BandGate, area: NDArray[np.float64]) -> Corners:
    """Outline of a band between the areas that occur."""
    positive = area[area > 0]
    if not len(positive):
        return ()
    x = np.geomspace(float(np.quantile(positive, 0.001)), float(positive.max()), _BAND_POINTS)
    edges = [np.exp(gate.intercept + gate.slope * np.log(x) + side * gate.half_width) for side in (-1, 1)]
    lower = [(float(a), float(b)) for a, b in zip(x, edges[0], strict=True)]
    upper = [(float(a), float(b)) for a, b in zip(x, edges[1], strict=True)]
    return (*lower, *reversed(upper))
