"""Transfusion independence and cytogenetic response, day by day and sample by sample."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from second_reading.facts import Verdict, logged
from second_reading.patient import Patient
from second_reading.tables import CLONE, FOUR, METAPHASES


def last_day(patient: Patient) -> int:
    """Last contact, or 28 days after the last dose, whichever comes first (OR39)."""
    ends = [end for _, end in patient.drug]
    if None in ends:
        return patient.last_contact
    return min(patient.last_contact, max(end for end in ends if end is not None) + FOUR)


def independence(patient: Patient, window: int) -> Verdict:
    """Whether some window of days on treatment holds no unit; None where the log leaves it open."""
    given = {day for day, _, _ in patient.red_cells}
    end = last_day(patient)
    if end + 1 < window:  # too short a follow-up disproves nothing
        return None
    possible = False
    for first in range(end - window + 2):
        days = range(first, first + window)
        if any(day in given for day in days):
            continue
        if all(logged(patient, day, day) for day in days):
            return True
        possible = True
    return None if possible else False


def cytogenetic_response(base: dict[str, Any] | None, now: dict[str, Any]) -> tuple[str, bool, set[str]]:
    """The response of a sample against the one before treatment, clonal evolution, and what is open."""
    opened: set[str] = set()
    new = bool(now.get("new"))
    if base is None or base["abnormal"] < CLONE or now["metaphases"] < METAPHASES:
        return "not assessable", new, opened
    if base["metaphases"] < METAPHASES:
        if now["abnormal"] == 0 and not new:
            opened.add("a complete response from a baseline of fewer than 20 metaphases")
        return "not assessable", new, opened
    if now["abnormal"] == 0 and not new:
        return "complete", new, opened
    share = Decimal(now["abnormal"]) / now["metaphases"]
    before = Decimal(base["abnormal"]) / base["metaphases"]
    return ("partial" if 2 * share <= before else "none"), new, opened


def cytogenetic_relapses(after: list[tuple[int, int]]) -> list[Verdict]:
    """Of each sample: whether the abnormality is back after a complete response (OR44)."""
    found: list[Verdict] = []
    gone = False
    for number, (abnormal, scored) in enumerate(after):
        following = after[number + 1] if number + 1 < len(after) else None
        if not gone or abnormal == 0:
            found.append(False)
        elif abnormal >= 2 or found[-1] is True:  # the next sample that confirms is a relapse too
            found.append(True)
        else:
            found.append(None if following is None else following[0] > 0)
        gone = gone or (abnormal == 0 and scored >= METAPHASES)
    return found
