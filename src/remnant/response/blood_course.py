"""How the blood went under treatment: before it, at its lowest, at its best, and now, line by line.

The lowest count and its grade are what the drug (or the disease) cost; the best and the present one are what
was gained. Values that transfusion or growth factor may have raised count for the lowest, never for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from remnant.response.record.baseline import baseline_of
from remnant.response.record.history import UNIT, Count, History, Line
from remnant.response.rules.thresholds import Threshold
from remnant.study.estimate import Source

SOURCE = "CTCAE version 5.0 (2017), investigations; anaemia"
RECENT_DAYS = 56  # the present is the last eight weeks of counts
EARLY_DAYS = 56  # in which a fall is the drug's rather than the disease's
# Grade and the count below which it begins; grade 1 begins at a laboratory's own lower limit of normal.
GRADES: dict[Line, tuple[tuple[int, Threshold], ...]] = {
    line: tuple(
        (grade, Threshold(f"{line}, grade {grade}", "<", limit, UNIT[line], SOURCE))
        for grade, limit in limits
    )
    for line, limits in {
        Line.HAEMOGLOBIN: ((3, "8.0"), (2, "10.0")),  # grade 4 is not defined by a count
        Line.PLATELETS: ((4, "25"), (3, "50"), (2, "75")),
        Line.NEUTROPHILS: ((4, "0.5"), (3, "1.0"), (2, "1.5")),
    }.items()
}


@dataclass(frozen=True)
class BloodCourse:
    """One line of blood of one patient under treatment.

    Parameters
    ----------
    patient_id, line, unit : str
        Line is haemoglobin, platelets or neutrophils.
    baseline : float or None
        Mean of at least two free values in the 56 days before the first dose.
    baseline_reason : str
        Why there is none.
    counts : int
        Counts on treatment.
    lowest, lowest_day : float, int or None
        Lowest count after the first dose, influenced or not; None without a count.
    grade : int or None
        Of that count: 0 and 1 are not told apart and read 0; None without a count.
    early_fall : float or None
        Part of the baseline lost at the lowest count of the first 56 days, in [0, 1].
    best, best_day : float, int or None
        Highest count free of transfusion and growth factor.
    present, present_day : float, int or None
        Median of the free counts of the last 56 days of counts, and the last of these days.
    change : float or None
        Present less baseline.
    free : int
        Counts on treatment free of influence.
    sources : tuple of Source
        Rows of the lowest, the best and the present counts.
    """

    patient_id: str
    line: str
    unit: str
    baseline: float | None
    baseline_reason: str
    counts: int
    lowest: float | None
    lowest_day: int | None
    grade: int | None
    early_fall: float | None
    best: float | None
    best_day: int | None
    present: float | None
    present_day: int | None
    change: float | None
    free: int
    sources: tuple[Source, ...]


def blood_courses(history: History) -> tuple[BloodCourse, ...]:
    """Follow each line of a patient; empty for one who was not treated."""
    first = history.treatment.first_dose
    return () if first is None else tuple(_course(history, line, first) for line in Line)


def grade_of(line: Line, count: Count) -> int:
    """CTCAE grade of a count, from 2 on; 0 for a higher one."""
    return next((grade for grade, limit in GRADES[line] if limit.met(count.value)), 0)


def _course(history: History, line: Line, first: int) -> BloodCourse:
    base = baseline_of(history.lines[line], first)
    after = [one for one in history.lines[line] if one.day > first]
    free = [one for one in after if not one.raised]
    lowest = min(after, key=_value, default=None)
    best = max(free, key=_value, default=None)
    recent = [one for one in free if one.day > after[-1].day - RECENT_DAYS] if after else []
    early = min((one for one in after if one.day <= first + EARLY_DAYS), key=_value, default=None)
    now = median([float(one.value) for one in recent]) if recent else None
    start = None if base.value is None else float(base.value)
    fall = None if not start or early is None else max(0.0, 1 - float(early.value) / start)
    shown = dict.fromkeys(one.source for one in (lowest, best, *recent) if one is not None)
    return BloodCourse(
        patient_id=history.patient_id,
        line=str(line),
        unit=UNIT[line],
        baseline=start,
        baseline_reason=base.reason,
        counts=len(after),
        lowest=_number(lowest),
        lowest_day=_day(lowest),
        grade=None if lowest is None else grade_of(line, lowest),
        early_fall=fall,
        best=_number(best),
        best_day=_day(best),
        present=now,
        present_day=recent[-1].day if recent else None,
        change=None if now is None or start is None else now - start,
        free=len(free),
        sources=tuple(shown),
    )


def worst_grades(courses: Sequence[BloodCourse]) -> dict[str, int]:
    """Patients of each line whose lowest count was of grade 3 or 4."""
    return {
        str(line): sum(1 for one in courses if one.line == line and (one.grade or 0) >= 3) for line in Line
    }


def _value(one: Count) -> Fraction:
    return one.value


def _number(one: Count | None) -> float | None:
    return None if one is None else float(one.value)


def _day(one: Count | None) -> int | None:
    return None if one is None else one.day
