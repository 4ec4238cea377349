"""The gates that counted a tube, as records that Gating-ML can hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from remnant.cytometry.fcs.layout import Channel
from remnant.cytometry.gates.events import TubeEvents
from remnant.cytometry.gates.gate import (
    FROM_FILE,
    Axis,
    BandGate,
    Gate,
    GateTree,
    Interval,
    PolygonGate,
    RectangleGate,
)
from remnant.cytometry.recipe.bench import Bench, Counted
from remnant.cytometry.recipe.compartments import Rules, find_cuts
from remnant.cytometry.recipe.phenotype import Level, MarkerRule
from remnant.cytometry.signal.transform import Log

STUDY_MATRIX = "study"  # id of a matrix that is the study's own, and not in the file
_DECADES = 4.5
_BEYOND = 10.0  # a band ends so many times beyond the last event, where nothing is


def gate_tree(bench: Bench, counted: Counted, *, own_matrix: bool = False) -> GateTree:
    """Write down the gates of a counted tube, each under its parent.

    The band of singlets becomes the parallelogram on logarithmic axes that it is, and ends beyond all events.

    Parameters
    ----------
    bench : Bench
        The tube.
    counted : Counted
        What it was counted with.
    own_matrix : bool
        Whether it was compensated by a matrix of the study, which the tree then carries.

    Returns
    -------
    GateTree
        A compartment that is not evaluable, or is all nucleated cells, has no gate in it.
    """
    journey, cutter, events = counted.journey, counted.cutter, bench.rack.stained.events
    gates: list[Gate] = []

    def add(gate: Gate) -> str:
        name = _identifier(gate.id)
        gates.append(_placed(gate, name, gates[-1].id if gates else None, events))
        return name

    for gate in journey.walk.gates:
        add(gate)
    nucleated = gates[-1].id if gates else None
    region = add(journey.region) if journey.region is not None else nucleated
    for name, rules in bench.phenotypes.items():
        cuts, reasons = find_cuts(rules, cutter)
        if reasons or not rules:
            continue
        parent = region if MarkerRule(cutter.stem, Level.POSITIVE) in rules else nucleated
        values = {marker: cut.value for marker, cut in cuts.items()}
        gates.append(_compartment(name, parent, rules, values, cutter.sheet.tube.channels))
    matrix = events.matrices.get(FROM_FILE)
    if not own_matrix or matrix is None:
        return GateTree(tuple(gates))
    return GateTree(tuple(_by_matrix(gate) for gate in gates), ((STUDY_MATRIX, matrix),))


def _identifier(name: str) -> str:
    """Make a name that XML takes as an id."""
    plain = re.sub(r"[^\w.-]", "_", name)
    return plain if re.match(r"[^\W\d]", plain) else f"_{plain}"


def _placed(gate: Gate, name: str, parent: str | None, events: TubeEvents) -> Gate:
    if not isinstance(gate, BandGate):
        return replace(gate, id=name, parent=parent)
    area = events.column(gate.x.channel)
    positive = area[np.isfinite(area) & (area > 0)]
    scale = Log(max(float(positive.max()), 1.0), _DECADES)
    ends = [np.log(float(positive.min()) / _BEYOND), np.log(float(positive.max()) * _BEYOND)]
    corners = [(ends[0], -1), (ends[1], -1), (ends[1], 1), (ends[0], 1)]
    decades = np.log(10) * _DECADES
    top = np.log(scale.top)
    vertices = tuple(
        (
            float((x - top) / decades + 1),
            float((gate.intercept + gate.slope * x + side * gate.half_width - top) / decades + 1),
        )
        for x, side in corners
    )
    axes = replace(gate.x, transform=scale), replace(gate.y, transform=scale)
    return PolygonGate(name, parent, *axes, vertices)


def _compartment(
    name: str, parent: str | None, rules: Rules, values: Mapping[str, float], channels: Mapping[str, Channel]
) -> RectangleGate:
    sides = []
    for rule in rules:
        axis, cut = Axis(channels[rule.marker].name), values[rule.marker]
        sides.append(Interval(axis, cut) if rule.level is Level.POSITIVE else Interval(axis, None, cut))
    return RectangleGate(_identifier(name), parent, tuple(sides))


def _by_matrix(gate: Gate) -> Gate:
    """Compensate the axes of a gate by the matrix that the tree carries."""

    def axis(one: Axis) -> Axis:
        return replace(one, compensation=STUDY_MATRIX) if one.compensation == FROM_FILE else one

    if isinstance(gate, RectangleGate):
        return replace(gate, intervals=tuple(replace(side, axis=axis(side.axis)) for side in gate.intervals))
    return gate
