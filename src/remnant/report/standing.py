"""Where a patient stands at a visit, in a sentence, and the facts that it rests on in another."""

from __future__ import annotations

from collections.abc import Sequence

from remnant.analysis.findings import Findings
from remnant.persistence.course import Course
from remnant.persistence.levels import CloneCourse
from remnant.persistence.monitoring import MonitoringSeries
from remnant.report import numbers, phrases


def now(findings: Findings, courses: Sequence[Course]) -> list[str]:
    """Say where a patient stands at the last of their visits."""
    if not courses:
        return ["No visit of this patient could be judged."]
    last = courses[-1]
    followed: tuple[CloneCourse | MonitoringSeries, ...] = (*findings.clone_courses, *findings.monitoring)
    series = [
        (one.of, f"{one.of} ({one.material}, {one.assay}): ")
        for one in followed
        if one.patient_id == last.patient_id
    ]
    return [standing(last), *filter(None, [grounds(last, series)])]


def standing(course: Course) -> str:
    """Say the state, and the fact that made it."""
    said = f"On {numbers.day(course.day)} (sample {course.sample_id}): {course.state}"
    return said + (f" ({course.reasons[0]})." if course.reasons else ".")


def grounds(course: Course, series: Sequence[tuple[str, str]] = ()) -> str:
    """Say the other facts of the visit, and what would be needed to say more; empty without either.

    Parameters
    ----------
    course : Course
        The visit.
    series : sequence of (str, str)
        What each series of the clone is of, and how its rise is told: the rises are named
        together, for each has its numbers where the clone is shown.
    """
    starts = tuple(start for _, start in series)
    told = [reason for reason in course.reasons[1:] if not reason.startswith(starts)]
    rises = [reason for reason in course.reasons[1:] if reason.startswith(starts)]
    if risen := [of for of, start in series if any(start in reason for reason in rises)]:
        told.append(f"the clone has risen beyond assay noise in {phrases.listing(risen)}")
    said = [f"{phrases.opened('; '.join(told))}."] if told else []
    said += [f"To say more: {phrases.listing(list(course.missing))}."] if course.missing else []
    return " ".join(said)
