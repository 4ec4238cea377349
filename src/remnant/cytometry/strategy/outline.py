"""Outlines of gates on a plot, in fractions of its sides: (0, 0) is the lower left, (1, 1) the upper right.

What is open, or goes beyond the plot, is drawn at its border. A straight edge stays straight where the plot
has the scale of the gate, and is followed point by point where it has another; an ellipse stays one likewise.
A gate of more dimensions than two is projected: every event of the gate lies within the outline, but not
every event within the outline lies in the gate, and a note says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.cytometry.gates.gate import (
    Axis,
    BandGate,
    BooleanGate,
    EllipsoidGate,
    Gate,
    PolygonGate,
    RectangleGate,
)
from remnant.cytometry.strategy.binning import Floats
from remnant.cytometry.strategy.display import DisplayAxis

_STEPS = 64  # points along an edge that the plot bends, at most
_POINTS = 12_000  # of a whole outline: edges of a polygon of thousands of vertices are not divided
BEYOND = "lies beyond the axes"
NO_ELLIPSE = "no outline: its matrix and distance make no ellipse"


@dataclass(frozen=True)
class Outline:
    """A closed polygon, or an ellipse where `radii` are given.

    Parameters
    ----------
    corners : tuple of (x, y)
        The polygon, or the centre of the ellipse alone.
    radii : tuple of two floats, optional
        Half axes of the ellipse.
    degrees : float
        From the x axis to its first half axis, counter-clockwise.
    """

    corners: tuple[tuple[float, float], ...]
    radii: tuple[float, float] | None = None
    degrees: float = 0.0


@dataclass(frozen=True)
class Sketch:
    """How a gate appears on a plot: its outline, None where it has none there, and a note for the reader."""

    outline: Outline | None
    note: str = ""


def gate_axes(gate: Gate) -> tuple[Axis, ...]:
    """Axes of a gate, each once, in its order; none for a Boolean gate."""
    if isinstance(gate, BooleanGate):
        return ()
    if isinstance(gate, RectangleGate):
        return tuple(dict.fromkeys(interval.axis for interval in gate.intervals))
    return tuple(dict.fromkeys(gate.axes if isinstance(gate, EllipsoidGate) else (gate.x, gate.y)))


def gate_corners(gate: Gate, axis: Axis) -> list[float]:
    """Least and largest finite coordinates of a gate on one of its axes, on its own scale."""
    corners: list[float] = []
    if isinstance(gate, RectangleGate):
        sides = [i for i in gate.intervals if i.axis == axis]
        corners = [v for side in sides for v in (side.minimum, side.maximum) if v is not None]
    elif isinstance(gate, PolygonGate):
        for place, own in enumerate((gate.x, gate.y)):
            if own == axis:
                values = [vertex[place] for vertex in gate.vertices]
                corners += [min(values), max(values)]
    elif isinstance(gate, EllipsoidGate) and axis in gate.axes and (shape := _shape(gate)) is not None:
        place = gate.axes.index(axis)
        reach = float(np.sqrt(shape[place, place] * gate.distance_squared))
        corners = [gate.mean[place] - reach, gate.mean[place] + reach]
    return corners


def sketch(gate: Gate, x: DisplayAxis, y: DisplayAxis | None) -> Sketch:
    """Draw a gate on a plot; `y` is None for a histogram, which the gate then fills from bottom to top."""
    dimensions = len(gate_axes(gate))
    note = f"projection of {dimensions} dimensions" if dimensions > 2 else ""
    if isinstance(gate, EllipsoidGate):
        if _shape(gate) is None:
            return Sketch(None, NO_ELLIPSE)
        if len(gate.axes) > 1 and y is not None:
            outline = _ellipse(gate, x, y)
            return Sketch(outline, note if outline else BEYOND)
    if isinstance(gate, RectangleGate | EllipsoidGate):
        (left, right), (bottom, top) = _side(gate, x), (0.0, 1.0) if y is None else _side(gate, y)
        corners = np.array([[left, bottom], [right, bottom], [right, top], [left, top]])
        outline = None if left >= right or bottom >= top else _polygon(corners)
        return Sketch(outline, note if outline else BEYOND)
    assert not isinstance(gate, BooleanGate), "a Boolean gate has no outline"
    if y is None or {gate.x, gate.y} != {x.axis, y.axis}:
        return Sketch(None, "no outline: both of its axes are one")
    corners = clip_to_plot(_band(gate, x, y) if isinstance(gate, BandGate) else _vertices(gate, x, y))
    return Sketch(_polygon(corners), note) if len(corners) else Sketch(None, BEYOND)


def _polygon(corners: Floats) -> Outline:
    return Outline(tuple((float(a), float(b)) for a, b in corners))


def _side(gate: RectangleGate | EllipsoidGate, shown: DisplayAxis) -> tuple[float, float]:
    """Both ends of a gate along an axis of the plot; an axis that it does not name is open."""
    low, high = -np.inf, np.inf
    if isinstance(gate, RectangleGate):
        for interval in (i for i in gate.intervals if i.axis == shown.axis):
            low = low if interval.minimum is None else max(low, interval.minimum)
            high = high if interval.maximum is None else min(high, interval.maximum)
    elif corners := gate_corners(gate, shown.axis):
        low, high = corners
    places = [float(shown.place(np.array([v]))[0]) if np.isfinite(v) else v for v in (low, high)]
    return min(max(places[0], 0.0), 1.0), min(max(places[1], 0.0), 1.0)


def _vertices(gate: PolygonGate, x: DisplayAxis, y: DisplayAxis) -> Floats:
    """Corners of a polygon, with points along the edges that the plot bends."""
    order = (0, 1) if (gate.x, gate.y) == (x.axis, y.axis) else (1, 0)
    corners = np.array(gate.vertices, dtype=float)[:, order]
    steps = min(_STEPS, _POINTS // len(corners))
    if (x.bends or y.bends) and steps > 1:
        pairs = zip(corners, np.roll(corners, -1, axis=0), strict=True)
        corners = np.concatenate([_along(start, end, x, y, steps) for start, end in pairs])
    return np.column_stack([x.place(corners[:, 0]), y.place(corners[:, 1])])


def _along(start: Floats, end: Floats, x: DisplayAxis, y: DisplayAxis, steps: int) -> Floats:
    """Points of an edge, evenly spaced on the plot along each axis in turn, its end left out."""
    shares = [np.linspace(0, 1, steps, endpoint=False)]
    for place, axis in enumerate((x, y)):
        a, b = start[place], end[place]
        if a != b:
            first, last = axis.place(np.array([a, b]))
            with np.errstate(over="ignore", invalid="ignore"):
                shares.append((axis.unplace(np.linspace(first, last, steps, endpoint=False)) - a) / (b - a))
    share = np.unique(np.clip(np.concatenate(shares), 0, 1))
    share = share[share < 1][:, None]  # what is no number goes too
    return np.asarray(start + share * (end - start))


def _band(gate: BandGate, x: DisplayAxis, y: DisplayAxis) -> Floats:
    """Lower edge of a band from left to right, and its upper edge back."""
    order = (0, 1) if (gate.x, gate.y) == (x.axis, y.axis) else (1, 0)
    across = (x, y)[order[0]]
    run = across.unplace(np.linspace(0, 1, 200))
    run = run[run > 0]
    middle = gate.intercept + gate.slope * np.log(run)
    lower, upper = np.exp(middle - gate.half_width), np.exp(middle + gate.half_width)
    edges = np.column_stack([np.concatenate([run, run[::-1]]), np.concatenate([lower, upper[::-1]])])
    edges = edges[:, order]
    return np.column_stack([x.place(edges[:, 0]), y.place(edges[:, 1])])


def _shape(gate: EllipsoidGate) -> Floats | None:
    """Covariance that the gate amounts to; None where its form is no ellipsoid."""
    inverse = np.linalg.inv(np.array(gate.covariance))
    form = (inverse + inverse.T) / 2
    if np.linalg.eigvalsh(form).min() <= 0 or gate.distance_squared <= 0:
        return None
    return np.asarray(np.linalg.inv(form))


def _ellipse(gate: EllipsoidGate, x: DisplayAxis, y: DisplayAxis) -> Outline | None:
    """An ellipsoid projects to the ellipse of those two rows and columns of its covariance."""
    shape = _shape(gate)
    assert shape is not None
    if x.axis not in gate.axes or y.axis not in gate.axes:
        return None
    places = [gate.axes.index(x.axis), gate.axes.index(y.axis)]
    part = shape[np.ix_(places, places)] * gate.distance_squared
    mean = np.array(gate.mean)[places]
    if x.bends or y.bends:
        angles = np.linspace(0, 2 * np.pi, 720, endpoint=False)
        squares, directions = np.linalg.eigh(part)
        circle = np.column_stack([np.cos(angles), np.sin(angles)]) * np.sqrt(np.maximum(squares, 0))
        ring = mean + circle @ directions.T
        corners = clip_to_plot(np.column_stack([x.place(ring[:, 0]), y.place(ring[:, 1])]))
        return _polygon(corners) if len(corners) else None
    spans = np.array([x.high - x.low, y.high - y.low])
    squares, directions = np.linalg.eigh(part / np.outer(spans, spans))
    radii = np.sqrt(np.maximum(squares, 0))
    centre = (mean - np.array([x.low, y.low])) / spans
    reach = np.sqrt(np.diag(part)) / spans
    if (centre + reach < 0).any() or (centre - reach > 1).any():
        return None
    degrees = float(np.degrees(np.arctan2(directions[1, 0], directions[0, 0])))
    return Outline(((float(centre[0]), float(centre[1])),), (float(radii[0]), float(radii[1])), degrees)


def clip_to_plot(corners: Floats) -> Floats:
    """Cut a polygon to the unit square (Sutherland & Hodgman 1974); what lies beyond runs along the border.

    Parameters
    ----------
    corners : ndarray, shape (corners, 2)
        In order; the last joins the first.

    Returns
    -------
    ndarray, shape (corners, 2)
        Empty if nothing is within.
    """
    for side in (0, 1):
        for sign, border in ((1, 0.0), (-1, -1.0)):
            if not len(corners):
                return corners
            inside = sign * corners[:, side] - border  # at least 0 within
            following, then = np.roll(corners, -1, axis=0), np.roll(inside, -1)
            crosses = (inside < 0) != (then < 0)
            with np.errstate(divide="ignore", invalid="ignore"):
                share = np.where(crosses, inside / (inside - then), 0)[:, None]
            cuts = corners + share * (following - corners)
            cuts[crosses, side] = abs(border)
            both = np.stack([corners, cuts], axis=1).reshape(-1, 2)
            corners = both[np.stack([inside >= 0, crosses], axis=1).ravel()]
    return corners
