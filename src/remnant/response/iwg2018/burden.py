"""How much a patient was transfused in the 16 weeks before treatment, and whether the trigger stayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import ceil

from remnant.response.iwg2018 import limits
from remnant.response.iwg2018.rising import Rising
from remnant.response.record.history import History
from remnant.response.record.transfusion_record import RED_CELLS, Transfusion
from remnant.study.estimate import Source

NTD, LTB, HTB = "NTD", "LTB", "HTB"
FEW, CROWDED, ONE_EPISODE = (
    "unclassified (1-2 units)",
    "unclassified (4+ in 8 weeks)",
    "unclassified (1 episode)",
)


class Test(StrEnum):
    """What HI-E asks of a patient, by the class of burden."""

    RISE = "a rise of haemoglobin"
    FREE = "days without red cells"
    HIGH = "days without red cells, or half the units"


@dataclass(frozen=True)
class Burden:
    """Red cells in the 16 weeks before treatment.

    Parameters
    ----------
    name : str
        The class; empty where the log does not cover every day and more units could change it.
    tests : tuple of Test
        The tests of HI-E that the class may ask for: one where the class is known.
    units : int
        Units on record.
    complete : bool
        Whether the log covers every day, so that the record is all.
    found : str
        What the class rests on, in words.
    rows : tuple of Source
        The units.
    """

    name: str
    tests: tuple[Test, ...]
    units: int
    complete: bool
    found: str
    rows: tuple[Source, ...]


def burden_before(history: History, first_dose: int, *, total_only: bool) -> Burden:
    """Class a patient by the red cells of days d0 - 112 to d0 - 1.

    Parameters
    ----------
    history : History
        The patient.
    first_dose : int
        Day d0.
    total_only : bool
        Class by the total alone, whatever its distribution (OR24).
    """
    first, last = first_dose - limits.BASELINE_DAYS, first_dose - 1
    given = history.transfusions.within(first, last, RED_CELLS)
    complete = history.transfusions.covers(first, last)
    units, most, episodes = sum(one.units for one in given), _most_in_half(given), _episodes(given)
    found = f"{units} units in {episodes} episodes over days {first} to {last}, at most {most} in 56 days"
    high = limits.HIGH_BURDEN.met(Fraction(units))
    if complete or high:
        name = _name(units, most, episodes, total_only=total_only)
        tests: tuple[Test, ...] = (Test.RISE if name == NTD else Test.HIGH if high else Test.FREE,)
    else:
        # Units that nobody logged can only add to those on record.
        name, tests = "", (Test.FREE, Test.HIGH) if units else (Test.RISE, Test.FREE, Test.HIGH)
        found = f"not done: no complete transfusion log over days {first} to {last}; {units} units on record"
    return Burden(name, tests, units, complete, found, tuple(one.source for one in given))


def _name(units: int, most: int, episodes: int, *, total_only: bool) -> str:
    total = Fraction(units)
    if not units:
        return NTD
    if limits.HIGH_BURDEN.met(total):
        return HTB
    if not limits.LOW_BURDEN.met(total):
        return FEW
    if total_only:
        return LTB
    if not limits.LOW_IN_HALF.met(Fraction(most)):
        return CROWDED
    return LTB if limits.EPISODES.met(Fraction(episodes)) else ONE_EPISODE


def _most_in_half(given: Sequence[Transfusion]) -> int:
    """Most units in any 56 consecutive days; such days may as well begin with a unit."""
    days = limits.HALF_BASELINE_DAYS
    sums = (sum(one.units for one in given if start.day <= one.day < start.day + days) for start in given)
    return max(sums, default=0)


def _episodes(given: Sequence[Transfusion]) -> int:
    days = sorted({one.day for one in given})
    return sum(after - before > 1 for before, after in pairwise(days)) + bool(days)


@dataclass(frozen=True)
class Policy:
    """Whether the patient's own trigger of before treatment held on treatment; `constant` None if unknown."""

    constant: bool | None
    found: str
    rows: tuple[Source, ...]


def policy_of(history: History, first_dose: int, haemoglobin: Rising) -> Policy:
    """Hold the trigger on treatment against the patient's own of the 16 weeks before (OR32).

    The trigger is known from the haemoglobin noted before each unit. On treatment it has risen if a unit was
    given above every one of them, and has fallen if a haemoglobin below every one had no unit in 14 days.
    """
    record = history.transfusions
    before = record.within(first_dose - limits.BASELINE_DAYS, first_dose - 1, RED_CELLS)
    noted = [one.haemoglobin_before for one in before if one.haemoglobin_before is not None]
    rows = tuple(one.source for one in before)
    if not noted:
        why = "no haemoglobin noted before a unit" if before else "no unit"
        return Policy(None, f"not done: {why} in the 112 days before treatment", rows)
    low, high = min(noted), max(noted)
    trigger = f"units at haemoglobin {float(low):g} to {float(high):g} g/dL before treatment"
    on = [one for one in record.of(RED_CELLS) if one.day >= first_dose]
    for one in on:
        if one.haemoglobin_before is not None and one.haemoglobin_before > high:
            text = f"{trigger}, one at {float(one.haemoglobin_before):g} on day {one.day}"
            return Policy(False, text, (*rows, one.source))
    unsure = ""
    least = ceil(low * haemoglobin.scale)
    for day, value in haemoglobin.course_of(history.place):
        end = day + limits.WITHHELD_DAYS
        if value >= least or record.within(day, end, RED_CELLS):
            continue
        text = f"{value / haemoglobin.scale:g} on day {day}"
        if record.covers(day, end):
            return Policy(False, f"{trigger}; {text} without one in 14 days", rows)
        unsure = f"not evaluable: {trigger}; no complete log after {text}"
    unknown = next((one for one in on if one.haemoglobin_before is None), None)
    if unknown is not None:
        unsure = f"not done: haemoglobin not noted before the unit of day {unknown.day}"
    if unsure:
        return Policy(None, unsure, rows)
    return Policy(True, f"{trigger}, none above or withheld on treatment", rows)
