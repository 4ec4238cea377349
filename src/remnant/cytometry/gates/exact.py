"""The exact judgement of a gate: every event on the scale of the gate, in double precision.

This is the definition that the fast programs must agree with, event by event; they hand to it every event
that lies nearer to an edge than their own arithmetic is sure of.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.gates.events import Events, Floats, scale_values
from remnant.cytometry.gates.gate import (
    Axis,
    BandGate,
    BooleanGate,
    EllipsoidGate,
    Gate,
    Interval,
    Operator,
    PolygonGate,
    RectangleGate,
)
from remnant.cytometry.gates.membership import IN, NOT_EVALUABLE, OUT, Codes, code
from remnant.cytometry.gates.polygon import within_polygon
from remnant.cytometry.signal.biexponential import Biexponential
from remnant.cytometry.signal.transform import Asinh, Hyperlog, Linear, Log, Logicle, Transform

RISING = (Linear, Log, Asinh, Logicle, Hyperlog, Biexponential)  # strictly, everywhere that they are defined
_SURE = 1e-11  # on the scale of the gate; nearer to a cut than this the forward transform decides


def place(gate: Gate, events: Events, within: Codes, known: Mapping[str, Codes]) -> Codes:
    """Say for every event whether it lies in `gate`.

    Parameters
    ----------
    gate : Gate
        The gate.
    events : TubeEvents or EventBlock
        The events.
    within : ndarray of int8, shape (events,)
        Codes of the parent; an event outside it is not looked at.
    known : mapping of str to ndarray
        Codes of the gates that a Boolean gate refers to.

    Returns
    -------
    ndarray of int8, shape (events,)
        `OUT`, `NOT_EVALUABLE` or `IN`.
    """
    if isinstance(gate, BooleanGate):
        return join(gate, within, known)
    rows = np.flatnonzero(within != OUT)
    result = np.zeros(events.size, dtype=np.int8)
    result[rows] = np.minimum(within[rows], judge(gate, events, rows))
    return result


def join(gate: BooleanGate, within: Codes, known: Mapping[str, Codes]) -> Codes:
    """Join other gates by three-valued logic."""
    codes = [IN - known[o.gate] if o.complement else known[o.gate] for o in gate.operands]
    joined = np.minimum.reduce(codes) if gate.operator is Operator.AND else np.maximum.reduce(codes)
    own = IN - joined if gate.operator is Operator.NOT else joined
    return np.asarray(np.minimum(within, own), dtype=np.int8)


def judge(
    gate: RectangleGate | PolygonGate | EllipsoidGate | BandGate, events: Events, rows: NDArray[np.intp]
) -> Codes:
    """Codes of `rows` by the geometry of one gate, whatever its parent."""
    if isinstance(gate, RectangleGate):
        codes = [_judge_interval(interval, events, rows) for interval in gate.intervals]
        # An event that cannot be judged on one side is not evaluable, wherever it lies on the others.
        unknown = np.logical_or.reduce([one == NOT_EVALUABLE for one in codes])
        joined: Codes = np.minimum.reduce(codes)
        joined[unknown] = NOT_EVALUABLE
        return joined
    if isinstance(gate, EllipsoidGate):
        return _judge_ellipsoid(gate, [_scaled(axis, events, rows) for axis in gate.axes])
    x, y = _scaled(gate.x, events, rows), _scaled(gate.y, events, rows)
    if isinstance(gate, BandGate):
        good = np.isfinite(x) & np.isfinite(y)
        positive = good & (x > 0) & (y > 0)
        apart = np.full(x.shape, np.inf)
        apart[positive] = np.log(y[positive]) - gate.intercept - gate.slope * np.log(x[positive])
        return code(np.abs(apart) <= gate.half_width, good)
    return code(within_polygon(x, y, np.array(gate.vertices, dtype=float)), np.isfinite(x) & np.isfinite(y))


def _scaled(axis: Axis, events: Events, rows: NDArray[np.intp]) -> Floats:
    return scale_values(axis, events.values(axis, rows))


def _judge_ellipsoid(gate: EllipsoidGate, points: list[Floats]) -> Codes:
    """Compare squared Mahalanobis distances, term by term: the same sum for an event in any company."""
    precision = np.linalg.inv(np.array(gate.covariance, dtype=float))
    apart = [x - mean for x, mean in zip(points, gate.mean, strict=True)]
    distance = np.zeros_like(points[0])
    for i, j in np.ndindex(precision.shape):
        distance += apart[i] * (precision[i, j] * apart[j])
    # The surface belongs to the gate, and rounding must not take it away.
    limit = gate.distance_squared * (1 + 8 * np.finfo(float).eps)
    return code(distance <= limit, np.logical_and.reduce([np.isfinite(x) for x in points]))


def _judge_interval(interval: Interval, events: Events, rows: NDArray[np.intp]) -> Codes:
    """Compare events with one interval: thresholds are inverted, events are not transformed."""
    axis, low, high = interval.axis, interval.minimum, interval.maximum
    values = events.values(axis, rows)
    if not inverts(axis):
        scaled = scale_values(axis, values)
        return code(_between(scaled, low, high), np.isfinite(scaled))
    good = np.isfinite(values)
    # A logarithm has nothing to say at zero and below.
    good &= (values > 0) if isinstance(axis.transform, Log) else True
    cuts = [None if cut is None else linear_cut(axis.transform, cut) for cut in (low, high)]
    inside = good & _between(values, *(None if cut is None else cut[0] for cut in cuts))
    near = np.zeros(len(values), dtype=bool)
    for cut in cuts:
        # Without a transform the cut is exact, and the values themselves decide.
        near |= np.abs(values - cut[0]) <= cut[1] if cut is not None and cut[1] else False
    unsure = np.flatnonzero(near & good)
    inside[unsure] = _between(scale_values(axis, values[unsure]), low, high)
    return code(inside, good)


def _between(values: Floats, low: float | None, high: float | None) -> NDArray[np.bool_]:
    """Whether values lie from `low`, which belongs to the gate, to `high`, which does not."""
    inside = np.ones(values.shape, dtype=bool)
    if low is not None:
        inside &= values >= low
    if high is not None:
        inside &= values < high
    return inside


def inverts(axis: Axis) -> bool:
    """Whether a cut on the scale of `axis` is one value on the scale of the file."""
    scale = axis.transform
    unbounded = axis.bounds == (None, None) and axis.denominator is None
    return unbounded and (scale is None or isinstance(scale, RISING))


def linear_cut(transform: Transform | None, cut: float) -> tuple[float, float]:
    """Bring a cut to the scale of the file; nearer to it than the second number, only `forward` can say.

    Forward and inverse agree to 1e-12 of the scale; ten times that is allowed for.
    """
    if transform is None:
        return cut, 0.0
    linear, *ends = (float(x) for x in transform.inverse(np.array([cut, cut - _SURE, cut + _SURE])))
    margin = abs(ends[1] - ends[0])
    return linear, margin if np.isfinite(margin) else 0.0
