"""The levels between which a clone fell and rose: the looks of each, taken as one fraction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from remnant.persistence.change import CloneReading, clone_changes
from remnant.persistence.monitoring import MonitoringLook
from remnant.stats.series.looks import Looks


@dataclass(frozen=True)
class CloneLevel:
    """Looks between two changes, as one fraction.

    Parameters
    ----------
    from_day, to_day : int
        First and last of its looks.
    looks : int
        How many they are, without those of a rise that was withdrawn.
    median, lower, upper : float
        Of the fraction, in [0, 1]; an equal-tailed interval.
    """

    from_day: int
    to_day: int
    looks: int
    median: float
    lower: float
    upper: float


@dataclass(frozen=True)
class DoseSpan:
    """Days of one dose, both included: `last` None while it goes on, `full` None where it is not known."""

    first: int
    last: int | None
    mg_per_day: float | None
    full: bool | None


@dataclass(frozen=True)
class CloneCourse:
    """One series of one patient.

    Parameters
    ----------
    patient_id, of, material, assay, role : str
        As in `remnant.persistence.MonitoringSeries`; the role is that of the compartment.
    looks : tuple of MonitoringLook
        In the order of time.
    levels : tuple of CloneLevel
        Before, between and after its changes.
    rise_after_day, rise_day : int or None
        The first rise after a fall came between them; None without one.
    rise_confirmed : bool or None
        Whether the next look agrees.
    doses : tuple of DoseSpan
        Of the drug of the first dose; full is the dose at the start or more.
    """

    patient_id: str
    of: str
    material: str
    assay: str
    role: str
    looks: tuple[MonitoringLook, ...]
    levels: tuple[CloneLevel, ...]
    rise_after_day: int | None
    rise_day: int | None
    rise_confirmed: bool | None
    doses: tuple[DoseSpan, ...]


def clone_levels(
    readings: Sequence[CloneReading], *, probability: float, first: int, confidence: float
) -> tuple[CloneLevel, ...]:
    """Pool the looks of a series from one change to the next.

    Parameters
    ----------
    readings, probability, first
        As in `remnant.persistence.change.clone_changes`.
    confidence : float
        Coverage of each interval, in (0, 1).
    """
    if not readings:
        return ()
    changes, withdrawn = clone_changes(readings, probability=probability, first=first)
    out = {look for item in withdrawn for look in range(item.starts_at, item.shown_at + 1)}
    starts = [0, *(item.starts_at for item in changes), len(readings)]
    pools = [[look for look in range(*ends) if look not in out] for ends in pairwise(starts)]
    return tuple(_level([readings[look] for look in pool], confidence) for pool in pools if pool)


def _level(own: Sequence[CloneReading], confidence: float) -> CloneLevel:
    pooled, last = Looks.of([item.posterior for item in own]), len(own) - 1
    limits = pooled.interval(0, last, confidence=confidence)
    return CloneLevel(own[0].day, own[last].day, len(own), pooled.median(0, last), *limits)
