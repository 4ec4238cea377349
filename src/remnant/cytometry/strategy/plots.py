"""Which gates share a plot: those of one parent on one pair of axes, from the root to the leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from remnant.cytometry.gates.events import TubeEvents
from remnant.cytometry.gates.gate import (
    UNCOMPENSATED,
    Axis,
    BooleanGate,
    EllipsoidGate,
    Gate,
    RectangleGate,
)
from remnant.cytometry.gates.order import gate_order
from remnant.cytometry.strategy.outline import gate_axes

MOST_GATES = 8  # in one plot: more outlines than that hide each other


@dataclass(frozen=True)
class PlotPlan:
    """One plot to be drawn.

    Parameters
    ----------
    parent : str or None
        Gate whose events are shown; None for all events.
    x, y : Axis
        What they are shown on; y is None for a histogram.
    gates : tuple of str
        Gates outlined on it.
    """

    parent: str | None
    x: Axis
    y: Axis | None
    gates: tuple[str, ...]


def plan_plots(gates: Iterable[Gate], second: Iterable[Axis]) -> tuple[PlotPlan, ...]:
    """Share out gates over plots.

    A gate on one axis joins a plot of its siblings that has this axis; else it is drawn against a second
    axis that says something, and as a histogram where there is none. A gate on three axes or more is drawn
    on the first two, the next two, and so on.

    Parameters
    ----------
    gates : iterable of Gate
        Those to be drawn; Boolean ones have no axes and are left out.
    second : iterable of Axis
        What to draw a single axis against, the best first.
    """
    gates, seconds = tuple(gates), tuple(second)
    shared: dict[tuple[str | None, frozenset[Axis | None]], tuple[Axis, Axis | None, list[str]]] = {}
    alone: list[tuple[Gate, Axis]] = []
    for gate in gates:
        axes = gate_axes(gate)
        if len(axes) == 1:
            alone.append((gate, axes[0]))
        for pair in _pairs(axes):
            shared.setdefault((gate.parent, frozenset(pair)), (*pair, []))[2].append(gate.id)
    for gate, axis in alone:
        key = next((k for k in shared if k[0] == gate.parent and axis in k[1]), None)
        other = next((a for a in seconds if a.channel != axis.channel), None)
        key = key or (gate.parent, frozenset((axis, other)))
        shared.setdefault(key, (axis, other, []))[2].append(gate.id)
    depths, places = depth_of(gates), {gate.id: place for place, gate in enumerate(gates)}
    plans = []
    for (parent, _), (x, y, ids) in shared.items():
        ids.sort(key=places.__getitem__)
        plans += [
            PlotPlan(parent, x, y, tuple(ids[i : i + MOST_GATES])) for i in range(0, len(ids), MOST_GATES)
        ]
    return tuple(sorted(plans, key=lambda plan: (depths[plan.gates[0]], places[plan.gates[0]])))


def resolve_axes(gate: Gate, tube: TubeEvents) -> Gate:
    """Call an axis uncompensated where no matrix of the tube changes it, so that siblings share a plot."""
    if isinstance(gate, BooleanGate):
        return gate
    if isinstance(gate, RectangleGate):
        sides = tuple(replace(side, axis=_resolved(side.axis, tube)) for side in gate.intervals)
        return replace(gate, intervals=sides)
    if isinstance(gate, EllipsoidGate):
        return replace(gate, axes=tuple(_resolved(axis, tube) for axis in gate.axes))
    return replace(gate, x=_resolved(gate.x, tube), y=_resolved(gate.y, tube))


def _resolved(axis: Axis, tube: TubeEvents) -> Axis:
    matrix = tube.matrices.get(axis.compensation)
    if matrix is not None and {axis.channel, axis.denominator} & set(matrix.dyes):
        return axis
    return replace(axis, compensation=UNCOMPENSATED)


def _pairs(axes: tuple[Axis, ...]) -> list[tuple[Axis, Axis]]:
    if len(axes) < 2:
        return []
    pairs = list(zip(axes[::2], axes[1::2], strict=False))
    return [*pairs, (axes[0], axes[-1])] if len(axes) % 2 else pairs


def depth_of(gates: Iterable[Gate]) -> dict[str, int]:
    """How many gates lie between each gate and all events; a parent that is not there counts for none."""
    depths: dict[str, int] = {}
    for gate in gate_order(gates):
        depths[gate.id] = depths.get(gate.parent, 0) + 1 if gate.parent else 0
    return depths
