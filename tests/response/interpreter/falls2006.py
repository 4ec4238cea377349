"""Falls from the best value, dependence on transfusion, and what is lost by them (IWG 2006)."""

from __future__ import annotations

import itertools
from decimal import Decimal
from functools import lru_cache

from second_reading.facts import Verdict, holds, logged, some, supported, units_between, value_on
from second_reading.improvement import by_units, improvement_2006
from second_reading.patient import Patient
from second_reading.tables import COUNTS_2006, DEPENDENCE, EIGHT, FOUR, HALF, HB_FALL, LINE

CR_LIMIT = {row.item: row.limit for row in COUNTS_2006}


def falls(patient: Patient, since: int, day: int, kind: str, opened: set[str]) -> Verdict:
    """Falls from the best value: half of neutrophils or platelets, or haemoglobin."""
    found = [fall(patient, line, since, day, kind, opened) for line in ("Hb", "PLT", "ANC")]
    return some(found)


def fall(patient: Patient, line: str, since: int, day: int, kind: str, opened: set[str]) -> Verdict:
    """One line; open where the readings of best, of a single low value, or of a hold differ."""
    now = value_on(patient, line, day)
    new = kind == "progression" and line != "Hb" and not improved_before(patient, line, day)
    if now is None:
        if new:
            opened.add("progression: a line that has not improved")
        return None
    values = [(one, value_on(patient, line, one)) for one in sorted(patient.counts)]
    within = {one: value for one, value in values if value is not None and since <= one}
    outside = [value for one, value in values if value is not None and one < since]

    def low(one: int, best: Decimal) -> bool:
        if line == "Hb":
            return bool(holds(HB_FALL[kind], best - within[one]))
        return bool(holds(HALF, within[one] / best)) if best else False

    best = {one: max(value for there, value in within.items() if there <= one) for one in within}
    answer = low(day, best[day])
    if outside and low(day, max(*outside, best[day])) != answer:
        opened.add(f"{kind}: best value of the response, of the treatment, or before it")
    lows = [one for one in within if low(one, best[one])]
    free = [value for one, value in within.items() if one <= day and supported(patient, line, one) is False]
    if free and low(day, max(free)) != answer:
        opened.add(f"{kind}: a best value under support")
    if not free:
        opened.add(f"{kind}: no best value free of support")
    if not answer and supported(patient, line, day) is not False:  # support can hide a fall (OR5)
        if new:
            opened.add("progression: a line that has not improved")
        return None
    if any(one != day for one in lows) and not answer:
        opened.add(f"{kind}: a fall on another day")
    peak = max((one for one in within if one <= day), key=lambda one: (within[one], -one))
    name = next(name for name, one in LINE.items() if one == line)
    if answer and line != "Hb" and kind == "progression" and not holds_line(patient, name, peak):
        opened.add("progression: a best value outside the improvement")
    if answer and new:
        opened.add("progression: a line that has not improved")
    if answer:
        later = [one for one in within if one > day]
        if later and line in CR_LIMIT and within[later[0]] >= CR_LIMIT[line]:
            opened.add(f"{kind}: a fall within the limits of a CR")
        if kind == "loss" and held(patient, day):
            opened.add("loss: in a drug hold")
        if held(patient, day):
            answer = any(one >= day + FOUR and one in lows for one in later)
            if any(one < day and not held(patient, one) for one in lows):
                opened.add(f"{kind}: a fall that began before the hold")
        elif not later or later[0] not in lows:
            opened.add(f"{kind}: one low count that the next does not repeat")
        if line in CR_LIMIT and now >= CR_LIMIT[line]:
            opened.add(f"{kind}: a fall within the limits of a CR")
        if supported_low(patient, line, day):
            opened.add(f"{kind}: a low count under support")
    return answer


def improved_before(patient: Patient, line: str, day: int) -> bool:
    """Whether the line had improved by the day."""
    name = next(name for name, one in LINE.items() if one == line)
    return any(holds_line(patient, name, one) for one in patient.counts if 0 <= one <= day)


def supported_low(patient: Patient, line: str, day: int) -> bool:
    """Whether support was given near the day, which blurs the best value rather than the low one."""
    return line == "Hb" and any(day - FOUR <= one <= day + FOUR for one, _, _ in patient.red_cells)


def held(patient: Patient, day: int) -> bool:
    """Whether the day lies in a drug hold or within 28 days of its end (OR9)."""
    courses = sorted(patient.drug)
    holds_ = [(a[1] + 1, b[0] - 1) for a, b in itertools.pairwise(courses) if a[1] is not None]
    return any(first <= day <= last + FOUR for first, last in holds_)


def dependent(patient: Patient, since: int, day: int, kind: str, opened: set[str]) -> Verdict:
    """At least four units in the 56 days up to the day (OR18); open where an earlier 56 days hold them."""
    states = {one: dependent_on(patient, since, one) for one in range(since, day + 1)}
    if states[day] is not True and any(state is not False for state in states.values()):
        opened.add(f"{kind}: four units in an earlier 8 weeks")
    return states[day]


@lru_cache(maxsize=20_000)
def dependent_on(patient: Patient, since: int, day: int) -> Verdict:
    """The 56 days that end on a day, from a day on."""
    first = max(since, day - EIGHT + 1)
    if holds(DEPENDENCE, Decimal(units_between(patient, first, day))):
        return True
    return False if logged(patient, first, day) else None


def holds_line(patient: Patient, name: str, day: int) -> bool:
    """Whether a line of improvement held on a day."""
    return improvement_2006(patient, day)[0][name] is True


def lost_lines(patient: Patient, day: int, opened: set[str]) -> tuple[str, ...]:
    """Lines that held on an earlier day, and by a fall from their best or by dependence no longer do."""
    lost = []
    for name, line in LINE.items():
        held_days = [
            one for one in sorted(patient.counts) if 0 <= one < day and holds_line(patient, name, one)
        ]
        if not held_days:
            continue
        if value_on(patient, line, day) is None:
            opened.add("loss: no value on the day")
        causes = [fall(patient, line, held_days[0], day, "loss", opened)]
        if name == "HI-E":
            causes.append(dependent(patient, held_days[0], day, "loss", opened))
            if any(by_units(patient, one, set()) for one in [*held_days, day]):
                opened.add("loss: of an improvement by units")
        if some(causes):
            lost.append(name)
    return tuple(lost)
