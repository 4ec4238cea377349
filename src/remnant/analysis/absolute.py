"""Cells per µL of every compartment of a tube: from beads in it, else from its sample volume, else not done.

The limits are those of the gates (counting, background, place of the cuts), widened by the count of beads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remnant.cytometry import EventFile, PopulationCount
from remnant.cytometry.rare.absolute import (
    AbsoluteCount,
    BeadLot,
    Platform,
    acquired_volume_ul,
    from_beads,
    from_volume,
    widen,
)
from remnant.cytometry.rare.beads import BeadGate, find_free_beads
from remnant.errors import FcsError, GatingError, SettingError
from remnant.stats.rare import poisson
from remnant.study.estimate import Estimate

NO_VOLUME = "events.csv gives neither volume_ul nor beads_added for this tube"
BEADS_ALONE = "beads without volume_ul in events.csv: how much sample they were added to is not known"
WHOLE = "takes all of volume_ul as acquired: if some was left in the tube, there are more cells per µL"
LOT = "the uncertainty of the bead lot is not in the limits"


@dataclass(frozen=True)
class TubeVolume:
    """What events.csv says of the volume of a tube.

    Parameters
    ----------
    volume_ul : float or None
        Sample in the tube.
    beads_added : int or None
        Counting beads added to it.
    beads_apart : str
        Tube of the sample that holds its beads apart from the stained cells; empty if there is none.
    """

    volume_ul: float | None = None
    beads_added: int | None = None
    beads_apart: str = ""


@dataclass(frozen=True)
class CellsPerUl:
    """Cells per µL of one compartment.

    Parameters
    ----------
    sample_id, file, population : str
        Sample, tube and compartment.
    platform : Platform or None
        How it was come by; None where there is no number.
    cells_per_ul : Estimate
        Less the background; limits carry counting, background, the place of the cuts, and the beads.
    counting_only : Estimate
        Events as counted, with the limits that counting alone gives.
    beads : int or None
        Beads counted, those of pairs as two.
    notes : tuple of str
        What a reader must know.
    """

    sample_id: str
    file: str
    population: str
    platform: Platform | None
    cells_per_ul: Estimate
    counting_only: Estimate
    beads: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Measure:
    """How a count of this tube becomes cells per µL, or why it does not."""

    refused: Estimate | None = None
    volume_ul: float = 0.0
    added: int = 0
    beads: BeadGate | None = None


def count_per_ul(
    file: EventFile,
    populations: tuple[PopulationCount, ...],
    volume: TubeVolume,
    *,
    panel: Mapping[str, str],
    place: tuple[str, str],
    confidence: float,
) -> tuple[CellsPerUl, ...]:
    """Count cells per µL of every compartment.

    Parameters
    ----------
    file : EventFile
        The stained tube.
    populations : tuple of PopulationCount
        Its compartments.
    volume : TubeVolume
        What events.csv says.
    panel : mapping of str to str
        Marker and channel: beads are looked for in channels that carry none.
    place : tuple of str
        Sample and file, as events.csv names them.
    confidence : float
        Coverage.
    """
    measure = _measure(file, volume, panel)
    return tuple(_per_ul(count, measure, place, confidence) for count in populations)


def _measure(file: EventFile, volume: TubeVolume, panel: Mapping[str, str]) -> _Measure:
    """Find the way from events to cells per µL."""
    if volume.beads_added:
        if volume.volume_ul is None:
            return _Measure(Estimate.not_evaluable(BEADS_ALONE))
        try:
            beads = find_free_beads(file, panel)
        except GatingError as error:
            return _Measure(Estimate.not_evaluable(_why(error)))
        return _Measure(None, volume.volume_ul, volume.beads_added, beads)
    if volume.volume_ul is None:
        if volume.beads_apart:
            reason = f"the beads of {volume.beads_apart} measure that tube: add beads to the stained one"
            return _Measure(Estimate.not_evaluable(reason))
        return _Measure(Estimate.not_done(NO_VOLUME))
    try:
        drawn = acquired_volume_ul(file)
    except FcsError:  # not every cytometer measures it
        drawn = volume.volume_ul
    if drawn < volume.volume_ul:
        reason = (
            f"the cytometer drew {drawn:g} µL ($VOL) of a tube that holds {volume.volume_ul:g} µL of sample"
        )
        return _Measure(Estimate.not_evaluable(reason))
    return _Measure(None, volume.volume_ul)


def _per_ul(
    count: PopulationCount, measure: _Measure, place: tuple[str, str], confidence: float
) -> CellsPerUl:
    name = (*place, count.population)
    refused = measure.refused
    if refused is None and count.events is None:
        refused = Estimate.not_evaluable(count.reason)
    if refused is not None:
        return CellsPerUl(*name, None, refused, refused)
    assert count.events is not None
    try:
        plain, per_event, unsure, beads = _plain(count.events, measure, confidence)
    except SettingError as error:
        unknown = Estimate.not_evaluable(_why(error))
        return CellsPerUl(*name, None, unknown, unknown)
    gated = widen(_gated(count, plain, per_event), unsure)
    notes = (*plain.notes, LOT if beads is not None else WHOLE)
    return CellsPerUl(*name, plain.platform, gated, plain.counting_only, beads, notes)


def _plain(
    events: int, measure: _Measure, confidence: float
) -> tuple[AbsoluteCount, float, float, int | None]:
    """Count by the events alone; return it, cells per µL of an event, and how unsure the beads make that."""
    if measure.beads is None:
        plain = from_volume(events, measure.volume_ul, confidence=confidence)
        return plain, 1 / measure.volume_ul, 0.0, None
    single, double = measure.beads.singlets, measure.beads.doublets
    plain = from_beads(
        events,
        single,
        lot=BeadLot(measure.added, 0.0),
        bead_volume_ul=1.0,  # of a suspension that holds what was added in one µL
        sample_volume_ul=measure.volume_ul,
        doublets=double,
        confidence=confidence,
    )
    total = single + 2 * double
    informative = total**2 / (
        single + 4 * double
    )  # pairs come as two: they say less than as many beads alone
    least = float(poisson.garwood(int(informative), confidence=confidence)[0])
    return plain, measure.added / total / measure.volume_ul, 1 - least / informative, total


def _gated(count: PopulationCount, plain: AbsoluteCount, per_event: float) -> Estimate:
    """Carry the limits of the gates over to cells per µL."""
    limits, counted = count.interval, plain.counting_only
    assert counted.confidence is not None
    assert counted.upper is not None
    if limits is None:
        return counted
    most = limits.upper * per_event
    if counted.value is None:
        return Estimate.not_detected(max(most, counted.upper), confidence=counted.confidence)
    value, least = limits.events * per_event, limits.lower * per_event
    return Estimate.detected(value, min(least, value), max(most, value), confidence=limits.confidence)


def _why(error: GatingError | SettingError) -> str:
    return "; ".join(f"{fault.column}: {fault.found}, {fault.expected} expected" for fault in error.faults)
