"""IWG 2018: the class by transfusions before treatment, and haematologic improvement within that class."""

from __future__ import annotations

import itertools
from decimal import Decimal

from second_reading.facts import (
    Answer,
    Verdict,
    baseline,
    every,
    free_values,
    holds,
    lasts,
    logged,
    run_around,
    units_between,
)
from second_reading.falls2006 import dependent_on, fall
from second_reading.improvement import improvement_2006, line_points
from second_reading.others import last_day
from second_reading.patient import Patient
from second_reading.tables import (
    BASELINE_SPREAD,
    EIGHT,
    GATE,
    HTB_UNITS,
    LINE,
    LTB_EPISODES,
    LTB_IN_8_WEEKS,
    LTB_UNITS,
    MINOR_FALL,
    SIXTEEN,
    TWENTY_FOUR,
)

LATE, MEANINGFUL, AS_LTB = "late response", "clinically meaningful", "tested as LTB"


def burden_class(patient: Patient, opened: set[str]) -> str:
    """NTD, LTB, HTB, or what keeps a patient out of all three; empty where the record cannot tell."""
    total = units_between(patient, -SIXTEEN, -1)
    if total >= HTB_UNITS:  # then some 8 weeks hold 4 (OR25)
        return "HTB"
    if not logged(patient, -SIXTEEN, -1):
        return ""
    if total == 0:
        return "NTD"
    if total < LTB_UNITS:
        return "unclassified (1-2 units)"
    days = sorted({day for day, _, _ in patient.red_cells if -SIXTEEN <= day < 0})
    episodes = sum(day - 1 not in days for day in days)  # consecutive days are one episode (OR27)
    densest = max(units_between(patient, first, first + EIGHT - 1) for first in range(-SIXTEEN, -EIGHT + 1))
    if densest > LTB_IN_8_WEEKS:
        if episodes < LTB_EPISODES:
            opened.add("4 units or more in one episode: which of the two names")
        return "unclassified (4+ in 8 weeks)"
    return "LTB" if episodes >= LTB_EPISODES else "unclassified (1 episode)"


def lowest_mean(patient: Patient) -> Decimal | None:
    """Lowest mean of two consecutive values at least 7 days apart, free of support (OR28)."""
    values = free_values(patient, "Hb", "iwg2018")
    means = [
        (one + other) / 2
        for (day, one), (next_day, other) in itertools.pairwise(values)
        if next_day - day >= BASELINE_SPREAD
    ]
    return min(means) if means else None


def read_2018(patient: Patient, day: int) -> Answer:
    """HI, with the lines that hold on the day; HI-E by the rule of the class."""
    answer = Answer()
    answer.burden_class = burden_class(patient, answer.open)
    lines, opened = improvement_2006(patient, day, "iwg2018")
    lines, answer.open_lines = dict(lines), set(opened)
    lines["HI-E"], label, remarks = erythroid(patient, day, answer)
    answer.improvement = tuple(
        label if name == "HI-E" else name for name, verdict in lines.items() if verdict
    )
    answer.remarks = tuple(remarks)
    for name in ("HI-P", "HI-N"):
        opened_late(patient, name, day, answer)
    for line in LINE.values():
        found: set[str] = set()
        if fall(patient, line, 0, day, "loss", found) or found:
            answer.open_lines.add("a fall from the best value, and whether an improvement is lost")
    if any(dependent_on(patient, 0, one) is not False for one in range(day + 1)):
        answer.open_lines.add("dependence, and whether an improvement is lost")
    answer.category = (
        "HI"
        if True in lines.values()
        else "not evaluable"
        if None in lines.values()
        else "no response category"
    )
    answer.open |= answer.open_lines
    return answer


def opened_late(patient: Patient, name: str, day: int, answer: Answer) -> None:
    """Whether the 24 weeks bind platelets and neutrophils too is not said."""
    base = baseline(patient, LINE[name], "iwg2018")
    points = [] if base is None else line_points(patient, LINE[name], base)
    run = run_around(points, day) if dict(points).get(day) else None
    if run and run.days >= EIGHT and min(run.last, TWENTY_FOUR) - run.first < EIGHT:
        answer.open_lines.add("HI-P and HI-N after 24 weeks")


def erythroid(patient: Patient, day: int, answer: Answer) -> tuple[Verdict, str, list[str]]:
    """The rule of the class, what the improvement is called, and what qualifies it."""
    kind = answer.burden_class
    if kind == "":
        answer.open_lines.add("improvement where the class cannot be told")
        return None, "HI-E", []
    if kind == "NTD":
        verdict, remarks = by_haemoglobin(patient, day, answer.open_lines)
        return verdict, "HI-E", remarks
    verdict, remarks = by_independence(patient, day, answer.open_lines)
    if kind != "HTB":
        return verdict, "HI-E", remarks + ([AS_LTB] if kind.startswith("unclassified") else [])
    if verdict:
        return True, "HI-E major", remarks
    return by_half(patient, day, answer.open_lines), "HI-E minor", []


def qualify(first: int, last: int, opened: set[str], extra: int = 0) -> tuple[bool, list[str]]:
    """Whether 8 weeks lie in the first 24 (OR31), and the remarks of a run; `extra` 1 to count days."""
    length, within = last - first + extra, min(last, TWENTY_FOUR) - first + extra
    if length < EIGHT:
        return False, []
    remarks = [MEANINGFUL] if length >= SIXTEEN else []
    if (length >= SIXTEEN) != (within >= SIXTEEN):
        opened.add("whether 16 weeks must lie in the first 24")
    if within >= EIGHT:
        return True, remarks
    opened.add("whether a late response is an improvement")
    return True, [*remarks, LATE]


def by_haemoglobin(patient: Patient, day: int, opened: set[str]) -> tuple[Verdict, list[str]]:
    """Without transfusion: a rise over the lowest mean, from below 11 (OR29)."""
    low, mean = lowest_mean(patient), baseline(patient, "Hb", "iwg2018")
    if low is None:
        return None, []
    gate = holds(GATE["HI-E"], low)
    if gate != holds(GATE["HI-E"], mean):
        opened.add("whether the gate is on the lowest mean or on the mean")
    points = line_points(patient, "Hb", low)
    here = dict(points).get(day)
    if here is not True:
        return every((gate, here)), []
    run = run_around(points, day)
    verdict = every((gate, lasts(run, EIGHT, opened)))
    return (verdict, qualify(run.first, run.last, opened)[1]) if verdict and run else (verdict, [])


def free_run(patient: Patient, day: int) -> tuple[int, int] | None:
    """The free days around a day, known from the log; None where the day itself is not free or not known."""
    end = last_day(patient)
    given = {one for one, _, _ in patient.red_cells}

    def free(one: int) -> bool:
        return 0 <= one <= end and one not in given and logged(patient, one, one)

    if not free(day):
        return None
    first = last = day
    while free(first - 1):
        first -= 1
    while free(last + 1):
        last += 1
    return first, last


def by_independence(patient: Patient, day: int, opened: set[str]) -> tuple[Verdict, list[str]]:
    """No unit for eight weeks around the day; between two units nearer than that, whatever nobody saw."""
    found = free_run(patient, day)
    given = {one for one, _, _ in patient.red_cells}
    before = max((one for one in given if 0 <= one < day), default=-1)
    after = min((one for one in given if one > day), default=None)
    short = day in given or (after is not None and after - before - 1 < EIGHT)
    if found is None:
        return (False if short else None), []
    first, last = found
    if last - first + 1 >= EIGHT:
        return qualify(first, last, opened, extra=1)
    ends = [first == 0 or first - 1 in given, last + 1 in given]
    return (False if short or all(ends) else None), []


def by_half(patient: Patient, day: int, opened: set[str]) -> Verdict:
    """High burden, minor: units down by half over 16 weeks against the 16 weeks before."""
    before = Decimal(units_between(patient, -SIXTEEN, -1))
    firsts = range(max(0, day - SIXTEEN + 1), day + 1)
    windows: set[Verdict] = set()
    for first in firsts:
        last = first + SIXTEEN - 1
        known = last <= last_day(patient) and logged(patient, first, last)
        fall = (before - units_between(patient, first, last)) / before * 100
        half = holds(MINOR_FALL, fall)
        # Units that were not recorded before could only make the fall larger (OR5).
        windows.add(half if known and (half or logged(patient, -SIXTEEN, -1)) else None)
    if len(windows) > 1:
        opened.add("which sixteen weeks on treatment hold the fewer units")
    return windows.pop() if len(windows) == 1 else None
