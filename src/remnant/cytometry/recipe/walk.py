"""One step after another, from all events to the cells that are asked for, with the gates that were placed.

The gates are found on the stained tube and placed, as they are, on its controls, so that a threshold is
always read inside the same parent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.gates.events import TubeEvents
from remnant.cytometry.gates.exact import place
from remnant.cytometry.gates.gate import Gate
from remnant.cytometry.gates.membership import IN, Codes, count_codes
from remnant.cytometry.recipe.population import Threshold
from remnant.cytometry.recipe.tube import GateStep

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Proposal:
    """A gate for one step, or None and the reason."""

    gate: Gate | None
    rule: str
    threshold: Threshold | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Walk:
    """Where a tube stands after some steps.

    Parameters
    ----------
    name : str
        Population reached.
    codes : ndarray of int8, shape (events,)
        Membership in it.
    gates : tuple of Gate
        Gates placed so far, to be placed on a control.
    steps : tuple of GateStep
    thresholds : tuple of Threshold
    warnings : tuple of str
    before : tuple of ndarray
        Membership in the parent of each step.
    """

    name: str
    codes: Codes
    gates: tuple[Gate, ...] = ()
    steps: tuple[GateStep, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    warnings: tuple[str, ...] = ()
    before: tuple[Codes, ...] = ()

    def step(self, name: str, tube: TubeEvents, propose: Callable[[Codes], Proposal]) -> Walk:
        """Take one step; one that cannot be applied is recorded and keeps every event."""
        proposal = propose(self.codes)
        if proposal.gate is None:
            count = count_codes(name, self.name, self.codes, self.codes)
            rule = f"not applied: {proposal.rule}"
            warnings = (*self.warnings, f"step {name} not applied: {proposal.rule}")
            gates, codes = self.gates, self.codes
        else:
            codes = place(proposal.gate, tube, self.codes, {})
            count = count_codes(name, self.name, codes, self.codes)
            rule, warnings, gates = proposal.rule, self.warnings, (*self.gates, proposal.gate)
        warnings = (*warnings, *proposal.warnings)
        step = GateStep(name, self.name, rule, count.events, count.evaluable, count.not_evaluable)
        found = (proposal.threshold,) if proposal.threshold else ()
        before = (*self.before, self.codes)
        return Walk(name, codes, gates, (*self.steps, step), (*self.thresholds, *found), warnings, before)


def start(tube: TubeEvents) -> Walk:
    """Stand at all events of a tube."""
    return Walk("all events", np.full(tube.size, IN, dtype=np.int8))


Placed = list[tuple[Gate, Codes]]


def follow(gates: tuple[Gate, ...], tube: TubeEvents, before: Placed | None = None) -> Codes:
    """Place the gates of another tube, one inside the other.

    Parameters
    ----------
    gates : tuple of Gate
    tube : TubeEvents
    before : list of (Gate, ndarray), optional
        What was placed in this tube last, which is gone on from and kept up to date: where a late gate has
        moved, those before it need not be placed again.
    """
    placed: Placed = [] if before is None else before
    codes = start(tube).codes
    for number, gate in enumerate(gates):
        if number < len(placed) and placed[number][0] != gate:
            del placed[number:]
        if number == len(placed):
            placed.append((gate, place(gate, tube, codes, {})))
        codes = placed[number][1]
    return codes


def finite(values: Floats) -> Floats:
    """Leave out what was not measured."""
    return values[np.isfinite(values)]


def scale_top(tube: TubeEvents, channel: str) -> float:
    """Top of the scale of a channel: its range, or its highest value where the file does not say."""
    known = tube.file.channel(channel)
    if known.range is not None and not known.decades:
        top = known.range / known.gain
    else:
        values = finite(tube.column(known.name))
        top = float(values.max()) if len(values) else 1.0
    return max(top, 1.0)
