"""Courses of one drug follow each other day by day: none on top of another, and no gap without a word.

A gap may be a slip of a date or a hold that somebody means. Which, is not guessed: a hold is written as a
course of 0 mg.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from remnant.cohort.scenario.slip import Slip

if TYPE_CHECKING:
    from remnant.cohort.scenario.scenario import PlannedCourse

Numbered = tuple[int, "PlannedCourse"]


def neighbours(courses: Mapping[int, PlannedCourse], *, gaps: bool) -> Iterator[Slip]:
    """List courses that overlap one before them, and if `gaps` those that leave days before them open.

    Parameters
    ----------
    courses : mapping of int to PlannedCourse
        By their number in the file, from 0. Days before a drug's first course are no gap.
    gaps : bool
        False while a course is missing that may fill a gap.
    """
    mine: dict[str, list[Numbered]] = {}
    for number, course in courses.items():
        if course.last is None or course.last >= course.first:
            mine.setdefault(course.drug, []).append((number, course))
    for several in mine.values():
        for before, after in pairwise(sorted(several, key=lambda item: item[1].first)):
            last = before[1].last
            if last is None or after[1].first <= last:
                yield _overlap(before, after)
            elif gaps and after[1].first > last + 1:
                yield _gap(before, after, last)


def start_key(course: PlannedCourse) -> str:
    """Name the key that says when a course starts."""
    return "start_month" if course.start_day is None else "start_day"


def _overlap(before: Numbered, after: Numbered) -> Slip:
    (_, earlier), (number, course) = before, after
    end = "has no end" if earlier.last is None else f"ends on day {earlier.last}"
    found = f"day {course.first}, when a course of {course.drug} that {end} goes on"
    hint = "end the one before it earlier; two drugs may overlap, two courses of one may not"
    return Slip(("therapy", number, start_key(course)), found, f"a day free of {course.drug}", hint)


def _gap(before: Numbered, after: Numbered, last: int) -> Slip:
    number, course = after
    names = f"therapy.{before[0] + 1} and therapy.{number + 1}"
    days = f"day {last + 1} to day {course.first - 1}"
    found = f"a gap of {course.first - 1 - last} days, {days}, between the courses {names} of {course.drug}"
    hint = (
        f"if it is a hold, write a [[therapy]] course of it with dose_mg = 0, start_day = {last + 1}"
        f" and end_day = {course.first - 1}; else close the gap"
    )
    return Slip(("therapy", number, start_key(course)), found, f"a start on day {last + 1}", hint)
