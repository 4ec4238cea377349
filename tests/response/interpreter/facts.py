"""What the record says of a patient on a day, in three values: True, False, and None where it cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from operator import eq, ge, gt, le, lt

from second_reading.patient import Patient
from second_reading.tables import BASELINE_SPREAD, BASELINE_WINDOW, FREE_DAYS, MONITORING, Row

Verdict = bool | None
OPERATORS: dict[str, Callable[[Decimal, Decimal], bool]] = {">=": ge, ">": gt, "<=": le, "<": lt, "=": eq}


@dataclass
class Answer:
    """What a reading says of a day.

    `open` names what neither the tables nor a reading settle, for the category, the lines, and what is lost.
    """

    category: str = ""
    confirmed: Verdict = None
    improvement: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    burden_class: str = ""
    remarks: tuple[str, ...] = ()
    open: set[str] = field(default_factory=set)
    open_lines: set[str] = field(default_factory=set)
    open_lost: set[str] = field(default_factory=set)


def every(verdicts: Iterable[Verdict]) -> Verdict:
    """All of them: False as soon as one is False, whatever is missing (OR5)."""
    known = list(verdicts)
    return False if False in known else None if None in known else True


def some(verdicts: Iterable[Verdict]) -> Verdict:
    """Any of them."""
    known = list(verdicts)
    return True if True in known else None if None in known else False


def holds(row: Row, value: Decimal | None) -> Verdict:
    """Whether a value passes a cell of a table."""
    return None if value is None else OPERATORS[row.operator](value, row.limit)


@lru_cache(maxsize=20_000)
def logged_days(patient: Patient) -> frozenset[int]:
    """Days on which the record of transfusions is complete."""
    return frozenset(day for first, last in patient.log for day in range(first, last + 1))


def logged(patient: Patient, first: int, last: int) -> bool:
    """Whether the record of transfusions is complete on every one of these days (OR7)."""
    return all(day in logged_days(patient) for day in range(first, last + 1))


def units_between(patient: Patient, first: int, last: int) -> int:
    """Red cells given on these days, both included."""
    return sum(units for day, units, _ in patient.red_cells if first <= day <= last)


@lru_cache(maxsize=20_000)
def supported(patient: Patient, line: str, day: int, days: int | None = None) -> Verdict:
    """Whether transfusion or growth factor in the days before may have raised a value (OR4)."""
    first = day - (FREE_DAYS.get(line, 0) if days is None else days)
    given = {"Hb": [unit[0] for unit in patient.red_cells], "PLT": list(patient.platelets)}.get(line, [])
    drug = {"Hb": "epoetin alfa", "ANC": "filgrastim"}.get(line)
    growth = any(name == drug and a <= day - 1 and b >= first for name, a, b in patient.growth)
    if growth or any(first <= one < day for one in given):
        return True
    if line == "Hb" and any(
        one == day and hb != value_on(patient, line, day) for one, _, hb in patient.red_cells
    ):
        return None  # a unit of the day itself, and the count may have come after it
    return False if line not in ("Hb", "PLT") or logged(patient, first, day - 1) else None


def passes(patient: Patient, row: Row, day: int, value: Decimal | None, lead: int | None = None) -> Verdict:
    """Whether a count passes a floor: support can raise it, so a raised value may fail but never pass."""
    verdict = holds(row, value)
    line = row.item if row.item in FREE_DAYS else row.item.split()[-1]
    return None if verdict and supported(patient, line, day, lead) is not False else verdict


def value_on(patient: Patient, line: str, day: int) -> Decimal | None:
    """A count of the day itself."""
    return patient.counts.get(day, {}).get(line)


def free_values(patient: Patient, line: str, criteria: str) -> list[tuple[int, Decimal]]:
    """Values before treatment that no support can have raised (OR3, OR4)."""
    days = range(-BASELINE_WINDOW[criteria], 0)
    measured = [(day, value_on(patient, line, day)) for day in days]
    return [
        (day, value)
        for day, value in measured
        if value is not None and supported(patient, line, day) is False
    ]


@lru_cache(maxsize=20_000)
def baseline(patient: Patient, line: str, criteria: str) -> Decimal | None:
    """Mean of two values or more, at least 7 days apart."""
    values = free_values(patient, line, criteria)
    if not values or values[-1][0] - values[0][0] < BASELINE_SPREAD:
        return None
    return sum(value for _, value in values) / Decimal(len(values))


def below_gate(patient: Patient, row: Row, criteria: str, opened: set[str]) -> Verdict:
    """Whether the line was low before treatment; what is low under support was low without it too."""
    base = baseline(patient, row.item, criteria)
    if base is not None:
        return holds(row, base)
    days = range(-BASELINE_WINDOW[criteria], 0)
    values = {day: value_on(patient, row.item, day) for day in days}
    found = [(day, value) for day, value in values.items() if value is not None]
    spread = bool(found) and found[-1][0] - found[0][0] >= BASELINE_SPREAD
    low = bool(found) and all(holds(row, value) for _, value in found)
    if low and not spread:
        opened.add("whether values that make no baseline can pass the gate")
    return True if spread and low else None


def base_blasts(patient: Patient) -> Decimal | None:
    """Blasts of the marrow before treatment."""
    known = [marrow["blasts"] for marrow in patient.before() if "blasts" in marrow]
    return known[-1] if known else None


@dataclass(frozen=True)
class Run:
    """The stretch of qualifying days around a day, and what ends it on either side."""

    first: int
    last: int
    left: str
    right: str

    @property
    def days(self) -> int:
        """Last minus first qualifying day (OR2)."""
        return self.last - self.first


def run_around(
    points: list[tuple[int, Verdict]], day: int, broken: Callable[[int, int], bool] = lambda *_: False
) -> Run | None:
    """Walk from a day that qualifies, count by count; a gap above 28 days is not monitored (OR6, OR30)."""
    index = [when for when, _ in points].index(day)
    if points[index][1] is not True:
        return None
    ends = []
    for step in (-1, 1):
        here = index
        while True:
            there = here + step
            if not 0 <= there < len(points):
                why = "data end"
            elif abs(points[there][0] - points[here][0]) > MONITORING:
                why = "gap"
            elif points[there][1] is False:
                why = "fails"
            elif broken(*sorted((points[here][0], points[there][0]))):
                why = "support"
            elif points[there][1] is None:
                why = "unknown"
            else:
                here = there
                continue
            break
        ends.append((points[here][0], why))
    (first, left), (last, right) = ends
    return Run(first, last, "start" if left == "data end" and first <= MONITORING else left, right)


def lasts(run: Run | None, needed: int, opened: set[str]) -> Verdict:
    """Whether a run lasts long enough: None where it may reach beyond what was looked at."""
    if run is None:
        return False
    if run.days >= needed:
        return True
    if run.right == "fails":
        if run.left not in ("fails", "start"):
            opened.add("a short run that ends, with no look before it")
            return None
        return False
    return None


def kept(
    points: list[tuple[int, Verdict]],
    day: int,
    needed: int,
    opened: set[str],
    broken: Callable[[int, int], bool] = lambda *_: False,
) -> Verdict:
    """Whether the run around a day lasts; what is not known must not matter (OR5)."""
    here = dict(points).get(day)
    if here is False:
        return False
    sure = lasts(run_around(points, day, broken), needed, opened) if here else None
    if sure is not None:
        return sure
    at_best = [(one, verdict is not False) for one, verdict in points]
    return lasts(run_around(at_best, day), needed, opened) and None
