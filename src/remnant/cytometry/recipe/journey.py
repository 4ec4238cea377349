"""The way of one tube from all events to the cells in which markers are cut, each step recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.channels import VIABILITY, find_scatter, marker_named
from remnant.cytometry.gates.gate import FROM_FILE, Gate
from remnant.cytometry.gates.membership import IN, Codes
from remnant.cytometry.recipe.cells import propose_cells, propose_nucleated, propose_viable
from remnant.cytometry.recipe.compartments import PARENT
from remnant.cytometry.recipe.cuts import Cutter
from remnant.cytometry.recipe.landmarks import Landmarks, find_landmarks, propose_region, stem_on_nucleated
from remnant.cytometry.recipe.opening import Rack
from remnant.cytometry.recipe.phenotype import MarkerRule
from remnant.cytometry.recipe.recipe import Recipe
from remnant.cytometry.recipe.sheet import Control, Sheet, Tube
from remnant.cytometry.recipe.singlets import propose_narrow, propose_singlets
from remnant.cytometry.recipe.threshold import Refusal
from remnant.cytometry.recipe.tube import GateStep
from remnant.cytometry.recipe.walk import Walk, finite, follow, start

Phenotypes = Mapping[str, tuple[MarkerRule, ...]]


@dataclass(frozen=True)
class Journey:
    """Where the journey ended.

    Parameters
    ----------
    walk : Walk
        The steps to nucleated cells.
    cutter : Cutter
        Ready to cut markers in the cells that were reached.
    region : Gate or None
        The region of progenitors, where it could be placed.
    landmarks : Landmarks or None
    cd45 : str or None
        CD45, as the panel spells it.
    side : ndarray, shape (cells,), or None
        Side scatter of nucleated cells.
    steps : tuple of GateStep
        The step to the region, taken or not.
    warnings : tuple of str
    doublets : float or None
        Share of the cells that the singlet steps took away; None where none could be applied.
    """

    walk: Walk
    cutter: Cutter
    region: Gate | None
    landmarks: Landmarks | None
    cd45: str | None
    side: NDArray[np.float64] | None
    steps: tuple[GateStep, ...]
    warnings: tuple[str, ...]
    doublets: float | None


def travel(
    rack: Rack, panel: Mapping[str, str], phenotypes: Phenotypes, recipe: Recipe, *, rng: np.random.Generator
) -> Journey:
    """Walk from all events to nucleated cells and the region of progenitors, ready to cut markers there."""
    tube = rack.stained
    # A stream of chance for each step: whether one step is taken cannot move the cut of another.
    first, second, third, *more = (int(seed) for seed in rng.integers(2**63, size=5))
    walk = _single_cells(tube, recipe, first)
    cd45, viability = marker_named(panel, "CD45"), marker_named(panel, *VIABILITY)
    if viability is not None:
        channel = tube.channels[viability].name
        dead = None
        if rack.dead is not None:
            inside = follow(walk.gates, rack.dead.events) == IN
            dead = finite(rack.dead.events.column(channel, FROM_FILE)[inside])
        walk = walk.step(
            "viable",
            tube.events,
            lambda codes: propose_viable(
                tube.events, viability, channel, codes, dead, recipe, rng=np.random.default_rng(second)
            ),
        )
    cutter = _cutter(rack, walk, phenotypes, recipe, more[0], cut_later=cd45 is not None)
    if cd45 is not None:
        stem = (cutter.stem, cutter.cut(cutter.stem)) if cutter.stem in tube.channels else None
        walk = walk.step(
            PARENT,
            tube.events,
            lambda codes: propose_nucleated(
                tube.events, cd45, tube.channels[cd45].name, codes, stem, recipe,
                rng=np.random.default_rng(third),
            ),
        )  # fmt: skip
        cutter = _cutter(rack, walk, phenotypes, recipe, more[1])
    walk = replace(walk, name=PARENT)
    return _region(rack, walk, cutter, cd45, _doublets(walk))


def _single_cells(tube: Tube, recipe: Recipe, seed: int) -> Walk:
    scatter = find_scatter(tube.events.file)
    walk = start(tube.events)
    walk = walk.step(
        "cells",
        tube.events,
        lambda _: propose_cells(tube.events, scatter, recipe, rng=np.random.default_rng(seed)),
    )
    walk = walk.step(
        "singlets", tube.events, lambda codes: propose_singlets(tube.events, scatter, codes, recipe)
    )
    if scatter.forward_width is None:
        return walk
    return walk.step("narrow", tube.events, lambda codes: propose_narrow(tube.events, scatter, codes, recipe))


def _doublets(walk: Walk) -> float | None:
    """Share of the cells that the singlet steps took away."""
    steps = [step for step in walk.steps if step.name in ("singlets", "narrow")]
    applied = [step for step in steps if not step.rule.startswith("not applied") and step.evaluable]
    return 1 - applied[-1].events / applied[0].evaluable if applied else None


def _cutter(
    rack: Rack, walk: Walk, phenotypes: Phenotypes, recipe: Recipe, seed: int, *, cut_later: bool = False
) -> Cutter:
    """Make ready to cut markers in the cells that a walk has reached; `cut_later`, the stem marker only."""
    markers = tuple(rack.stained.channels)
    seeds = np.random.default_rng(seed).integers(2**63, size=len(markers)).tolist()
    sheet = Sheet.of(rack.stained, walk.codes)
    keyed = dict(zip(markers, seeds, strict=True))
    controls = _controls(rack, walk.gates, recipe.stem_marker if cut_later else None)
    return Cutter(sheet, controls, phenotypes, recipe, keyed)


def _controls(rack: Rack, gates: tuple[Gate, ...], only: str | None) -> dict[str, Control]:
    """Follow the gates in every control or in that of one marker; an FMO goes before an isotype."""
    sheets: dict[int, Sheet] = {}
    controls: dict[str, Control] = {}
    for kind, tubes in (("isotype", rack.isotype), ("FMO", rack.fmo)):
        for marker, tube in tubes.items():
            if only is not None and marker.lower() != only.lower():
                continue
            if id(tube) not in sheets:
                codes: Codes = follow(gates, tube.events)
                sheets[id(tube)] = Sheet.of(tube, codes)
            leaves = {marker} if kind == "FMO" else {m for m, other in tubes.items() if other is tube}
            controls[marker] = Control(sheets[id(tube)], kind, frozenset(leaves))
    return controls


def _region(rack: Rack, walk: Walk, cutter: Cutter, cd45: str | None, doublets: float | None) -> Journey:
    """Find the landmarks on nucleated cells, and look for stem cells in the region that they bound."""
    tube, sheet = rack.stained, cutter.sheet
    scatter = find_scatter(tube.events.file)
    wanted = any(cutter.stem == rule.marker for rules in cutter.phenotypes.values() for rule in rules)
    side = None if scatter.side is None else tube.events.column(scatter.side.name)[sheet.rows]
    if cd45 is None or side is None or scatter.side is None:
        return Journey(walk, cutter, None, None, cd45, side, (), (), doublets)
    found = find_landmarks(sheet.values(cd45), side, sheet.top(cd45), cutter.recipe)
    marks = None if isinstance(found, Refusal) else found
    if not wanted or cutter.stem not in tube.channels:
        return Journey(walk, cutter, None, marks, cd45, side, (), (), doublets)
    if isinstance(found, Refusal):
        gate, rule = None, found.reason
    else:
        positive, values = stem_on_nucleated(cutter.cut(cutter.stem), sheet, cutter.stem)
        proposal = propose_region(sheet, cd45, scatter.side.name, positive, values, found, cutter.recipe)
        gate, rule = proposal.gate, proposal.rule
    cells, name = len(sheet.rows), "progenitor region"
    if gate is None:
        step = GateStep(name, PARENT, f"not applied: {rule}", cells, cells, 0)
        return Journey(
            walk, cutter, None, marks, cd45, side, (step,), (f"step {name} not applied: {rule}",), doublets
        )
    sheet = sheet.within(gate)
    controls: dict[int, Sheet] = {}
    for control in cutter.controls.values():
        controls.setdefault(id(control.sheet), control.sheet.within(gate))
    placed = {
        marker: replace(control, sheet=controls[id(control.sheet)])
        for marker, control in cutter.controls.items()
    }
    known = int(np.count_nonzero(sheet.known((cd45,)) & np.isfinite(side)))
    step = GateStep(name, PARENT, rule, int(np.count_nonzero(sheet.region)), known, cells - known)
    return Journey(walk, cutter.in_region(sheet, placed), gate, marks, cd45, side, (step,), (), doublets)
