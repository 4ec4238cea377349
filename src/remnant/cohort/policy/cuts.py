"""The days between two looks on which a dose may change in some patient.

They depend on the scenario and on the looks so far, never on what happened to whom: so a patient is cut
into the same segments, and gets the same floats, whoever is simulated beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from remnant.cohort.scenario.planned import Planned, Terms
from remnant.cohort.scenario.rules import Rule


class Cuts:
    """Possible switches of one drug.

    Parameters
    ----------
    courses : sequence of Planned
        As planned.
    rules : sequence of Rule
        Those about this drug.
    own : sequence of Terms
        Terms on which a rule may begin a course of the patient's own.
    """

    def __init__(self, courses: Sequence[Planned], rules: Sequence[Rule], own: Sequence[Terms]):
        self.courses = tuple(courses)
        self.own = tuple(own)
        self.lengths = tuple({rule.days for rule in rules if rule.days is not None})
        again = any(rule.then in ("hold", "restart") for rule in rules)
        self.cycles_restart = again or bool(self.own)
        self.anchors: set[int] = set()  # days on which a cycle may have begun anew

    def between(self, day: int, following: int) -> set[int]:
        """Return the days strictly between a look and the next; looks come in order, each once."""
        if self.cycles_restart:
            self.anchors |= {day, *(day + length for length in self.lengths)}
        found = set(self.anchors)
        for course in self.courses:
            found |= {course.first, course.last + 1}
            if course.first < following and course.last >= day:
                starts = {course.first, *(a for a in self.anchors if course.first < a <= course.last)}
                found |= set(_switches(course.terms, starts, day, following))
        for terms in self.own:
            found |= set(_switches(terms, self.anchors, day, following))
        return {cut for cut in found if day < cut < following}


def _switches(terms: Terms, starts: Iterable[int], day: int, following: int) -> Iterator[int]:
    """Yield every day from `day` until `following` on which a cycle begins or its days on end."""
    on, cycle = terms.days_on, terms.cycle_days
    if on >= cycle:
        return
    for start in {start % cycle for start in starts}:
        for phase in {start, (start + on) % cycle}:
            yield from range(day + (phase - day) % cycle, following, cycle)
