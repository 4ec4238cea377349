"""The way of one tube from all events to the cells in which markers are cut, each step recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.channels import VIABILITY, find_scatter, marker_named
from remnant.cytometry.gates.gate import FROM_FILE, Gate
from remnant.cytometry.gates.membership import IN, Codes
from remnant.cytometry.recipe.cells import cut_nucleated, propose_cells, propose_nucleated, propose_viable
from remnant.cytometry.recipe.compartments import PARENT
from remnant.cytometry.recipe.cuts import Cutter
from remnant.cytometry.recipe.landmarks import Landmarks, find_landmarks, propose_region, stem_on_nucleated
from remnant.cytometry.recipe.opening import Rack
from remnant.cytometry.recipe.phenotype import MarkerRule
from remnant.cytometry.recipe.population import Threshold
from remnant.cytometry.recipe.recipe import Recipe
from remnant.cytometry.recipe.sheet import Control, Sheet, Tube
from remnant.cytometry.recipe.singlets import propose_narrow, propose_singlets
from remnant.cytometry.recipe.threshold import Refusal
from remnant.cytometry.recipe.tube import GateStep
from remnant.cytometry.recipe.walk import Placed, Proposal, Walk, finite, follow, start

Phenotypes = Mapping[str, tuple[MarkerRule, ...]]
T = TypeVar("T")


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


@dataclass(frozen=True)
class Route:
    """The way of one tube, to be gone as often as a cut moves: a stage is walked anew only if it must be.

    Parameters
    ----------
    rack : Rack
        The tubes, opened.
    panel : mapping of str to str
        Marker to channel.
    phenotypes : mapping of str to tuple of MarkerRule
        Compartments that are asked for.
    seeds : tuple of int
        A stream of chance for each step: whether one step is taken cannot move the cut of another.
    """

    rack: Rack
    panel: Mapping[str, str]
    phenotypes: Phenotypes
    seeds: tuple[int, ...]
    _kept: dict[str, tuple[Any, Any]] = field(default_factory=dict, repr=False, compare=False)
    _placed: dict[int, Placed] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls, rack: Rack, panel: Mapping[str, str], phenotypes: Phenotypes, *, rng: np.random.Generator
    ) -> Route:
        """Make ready to walk."""
        return cls(rack, panel, phenotypes, tuple(int(seed) for seed in rng.integers(2**63, size=5)))

    @property
    def cd45(self) -> str | None:
        """CD45, as the panel spells it."""
        return marker_named(self.panel, "CD45")

    @property
    def viability(self) -> str | None:
        """The viability dye, as the panel spells it."""
        return marker_named(self.panel, *VIABILITY)

    def travel(self, recipe: Recipe) -> Journey:
        """Walk from all events to nucleated cells and the region of progenitors, ready to cut markers there.

        Parameters
        ----------
        recipe : Recipe
            From one journey to the next it may differ in the cuts that are placed, and in nothing else.
        """
        stem = next((m for m in self.rack.stained.channels if m.lower() == recipe.stem_marker.lower()), None)
        placed = _placed(recipe, self.viability, self.cd45, stem)
        kept = self._kept.get("journey")
        if kept is not None and kept[0] == placed:
            last: Journey = kept[1]
            journey = replace(last, cutter=last.cutter.moved(recipe))
        else:
            journey = self._walk(recipe)
        self._kept["journey"] = placed, journey
        return journey

    def _walk(self, recipe: Recipe) -> Journey:
        tube, cd45 = self.rack.stained, self.cd45
        walk = self._once("single cells", None, lambda: _single_cells(tube, recipe, self.seeds[0]))
        if self.viability is not None:
            dye = self.viability
            alive = self._once("viable", _placed(recipe, dye), lambda: self._viable(walk, dye, recipe))
        else:
            alive = walk
        cutter = self._cutter(alive, recipe, 3, cut_later=cd45 is not None)
        walk = alive
        if cd45 is not None:
            stem = (cutter.stem, cutter.cut(cutter.stem)) if cutter.stem in tube.channels else None
            proposal = self._nucleated(alive, cd45, stem, recipe)
            walk = self._once(
                "nucleated",
                (alive.gates, alive.steps, alive.thresholds, proposal),
                lambda: alive.step(PARENT, tube.events, lambda _: proposal),
            )
            cutter = self._cutter(walk, recipe, 4)
        walk = replace(walk, name=PARENT)
        return self._region(walk, cutter, _doublets(walk))

    def _once(self, stage: str, depends: Any, make: Callable[[], T]) -> T:
        """Walk a stage only if what it depends on has moved since it was last walked."""
        if stage not in self._kept or self._kept[stage][0] != depends:
            self._kept[stage] = depends, make()
        made: T = self._kept[stage][1]
        return made

    def _viable(self, walk: Walk, dye: str, recipe: Recipe) -> Walk:
        tube, dead = self.rack.stained, None
        channel = tube.channels[dye].name
        if self.rack.dead is not None:
            inside = self._followed(walk.gates, self.rack.dead) == IN
            dead = finite(self.rack.dead.events.column(channel, FROM_FILE)[inside])
        rng = np.random.default_rng(self.seeds[1])
        return walk.step(
            "viable",
            tube.events,
            lambda codes: propose_viable(tube.events, dye, channel, codes, dead, recipe, rng=rng),
        )

    def _nucleated(
        self, alive: Walk, cd45: str, stem: tuple[str, Threshold | Refusal] | None, recipe: Recipe
    ) -> Proposal:
        events, channel = self.rack.stained.events, self.rack.stained.channels[cd45].name
        rng = np.random.default_rng(self.seeds[2])
        cut = self._once(
            "CD45",
            (alive.gates, _placed(recipe, cd45)),
            lambda: cut_nucleated(events, cd45, channel, alive.codes, recipe, rng=rng),
        )
        return propose_nucleated(events, cut, alive.codes, stem, recipe)

    def _cutter(self, walk: Walk, recipe: Recipe, seed: int, *, cut_later: bool = False) -> Cutter:
        """Make ready to cut markers in the cells reached; `cut_later`, the stem marker only."""

        def make() -> Cutter:
            markers = tuple(self.rack.stained.channels)
            seeds = np.random.default_rng(self.seeds[seed]).integers(2**63, size=len(markers)).tolist()
            sheet = Sheet.of(self.rack.stained, walk.codes)
            keyed = dict(zip(markers, seeds, strict=True))
            controls = self._controls(walk.gates, recipe.stem_marker if cut_later else None)
            return Cutter(sheet, controls, self.phenotypes, recipe, keyed)

        stage = f"cutter {seed}"
        cutter = self._once(stage, walk.gates, make).moved(recipe)
        self._kept[stage] = walk.gates, cutter
        return cutter

    def _controls(self, gates: tuple[Gate, ...], only: str | None) -> dict[str, Control]:
        """Follow the gates in every control or in that of one marker; an FMO goes before an isotype."""
        sheets: dict[int, Sheet] = {}
        controls: dict[str, Control] = {}
        for kind, tubes in (("isotype", self.rack.isotype), ("FMO", self.rack.fmo)):
            for marker, tube in tubes.items():
                if only is not None and marker.lower() != only.lower():
                    continue
                if id(tube) not in sheets:
                    sheets[id(tube)] = Sheet.of(tube, self._followed(gates, tube))
                leaves = {marker} if kind == "FMO" else {m for m, other in tubes.items() if other is tube}
                controls[marker] = Control(sheets[id(tube)], kind, frozenset(leaves))
        return controls

    def _followed(self, gates: tuple[Gate, ...], tube: Tube) -> Codes:
        """Place gates in another tube of the rack, those anew that have moved since they were last placed."""
        return follow(gates, tube.events, self._placed.setdefault(id(tube), []))

    def _region(self, walk: Walk, cutter: Cutter, doublets: float | None) -> Journey:
        """Find the landmarks on nucleated cells, and look for stem cells in the region that they bound."""
        tube, sheet, cd45 = self.rack.stained, cutter.sheet, self.cd45
        scatter = find_scatter(tube.events.file)
        wanted = any(cutter.stem == rule.marker for rules in cutter.phenotypes.values() for rule in rules)
        side = None if scatter.side is None else tube.events.column(scatter.side.name)[sheet.rows]
        if cd45 is None or side is None or scatter.side is None:
            return Journey(walk, cutter, None, None, cd45, side, (), (), doublets)
        found = self._once(
            "landmarks",
            walk.gates,
            lambda: find_landmarks(sheet.values(cd45), side, sheet.top(cd45), cutter.recipe),
        )
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
            said = (f"step {name} not applied: {rule}",)
            return Journey(walk, cutter, None, marks, cd45, side, (step,), said, doublets)
        within, controls = self._once(
            "region", (walk.gates, gate), lambda: (sheet.within(gate), _within(cutter.controls, gate))
        )
        known = int(np.count_nonzero(within.known((cd45,)) & np.isfinite(side)))
        inside = int(np.count_nonzero(within.region))
        step = GateStep(name, PARENT, rule, inside, known, cells - known)
        placed = cutter.in_region(within, controls)
        return Journey(walk, placed, gate, marks, cd45, side, (step,), (), doublets)


def _placed(recipe: Recipe, *markers: str | None) -> tuple[tuple[float | None, bool], ...]:
    """Where cuts are placed, and by whom: what a stage of the way depends on."""
    return tuple(
        (None, False) if marker is None else (recipe.fixed_cut(marker), recipe.is_reviewed(marker))
        for marker in markers
    )


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


def _within(controls: Mapping[str, Control], gate: Gate) -> dict[str, Control]:
    """Mark the region in the cells of every control; one tube may stand for several markers."""
    sheets = {id(control.sheet): control.sheet for control in controls.values()}
    placed = {key: sheet.within(gate) for key, sheet in sheets.items()}
    return {marker: replace(control, sheet=placed[id(control.sheet)]) for marker, control in controls.items()}
