"""The cycle of one compartment: which of its events can be judged, and what fraction is in which phase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.cycle.cut import MarkerCut
from remnant.cytometry.cycle.dna import EDGE_WIDTHS, LOWEST
from remnant.cytometry.cycle.fit import DnaFit
from remnant.cytometry.cycle.limits import Share, phase_fraction
from remnant.cytometry.cycle.phases import Cut, PhaseShares, estimate_phases, fractions_at
from remnant.cytometry.cycle.plan import CyclePlan
from remnant.cytometry.cycle.record import CompartmentCycle, CutStep, Phase, PhaseFraction
from remnant.cytometry.gates.membership import IN, NOT_EVALUABLE, Codes
from remnant.cytometry.recipe.threshold import Refusal
from remnant.study.estimate import Estimate

Floats = NDArray[np.float64]
METHOD = "Dean-Jett mixture of DNA, split at the cut of the proliferation marker"
_OVERLAP = 2.0  # standard errors by which the strict cut must differ to be said


@dataclass(frozen=True)
class CycleEvents:
    """What is known of every event of a tube.

    Parameters
    ----------
    dna : ndarray, shape (events,)
    marker : ndarray, shape (events,), or None
        Ki-67 or pyronin Y, compensated.
    single : ndarray of bool, shape (events,)
        Singlets by the pulse of DNA; all, where none was recorded.
    """

    dna: Floats
    marker: Floats | None
    single: NDArray[np.bool_]


def no_phases(reason: str) -> tuple[PhaseFraction, ...]:
    """Say of all three phases that they are not evaluable."""
    return tuple(PhaseFraction(phase, None, Estimate.not_evaluable(reason)) for phase in Phase)


def refuse_compartment(name: str, codes: Codes | None, reason: str) -> CompartmentCycle:
    """Record a compartment none of whose phases can be told."""
    inside = int(np.sum(codes == IN)) if codes is not None else 0
    return CompartmentCycle(name, METHOD, inside, 0, 0, 0, 0, 0, no_phases(reason), no_phases(reason))


def measure_compartment(
    name: str,
    codes: Codes,
    events: CycleEvents,
    fit: DnaFit,
    cut: MarkerCut | Refusal | None,
    plan: CyclePlan,
) -> CompartmentCycle:
    """Estimate the phases of one compartment.

    Parameters
    ----------
    name : str
    codes : ndarray of int8, shape (events,)
        Membership.
    events : CycleEvents
    fit : DnaFit
        Model of all viable singlets.
    cut : MarkerCut, Refusal or None
        Of the proliferation marker; None where there is no such channel.
    plan : CyclePlan

    Returns
    -------
    CompartmentCycle
    """
    inside = codes == IN
    known = np.isfinite(events.dna)
    if events.marker is not None:
        known = known & np.isfinite(events.marker)
    judged = inside & known & events.single
    dna = events.dna[judged]
    marker = np.zeros(len(dna)) if events.marker is None else events.marker[judged]
    below, above = dna < fit.shape.lower_edge, dna > fit.shape.upper_edge
    cells = ~below & ~above
    unknown = int(np.sum(codes == NOT_EVALUABLE)) + int(np.sum(inside & ~known))
    doublets = int(np.sum(inside & known & ~events.single))
    n = int(cells.sum())
    counts = (int(inside.sum()), n, unknown, doublets, int(below.sum()), int(above.sum()))
    if n < plan.minimum_compartment_events:
        reason = f"{n:,} events from 2n to 4n; {plan.minimum_compartment_events:,} are needed"
        refused = no_phases(reason)
        return CompartmentCycle(name, METHOD, *counts, refused, refused)
    # Debris below 2n tells how much of it lies above.
    fitted = (dna >= LOWEST * fit.shape.peak) & (dna <= fit.shape.upper_edge)
    x, y = dna[fitted], marker[fitted]
    if not isinstance(cut, MarkerCut):
        phases, windows = _without_cut(x, y, cells, dna, fit, cut, plan)
        return CompartmentCycle(name, METHOD, *counts, phases, windows)
    found = estimate_phases(x, y, cut.cut, fit, plan.confidence)
    strict = None if cut.strict is None else estimate_phases(x, y, cut.strict, fit, plan.confidence)
    phases = tuple(_phase(phase, found, strict, plan) for phase in Phase)
    windows = _windows(dna[cells], marker[cells], cut.cut.value, fit, plan)
    steps = _sensitivity(marker[cells], x, y, cut, fit)
    notes = () if strict is None else _overlap(found, strict, plan)
    return CompartmentCycle(name, METHOD, *counts, phases, windows, cut.threshold, steps, notes)


def _phase(phase: Phase, found: PhaseShares, strict: PhaseShares | None, plan: CyclePlan) -> PhaseFraction:
    """Limits of one phase; those of G0 and G1 span the strict cut, which overlap moves less."""
    shares: list[Share] = [found.shares[phase]]
    if strict is not None and phase is not Phase.S_G2M:
        shares.append(strict.shares[phase])
    return phase_fraction(phase, shares, found.cells, confidence=plan.confidence, reason=METHOD)


def _without_cut(
    x: Floats,
    y: Floats,
    cells: NDArray[np.bool_],
    dna: Floats,
    fit: DnaFit,
    cut: Refusal | None,
    plan: CyclePlan,
) -> tuple[tuple[PhaseFraction, ...], tuple[PhaseFraction, ...]]:
    """Tell S/G2/M only: without a cut, G0 and G1 are one."""
    none = (
        Estimate.not_done("no Ki-67 or pyronin Y")
        if cut is None
        else Estimate.not_evaluable(f"G0 and G1 are not told apart: {cut.reason}")
    )
    rest = tuple(PhaseFraction(phase, None, none) for phase in (Phase.G0, Phase.G1))
    found = estimate_phases(x, y, Cut(np.inf, np.inf, np.inf), fit, plan.confidence)
    dividing = _windows(dna[cells], np.zeros(int(cells.sum())), np.inf, fit, plan)[-1]
    return (*rest, _phase(Phase.S_G2M, found, None, plan)), (*rest, dividing)


def window_edge(fit: DnaFit, plan: CyclePlan) -> float:
    """DNA above which a hard window calls an event S/G2/M."""
    return fit.shape.peak * (1 + min(plan.window_widths, EDGE_WIDTHS) * fit.shape.cv)


def _windows(
    dna: Floats, marker: Floats, cut: float, fit: DnaFit, plan: CyclePlan
) -> tuple[PhaseFraction, ...]:
    """Count by hard windows, as gates on the plot would, with exact limits."""
    two_n = dna <= window_edge(fit, plan)
    g0 = int(np.sum(two_n & (marker < cut)))
    return count_exactly((g0, int(two_n.sum()) - g0, int(np.sum(~two_n))), plan, reason="hard windows")


def count_exactly(counts: tuple[int, int, int], plan: CyclePlan, *, reason: str) -> tuple[PhaseFraction, ...]:
    """Fractions of counted events, each with its exact interval."""
    n = sum(counts)
    return tuple(
        phase_fraction(phase, [Share(k / n, n)], n, confidence=plan.confidence, reason=reason)
        for phase, k in zip(Phase, counts, strict=True)
    )


def _sensitivity(marker: Floats, x: Floats, y: Floats, cut: MarkerCut, fit: DnaFit) -> tuple[CutStep, ...]:
    """Fractions with the cut moved through its interval, and at the strict quantile."""
    places = [("lower", cut.cut.lower, cut.cut.below), ("value", cut.cut.value, cut.cut.below)]
    places.append(("upper", cut.cut.upper, cut.cut.below))
    if cut.strict is not None:
        name = f"{100 * cut.strict.below:g} % quantile"
        places.append((name, cut.strict.value, cut.strict.below))
    steps = []
    for where, place, below in places:
        g0, g1, dividing = (float(f) for f in fractions_at(x, y, place, below, fit))
        steps.append(CutStep(where, place, int(np.sum(marker < place)), g0, g1, dividing))
    return tuple(steps)


def _overlap(found: PhaseShares, strict: PhaseShares, plan: CyclePlan) -> tuple[str, ...]:
    """Say where proliferating cells reach into the background: the strict cut then finds fewer in G0."""
    one, other = found.shares[Phase.G0], strict.shares[Phase.G0]
    # The cells between the two cuts are the difference, and they are counted without the rest.
    ratio = plan.strict_quantile / plan.control_quantile
    error = np.sqrt(max(other.value, 1 / other.size) * (1 - ratio) / other.size)
    if one.value - other.value <= _OVERLAP * error:
        return ()
    shift = f"{100 * one.value:.1f} % or {100 * other.value:.1f} %"
    where = f"at the {100 * plan.control_quantile:g} or {100 * plan.strict_quantile:g} % quantile"
    return (f"proliferating cells overlap the background: G0 is {shift} {where}; the interval spans both",)
