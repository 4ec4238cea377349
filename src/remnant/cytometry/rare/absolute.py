"""Cells per µL: from counting beads, from the volume that the cytometer drew, or from an analyser's count."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

import numpy as np

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.fcs.layout import number
from remnant.cytometry.rare.count import check_counts
from remnant.errors import Fault, FcsError, SettingError
from remnant.stats.fractions import proportion
from remnant.stats.rare import poisson
from remnant.study.estimate import Estimate

FEWEST_BEADS = 1000  # their count alone then adds 3 % to the error
NL_PER_UL = 1000.0


class Platform(StrEnum):
    """How a concentration was come by."""

    BEADS = "single platform, counting beads"
    VOLUME = "single platform, volume"
    DUAL = "dual platform: white count of an analyser times a fraction"


@dataclass(frozen=True)
class BeadLot:
    """A lot of counting beads.

    Parameters
    ----------
    beads_per_ul : float
        Concentration that the maker states for the lot.
    uncertainty : float
        Relative, as the maker states it: the true concentration lies within 1 +- this; in [0, 1).
    name : str
        Number of the lot.
    """

    beads_per_ul: float
    uncertainty: float
    name: str = ""


@dataclass(frozen=True)
class AbsoluteCount:
    """Cells per µL of the sample.

    Parameters
    ----------
    platform : Platform
        How it was measured.
    cells_per_ul : Estimate
        Limits carry the counts, and the uncertainty of lot, volume or analyser end to end.
    counting_only : Estimate
        Limits of the counts alone.
    uncertainty : float
        Relative uncertainty that the limits were widened by.
    notes : tuple of str
        What a reader must know.
    """

    platform: Platform
    cells_per_ul: Estimate
    counting_only: Estimate
    uncertainty: float
    notes: tuple[str, ...]


def from_beads(
    cells: int,
    beads: int,
    *,
    lot: BeadLot,
    bead_volume_ul: float,
    sample_volume_ul: float,
    dilution: float = 1.0,
    doublets: int = 0,
    fewest_beads: int = FEWEST_BEADS,
    confidence: float = 0.95,
) -> AbsoluteCount:
    """Count cells against beads: cells / beads x beads added / sample volume x dilution.

    Parameters
    ----------
    cells : int
        Events of the population.
    beads : int
        Events that were one bead.
    lot : BeadLot
        The beads.
    bead_volume_ul, sample_volume_ul : float
        Volumes of bead suspension and of sample that were pipetted into the tube, µL.
    dilution : float
        Volumes of diluted sample per volume of sample, before it was pipetted; 1 if undiluted.
    doublets : int
        Events that were two beads; each counts twice.
    fewest_beads : int
        Beads below which there is no answer.
    confidence : float, default 0.95
        Coverage.

    Returns
    -------
    AbsoluteCount
        Without a cell, not detected, with its upper bound.

    Raises
    ------
    SettingError
        With every number that is missing, negative or too small.

    References
    ----------
    Przyborowski & Wilenski (1940) Biometrika 31:313-323, doi:10.1093/biomet/31.3-4.313: the exact limits.
    """
    total = beads + 2 * doublets
    volumes = {"bead volume": bead_volume_ul, "sample volume": sample_volume_ul, "dilution": dilution}
    faults = [*_positive(volumes), *_lot_faults(lot), *_negative(cells=cells, beads=beads, doublets=doublets)]
    if total < fewest_beads:
        expected, hint = f"{fewest_beads:,} or more", "acquire longer: so few beads measure no volume"
        faults.append(Fault("absolute count", None, "beads", f"{total:,}", expected, hint))
    if faults:
        raise SettingError(faults)
    # Doublets come in twos, so they carry the information of fewer beads: (s + 2d)^2 / (s + 4d).
    informative = total**2 / (beads + 4 * doublets)
    per_bead = lot.beads_per_ul * bead_volume_ul / sample_volume_ul * dilution
    exposure = informative / total * per_bead
    level = confidence if cells else 2 * confidence - 1  # without a cell the upper limit is one-sided
    value, low, high = poisson.ratio(cells, 1.0, informative, exposure, confidence=level)
    plain = _estimate(cells, float(value), float(low), float(high), confidence)
    notes = (f"{doublets:,} bead doublets counted as two beads each",) if doublets else ()
    return AbsoluteCount(Platform.BEADS, widen(plain, lot.uncertainty), plain, lot.uncertainty, notes)


def from_volume(
    cells: int,
    volume_ul: float,
    *,
    dilution: float = 1.0,
    uncertainty: float = 0.0,
    confidence: float = 0.95,
) -> AbsoluteCount:
    """Count cells in the volume that the cytometer drew.

    Parameters
    ----------
    cells : int
        Events of the population.
    volume_ul : float
        Volume acquired, µL; `acquired_volume_ul` reads it from a file.
    dilution : float
        Volumes of stained suspension per volume of sample.
    uncertainty : float
        Relative uncertainty of the volume, in [0, 1).
    confidence : float, default 0.95
        Coverage.

    Raises
    ------
    SettingError
        If a number cannot be.
    """
    faults = _positive({"volume": volume_ul, "dilution": dilution})
    faults += [*_share("uncertainty", uncertainty), *_negative(cells=cells)]
    if faults:
        raise SettingError(faults)
    per_event = dilution / volume_ul
    low, high = (float(x) * per_event for x in poisson.garwood(cells, confidence=confidence))
    if cells == 0:
        high = float(poisson.upper_bound(0, confidence=confidence)) * per_event
    plain = _estimate(cells, cells * per_event, low, high, confidence)
    return AbsoluteCount(Platform.VOLUME, widen(plain, uncertainty), plain, uncertainty, ())


def dual_platform(
    events: int,
    parent_events: int,
    *,
    white_cells_per_ul: float,
    uncertainty: float = 0.0,
    confidence: float = 0.95,
) -> AbsoluteCount:
    """Multiply an analyser's white count by the fraction of a tube: the alternative where no beads are.

    Both instruments must mean the same cells; that the tube's parent are the analyser's white cells is
    assumed, and said.

    Parameters
    ----------
    events, parent_events : int
        Events of the population, of the evaluable leucocytes of the tube.
    white_cells_per_ul : float
        The analyser's count.
    uncertainty : float
        Relative uncertainty of that count, in [0, 1).
    confidence : float, default 0.95
        Coverage.

    Raises
    ------
    SettingError
        If a number cannot be, or the tube has no leucocyte.
    """
    check_counts(events, parent_events, "absolute count")
    faults = _positive({"white count": white_cells_per_ul, "parent events": parent_events})
    faults += _share("uncertainty", uncertainty)
    if faults:
        raise SettingError(faults)
    if events:
        limits = proportion.clopper_pearson(events, parent_events, confidence=confidence)
        low, high = (float(x) * white_cells_per_ul for x in limits)
    else:
        low, high = 0.0, float(proportion.upper_bound(0, parent_events, confidence=confidence))
        high *= white_cells_per_ul
    plain = _estimate(events, events / parent_events * white_cells_per_ul, low, high, confidence)
    note = "two instruments: assumes that the tube's parent are the white cells that the analyser counted"
    return AbsoluteCount(Platform.DUAL, widen(plain, uncertainty), plain, uncertainty, (note,))


def acquired_volume_ul(file: EventFile) -> float:
    """Read `$VOL`, the volume that was run, in nL by the standard; return µL.

    Raises
    ------
    FcsError
        If the file does not say, or what it says is not a volume.
    """
    text = file.keywords.get("$VOL", "").strip()
    value = number(text) if text else None
    if value is None or value <= 0:
        hint = "give the volume by hand: not every cytometer measures it"
        found = repr(text) if text else "nothing"
        raise FcsError([Fault(file.path.name, None, "$VOL", found, "a volume in nL above 0", hint)])
    return value / NL_PER_UL


def widen(estimate: Estimate, uncertainty: float) -> Estimate:
    """Stretch limits by a relative uncertainty, of a factor or of a divisor, end to end: never too narrow."""
    assert estimate.upper is not None
    assert estimate.confidence is not None
    high = estimate.upper / (1 - uncertainty)
    if estimate.value is None:
        return Estimate.not_detected(high, confidence=estimate.confidence)
    assert estimate.lower is not None
    low = estimate.lower * (1 - uncertainty)
    return Estimate.detected(estimate.value, low, high, confidence=estimate.confidence)


def _estimate(cells: int, value: float, low: float, high: float, confidence: float) -> Estimate:
    if cells == 0:
        return Estimate.not_detected(high, confidence=confidence)
    return Estimate.detected(value, low, high, confidence=confidence)


def _positive(numbers: dict[str, float]) -> list[Fault]:
    return [
        Fault("absolute count", None, name, f"{value:g}", "a number above 0", "check the pipetting record")
        for name, value in numbers.items()
        if not (isfinite(value) and value > 0)
    ]


def _negative(**counts: int) -> list[Fault]:
    return [
        Fault("absolute count", None, name, str(value), "0 or more", "counts are not negative")
        for name, value in counts.items()
        if value < 0
    ]


def _share(name: str, value: float) -> list[Fault]:
    if np.isfinite(value) and 0 <= value < 1:
        return []
    return [Fault("absolute count", None, name, f"{value:g}", "0 to 1", "write 3 % as 0.03")]


def _lot_faults(lot: BeadLot) -> list[Fault]:
    faults = _share("uncertainty of the lot", lot.uncertainty)
    if not (np.isfinite(lot.beads_per_ul) and lot.beads_per_ul > 0):
        hint = "it is printed on the vial: without it beads count nothing"
        where = f"bead lot {lot.name}".strip()
        found = f"{lot.beads_per_ul:g}"
        faults.append(Fault(where, None, "beads per µL", found, "the concentration of the lot", hint))
    return faults
