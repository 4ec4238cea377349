"""When a patient was treated, held, and given growth factors, from the courses in therapy.csv."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from remnant.study.estimate import Source

# Drugs that raise a count by themselves, by the beginning of their names in lower case.
ERYTHROID = ("epo", "erythropoietin", "darbepoetin", "esa", "aranesp")
MYELOID = (
    "g-csf",
    "gcsf",
    "gm-csf",
    "filgrastim",
    "pegfilgrastim",
    "lenograstim",
    "lipegfilgrastim",
    "sargra",
)
MEGAKARYOCYTIC = ("romiplostim", "eltrombopag", "avatrombopag", "thrombopoietin")
AFTER_HOLD_DAYS = 28  # OR9: lenalidomide cytopenia may outlast the last dose by this
AFTER_LAST_DOSE_DAYS = 28  # OR39: on treatment until then


@dataclass(frozen=True)
class Course:
    """Days on which a drug was given; `last` None while it goes on, `dose_mg` None where not recorded."""

    drug: str
    first: int
    last: int | None
    source: Source
    dose_mg: float | None = None

    def touches(self, first: int, last: int) -> bool:
        """Say whether any day of the course lies from `first` to `last`."""
        return self.first <= last and (self.last is None or self.last >= first)

    def is_one_of(self, names: tuple[str, ...]) -> bool:
        """Say whether the drug's name begins as one of `names`."""
        return self.drug.strip().lower().startswith(names)


@dataclass(frozen=True)
class Treatment:
    """The treatment that a response is judged against.

    Parameters
    ----------
    first_dose : int or None
        Day of the first dose, which belongs to the treatment; None for a patient who was not treated.
    last_dose : int or None
        Day of the last dose; None while treatment goes on, or where it is not recorded.
    holds : tuple of (int, int)
        First and last day of each interruption.
    supportive : tuple of Course
        Growth factors given beside the treatment.
    note : str
        What was taken for granted about the first dose.
    sources : tuple of Source
        Its courses.
    given : tuple of Course
        The courses themselves, in the order of their first days.
    """

    first_dose: int | None
    last_dose: int | None = None
    holds: tuple[tuple[int, int], ...] = ()
    supportive: tuple[Course, ...] = ()
    note: str = ""
    sources: tuple[Source, ...] = ()
    given: tuple[Course, ...] = ()

    def hold_behind(self, day: int) -> tuple[int, int] | None:
        """Return the interruption that a fall on `day` may be due to (OR9)."""
        return next((hold for hold in self.holds if hold[0] <= day <= hold[1] + AFTER_HOLD_DAYS), None)

    def support(self, names: tuple[str, ...], first: int, last: int) -> Course | None:
        """Return a growth factor among `names` given on a day from `first` to `last`."""
        return next(
            (one for one in self.supportive if one.is_one_of(names) and one.touches(first, last)), None
        )


def treatment_of(rows: Iterable[dict[str, Any]], *, recorded: bool) -> Treatment:
    """Read the treatment of one patient from the rows of therapy.csv.

    The first dose is the earliest first course of a drug that starts on or after the anchor: a drug that
    the patient had before belongs to the past. Where every drug started before the anchor it is the earliest
    of all. Growth factors are support, unless the patient had nothing else.

    Parameters
    ----------
    rows : iterable of dict
        The patient's courses.
    recorded : bool
        Whether the study records therapy at all. If it does not, day 0, the anchor, is taken as the first
        dose, and the note says so.
    """
    courses = []
    for row in rows:
        # A course at dose 0 is how some trials write a hold: nothing is given.
        if row["dose_mg"] != 0:
            source = Source("therapy.csv", row["line"])
            courses.append(Course(row["drug"], row["start_day"], row["end_day"], source, row["dose_mg"]))
    if not courses:
        if recorded:
            return Treatment(None, note="not done: no course of treatment in therapy.csv")
        return Treatment(
            0, note="the study has no therapy.csv: day 0, the anchor, is taken as the first dose"
        )
    factors = ERYTHROID + MYELOID + MEGAKARYOCYTIC
    drugs = [one for one in courses if not one.is_one_of(factors)] or courses
    supportive = tuple(one for one in courses if one not in drugs)
    first_of: dict[str, int] = {}
    for one in drugs:
        name = one.drug.strip().lower()
        first_of[name] = min(one.first, first_of.get(name, one.first))
    starts = list(first_of.values())
    first_dose = min((day for day in starts if day >= 0), default=min(starts))
    given = sorted(
        (one for one in drugs if one.last is None or one.last >= first_dose), key=lambda one: one.first
    )
    ends = [one.last for one in given]
    last_dose = None if None in ends else max(end for end in ends if end is not None)
    sources = tuple(one.source for one in given)
    return Treatment(first_dose, last_dose, _holds(given), supportive, "", sources, tuple(given))


def _holds(given: list[Course]) -> tuple[tuple[int, int], ...]:
    """Return the days without any course between the first and the last."""
    holds, covered = [], given[0].last
    for one in given[1:]:
        if covered is None:
            break
        if one.first > covered + 1:
            holds.append((covered + 1, one.first - 1))
        covered = None if one.last is None else max(covered, one.last)
    return tuple(holds)
