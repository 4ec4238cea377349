"""IWG 2023 on a day with a marrow: at most one category of the CR family, else improvement by 2018."""

from __future__ import annotations

from itertools import product

from second_reading.clinical2006 import blasts_on, fall_of_blasts
from second_reading.clinical2018 import read_2018
from second_reading.facts import Answer, Verdict, base_blasts, every, holds, passes, supported, value_on
from second_reading.improvement import another_day
from second_reading.patient import Patient
from second_reading.tables import (
    BLOOD_BLASTS,
    CLONE,
    COUNTS_2023,
    CRH_2023,
    EVALUABLE_2023,
    LEAD_2023,
    LINE,
    MARROW_2023,
    METAPHASES,
)


def read_2023(patient: Patient, day: int) -> Answer:
    """The category of the day, and the lines of improvement beside it."""
    improvement = read_2018(patient, day)
    answer = Answer(improvement=improvement.improvement, burden_class=improvement.burden_class)
    answer.open_lines = set(improvement.open_lines)
    if any(another_day(patient, line, day, LEAD_2023) for line in (*LINE.values(), "blasts")):
        answer.open.add("a raised value of the day, and a free one near it")
    low = holds(EVALUABLE_2023, base_blasts(patient)) is not True  # then the karyotype matters
    if low and not any("metaphases" in marrow for marrow in patient.on(day)):
        answer.open.add("a karyotype of another day")
    if low and not any(marrow.get("abnormal", 0) >= CLONE for marrow in patient.before()):
        answer.open.add("a clone now, and none on record before")
    families = {strict: family(patient, day, strict) for strict in (False, True)}
    if families[False] != families[True]:
        answer.open.add("whether support of one line spoils the counts of the others")
    answer.category = families[False] or improvement.category
    if not families[False]:
        answer.open |= improvement.open
    return answer


def family(patient: Patient, day: int, strict: bool) -> str:
    """A category of the CR family, `not evaluable`, or empty for none.

    Every way in which what is missing could turn out is tried: one answer in all of them is the answer (OR5).
    """
    spoiled = strict and any(supported(patient, line, day, LEAD_2023) for line in ("Hb", "PLT", "ANC"))
    rows = [*COUNTS_2023, *CRH_2023]
    cells: list[Verdict] = [
        passes(patient, row, day, value_on(patient, row.item, day), LEAD_2023) for row in rows
    ]
    cells = [None if spoiled and cell else cell for cell in cells]
    blasts, base = blasts_on(patient, day), base_blasts(patient)
    cells += [
        holds(BLOOD_BLASTS, value_on(patient, "blasts", day)),
        holds(EVALUABLE_2023, base),
        every(holds(row, blasts) for row in MARROW_2023["CR"]),
        holds(MARROW_2023["PR"][0], fall_of_blasts(patient, blasts)),
        cleared(patient, day),
    ]
    ways = product(*((cell,) if cell is not None else (False, True) for cell in cells))
    found = {named(*way) for way in ways if possible(*way)}
    return found.pop() if len(found) == 1 else "not evaluable"


def possible(hb: bool, plt: bool, anc: bool, plt50: bool, anc05: bool, *rest: bool) -> bool:
    """Platelets of 100 are platelets of 50."""
    return (plt50 or not plt) and (anc05 or not anc)


def named(
    hb: bool,
    plt: bool,
    anc: bool,
    plt50: bool,
    anc05: bool,
    no_blood_blasts: bool,
    evaluable: bool,
    below_5: bool,
    halved: bool,
    clear: bool,
) -> str:
    """The table read from the top, everything known."""
    lines = hb + plt + anc
    if not no_blood_blasts:
        return ""
    if not evaluable:
        return "CR equivalent" if below_5 and lines == 3 and clear else ""
    if not below_5:
        return "PR" if lines == 3 and halved else ""
    if lines:
        return {3: "CR", 2: "CRbi", 1: "CRuni"}[lines]
    return "CRh" if plt50 and anc05 else ""


def cleared(patient: Patient, day: int) -> Verdict:
    """Complete clearance: 0 of at least 20 metaphases, from an abnormal karyotype (OR35, OR36)."""
    before = [marrow for marrow in patient.before() if "metaphases" in marrow]
    now = [marrow for marrow in patient.on(day) if "metaphases" in marrow]
    if not before or before[-1]["abnormal"] < CLONE or not now:
        return None
    if now[0]["abnormal"] or now[0].get("new"):
        return False
    return True if now[0]["metaphases"] >= METAPHASES else None
