"""Gates of a FlowJo workspace to records: rectangles by value, polygons and ellipses on their plot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.gatefiles import gatingml_fields as fields
from remnant.cytometry.gatefiles.flowjo_scales import Parameters, PlotScale
from remnant.cytometry.gatefiles.gatingml_shapes import MAXIMUM_VERTICES
from remnant.cytometry.gatefiles.xml_reader import Element
from remnant.cytometry.gates.gate import (
    Axis,
    BooleanGate,
    EllipsoidGate,
    Gate,
    Interval,
    Operand,
    Operator,
    PolygonGate,
    RectangleGate,
)

CHANNELS = 256  # of FlowJo's plot, in which it writes ellipses and counts polygons and ellipses
BINNED = (
    f"is exact here; FlowJo counts polygons and ellipses in {CHANNELS} by {CHANNELS} channels of its plot, "
    "so its count may differ by events at the edge"
)
SHAPE = " (its shape)"  # of a gate that takes the events outside

_AT_END = 1e-6  # of the plot: far less than a channel, far more than the digits of the file
Point = tuple[float, float]


def build_shape(element: Element, name: str, parent: str | None, parameters: Parameters) -> list[Gate]:
    """Build the gate that a population is drawn with.

    Parameters
    ----------
    element : Element
        The only child of `Gate`.
    name, parent : str
        Paths of the population and of its parent.
    parameters : Parameters
        Of the sample.

    Returns
    -------
    list of Gate
        One gate; for a population of the events outside, its shape and then the population.

    Raises
    ------
    GatingError
        If something is missing, or the gate is of a kind whose form is not published.
    """
    side = element.attributes.get("eventsInside", "1").strip()
    if side not in ("0", "1"):
        raise fields.fault(element, "eventsInside", repr(side), "0 or 1", "save the workspace again")
    shape = _shape(element, name if side == "1" else name + SHAPE, parent, parameters)
    if side == "1":
        return [shape]
    return [shape, BooleanGate(name, parent, Operator.NOT, (Operand(shape.id),))]


def _shape(element: Element, name: str, parent: str | None, parameters: Parameters) -> Gate:
    match element.name:
        case "RectangleGate":
            return _rectangle(element, name, parent, parameters)
        case "PolygonGate":
            return _polygon(element, name, parent, parameters)
        case "EllipsoidGate":
            return _ellipse(element, name, parent, parameters)
    hint = "its curve is not published: redraw it in FlowJo as a rectangle, polygon, ellipse or quadrants"
    raise fields.fault(element, "gate", f"<{element.name}>", "a rectangle, polygon or ellipse", hint)


def _rectangle(element: Element, name: str, parent: str | None, parameters: Parameters) -> Gate:
    intervals = []
    for dimension in fields.dimensions(element):
        low, high = fields.optional(dimension, "min"), fields.optional(dimension, "max")
        if low is not None and high is not None and low > high:
            raise fields.fault(dimension, "min", low, f"at most max, {high:g}", "swapped?")
        axis, parameter = parameters.axis(dimension)
        unit = parameters.unit(axis, parameter)
        limits = (limit if limit is None else limit * unit for limit in (low, high))
        intervals.append(Interval(axis, *limits))
    return RectangleGate(name, parent, tuple(intervals))


def _plot_axes(element: Element, parameters: Parameters) -> list[tuple[Axis, PlotScale, float]]:
    """Return the two axes of a plot, their scales and units; a linear one stays on the values of the file."""
    found = []
    for dimension in fields.dimensions(element, 2):
        axis, parameter = parameters.axis(dimension)
        scale = parameters.scale(axis, parameter, dimension)
        unit = parameters.unit(axis, parameter)
        found.append((replace(axis, transform=scale.transform, bounds=scale.bounds), scale, unit))
    return found


def _polygon(element: Element, name: str, parent: str | None, parameters: Parameters) -> Gate:
    (x, *_), (y, *_) = axes = _plot_axes(element, parameters)
    corners = _points(element, 3, MAXIMUM_VERTICES)
    columns = [
        _on_plot(axis, [corner[place] * unit for corner in corners])
        for place, (axis, _, unit) in enumerate(axes)
    ]
    if not np.isfinite(columns).all():
        expected = "corners that the scale can show"
        raise fields.fault(element, "vertex", "a corner off the scale", expected, "redraw the gate")
    vertices = tuple((float(a), float(b)) for a, b in zip(*columns, strict=True))
    return PolygonGate(name, parent, x, y, vertices)


def _on_plot(axis: Axis, values: list[float]) -> NDArray[np.float64]:
    """Scale corners; one that rounding sets off the end of the plot, where events pile up, is put on it."""
    if axis.transform is None:
        return np.array(values)
    scaled = axis.transform.forward(values)
    for end in axis.bounds:
        if end is not None:
            scaled[np.abs(scaled - end) < _AT_END] = end
    return scaled


def _ellipse(element: Element, name: str, parent: str | None, parameters: Parameters) -> Gate:
    """Build an ellipse from its foci and the ends of its axes, in the channels of the plot.

    The ends are written in whole channels, so the shorter half-axis comes from the foci.
    """
    axes = _plot_axes(element, parameters)
    foci = np.array(_points(fields.child(element, "foci"), 2, 2)) / CHANNELS
    ends = np.array(_points(fields.child(element, "edge"), 4, 4)) / CHANNELS
    centre = foci.mean(axis=0)
    long = max(float(np.hypot(*(ends[i] - ends[i + 1]))) / 2 for i in (0, 2))
    focal = float(np.hypot(*(foci[1] - foci[0]))) / 2
    if not focal < long:
        found = f"foci {focal * CHANNELS:.4g} from the centre, ends {long * CHANNELS:.4g}"
        raise fields.fault(element, "foci", found, "foci nearer than the ends", "redraw the gate")
    short = long**2 - focal**2
    along = (foci[1] - foci[0]) / (2 * focal) if focal > 0 else np.array([1.0, 0.0])
    covariance = short * np.eye(2) + focal**2 * np.outer(along, along)
    # A linear axis stays on the values of the file: the plot is stretched back onto it.
    reach = np.array([1.0 if s.transform else s.high - s.low for _, s, _ in axes])
    start = np.array([0.0 if s.transform else s.low for _, s, _ in axes])
    mean = start + centre * reach
    rows = covariance * np.outer(reach, reach)
    return EllipsoidGate(
        name,
        parent,
        tuple(axis for axis, _, _ in axes),
        tuple(float(value) for value in mean),
        tuple(tuple(float(value) for value in row) for row in rows),
        1.0,
    )


def _points(element: Element, fewest: int, most: int) -> list[Point]:
    found = fields.points([child for child in element.children if child.name == "vertex"])
    if not fewest <= len(found) <= most:
        expected = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
        raise fields.fault(element, "vertex", f"{len(found):,} points", expected, "redraw the gate")
    return found
