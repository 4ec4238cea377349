"""The cell cycle of compartments that were gated: by a Gating-ML file, or by the automatic recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from remnant.cytometry.cycle.compartment import refuse_compartment
from remnant.cytometry.cycle.cut import Control, ControlKind
from remnant.cytometry.cycle.peak import PeakRefusal, PeakTrouble
from remnant.cytometry.cycle.plan import CyclePlan
from remnant.cytometry.cycle.record import TubeCycle
from remnant.cytometry.cycle.tube import measure_cycle
from remnant.cytometry.fcs.file import read_fcs
from remnant.cytometry.gates.evaluate import evaluate
from remnant.cytometry.gates.events import TubeEvents, open_tube
from remnant.cytometry.gates.exact import place
from remnant.cytometry.gates.gate import Axis, GateTree, Interval, RectangleGate
from remnant.cytometry.gates.membership import IN, Codes
from remnant.cytometry.recipe.autogate import GatedCodes, gate_with_codes
from remnant.cytometry.recipe.compartments import PARENT
from remnant.cytometry.recipe.opening import Opening
from remnant.cytometry.recipe.phenotype import Level, parse_phenotype
from remnant.cytometry.recipe.recipe import Recipe
from remnant.cytometry.recipe.threshold import Refusal
from remnant.cytometry.recipe.tube import GatedTube, Threshold
from remnant.cytometry.recipe.walk import follow
from remnant.cytometry.signal.compensate import require_channels
from remnant.cytometry.signal.spillover_table import read_spillover_csv
from remnant.errors import Fault, SettingError

ALL_EVENTS = "all events"


@dataclass(frozen=True)
class CycleStain:
    """What was stained, and on which channels.

    Parameters
    ----------
    dna : str
        Channel of the DNA dye.
    marker : str or None
        Channel of Ki-67 or pyronin Y.
    control : (ControlKind, Path) or None
        Tube without the marker.
    pulse : str or None
        Height or width of the DNA pulse; the namesake of `dna` by default.
    """

    dna: str
    marker: str | None = None
    control: tuple[ControlKind, Path] | None = None
    pulse: str | None = None

    def __post_init__(self) -> None:
        if self.control is not None and self.marker is None:
            hint = "name its channel too"
            found = f"a control {self.control[1].name} of no marker"
            raise SettingError([Fault("cell cycle", None, "Ki-67", found, "a channel of Ki-67", hint)])


def cycle_by_gates(
    path: Path,
    tree: GateTree,
    gates: Sequence[str],
    stain: CycleStain,
    *,
    parent: str | None = None,
    dataset: int | None = None,
    plan: CyclePlan | None = None,
    rng: np.random.Generator,
) -> TubeCycle:
    """Estimate the cycle of the events in some gates of a Gating-ML file.

    Parameters
    ----------
    path : Path
        The stained tube.
    tree : GateTree
        Gates; they are placed on the control too.
    gates : sequence of str
        Ids of the compartments.
    stain : CycleStain
        Channels, and the control of the marker.
    parent : str, optional
        Gate of all viable singlets, which lends the 2n peak; the nearest one that holds all `gates` by
        default, and all events where there is none.
    dataset : int, optional
        As in `read_fcs`.
    plan : CyclePlan, optional
        Choices.
    rng : Generator
        As in `measure_cycle`.

    Raises
    ------
    SettingError
        If there is no gate of that id, or the parent could not be placed.
    """
    lines = _lines(tree, [*gates, *([parent] if parent not in (None, ALL_EVENTS) else [])])
    file = read_fcs(path, dataset=dataset)
    counts, codes = evaluate(tree, file)
    codes[ALL_EVENTS] = np.full(file.events, IN, dtype=np.int8)
    reasons = {count.gate: count.reason for count in counts}
    lending = parent or next(name for name in lines[gates[0]][1:] if all(name in lines[g][1:] for g in gates))
    if lending not in codes:
        hint = "name another gate as parent"
        raise SettingError([Fault(path.name, None, f"gate {lending}", reasons[lending], "a parent", hint)])
    members = {gate: codes.get(gate, Refusal(reasons.get(gate, ""))) for gate in gates}
    control = None
    if stain.control is not None:
        kind, where = stain.control
        blank = read_fcs(where)
        background = evaluate(tree, blank)[1] | {ALL_EVENTS: np.full(blank.events, IN, dtype=np.int8)}
        populations = {
            gate: tuple((name, background[name]) for name in lines[gate] if name in background)
            for gate in gates
        }
        control = Control(kind, open_tube(blank, dict(tree.matrices)), populations)
    tube = open_tube(file, dict(tree.matrices))
    found = _measure(tube, stain, lending, codes[lending], members, control, plan, rng)
    if lending != ALL_EVENTS:
        return found
    said = "the 2n peak is that of all events, debris and dead cells too: name the gate of viable singlets"
    return replace(found, warnings=(*found.warnings, said))


def cycle_by_recipe(
    path: Path,
    stain: CycleStain,
    *,
    panel: Mapping[str, str],
    compartments: Mapping[str, str],
    controls: Mapping[str, Path] | None = None,
    recipe: Recipe | None = None,
    plan: CyclePlan | None = None,
    rng: np.random.Generator,
) -> TubeCycle:
    """Estimate the cycle of the compartments that the automatic recipe finds.

    Parameters
    ----------
    path : Path
        The stained tube.
    stain : CycleStain
        Channels, and the control of the marker.
    panel, compartments, controls, recipe
        As in `gate_tube`.
    plan : CyclePlan, optional
        Choices.
    rng : Generator
        As in `gate_tube` and `measure_cycle`.
    """
    asked = Opening(path, panel, compartments, controls or {}, recipe=recipe or Recipe())
    gated, found = gate_with_codes(asked, rng=rng)
    return cycle_of_gated(gated, found, stain, plan=plan, rng=rng)


def cycle_of_gated(
    gated: GatedTube,
    found: GatedCodes,
    stain: CycleStain,
    *,
    whole: Sequence[str] = (),
    spillover: Path | None = None,
    plan: CyclePlan | None = None,
    rng: np.random.Generator,
) -> TubeCycle:
    """Estimate the cycle of the compartments of a tube that the recipe has gated, inside the same gates.

    Parameters
    ----------
    gated, found
        As `gate_with_codes` returns them.
    stain : CycleStain
        Channels, and the control of the marker.
    whole : sequence of str
        Compartments that are all nucleated cells, and so have no gate of their own.
    spillover : Path, optional
        CSV matrix by which the tube was compensated; its control is too.
    plan : CyclePlan, optional
        Choices.
    rng : Generator
        As in `measure_cycle`.
    """
    members: dict[str, Codes | Refusal] = {
        p.population: found.members.get(p.population, Refusal(p.reason)) for p in gated.populations
    }
    members |= dict.fromkeys(whole, found.nucleated)
    control = None
    if stain.control is not None:
        kind, where = stain.control
        blank = _compensated(where, spillover)
        nucleated = follow(found.gates, blank)
        cuts = {cut.marker.lower(): cut for cut in gated.thresholds}
        near = {
            p.population: ((p.population, _place(p.phenotype, cuts, nucleated, blank)),)
            for p in gated.populations
            if p.population in found.members
        }
        populations = {name: (*near.get(name, ()), (PARENT, nucleated)) for name in members}
        control = Control(kind, blank, populations)
    return _measure(found.events, stain, PARENT, found.nucleated, members, control, plan, rng)


def _compensated(where: Path, spillover: Path | None) -> TubeEvents:
    """Open a control as its tube was opened: by the same matrix."""
    file = read_fcs(where)
    given = None if spillover is None else require_channels(read_spillover_csv(spillover, file), file)
    return open_tube(file, spillover=given)


def refuse_gated(gated: GatedTube, reason: str, *, whole: Sequence[str] = ()) -> TubeCycle:
    """Record a gated tube whose DNA cannot be read: no phase of any compartment is evaluable, and why."""
    names = (*(p.population for p in gated.populations), *whole)
    refused = tuple(refuse_compartment(name, None, reason) for name in names)
    peak = PeakRefusal(PeakTrouble.NOT_READ, reason)
    return TubeCycle(gated.file, "", "", PARENT, gated.cells or 0, peak, None, None, refused, ())


def _measure(
    tube: TubeEvents,
    stain: CycleStain,
    parent: str,
    within: Codes,
    members: Mapping[str, Codes | Refusal],
    control: Control | None,
    plan: CyclePlan | None,
    rng: np.random.Generator,
) -> TubeCycle:
    return measure_cycle(
        tube,
        dna=stain.dna,
        marker=stain.marker,
        parent=parent,
        within=within,
        compartments=members,
        control=control,
        pulse=stain.pulse,
        plan=plan,
        rng=rng,
    )


def _lines(tree: GateTree, wanted: Sequence[str]) -> dict[str, list[str]]:
    """Line of every gate that is wanted: itself, its parent, and so on up to all events."""
    parents = {gate.id: gate.parent or ALL_EVENTS for gate in tree.gates}
    parents |= {gate.id: ALL_EVENTS for gate in tree.broken}
    faults = []
    for name in wanted:
        if name not in parents:
            near = get_close_matches(name, parents, 1)
            hint = f"did you mean {near[0]}?" if near else "take one of these"
            faults.append(Fault("gates", None, "id", name, ", ".join(parents) or "a gate", hint))
    if faults or not wanted:
        hint = "name the gate of a compartment"
        raise SettingError(faults or [Fault("gates", None, "id", "no gate", ", ".join(parents), hint)])
    lines = {}
    for name in wanted:
        line = [name]
        while line[-1] != ALL_EVENTS:
            line.append(parents[line[-1]])
        lines[name] = line
    return lines


def _place(phenotype: str, cuts: Mapping[str, Threshold], nucleated: Codes, tube: TubeEvents) -> Codes:
    """Place the cuts of a compartment on another tube."""
    intervals = []
    for rule in parse_phenotype(phenotype):
        cut = cuts[rule.marker.lower()]
        low, high = (cut.value, None) if rule.level is Level.POSITIVE else (None, cut.value)
        intervals.append(Interval(Axis(cut.channel), low, high))
    if not intervals:
        return nucleated
    return place(RectangleGate(phenotype, None, tuple(intervals)), tube, nucleated, {})
