"""Gates as programs; what has none (a ratio, a scale that no table follows) is judged exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.gates.events import TubeEvents
from remnant.cytometry.gates.exact import inverts, linear_cut
from remnant.cytometry.gates.gate import (
    Axis,
    BooleanGate,
    EllipsoidGate,
    Gate,
    Interval,
    PolygonGate,
    RectangleGate,
)
from remnant.cytometry.gates.program import (
    EllipsoidProgram,
    IntervalProgram,
    Mixture,
    PlainPolygonProgram,
    PolygonProgram,
    Program,
    Scale,
)
from remnant.cytometry.gates.raster import Raster, rasterise
from remnant.cytometry.signal.lookup import look_up
from remnant.cytometry.signal.transform import Linear, Log

Floats = NDArray[np.float64]
ROUNDING = 1e-12  # of the sum of the terms of a compensated value: far more than a double can be off
_LOOKUP_SLACK = 2e-7  # on the scale of display: twice what a table may be off, and the rounding of a value
_STRAIGHT_SLACK = 1e-9  # of the extent of the gate, for a scale without a table


@dataclass(frozen=True, eq=False)
class Columns:
    """Where the channels of a block lie, what each is to be multiplied with, and if they are float32."""

    places: Mapping[int, int]
    factors: Mapping[int, float]
    single: bool = False


def axes_of(gate: Gate) -> tuple[Axis, ...]:
    """Return the axes that a gate is drawn on; none for a Boolean gate."""
    if isinstance(gate, RectangleGate):
        return tuple(interval.axis for interval in gate.intervals)
    if isinstance(gate, EllipsoidGate):
        return gate.axes
    return () if isinstance(gate, BooleanGate) else (gate.x, gate.y)


def channels_of(axis: Axis, tube: TubeEvents) -> set[int]:
    """Numbers of the channels behind an axis."""
    names = [name for name in (axis.channel, axis.denominator) if name is not None]
    return {number for name in names for number, _ in tube.terms(name, axis.compensation)}


def lay_out(file: EventFile, numbers: set[int]) -> tuple[NDArray[np.floating] | None, Columns]:
    """Choose the rows that kernels read: as they lie in the file, or, if None, some channels decoded."""
    plain = file.plain()
    channels = [file.channel(number) for number in sorted(numbers)]
    if plain is not None and all(channel.gain == 1 or channel.is_time for channel in channels):
        timed = {c.number: file.timestep for c in channels if c.is_time and file.timestep is not None}
        return plain, Columns({n: n - 1 for n in numbers}, timed, plain.dtype == np.float32)
    return None, Columns({number: place for place, number in enumerate(sorted(numbers))}, {})


def build_program(gate: Gate, tube: TubeEvents, columns: Columns) -> Program | None:
    """Turn a gate into a program; None where only the exact judgement will do."""
    if isinstance(gate, RectangleGate):
        if any(interval.axis.denominator is not None for interval in gate.intervals):
            return None
        cuts = [_cuts(interval) for interval in gate.intervals]
        if any(cut is None for cut in cuts):
            return None
        return IntervalProgram(
            build_mixture([i.axis for i in gate.intervals], tube, columns), np.array(cuts, float)
        )
    if isinstance(gate, PolygonGate):
        return _build_polygon(gate, tube, columns)
    if isinstance(gate, EllipsoidGate):
        mean, spread = np.array(gate.mean, dtype=float), np.sqrt(np.abs(np.diag(np.array(gate.covariance))))
        scale = build_scale(gate.axes, np.maximum(np.abs(mean) + spread, 1e-300))
        if scale is None:
            return None
        precision = np.ascontiguousarray(np.linalg.inv(np.array(gate.covariance, dtype=float)))
        return EllipsoidProgram(
            build_mixture(gate.axes, tube, columns), scale, mean, precision, float(gate.distance_squared)
        )
    return None


def _build_polygon(
    gate: PolygonGate, tube: TubeEvents, columns: Columns
) -> PolygonProgram | PlainPolygonProgram | None:
    axes, vertices = (gate.x, gate.y), np.array(gate.vertices, dtype=float)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    scale = build_scale(axes, high - low)
    raster = None if scale is None else _rasterise(gate.vertices, tuple((4 * scale.slack).tolist()))
    if scale is None or raster is None:
        return None
    ends = [_reach(axis, low[d], high[d], 2 * scale.slack[d]) for d, axis in enumerate(axes)]
    mixture, reach = build_mixture(axes, tube, columns), np.array(ends)
    plain = all(axis.transform is None and axis.bounds == (None, None) for axis in axes)
    if plain and np.array_equal(mixture.weights, [1.0, 1.0]):
        x, y = (int(first) for first in mixture.firsts)
        return PlainPolygonProgram(x, y, raster, reach, vertices, scale.slack)
    return PolygonProgram(mixture, scale, raster, reach, vertices, _shared(axes, tube, columns))


def _shared(axes: Sequence[Axis], tube: TubeEvents, columns: Columns) -> bool:
    """Whether the axes mix the same float32 channels, none left out between, and are defined everywhere."""
    mixed = [{number for number, _ in tube.terms(axis.channel, axis.compensation)} for axis in axes]
    places = sorted(columns.places[number] for number in mixed[0])
    whole = places == list(range(places[0], places[-1] + 1))
    undefined = any(isinstance(axis.transform, Log) for axis in axes)
    return columns.single and whole and not undefined and all(numbers == mixed[0] for numbers in mixed)


@lru_cache(maxsize=256)
def _rasterise(vertices: tuple[tuple[float, float], ...], slack: tuple[float, float]) -> Raster | None:
    """Lay the cells of a polygon once for all the files that it is placed on."""
    return rasterise(np.array(vertices, dtype=float), np.array(slack))


def _reach(axis: Axis, low: float, high: float, slack: float) -> tuple[float, float]:
    """Span of values that can lie between two places, with room for what a look-up may be off."""
    bounds = [-np.inf if axis.bounds[0] is None else axis.bounds[0]]
    bounds += [np.inf if axis.bounds[1] is None else axis.bounds[1]]
    ends = []
    for end, bound, open_end in ((low - slack, bounds[0], -np.inf), (high + slack, bounds[1], np.inf)):
        # A value set to a bound within the box may come from anywhere beyond it.
        reaches = bound < end if open_end > 0 else bound > end
        linear = end if axis.transform is None else float(axis.transform.inverse(end))
        ends.append(open_end if reaches or not np.isfinite(linear) else linear)
    return ends[0], ends[1]


def build_mixture(axes: Sequence[Axis], tube: TubeEvents, columns: Columns) -> Mixture:
    """Find the columns behind each axis, with their weights."""
    weights, firsts, rounding, gaps = [], [], [], []
    for axis in axes:
        parts = tube.terms(axis.channel, axis.compensation)
        places = [columns.places[number] for number, _ in parts]
        span = np.zeros(max(places) - min(places) + 1)
        for place, (number, weight) in zip(places, parts, strict=True):
            span[place - min(places)] += weight * columns.factors.get(number, 1.0)
        weights.append(span)
        firsts.append(min(places))
        gaps.append(bool(np.any(span == 0)))
        # A lone channel is itself, or one product as the exact form makes it too.
        lone = len(parts) == 1 and (parts[0][1] == 1.0 or parts[0][0] not in columns.factors)
        rounding.append(0.0 if lone else ROUNDING)
    starts = np.cumsum([0, *map(len, weights)])
    positive = np.array([isinstance(axis.transform, Log) for axis in axes])
    return Mixture(
        starts.astype(np.uint64),
        np.array(firsts, np.uint64),
        np.concatenate(weights),
        positive,
        np.array(gaps),
        np.array(rounding),
    )


def _cuts(interval: Interval) -> tuple[float, float, float, float] | None:
    """Bring both ends to the scale of the file, each with the margin within which it is not sure."""
    axis, low, high = interval.axis, interval.minimum, interval.maximum
    plain = Axis(axis.channel, axis.compensation, axis.transform)
    if not inverts(plain):
        return None
    floor, ceiling = axis.bounds
    # Setting values to a bound moves them past a cut only if the bound lies on its other side.
    if low is not None and floor is not None and low <= floor:
        low = None
    if high is not None and ceiling is not None and high > ceiling:
        high = None
    if (low is not None and ceiling is not None and low > ceiling) or (
        high is not None and floor is not None and high <= floor
    ):
        return np.inf, np.inf, -np.inf, -np.inf
    (a, m), (b, n) = (
        (end, 0.0) if cut is None else linear_cut(axis.transform, cut)
        for cut, end in ((low, -np.inf), (high, np.inf))
    )
    return a - m, a + m, b - n, b + n


def build_scale(axes: Sequence[Axis], extent: Floats) -> Scale | None:
    """Find how each axis turns values into places; None where one of them has no table.

    Parameters
    ----------
    axes : sequence of Axis
        The axes of a gate.
    extent : ndarray, shape (axes,)
        Size of the gate on each.
    """
    straight, tables, where, largest, bounds, slack = [], [], [], [], [], []
    rows = 0
    for axis, size in zip(axes, extent, strict=True):
        transform = axis.transform
        if axis.denominator is not None:
            return None
        bounds.append([-np.inf if axis.bounds[0] is None else axis.bounds[0]])
        bounds[-1].append(np.inf if axis.bounds[1] is None else axis.bounds[1])
        if transform is None or isinstance(transform, Linear):
            slope = 1.0 if transform is None else 1 / (transform.top + transform.negative)
            shift = 0.0 if transform is None else transform.negative * slope
            straight.append([shift, slope])
            where.append([0, 0, 0])
            slack.append(_STRAIGHT_SLACK * size)
            largest.append(slack[-1] / 2 / slope)
            continue
        lookup = look_up(transform)
        if lookup is None:
            return None
        steepest = float(np.nanmax(np.abs(lookup.table[:, 2])))
        straight.append([0.0, 0.0])
        where.append([rows, lookup.pieces, lookup.first])
        tables.append(lookup.table)
        rows += len(lookup.table)
        slack.append(_LOOKUP_SLACK)
        largest.append(_LOOKUP_SLACK / 4 / steepest)
    table = np.concatenate(tables) if tables else np.zeros((1, 4))
    return Scale(
        np.array(straight), table, np.array(where), np.array(bounds), np.array(slack), np.array(largest)
    )
