"""Gates on events: in, out or not evaluable, the children on their parent's events only.

An event whose value is not a number is in no gate and not in its complement. Membership is one
small code per event, and gates are joined by Kleene's three-valued logic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.gates.gate import (
    FROM_FILE,
    UNCOMPENSATED,
    Axis,
    BandGate,
    BooleanGate,
    EllipsoidGate,
    Gate,
    GateTree,
    Interval,
    Operator,
    PolygonGate,
    RectangleGate,
)
from remnant.cytometry.gates.polygon import within_polygon
from remnant.cytometry.signal.biexponential import FloorLog
from remnant.cytometry.signal.compensate import SpilloverMatrix, compensate_one, read_spillover
from remnant.cytometry.signal.transform import Log
from remnant.errors import Fault, GatingError, RemnantError

OUT, IN, NOT_EVALUABLE = 0, 2, 1  # so that `and` is minimum, `or` is maximum, `not` is 2 - code
Codes = NDArray[np.int8]
Floats = NDArray[np.float64]
_NEAR_CUT = 1e-9  # relative; nearer than this the forward transform decides


@dataclass(frozen=True)
class GateCount:
    """How many events of its parent lie in a gate.

    Parameters
    ----------
    gate, parent : str
        Ids; the parent of a root gate is `all events`.
    events : int
        Events in the gate and its parents.
    evaluable, not_evaluable : int
        Events of the parent that could and could not be judged; they add up to the parent.
    reason : str
        Why the gate could not be evaluated at all; then the three counts are 0.
    """

    gate: str
    parent: str
    events: int
    evaluable: int
    not_evaluable: int
    reason: str = ""


@dataclass(frozen=True)
class TubeEvents:
    """Columns of one tube, read and compensated when first asked for.

    Parameters
    ----------
    file : EventFile
        The tube.
    matrices : mapping of str to SpilloverMatrix
        By id; `FCS` is the matrix of the file, if it has one.
    """

    file: EventFile
    matrices: Mapping[str, SpilloverMatrix]
    _cache: dict[tuple[str, str], Floats] = field(default_factory=dict, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Number of events."""
        return self.file.events

    def column(self, channel: str, compensation: str = UNCOMPENSATED) -> Floats:
        """Return a channel, compensated or not; shape (events,); not to be written to."""
        key = (channel, compensation)
        if key not in self._cache:
            self._cache[key] = self._compute(channel, compensation)
            self._cache[key].flags.writeable = False
        return self._cache[key]

    def _compute(self, channel: str, compensation: str) -> Floats:
        matrix = self.matrices.get(compensation)
        if matrix is not None and channel in matrix.dyes:
            return compensate_one(self.column, matrix, channel)
        return self.file.column(channel)

    def values(self, axis: Axis, rows: NDArray[np.intp] | slice = slice(None)) -> Floats:
        """Return the events of `rows` on `axis`, before its transform."""
        values = self.column(axis.channel, axis.compensation)[rows]
        if axis.denominator is None:
            return values
        scale, x0, y0 = axis.ratio
        lower = self.column(axis.denominator, axis.compensation)[rows] - y0
        ratio = np.full(values.shape, np.nan)
        # Gating-ML leaves out only y = C; a negative denominator has its ratio.
        np.divide(scale * (values - x0), lower, out=ratio, where=lower != 0)
        return ratio if axis.ratio_bounds == (None, None) else np.clip(ratio, *axis.ratio_bounds)

    def scaled(self, axis: Axis, rows: NDArray[np.intp] | slice = slice(None)) -> Floats:
        """Return the events of `rows` on `axis`, on the scale of the gate."""
        return scale_values(axis, self.values(axis, rows))


def open_tube(file: EventFile, matrices: Mapping[str, SpilloverMatrix] | None = None) -> TubeEvents:
    """Make the columns of `file` available to gates, with its own spillover matrix if it has one."""
    own = read_spillover(file)
    return TubeEvents(file, dict(matrices or {}) | ({FROM_FILE: own} if own else {}))


def scale_values(axis: Axis, values: Floats) -> Floats:
    """Apply the transform and the bounds of `axis`."""
    scaled = values if axis.transform is None else axis.transform.forward(values)
    return scaled if axis.bounds == (None, None) else np.clip(scaled, *axis.bounds)


def place(gate: Gate, tube: TubeEvents, within: Codes, known: Mapping[str, Codes]) -> Codes:
    """Say for every event whether it lies in `gate`.

    Parameters
    ----------
    gate : Gate
        The gate.
    tube : TubeEvents
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
        codes = [IN - known[o.gate] if o.complement else known[o.gate] for o in gate.operands]
        joined = np.minimum.reduce(codes) if gate.operator is Operator.AND else np.maximum.reduce(codes)
        own = IN - joined if gate.operator is Operator.NOT else joined
        return np.asarray(np.minimum(within, own), dtype=np.int8)
    rows = np.flatnonzero(within != OUT)
    result = np.zeros(tube.size, dtype=np.int8)
    result[rows] = np.minimum(within[rows], _judge(gate, tube, rows))
    return result


def _judge(
    gate: RectangleGate | PolygonGate | EllipsoidGate | BandGate, tube: TubeEvents, rows: NDArray[np.intp]
) -> Codes:
    """Codes of `rows` by the geometry of one gate."""
    if isinstance(gate, RectangleGate):
        codes = [_judge_interval(interval, tube, rows) for interval in gate.intervals]
        # An event that cannot be judged on one side is not evaluable, wherever it lies on the others.
        unknown = np.logical_or.reduce([code == NOT_EVALUABLE for code in codes])
        joined: Codes = np.minimum.reduce(codes)
        joined[unknown] = NOT_EVALUABLE
        return joined
    if isinstance(gate, EllipsoidGate):
        points = np.column_stack([tube.scaled(axis, rows) for axis in gate.axes]) - np.array(gate.mean)
        solved = np.linalg.solve(np.array(gate.covariance), points.T).T
        distance = np.einsum("ij,ij->i", points, solved)
        # The surface belongs to the gate, and rounding must not take it away.
        limit = gate.distance_squared * (1 + 8 * np.finfo(float).eps)
        return _code(distance <= limit, np.isfinite(points).all(axis=1))
    x, y = tube.scaled(gate.x, rows), tube.scaled(gate.y, rows)
    if isinstance(gate, BandGate):
        good = np.isfinite(x) & np.isfinite(y)
        positive = good & (x > 0) & (y > 0)
        apart = np.full(x.shape, np.inf)
        apart[positive] = np.log(y[positive]) - gate.intercept - gate.slope * np.log(x[positive])
        return _code(np.abs(apart) <= gate.half_width, good)
    return _code(within_polygon(x, y, np.array(gate.vertices)), np.isfinite(x) & np.isfinite(y))


def _judge_interval(interval: Interval, tube: TubeEvents, rows: NDArray[np.intp]) -> Codes:
    """Compare events with one interval: thresholds are inverted, events are not transformed."""
    axis, transform = interval.axis, interval.axis.transform
    values = tube.values(axis, rows)
    good = np.isfinite(values)
    inside = good.copy()
    low, high = interval.minimum, interval.maximum
    if axis.bounds != (None, None) or isinstance(transform, FloorLog):
        scaled = scale_values(axis, values)
        inside &= np.isfinite(scaled)
        good &= np.isfinite(scaled)
        inside &= (scaled >= low) if low is not None else True
        inside &= (scaled < high) if high is not None else True
        return _code(inside, good)
    if transform is None:
        inside &= (values >= low) if low is not None else True
        inside &= (values < high) if high is not None else True
        return _code(inside, good)
    near = np.zeros(len(values), dtype=bool)
    for cut, above in ((low, True), (high, False)):
        if cut is not None:
            linear = float(transform.inverse(cut))
            inside &= (values >= linear) if above else (values < linear)
            # Near on the scale of the gate: at the zero of a scale a relative distance says nothing.
            below, beyond = transform.inverse(cut - _NEAR_CUT), transform.inverse(cut + _NEAR_CUT)
            near |= (values >= below) & (values <= beyond)
            near |= np.abs(values - linear) <= _NEAR_CUT * np.maximum(np.abs(values), abs(linear))
    # A logarithm has nothing to say at zero and below.
    defined = good & (values > 0) if isinstance(transform, Log) else good
    close = np.flatnonzero(near & defined)
    scaled = transform.forward(values[close])
    inside[close] = (scaled >= low if low is not None else True) & (
        scaled < high if high is not None else True
    )
    return _code(inside, defined)


def _code(inside: NDArray[np.bool_], good: NDArray[np.bool_]) -> Codes:
    codes = np.multiply(inside, IN, dtype=np.int8)  # OUT is 0
    codes[~good] = NOT_EVALUABLE
    return codes


def gate_order(gates: Iterable[Gate]) -> list[Gate]:
    """Order gates so that each follows its parent and its operands.

    Raises
    ------
    GatingError
        If a gate descends from itself.
    """
    by_id = {gate.id: gate for gate in gates}
    try:
        order = list(
            TopologicalSorter({gate.id: needs(gate) & by_id.keys() for gate in by_id.values()}).static_order()
        )
    except CycleError as error:
        cycle = " > ".join(error.args[1])
        hint = "one of these parents is wrong"
        raise GatingError([Fault("gates", None, "parent", f"a circle: {cycle}", "a tree", hint)]) from None
    return [by_id[name] for name in order]


def needs(gate: Gate) -> set[str]:
    """Ids of the gates that must be known before `gate`."""
    operands = {o.gate for o in gate.operands} if isinstance(gate, BooleanGate) else set()
    return operands | ({gate.parent} if gate.parent else set())


def evaluate(tree: GateTree, file: EventFile) -> tuple[tuple[GateCount, ...], dict[str, Codes]]:
    """Evaluate every gate of a tree on every event of a file.

    Parameters
    ----------
    tree : GateTree
        Gates and matrices.
    file : EventFile
        The tube.

    Returns
    -------
    counts : tuple of GateCount
        In the order of the tree; a gate that cannot be placed says why, and does not stop the others.
    codes : dict of str to ndarray of int8, shape (events,)
        `OUT`, `NOT_EVALUABLE` or `IN`, for every gate that could be placed.
    """
    tube = open_tube(file, dict(tree.matrices))
    codes: dict[str, Codes] = {}
    counts: dict[str, GateCount] = {
        gate.id: GateCount(gate.id, "", 0, 0, 0, gate.reason) for gate in tree.broken
    }
    everything = np.full(tube.size, IN, dtype=np.int8)
    for gate in gate_order(tree.gates):
        parent = gate.parent or "all events"
        missing = sorted(needs(gate) - codes.keys())
        if missing:
            reason = f"gate {missing[0]} is not evaluable"
            counts[gate.id] = GateCount(gate.id, parent, 0, 0, 0, reason)
            continue
        within = codes[gate.parent] if gate.parent else everything
        try:
            codes[gate.id] = place(gate, tube, within, codes)
        except RemnantError as error:
            counts[gate.id] = GateCount(gate.id, parent, 0, 0, 0, str(error))
            continue
        counts[gate.id] = count_codes(gate.id, parent, codes[gate.id], within)
    return tuple(counts[gate.id] for gate in (*tree.gates, *tree.broken)), codes


def count_codes(gate: str, parent: str, codes: Codes, within: Codes) -> GateCount:
    """Count the events of a parent (`within`) by their code."""
    judged = codes[within == IN]
    inside, unknown = int(np.sum(judged == IN)), int(np.sum(judged == NOT_EVALUABLE))
    return GateCount(gate, parent, inside, len(judged) - unknown, unknown)
