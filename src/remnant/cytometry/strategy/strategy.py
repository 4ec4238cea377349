"""A gating strategy as numbers: for every plot its bins, its gates with their counts, its rare events.

The plots show what `evaluate` counted and nothing else: the events of each parent, the codes of each gate.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.channels import find_scatter
from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.gates.evaluate import evaluate
from remnant.cytometry.gates.events import TubeEvents, open_tube
from remnant.cytometry.gates.gate import (
    UNCOMPENSATED,
    Axis,
    BooleanGate,
    Gate,
    GateTree,
    Operator,
)
from remnant.cytometry.gates.membership import IN, Codes, GateCount
from remnant.cytometry.signal.compensate import SpilloverMatrix
from remnant.cytometry.strategy.binning import NOWHERE, Bins, Floats, assign_bins, bin_edges, count_bins
from remnant.cytometry.strategy.display import DisplayAxis, display_axis
from remnant.cytometry.strategy.outline import Outline, gate_corners, sketch
from remnant.cytometry.strategy.plots import PlotPlan, plan_plots, resolve_axes
from remnant.cytometry.strategy.ticks import Tick, choose_ticks

RARE = 400  # a gate of fewer events has each of them drawn
HISTOGRAM_TOP, RUG = 0.93, 0.02  # of the height of a histogram: its highest bin, and its single events
_LINEAGE = 12  # forebears named: a longer line is cut
_FINENESS = ((50_000, 120), (2_000, 80), (0, 60))  # from so many events on, so many bins along a side


@dataclass(frozen=True)
class DrawnGate:
    """A gate on a plot.

    Parameters
    ----------
    count : GateCount
        As `evaluate` gave it.
    outline : Outline or None
        None where the gate has none on this plot; `note` then says why.
    points : tuple of (x, y)
        Its events one by one, if they are fewer than `RARE`, as fractions of the sides of the plot. What lies
        off an axis stands at its border; what has no value on one is left out.
    note : str
        What the reader should know.
    """

    count: GateCount
    outline: Outline | None
    points: tuple[tuple[float, float], ...]
    note: str = ""


@dataclass(frozen=True, eq=False)
class GatePlot:
    """One plot: the events of a parent on two axes, or on one.

    Parameters
    ----------
    lineage : tuple of str
        The parent whose events are shown, its parent, and so on to the root; empty for all events.
    events : int
        Events of the parent: those binned, those off the axes and without a value.
    x, y : DisplayAxis
        The axes; y is None for a histogram.
    binned : ndarray of int, shape (bins, bins) or (bins,)
        Events per bin, by y then x, from the lower left.
    without_value : int
        Events that are not a number on an axis.
    gates : tuple of DrawnGate
        In the order of the tree.
    """

    lineage: tuple[str, ...]
    events: int
    x: DisplayAxis
    y: DisplayAxis | None
    binned: NDArray[np.int64]
    without_value: int
    gates: tuple[DrawnGate, ...]

    @property
    def off_axes(self) -> int:
        """Events that have a value beyond an end of an axis."""
        return self.events - self.without_value - int(self.binned.sum())

    @property
    def count_ticks(self) -> tuple[Tick, ...]:
        """Ticks of the upright axis of a histogram, whose highest bin reaches `HISTOGRAM_TOP` of it."""
        return choose_ticks(None, 0.0, max(int(self.binned.max(initial=0)), 1) / HISTOGRAM_TOP)


@dataclass(frozen=True)
class JoinedGate:
    """A Boolean gate: its count, and what it joins, in words."""

    count: GateCount
    rule: str


@dataclass(frozen=True)
class GatingStrategy:
    """Every gate of a tree on one tube, ready to be drawn.

    Parameters
    ----------
    file : str
        Name of the file.
    events : int
        All its events.
    plots : tuple of GatePlot
        From the root to the leaves.
    joined : tuple of JoinedGate
        Boolean gates.
    unplaced : tuple of GateCount
        Gates that could not be read or placed, with their reasons.
    counts : tuple of GateCount
        Every gate, in the order of the tree.
    notes : tuple of str
        Notes of the tree.
    """

    file: str
    events: int
    plots: tuple[GatePlot, ...]
    joined: tuple[JoinedGate, ...]
    unplaced: tuple[GateCount, ...]
    counts: tuple[GateCount, ...]
    notes: tuple[str, ...]


def prepare_strategy(
    tree: GateTree, file: EventFile, *, spillover: SpilloverMatrix | None = None
) -> GatingStrategy:
    """Evaluate a tree of gates and bin the events of every plot that shows it.

    Parameters
    ----------
    tree : GateTree
        As `read_gates` returns it.
    file : EventFile
        The tube.
    spillover : SpilloverMatrix, optional
        Taken in place of the matrix that the file carries.

    Returns
    -------
    GatingStrategy
        Its counts are those of `evaluate`.
    """
    counts, codes = evaluate(tree, file, spillover=spillover)
    by_id = {count.gate: count for count in counts}
    tube = open_tube(file, dict(tree.matrices), spillover=spillover)
    placed = [resolve_axes(gate, tube) for gate in tree.gates if gate.id in codes]
    plans = plan_plots(placed, _second_axes(file))
    drawing = _Drawing(tube, {gate.id: gate for gate in placed}, codes, plans)
    joined = tuple(
        JoinedGate(by_id[gate.id], _rule(gate)) for gate in placed if isinstance(gate, BooleanGate)
    )
    return GatingStrategy(
        file.path.name, file.events, tuple(drawing.plot(plan, by_id) for plan in plans), joined,
        tuple(count for count in counts if count.reason), counts, tree.notes,
    )  # fmt: skip


def _second_axes(file: EventFile) -> list[Axis]:
    """What to draw a single axis against: side scatter, which tells white cells apart, else forward."""
    scatter = find_scatter(file)
    return [Axis(c.name, UNCOMPENSATED) for c in (scatter.side, scatter.forward) if c is not None]


def _rule(gate: BooleanGate) -> str:
    """Write a Boolean gate as words."""
    names = [f"not {o.gate}" if o.complement else o.gate for o in gate.operands]
    return f"not {names[0]}" if gate.operator is Operator.NOT else f" {gate.operator} ".join(names)


class _Drawing:
    """Bins each axis once, over all events that some plot shows on it, and fills the plots."""

    def __init__(
        self,
        tube: TubeEvents,
        gates: Mapping[str, Gate],
        codes: Mapping[str, Codes],
        plans: tuple[PlotPlan, ...],
    ):
        self.tube, self.gates, self.codes = tube, gates, codes
        self.shown: dict[Axis, tuple[DisplayAxis, Bins]] = {}
        parents: dict[Axis, set[str | None]] = {}
        for plan in plans:
            for axis in (plan.x, plan.y):
                if axis is not None:
                    parents.setdefault(axis, set()).add(plan.parent)
        for axis, names in parents.items():
            self.shown[axis] = self._bin(axis, names)

    def _rows(self, parents: Collection[str | None]) -> NDArray[np.intp] | slice:
        """Events of any of some parents; a slice where they are all of them, which spares a copy."""
        if None in parents:
            return slice(None)
        masks = [self.codes[parent] == IN for parent in parents if parent is not None]
        return np.flatnonzero(np.logical_or.reduce(masks))

    def _bin(self, axis: Axis, parents: Collection[str | None]) -> tuple[DisplayAxis, Bins]:
        """Choose how an axis is drawn, and in which bin of it each event lies."""
        rows = self._rows(parents)
        values = self.tube.values(axis, rows)
        corners = [v for gate in self.gates.values() for v in gate_corners(gate, axis)]
        shown = display_axis(axis, self.tube, values, corners)
        if axis.bounds != (None, None) and shown.scale is not None:
            low, high = (None if b is None else float(shown.scale.inverse(b)) for b in axis.bounds)
            values = np.clip(values, low, high)
        found = assign_bins(values, bin_edges(shown.scale, shown.low, shown.high))
        if isinstance(rows, slice):
            return shown, found
        bins = np.full(self.tube.size, NOWHERE, dtype=np.uint8)
        bins[rows] = found
        return shown, bins

    def plot(self, plan: PlotPlan, counts: Mapping[str, GateCount]) -> GatePlot:
        """Fill one plot."""
        rows = self._rows((plan.parent,))
        events = self.tube.size if isinstance(rows, slice) else len(rows)
        fineness = next(bins for least, bins in _FINENESS if events >= least)
        x, found_x = self.shown[plan.x]
        y, found_y = (None, None) if plan.y is None else self.shown[plan.y]
        binned, nowhere = count_bins(found_x[rows], None if found_y is None else found_y[rows], fineness)
        gates = tuple(self._gate(self.gates[name], counts[name], x, y) for name in plan.gates)
        return GatePlot(self._lineage(plan.parent), events, x, y, binned, nowhere, gates)

    def _gate(self, gate: Gate, count: GateCount, x: DisplayAxis, y: DisplayAxis | None) -> DrawnGate:
        sketched = sketch(gate, x, y)
        points: tuple[tuple[float, float], ...] = ()
        if 0 < count.events < RARE:
            rows = np.flatnonzero(self.codes[gate.id] == IN)
            across = self._places(x, rows)
            up = np.full(len(rows), RUG) if y is None else self._places(y, rows)
            drawn = np.isfinite(across) & np.isfinite(up)
            points = tuple(zip(across[drawn].tolist(), up[drawn].tolist(), strict=True))
        return DrawnGate(count, sketched.outline, points, sketched.note)

    def _places(self, shown: DisplayAxis, rows: NDArray[np.intp]) -> Floats:
        """Where single events stand on an axis."""
        values = self.tube.values(shown.axis, rows)
        scaled = values if shown.scale is None else shown.scale.forward(values)
        if shown.axis.bounds != (None, None):
            scaled = np.clip(scaled, *shown.axis.bounds)
        places = np.clip((scaled - shown.low) / (shown.high - shown.low), 0, 1)
        return np.asarray(places)

    def _lineage(self, parent: str | None) -> tuple[str, ...]:
        line: list[str] = []
        while parent is not None and len(line) < _LINEAGE:
            line.append(parent)
            parent = self.gates[parent].parent
        return tuple(line)
