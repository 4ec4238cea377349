"""The plots that a person looks at to place a cut, in the order of the gates, with their controls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.channels import find_scatter
from remnant.cytometry.gates.gate import BandGate, RectangleGate
from remnant.cytometry.recipe.bench import Bench, Counted
from remnant.cytometry.recipe.gallery import (
    band_outline,
    fluorescence_axis,
    linear_axis,
    lower_edge,
    reached,
)
from remnant.cytometry.recipe.sheet import Sheet, Tube
from remnant.cytometry.recipe.tube import GateView
from remnant.cytometry.recipe.view import DisplayAxis, draw_view, rectangle

INF = float("inf")
Mask = NDArray[np.bool_]
BINS = 72
PLACES = 129  # of an axis at which its value is told: between them a reader of the plot goes straight
MAXIMUM_CELLS = 2500  # drawn one by one


@dataclass(frozen=True)
class PlotAxis:
    """One axis of a plot, and the cut that lies on it.

    Parameters
    ----------
    marker : str
        Marker that is cut on it; empty for light scatter.
    values : tuple of float
        On the compensated scale, at `PLACES` places that are evenly spaced from edge to edge of the plot.
    """

    marker: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class ControlPlot:
    """The same plot of the tube without one antibody.

    Parameters
    ----------
    marker, kind, file : str
        Marker that is left out, `FMO` or `isotype`, and the tube.
    view : GateView
        On the axes of the plot above it.
    """

    marker: str
    kind: str
    file: str
    view: GateView


@dataclass(frozen=True)
class ReviewPlot:
    """One plot.

    Parameters
    ----------
    key : str
        What it shows, in a word: `cells`, `singlets`, or the markers.
    view : GateView
        Bins, ticks, outline of the gate before it.
    x, y : PlotAxis
    controls : tuple of ControlPlot
        Those of the markers that are cut on it.
    cells : bool
        Whether the single cells of `StemCells` lie on it.
    """

    key: str
    view: GateView
    x: PlotAxis
    y: PlotAxis
    controls: tuple[ControlPlot, ...] = ()
    cells: bool = False


@dataclass(frozen=True)
class StemCells:
    """Cells inside the stem marker's cut, one by one: what the other cuts part.

    Parameters
    ----------
    markers : tuple of str
    values : tuple of tuple of float
        Of each marker, on the compensated scale; cells in the same order.
    total : int
        Cells that there are; more than are listed where not all are drawn.
    """

    markers: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    total: int


@dataclass(frozen=True)
class ReviewSheet:
    """Everything that is drawn of one tube."""

    plots: tuple[ReviewPlot, ...]
    cells: StemCells


def draw_review(bench: Bench, counted: Counted) -> ReviewSheet:
    """Draw scatter, singlets, viability, CD45, the stem marker, and the compartments' markers.

    Parameters
    ----------
    bench : Bench
        The tube.
    counted : Counted
        Where its cuts lie.
    """
    return ReviewSheet(
        (*_scatter(bench, counted), *_gates(bench, counted), *draw_compartments(bench, counted)),
        _stem_cells(counted),
    )


def _scatter(bench: Bench, counted: Counted) -> list[ReviewPlot]:
    """Cells among all events, and single cells among them."""
    tube, walk = bench.rack.stained, counted.journey.walk
    scatter, gates = find_scatter(tube.events.file), {gate.id: gate for gate in walk.gates}
    plots = []
    if scatter.forward is not None and scatter.side is not None:
        x, y = linear_axis(tube, scatter.forward.name), linear_axis(tube, scatter.side.name)
        outline = rectangle((lower_edge(gates.get("cells")), -INF), (INF, INF)) if "cells" in gates else ()
        every = np.ones(tube.events.size, dtype=bool)
        view = draw_view("Cells among all events", x, y, every, outline=outline, bins=BINS)
        plots.append(ReviewPlot("cells", view, _axis(view, 0, x), _axis(view, 1, y)))
    if scatter.forward_area is not None and scatter.forward_height is not None:
        x, y = linear_axis(tube, scatter.forward_area.name), linear_axis(tube, scatter.forward_height.name)
        shown, band = reached(walk, "singlets"), gates.get("singlets")
        outline = band_outline(band, x.values[shown]) if isinstance(band, BandGate) and shown.any() else ()
        view = draw_view("Single cells among cells", x, y, shown, outline=outline, bins=BINS)
        plots.append(ReviewPlot("singlets", view, _axis(view, 0, x), _axis(view, 1, y)))
    return plots


def _gates(bench: Bench, counted: Counted) -> list[ReviewPlot]:
    """Viability, CD45 and the stem marker, each against side scatter among the cells that are cut there."""
    tube, journey, cutter = bench.rack.stained, counted.journey, counted.cutter
    side = find_scatter(tube.events.file).side
    if side is None:
        return []
    y, plots = linear_axis(tube, side.name), []
    for marker, step, words in (
        (bench.route.viability, "viable", "single cells"),
        (bench.route.cd45, "nucleated", "viable single cells"),
    ):
        shown = reached(journey.walk, step)
        if marker is None or not shown.any():
            continue
        x = fluorescence_axis(tube, marker, shown)
        outline: tuple[tuple[float, float], ...] = ()
        if step == "nucleated" and isinstance(journey.region, RectangleGate):
            sides = [INF if item.maximum is None else item.maximum for item in journey.region.intervals]
            outline = rectangle((-INF, -INF), (sides[0], sides[1]))
        title = f"{marker} of {words}"
        view = draw_view(title, x, y, shown, outline=outline, bins=BINS)
        plots.append(ReviewPlot(step, view, _axis(view, 0, x, marker), _axis(view, 1, y)))
    if cutter.stem in tube.channels and len(cutter.sheet.rows):
        where = "nucleated cells" if journey.region is None else "the progenitor region"
        title = f"{cutter.stem} of {where}"
        plots.append(_plot(counted, title, (cutter.stem, "")))
    return plots


def draw_compartments(bench: Bench, counted: Counted) -> list[ReviewPlot]:
    """Draw markers inside stem-marker positive cells: the first further one against each of the others."""
    named = [rule.marker for rules in bench.phenotypes.values() for rule in rules]
    cutter = counted.cutter
    others = [marker for marker in dict.fromkeys(named) if marker != cutter.stem]
    positive = cutter.positive(cutter.sheet)
    if not others or positive is None or not positive.any():
        return []
    pairs = [(others[0], cutter.stem), *((others[0], marker) for marker in others[1:])]
    title = f"{{}} against {others[0]} of {cutter.stem}+ cells"
    # The control of the first further marker stands beneath the first plot only.
    return [
        _plot(counted, title.format(y), (x, y), stem=True, controlled=(x, y) if number == 0 else (y,))
        for number, (x, y) in enumerate(pairs)
    ]


def _plot(
    counted: Counted,
    title: str,
    markers: tuple[str, str],
    *,
    stem: bool = False,
    controlled: tuple[str, ...] | None = None,
) -> ReviewPlot:
    """Draw two markers, or one against side scatter; `stem`, among stem-marker positive cells."""
    cutter = counted.cutter
    shown = _shown(counted, cutter.sheet, stem)
    x, y = (_drawn(cutter.sheet.tube, marker, shown) for marker in markers)
    view = draw_view(title, x, y, shown, bins=BINS)
    controls = []
    for marker in markers if controlled is None else controlled:
        control = cutter.controls.get(marker)
        # A control without the stem marker has no cells inside its cut to show.
        if control is None or (stem and cutter.stem in control.leaves):
            continue
        tube, seen = control.sheet.tube, _shown(counted, control.sheet, stem)
        left, up = (
            DisplayAxis(axis.label, _drawn(tube, name, seen).values, axis.scale)
            for axis, name in ((x, markers[0]), (y, markers[1]))
        )
        words, ranges = f"{control.kind} without {marker}", (view.x_range, view.y_range)
        beneath = draw_view(words, left, up, seen, ranges=ranges, bins=BINS)
        controls.append(ControlPlot(marker, control.kind, tube.name, beneath))
    return ReviewPlot(
        "-".join(filter(None, markers)),
        view,
        _axis(view, 0, x, markers[0]),
        _axis(view, 1, y, markers[1]),
        tuple(controls),
        stem,
    )


def _shown(counted: Counted, sheet: Sheet, stem: bool) -> Mask:
    """Events of a tube inside the region of progenitors, or of them those that carry the stem marker."""
    inside: Mask | None = counted.cutter.positive(sheet) if stem else sheet.region
    shown = np.zeros(sheet.tube.events.size, dtype=bool)
    if inside is not None:
        shown[sheet.rows[inside]] = True
    return shown


def _drawn(tube: Tube, marker: str, shown: Mask) -> DisplayAxis:
    """Draw a marker, or side scatter where none is named."""
    if marker:
        return fluorescence_axis(tube, marker, shown)
    side = find_scatter(tube.events.file).side
    assert side is not None, "asked only where there is side scatter"
    return linear_axis(tube, side.name)


def _axis(view: GateView, side: int, axis: DisplayAxis, marker: str = "") -> PlotAxis:
    places = np.linspace(*(view.x_range, view.y_range)[side], PLACES)
    values = places if axis.scale is None else axis.scale.inverse(places)
    return PlotAxis(marker, tuple(float(value) for value in values))


def _stem_cells(counted: Counted) -> StemCells:
    cutter = counted.cutter
    named = [rule.marker for rules in cutter.phenotypes.values() for rule in rules]
    markers = tuple(dict.fromkeys((cutter.stem, *named)))
    positive = cutter.positive(cutter.sheet)
    if positive is None:
        return StemCells((), (), 0)
    rows = np.flatnonzero(positive & cutter.sheet.known(markers))
    total = len(rows)
    if total > MAXIMUM_CELLS:
        rows = rows[np.linspace(0, total - 1, MAXIMUM_CELLS).astype(np.intp)]
    values = tuple(tuple(cutter.sheet.values(marker)[rows].tolist()) for marker in markers)
    return StemCells(markers, values, total)
