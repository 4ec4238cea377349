"""Which cells of each compartment rest: by DNA and Ki-67 of the stained tubes, or counted elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from remnant.analysis.findings import COUNTED, PhaseReading, TubeResult
from remnant.analysis.plan import Plan
from remnant.cytometry import GatedCodes, GatedTube, Recipe
from remnant.cytometry.cycle import (
    CompartmentCycle,
    ControlKind,
    CycleDoubt,
    CyclePlan,
    CycleStain,
    Phase,
    TubeCycle,
    cycle_of_gated,
    find_cycle_markers,
    read_phases,
    refuse_gated,
)
from remnant.errors import FcsError
from remnant.study.estimate import Estimate, Evidence, Source
from remnant.study.study import Study

NOTHING = Estimate.not_done("no row in cell_cycle.csv, and no tube stained for DNA and Ki-67 or pyronin Y")


def measure_tube(
    tube: GatedTube,
    codes: GatedCodes,
    *,
    root: Path,
    panel: Mapping[str, str],
    controls: Sequence[tuple[str, str, bool]],
    isotypes: Sequence[tuple[str, str, bool]],
    whole: Sequence[str],
    spillover: Path | None = None,
    recipe: Recipe,
    rng: np.random.Generator,
) -> TubeCycle | None:
    """Estimate the phases of each compartment of a gated tube, inside the gates that counted it.

    Parameters
    ----------
    tube, codes
        As `gate_with_codes` returns them.
    root : Path
        The study folder.
    panel : mapping of str to str
        Marker to channel.
    controls, isotypes : sequence of (str, str, bool)
        Marker, the file of its FMO or isotype, and whether it is borrowed from another visit. A cut that the
        lab has fixed goes before the FMO, and the FMO before the isotype.
    whole : sequence of str
        Compartments that are all nucleated cells.
    spillover : Path, optional
        CSV matrix by which the tube was compensated; its control is too.
    recipe : Recipe
        Choices; the confidence and a fixed cut are taken from it.
    rng : Generator
        As in `cycle_of_gated`.

    Returns
    -------
    TubeCycle or None
        None where the panel does not name both a DNA dye and Ki-67 or pyronin Y: nobody measured it.
    """
    markers = find_cycle_markers(panel)
    if markers is None:
        return None
    if isinstance(markers, CycleDoubt):
        return refuse_gated(tube, markers.reason, whole=whole)
    marker = markers.proliferation
    plan = CyclePlan(confidence=recipe.confidence, fixed_cut=recipe.fixed_cut(marker))
    tubes = [(ControlKind.FMO, *row) for row in controls]
    tubes += [(ControlKind.ISOTYPE, *row) for row in isotypes]
    mine = [item for item in tubes if item[1] == marker and plan.fixed_cut is None][:1]
    control = next(((kind, root / file) for kind, _, file, _ in mine), None)
    stain = CycleStain(panel[markers.dna], panel[marker], control)
    try:
        cycle = cycle_of_gated(tube, codes, stain, whole=whole, spillover=spillover, plan=plan, rng=rng)
    except FcsError as error:
        if tube.file not in recipe.accepted_files:
            raise
        # The study accepts the file for its counts; DNA content has no meaning on values like these.
        return refuse_gated(tube, "; ".join(fault.found for fault in error.faults), whole=whole)
    lent = tuple(
        f"{marker} is cut on {file}, which is borrowed from another visit"
        for *_, file, is_lent in mine
        if is_lent
    )
    return replace(cycle, warnings=cycle.warnings + lent)


def phase_readings(study: Study, plan: Plan, tubes: Sequence[TubeResult]) -> tuple[PhaseReading, ...]:
    """List the phases of every compartment at every visit, from each origin; where there is none, so."""
    confidence = plan.analysis.confidence
    counted = read_phases(study["cell_cycle"], CyclePlan(confidence=confidence))
    found = [(sample, COUNTED, cycle) for sample, cycle in counted]
    found += [
        (result.sample_id, result.file, cycle)
        for result in tubes
        if result.cycle is not None
        for cycle in result.cycle.compartments
    ]
    at: dict[tuple[str, str], list[tuple[str, CompartmentCycle]]] = {}
    for sample, origin, cycle in found:
        at.setdefault((sample, cycle.compartment), []).append((origin, cycle))
    readings = []
    for patient, sample, day in study.visits():
        for name, compartment in plan.compartments.items():
            place = patient, sample, day, name, compartment.role
            measured = at.get((sample, name), [])
            readings += [_reading(place, origin, cycle) for origin, cycle in measured]
            if not measured:
                readings.append(PhaseReading(*place, "", "", None, NOTHING, NOTHING, NOTHING))
    return tuple(readings)


def _reading(place: tuple[str, str, int, str, str], origin: str, cycle: CompartmentCycle) -> PhaseReading:
    remarks = list(cycle.warnings)
    if (cut := cycle.threshold) is not None:
        remarks.insert(0, f"{cut.marker} cut: {cut.method}, in {cut.parent}")
    g0, g1, dividing = (_sourced(cycle.fraction(phase), origin) for phase in Phase)
    return PhaseReading(*place, origin, cycle.method, cycle.evaluable, g0, g1, dividing, tuple(remarks))


def _sourced(fraction: Estimate, origin: str) -> Estimate:
    """Name the file that a fraction was measured in; a row of the table is named already."""
    if fraction.sources or fraction.evidence is Evidence.NOT_DONE:
        return fraction
    return replace(fraction, sources=(Source(origin),))
