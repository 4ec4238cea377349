"""The clone of every patient in sorted cells: its looks, its levels, the first rise, and the dose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from remnant.analysis.clone_series import CloneSeries
from remnant.analysis.resistance import doses
from remnant.persistence import DosePeriod
from remnant.persistence.levels import CloneCourse, DoseSpan, clone_levels
from remnant.study.study import Study

SORTED = ("stem", "progenitor")


def clone_courses(
    study: Study,
    series: Mapping[str, Sequence[CloneSeries]],
    first_doses: Mapping[str, int | None],
    *,
    confidence: float,
) -> tuple[CloneCourse, ...]:
    """Lay out every series of sorted stem cells and progenitors, patients in order."""
    found = []
    for patient, mine in series.items():
        first = first_doses[patient]
        spans = _spans(doses(study, patient, first))
        found += [_course(item, first, spans, confidence) for item in mine if item.role in SORTED]
    return tuple(found)


def _course(
    series: CloneSeries, treated_from: int | None, spans: tuple[DoseSpan, ...], confidence: float
) -> CloneCourse:
    own = series.followed
    before = sum(treated_from is None or item.day <= treated_from for item in own.readings)
    levels = clone_levels(
        own.readings, probability=series.probability, first=max(before, 1), confidence=confidence
    )
    fell = next((place for place, item in enumerate(series.changes) if not item.rise), None)
    rise = None if fell is None else next((item for item in series.changes[fell:] if item.rise), None)
    return CloneCourse(
        own.patient_id,
        own.of,
        own.material,
        own.assay,
        series.role,
        own.looks,
        levels,
        None if rise is None else rise.after_day,
        None if rise is None else rise.day,
        None if rise is None else rise.confirmed,
        spans,
    )


def _spans(periods: Sequence[DosePeriod]) -> tuple[DoseSpan, ...]:
    start = periods[0].mg_per_day if periods else None
    return tuple(
        DoseSpan(
            one.first,
            one.last,
            one.mg_per_day,
            None if start is None or one.mg_per_day is None else one.mg_per_day >= start,
        )
        for one in periods
    )
