"""The cell cycle of one tube: one 2n peak for all of it, and the phases of each compartment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.cycle.compartment import (
    CycleEvents,
    measure_compartment,
    refuse_compartment,
)
from remnant.cytometry.cycle.cut import Control, MarkerCut, cut_by_control, cut_without_control
from remnant.cytometry.cycle.fit import DnaFit, fit_dna, refuse_fit
from remnant.cytometry.cycle.peak import DnaPeak, PeakRefusal, find_peak
from remnant.cytometry.cycle.plan import RATIO_LIMITS, CyclePlan
from remnant.cytometry.cycle.pulse import Pulse, find_pulse, keep_singlets
from remnant.cytometry.cycle.record import CompartmentCycle, DnaModel, PulseGate, TubeCycle
from remnant.cytometry.fcs.plausible import describe_scale, find_implausible
from remnant.cytometry.gates.events import TubeEvents
from remnant.cytometry.gates.gate import FROM_FILE
from remnant.cytometry.gates.membership import IN, OUT, Codes
from remnant.cytometry.recipe.threshold import Refusal
from remnant.errors import Fault, FcsError

Floats = NDArray[np.float64]
_AT_LIMIT = 0.005  # of the ratio of G2/M to 2n


def measure_cycle(
    tube: TubeEvents,
    *,
    dna: str,
    marker: str | None,
    parent: str,
    within: Codes,
    compartments: Mapping[str, Codes | Refusal],
    control: Control | None = None,
    pulse: str | None = None,
    plan: CyclePlan | None = None,
    rng: np.random.Generator,
) -> TubeCycle:
    """Estimate G0, G1 and S/G2/M of every compartment of a tube.

    Parameters
    ----------
    tube : TubeEvents
        The stained tube.
    dna : str
        Channel of the DNA dye, on a linear scale.
    marker : str or None
        Channel of Ki-67 or pyronin Y; without it G0 and G1 are not done.
    parent : str
        Name of the population that lends the 2n peak: all viable singlets.
    within : ndarray of int8, shape (events,)
        Its codes.
    compartments : mapping of str to ndarray or Refusal
        Codes of each compartment, or why it could not be gated.
    control : Control, optional
        FMO or isotype tube of the marker.
    pulse : str, optional
        Channel of the height or width of DNA; the namesake of `dna` by default.
    plan : CyclePlan, optional
        Choices.
    rng : Generator
        Draws the resamples behind a cut at a valley.

    Returns
    -------
    TubeCycle

    Raises
    ------
    ChannelError
        If a channel is absent or ambiguous.
    FcsError
        If the values of a channel cannot be what a cytometer measured.
    """
    assert marker is not None or control is None, "a control is of a marker"
    plan = plan or CyclePlan()
    channels = [tube.file.channel(name).name for name in (dna, marker) if name is not None]
    warnings = _check(tube, channels)
    amount = tube.column(channels[0], FROM_FILE)
    width = find_pulse(tube, channels[0], pulse)
    if width is not None:
        # An event whose pulse was not measured is neither a doublet nor a singlet.
        amount = np.where(np.isfinite(tube.column(width.channel.name)), amount, np.nan)
    peak, single, gate = _find_singlets(tube, amount, width, within, plan)
    lending = (within == IN) & single
    fit = fit_dna(amount[lending & np.isfinite(amount)], peak) if isinstance(peak, DnaPeak) else None
    if fit is not None and (refusal := refuse_fit(fit, plan)) is not None:
        peak, fit = refusal, None
    warnings += _peak_warnings(peak, fit, gate, plan)
    values = tube.column(channels[1], FROM_FILE) if marker is not None else None
    events = CycleEvents(amount, values, single)
    shared: MarkerCut | Refusal | None = None
    if marker is not None and control is None:
        codes = np.where(lending, np.int8(IN), np.int8(OUT))
        shared = cut_without_control(channels[1], tube, codes, parent, plan, rng=rng)
    if control is not None:
        control = _single_control(control, channels[0], pulse, plan)
    found = []
    for name, member in compartments.items():
        if isinstance(member, Refusal):
            found.append(refuse_compartment(name, None, member.reason))
        elif isinstance(peak, PeakRefusal):
            found.append(refuse_compartment(name, member, peak.reason))
        else:
            assert fit is not None
            cut = shared if control is None else cut_by_control(name, channels[1], control, plan, rng=rng)
            found.append(measure_compartment(name, member, events, fit, cut, plan))
    warnings += _weak(found)
    return TubeCycle(
        file=tube.file.path.name,
        dna=channels[0],
        marker="" if marker is None else channels[1],
        parent=parent,
        parent_events=int(np.sum(within == IN)),
        peak=peak,
        model=_model(fit),
        pulse=gate,
        compartments=tuple(found),
        warnings=tuple(warnings),
    )


def _check(tube: TubeEvents, channels: list[str]) -> list[str]:
    """Refuse implausible values; say where a channel looks transformed or compensated already."""
    name = tube.file.path.name
    if odd := find_implausible(tube.file, tuple(channels)):
        hint = "export it again from the instrument"
        raise FcsError([Fault(name, None, "DATA", finding, "plausible values", hint) for finding in odd])
    return [text for channel in channels if (text := describe_scale(tube.file, channel))]


def _find_singlets(
    tube: TubeEvents, amount: Floats, pulse: Pulse | None, within: Codes, plan: CyclePlan
) -> tuple[DnaPeak | PeakRefusal, NDArray[np.bool_], PulseGate | None]:
    """Find the 2n peak, leave doublets out by its pulse, and find it again without them."""
    everything = np.ones(tube.size, dtype=bool)
    peak = find_peak(amount[within == IN], plan)
    if pulse is None or isinstance(peak, PeakRefusal):
        return peak, everything, None
    single, gate = keep_singlets(tube, amount, pulse, within, peak, plan)
    return find_peak(amount[(within == IN) & single], plan), single, gate


def _single_control(control: Control, dna: str, asked: str | None, plan: CyclePlan) -> Control:
    """Leave doublets out of a control, as out of the stained tube: they are twice as bright."""
    tube = control.tube
    widest = next(reversed(next(iter(control.populations.values()))), None)
    width = find_pulse(tube, tube.file.channel(dna).name, asked)
    if width is None or widest is None:
        return control
    peak, single, _ = _find_singlets(tube, tube.column(dna, FROM_FILE), width, widest[1], plan)
    if isinstance(peak, PeakRefusal):
        return control
    populations = {
        name: tuple((where, np.where(single, codes, np.int8(OUT))) for where, codes in nearest)
        for name, nearest in control.populations.items()
    }
    return replace(control, populations=populations)


def _peak_warnings(
    peak: DnaPeak | PeakRefusal, fit: DnaFit | None, gate: PulseGate | None, plan: CyclePlan
) -> list[str]:
    """Say what a reader of the fractions must know of the peak."""
    if isinstance(peak, PeakRefusal) or fit is None:
        return []
    warnings = [
        f"a second peak at DNA index {index:.2f}: aneuploid cells, or cells that divide in step; the "
        "fractions mix its cycle with that of the 2n cells"
        for index in peak.others
    ]
    if peak.tallest_is_4n:
        warnings.append("the tallest peak is taken for G2/M: a lower one stands at half its DNA")
    if min(abs(fit.shape.ratio - limit) for limit in RATIO_LIMITS) < _AT_LIMIT:
        low, high = RATIO_LIMITS
        warnings.append(f"the G2/M peak is at the limit of {low:g} to {high:g} times 2n: is DNA linear?")
    if fit.misfit > plan.maximum_misfit / 3:
        warnings.append(f"{100 * fit.misfit:.0f} % of events stand where the model does not expect them")
    if gate is None:
        warnings.append(
            "no height or width of DNA: doublets of 2n cells count as S/G2/M, which is an upper bound"
        )
    return warnings


def _weak(found: list[CompartmentCycle]) -> list[str]:
    """Say once of each cut that lacks an FMO how it was made."""
    cuts = [item.threshold for item in found if item.threshold is not None and item.threshold.weaker]
    return list(dict.fromkeys(f"{cut.marker} is cut at the {cut.method}" for cut in cuts))


def _model(fit: DnaFit | None) -> DnaModel | None:
    if fit is None:
        return None
    two_n, early, middle, late, four_n, debris = fit.weights
    shape = fit.shape
    return DnaModel(shape.peak, shape.cv, shape.ratio, two_n, early + middle + late, four_n, debris)
