"""A what-if as a person asks it: up to four calendars, each drug by dose, start, stop, cycle and breaks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remnant.cohort.scenario.scenario import DAYS_PER_MONTH, PlannedCourse, Scenario
from remnant.dynamics.model.preset import Drug
from remnant.errors import Fault, SettingError
from remnant.study.faults import quoted

PLANNED = "as planned"
OTHERS = 3  # calendars beside the planned one: four columns are what a screen can hold
YEARS = 5
DAYS = round(365.25 * YEARS)  # how far a calendar goes
FOLLOWED = 300  # draws of a patient: a calendar is followed within a fraction of a second
LONGEST_CYCLE = 84
BREAK = 24  # months of treatment, or of rest, of a pattern of breaks
TITLE = 60
MOST_DOSES = 2.0  # full doses: beyond, no effect was measured


@dataclass(frozen=True)
class Terms:
    """What may be asked of one drug, from its preset.

    Parameters
    ----------
    name, title : str
        As a scenario writes it; in words.
    full_dose_mg : float
        The dose at which its effects were measured.
    days_on, cycle_days : int
        As its label has them.
    """

    name: str
    title: str
    full_dose_mg: float
    days_on: int
    cycle_days: int

    @classmethod
    def of(cls, drug: Drug) -> Terms:
        """Return the terms of a drug of a preset."""
        return cls(drug.name, drug.title, drug.full_dose_mg, drug.days_on, drug.cycle_days)

    @property
    def most_mg(self) -> float:
        """The largest dose that may be asked for."""
        return MOST_DOSES * self.full_dose_mg


@dataclass(frozen=True)
class Given:
    """How one drug is given from the last observation on.

    Parameters
    ----------
    drug : str
        Which.
    dose_mg : float
        Dose of a day of treatment; 0 gives none.
    start_day, stop_day : int, int or None
        First day, and the last; None never stops. Day 0 is the last observation.
    days_on, cycle_days : int
        Days of treatment at the start of each cycle, and its length.
    treat_months, rest_months : int
        Breaks: so many months of treatment, then so many without; 0 months of rest for none.
    """

    drug: str
    dose_mg: float
    start_day: int = 0
    stop_day: int | None = None
    days_on: int = 28
    cycle_days: int = 28
    treat_months: int = 6
    rest_months: int = 0

    @property
    def spans(self) -> Iterator[tuple[int, int | None]]:
        """Yield the first and last day of every stretch of treatment, in order."""
        last = DAYS if self.stop_day is None else self.stop_day
        if not self.dose_mg or last < self.start_day:
            return
        if not self.rest_months:
            yield self.start_day, self.stop_day
            return
        month = 0
        while (first := self.start_day + round(month * DAYS_PER_MONTH)) <= last:
            end = self.start_day + round((month + self.treat_months) * DAYS_PER_MONTH) - 1
            yield first, (None if self.stop_day is None and end >= last else min(end, last))
            month += self.treat_months + self.rest_months


@dataclass(frozen=True)
class Calendar:
    """One column of the page: a title, and how each drug is given."""

    title: str
    given: tuple[Given, ...]


@dataclass(frozen=True)
class Question:
    """The calendars to compare with the planned one, in the order of the page."""

    calendars: tuple[Calendar, ...]


def presets_of(drugs: tuple[Terms, ...]) -> tuple[Calendar, ...]:
    """Return calendars to begin with, the same for every drug."""

    def calendar(title: str, share: float, **more: int) -> Calendar:
        return Calendar(
            title,
            tuple(
                Given(d.name, share * d.full_dose_mg, days_on=d.days_on, cycle_days=d.cycle_days, **more)
                for d in drugs
            ),
        )

    return (
        calendar("stop now", 0.0),
        calendar("full dose", 1.0),
        calendar("half dose", 0.5),
        calendar("double dose", 2.0),
        calendar("six months on, six off", 1.0, rest_months=6),
        calendar("pause for a year", 1.0, start_day=365),
        calendar("two more years", 1.0, stop_day=730),
    )


def scenario_of(calendar: Calendar, preset: str) -> Scenario:
    """Write a calendar as a scenario; its day 0 is the last observation.

    Examples
    --------
    >>> breaks = Given("lenalidomide", 10.0, 0, 400, 21, 28, 6, 6)
    >>> scenario = scenario_of(Calendar("B", (breaks,)), "del5q-lenalidomide")
    >>> [(c.first, c.last, c.dose_mg) for c in scenario.therapy]
    [(0, 182, 10.0), (183, 364, 0.0), (365, 400, 10.0)]
    """
    courses = tuple(course for given in calendar.given for course in _courses(given))
    return Scenario(title=calendar.title, preset=preset, years=float(YEARS), therapy=courses)


def _courses(given: Given) -> Iterator[PlannedCourse]:
    before: int | None = None
    for first, last in given.spans:
        if before is not None and first > before + 1:
            yield PlannedCourse(drug=given.drug, start_day=before + 1, end_day=first - 1, dose_mg=0.0)
        yield PlannedCourse(
            drug=given.drug,
            start_day=first,
            end_day=last,
            dose_mg=given.dose_mg,
            days_on=given.days_on,
            cycle_days=given.cycle_days,
        )
        before = last


def fields_of(question: Question) -> dict[str, str]:
    """Write a question as the fields of its form, which are its address too."""
    fields: dict[str, str] = {}
    for number, calendar in enumerate(question.calendars, 1):
        fields[f"c{number}"] = calendar.title
        for given in calendar.given:
            values = {
                "dose": f"{given.dose_mg:g}",
                "start": str(given.start_day),
                "stop": "" if given.stop_day is None else str(given.stop_day),
                "on": str(given.days_on),
                "cycle": str(given.cycle_days),
                "treat": str(given.treat_months),
                "rest": str(given.rest_months),
            }
            fields |= {f"c{number}.{given.drug}.{name}": value for name, value in values.items()}
    return fields


def read_question(fields: Mapping[str, str], drugs: tuple[Terms, ...]) -> Question:
    """Read a question from the fields of its form.

    Parameters
    ----------
    fields : mapping of str to str
        `c1` to `c3` are titles, `c1.DRUG.dose` and so on what is given; what is left out is as the label has
        it. Fields of other names are not read.
    drugs : tuple of Terms
        Drugs that may be given.

    Raises
    ------
    SettingError
        With every field that cannot be read, its name as the column.
    """
    faults: list[Fault] = []
    numbers = [n for n in range(1, OTHERS + 1) if any(k == f"c{n}" or k.startswith(f"c{n}.") for k in fields)]
    calendars = tuple(_calendar(fields, number, drugs, faults) for number in numbers)
    titles = [PLANNED, *(calendar.title for calendar in calendars)]
    for number, calendar in zip(numbers, calendars, strict=True):
        if titles.count(calendar.title) > 1:
            fault = "a title of another calendar"
            faults.append(
                _fault(f"c{number}", quoted(calendar.title), "a title of its own", f"{fault}: change it")
            )
    if faults:
        raise SettingError(faults)
    return Question(calendars)


def _calendar(
    fields: Mapping[str, str], number: int, drugs: tuple[Terms, ...], faults: list[Fault]
) -> Calendar:
    name = f"c{number}"
    title = " ".join(fields.get(name, "").split()) or f"Calendar {number}"
    if len(title) > TITLE or not title.isprintable():
        faults.append(_fault(name, quoted(title), f"up to {TITLE} letters", "shorten it"))
    return Calendar(title, tuple(_given(fields, f"{name}.{drug.name}", drug, faults) for drug in drugs))


def _given(fields: Mapping[str, str], place: str, drug: Terms, faults: list[Fault]) -> Given:
    def number(name: str, default: float, low: float, high: float, unit: str, *, whole: bool = True) -> float:
        text = fields.get(f"{place}.{name}", "").strip() or f"{default:g}"
        value = _number(text)
        if value is None or not low <= value <= high or (whole and value != int(value)):
            kind = "a whole number, " if whole else ""
            expected = f"{kind}{low:g} to {high:g} {unit}"
            faults.append(_fault(f"{place}.{name}", quoted(text), expected, f"such as {default:g}"))
            return default
        return value

    cycle = int(number("cycle", drug.cycle_days, 1, LONGEST_CYCLE, "days"))
    start = int(number("start", 0, 0, DAYS, "days after the last observation"))
    stop = fields.get(f"{place}.stop", "").strip()
    return Given(
        drug.name,
        number("dose", drug.full_dose_mg, 0, drug.most_mg, "mg", whole=False),
        start,
        int(number("stop", DAYS, start, DAYS, "days: the last day of treatment")) if stop else None,
        int(number("on", min(drug.days_on, cycle), 1, cycle, "days of the cycle")),
        cycle,
        int(number("treat", 6, 1, BREAK, "months of treatment")),
        int(number("rest", 0, 0, BREAK, "months of rest")),
    )


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _fault(column: str, found: str, expected: str, hint: str) -> Fault:
    return Fault("what-if", None, column, found, expected, hint)
