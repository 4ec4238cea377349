"""A clone followed over time in one material, by FISH of CD34+ or of all cells, or by reads of a variant.

Blood and marrow are two series, and neither is the series of sorted stem cells or progenitors: none stands in
for another. What can be followed in CD34+ cells of the blood: J Clin Pathol, PMID 20226527; PMC4803133.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log

from remnant.persistence.change import Change, CloneReading, clone_changes
from remnant.stats.series.trend import trend
from remnant.study.estimate import Estimate

MONTH = 365.25 / 12


@dataclass(frozen=True)
class MonitoringLook:
    """One sample of a series.

    Parameters
    ----------
    sample_id : str
        The sample.
    day : int
        Days since the patient's anchor.
    abnormal, scored : int or None
        Nuclei, or reads; None where nothing was counted.
    fraction : Estimate
        Of the clone, or of the reads that carry the variant.
    """

    sample_id: str
    day: int
    abnormal: int | None
    scored: int | None
    fraction: Estimate


@dataclass(frozen=True)
class MonitoringSeries:
    """The clone in one material of one patient, over time.

    Parameters
    ----------
    patient_id, material, of, assay : str
        Marrow or blood; the compartment or the variant; `FISH` or `reads`.
    looks : tuple of MonitoringLook
        In the order of time, those that failed among them.
    trend_from_day : int or None
        First look of the trend: that of the lowest level since treatment.
    trend_looks : int
        How many carry it.
    slope_per_month, slope_lower, slope_upper : float or None
        Log odds per month; None where the looks set no limit on that side.
    doubling_days, doubling_lower, doubling_upper : float or None
        Days in which the odds double, where they rise; None for never, or for no limit.
    fell_day, rise_after_day, rise_day : int or None
        First fall since treatment; last look before the first rise since the lowest level, and the look that
        showed it.
    rise_confirmed : bool or None
        Whether the next look agrees.
    reason : str
        What the looks say, or why they say nothing.
    basis : str
        What is known of the errors of the assay.
    """

    patient_id: str
    material: str
    of: str
    assay: str
    looks: tuple[MonitoringLook, ...]
    trend_from_day: int | None
    trend_looks: int
    slope_per_month: float | None
    slope_lower: float | None
    slope_upper: float | None
    doubling_days: float | None
    doubling_lower: float | None
    doubling_upper: float | None
    fell_day: int | None
    rise_after_day: int | None
    rise_day: int | None
    rise_confirmed: bool | None
    reason: str
    basis: str


@dataclass(frozen=True)
class Followed:
    """A series to be judged: whose, what, its looks, and the readings of those that could be counted."""

    patient_id: str
    material: str
    of: str
    assay: str
    looks: tuple[MonitoringLook, ...]
    readings: tuple[CloneReading, ...]
    basis: str

    def changes(self, treated_from: int | None, probability: float) -> tuple[Change, ...]:
        """Falls and rises, the looks until `treated_from` being the first level; none with fewer than two."""
        if len(self.readings) < 2:
            return ()
        before = sum(treated_from is None or item.day <= treated_from for item in self.readings)
        if before == len(self.readings):
            return ()
        return clone_changes(self.readings, probability=probability, first=max(before, 1))[0]


def monitor(
    followed: Followed, *, treated_from: int | None, probability: float, confidence: float
) -> MonitoringSeries:
    """Judge one series.

    Parameters
    ----------
    followed : Followed
        The series.
    treated_from : int or None
        First day of treatment: looks until then are the first level.
    probability : float
        1 less the error of the whole series, as in `clone_changes`.
    confidence : float
        Coverage of the limits, in (0, 1).
    """
    changes = followed.changes(treated_from, probability)
    fell = next((item for item in changes if not item.rise), None)
    # The trend runs from the lowest level, so that a fall and a rise do not cancel.
    low = next((n for n, item in enumerate(changes) if item.rise), len(changes))
    rise = changes[low] if low < len(changes) else None
    falls = [item for item in changes[:low] if not item.rise]
    first = falls[-1].starts_at if falls else _first_treated(followed.readings, treated_from)
    own = followed.readings[first:] if first is not None else ()
    found = trend([item.day / MONTH for item in own], [item.posterior for item in own], confidence=confidence)
    lower, slope, upper = (None, None, None) if found is None else (found.lower, found.slope, found.upper)
    return MonitoringSeries(
        followed.patient_id,
        followed.material,
        followed.of,
        followed.assay,
        followed.looks,
        own[0].day if own else None,
        len(own),
        slope,
        _finite(lower),
        _finite(upper),
        _doubling(slope),
        _doubling(upper),
        _doubling(lower),
        None if fell is None else fell.day,
        None if rise is None else rise.after_day,
        None if rise is None else rise.day,
        None if rise is None else rise.confirmed,
        _reason(followed, rise),
        followed.basis,
    )


def _first_treated(readings: Sequence[CloneReading], treated_from: int | None) -> int | None:
    if treated_from is None:
        return 0 if readings else None
    return next((n for n, item in enumerate(readings) if item.day > treated_from), None)


def _doubling(slope: float | None) -> float | None:
    """Days to double the odds; None where they do not rise, and 0 at an infinite slope."""
    if slope is None or slope <= 0:
        return None
    return 0.0 if not isfinite(slope) else log(2) / slope * MONTH


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _reason(followed: Followed, rise: Change | None) -> str:
    if len(followed.readings) < 2:
        return f"{len(followed.readings)} of {len(followed.looks)} samples could be counted: no series"
    if rise is None:
        return "no rise beyond assay noise"
    said = (
        f"from {100 * rise.earlier:.2g} % to {100 * rise.later:.2g} %, beyond assay noise, after day "
        f"{rise.after_day} and by day {rise.day}"
    )
    return said if rise.confirmed else f"{said}; the next sample must confirm it"
