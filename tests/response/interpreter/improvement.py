"""Haematologic improvement: the gate and the response of each line, kept for eight weeks."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from second_reading.facts import (
    Verdict,
    baseline,
    below_gate,
    every,
    holds,
    kept,
    logged,
    passes,
    some,
    supported,
    units_between,
    value_on,
)
from second_reading.patient import Patient
from second_reading.tables import (
    ANC_RISE,
    COUNTED_AT,
    EIGHT,
    GATE,
    HB_RISE,
    LINE,
    PLT_LOW,
    PLT_RISE,
    UNITS_FALL,
    Row,
)


def rises(line: str, base: Decimal, value: Decimal) -> list[tuple[Row, Decimal]]:
    """The cells that a value must pass, with what is compared."""
    if line == "Hb":
        return [(HB_RISE, value - base)]
    if line == "ANC":  # a rise of 100 % is twice the base, also from a base of 0
        return [(Row("ANC", ">=", 2 * base), value), (ANC_RISE[1], value - base)]
    if base >= 20:  # exactly 20: the stricter branch (OR10)
        return [(PLT_RISE, value - base)]
    return [(PLT_LOW[0], value), (Row("PLT", ">=", 2 * base), value)]


@lru_cache(maxsize=20_000)
def line_points(patient: Patient, line: str, base: Decimal) -> list[tuple[int, Verdict]]:
    """Every value on treatment, and whether it is the response."""
    points = []
    for day in sorted(patient.counts):
        value = value_on(patient, line, day)
        if day >= 0 and value is not None:
            points.append(
                (day, every(passes(patient, row, day, found) for row, found in rises(line, base, value)))
            )
    return points


def by_counts(patient: Patient, line: str, base: Decimal | None, day: int, opened: set[str]) -> Verdict:
    """Whether the day lies in a run of the response that spans eight weeks."""
    if base is None:
        return None
    points = line_points(patient, line, base)
    return kept(points, day, EIGHT, opened) if day in dict(points) else None


@lru_cache(maxsize=20_000)
def fall_of_units(patient: Patient, last: int) -> Verdict:
    """Whether the eight weeks that end on a day hold four units fewer than those before treatment."""
    before = [unit for unit in patient.red_cells if -EIGHT <= unit[0] < 0]
    counted = [holds(COUNTED_AT, hb) for _, _, hb in before]
    if not logged(patient, -EIGHT, -1) or None in counted:
        return None
    total = sum(units for (_, units, _), keeps in zip(before, counted, strict=True) if keeps)
    first = last - EIGHT + 1
    if total < UNITS_FALL.limit or first < 0 or not logged(patient, first, last):
        return None
    return holds(UNITS_FALL, Decimal(total - units_between(patient, first, last)))


def by_units(patient: Patient, day: int, opened: set[str]) -> Verdict:
    """The unit branch of HI-E (OR16): the eight weeks up to the day; open where others differ."""
    windows = [fall_of_units(patient, last) for last in range(day, day + EIGHT)]
    if len(set(windows)) > 1:
        opened.add("which eight weeks on treatment hold the fewer units")
    return windows[0]


def another_day(patient: Patient, line: str, day: int, days: int | None = None) -> bool:
    """Whether the value of the day is raised, or absent, and another lies within 14 days."""
    near = [one for one in patient.counts if one != day and abs(one - day) <= 14 and one >= 0]
    here = value_on(patient, line, day) is not None and supported(patient, line, day, days) is False
    return not here and any(value_on(patient, line, one) is not None for one in near)


@lru_cache(maxsize=20_000)
def improvement_2006(
    patient: Patient, day: int, criteria: str = "iwg2006"
) -> tuple[dict[str, Verdict], set[str]]:
    """Each line: the gate before treatment, and a response that lasts."""
    opened: set[str] = set()
    found: dict[str, Verdict] = {}
    for name, gate in GATE.items():
        line = LINE[name]
        base = baseline(patient, line, criteria)
        gate_verdict = below_gate(patient, gate, criteria, opened)
        response = by_counts(patient, line, base, day, opened)
        if name == "HI-E" and criteria == "iwg2006":
            # Units given at 9.0 or below show by themselves that haemoglobin was below 11 (OR58).
            found[name] = some((every((gate_verdict, response)), by_units(patient, day, opened)))
        else:
            found[name] = every((gate_verdict, response))
        if another_day(patient, line, day):
            opened.add("a raised value of the day, and a free one near it")
    return found, opened
