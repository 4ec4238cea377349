"""What ends an improvement: a fall from the best count, or transfusion dependence, unless a hold explains it.

A loss is called once it can no longer be withdrawn: a fall once a second count repeats it, one during a hold
once treatment failed to bring the improvement back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from remnant.response.history import VISIT_DAYS, Count, History, Line, nearest
from remnant.response.iwg2018 import limits
from remnant.response.iwg2018.units import Freedom
from remnant.response.thresholds import show
from remnant.response.transfusion_record import RED_CELLS
from remnant.response.treatment import AFTER_HOLD_DAYS, Treatment
from remnant.study.estimate import Source


class Fate(StrEnum):
    """What became of an improvement on a day."""

    KEPT = "kept"
    LOST = "lost"
    RESTORED = "lost during a hold and restored"
    WAITING = "in a hold, or not repeated yet"
    UNKNOWN = "not evaluable"


@dataclass(frozen=True)
class Loss:
    """A rule of loss on a day, with what was compared."""

    fate: Fate
    found: str
    rows: tuple[Source, ...] = ()


def fall(history: History, line: Line, day: int, *, since: int) -> Loss:
    """Judge the fall of one line from its best value since `since`, the first day of the improvement."""
    now = nearest(history.lines[line], day)
    if now is None:
        return Loss(Fate.UNKNOWN, f"not done: no {line} within {VISIT_DAYS} days of day {day}")
    past = [one for one in history.lines[line] if since <= one.day <= now.day]
    free = [one for one in past if not one.raised]
    rows = (now.source,)
    if not free:
        return Loss(Fate.UNKNOWN, f"not evaluable: no {line} free of influence to fall from", rows)
    best = max(free, key=lambda one: (one.value, -one.day))
    words = f"{show(now.value)} on day {now.day}, best {show(best.value)} on day {best.day}"
    if _fell(line, now.value, best.value):
        return _fallen(history, line, now, best.value, words)
    highest = max(past, key=lambda one: one.value)
    if now.raised:
        return Loss(Fate.UNKNOWN, f"not evaluable: {words}; {now.raised}", rows)
    if _fell(line, now.value, highest.value):
        text = f"not evaluable: {words}; {show(highest.value)} on day {highest.day} was {highest.raised}"
        return Loss(Fate.UNKNOWN, text, (*rows, highest.source))
    return Loss(Fate.KEPT, words, rows)


def _fell(line: Line, value: Fraction, best: Fraction) -> bool:
    if not limits.FLOOR[line].met(value):
        return False
    lost = best - value
    if limits.FALL[line].unit == "%":
        lost = 100 * lost / best if best else Fraction(0)
    return limits.FALL[line].met(lost)


def _fallen(history: History, line: Line, now: Count, best: Fraction, words: str) -> Loss:
    counts, treatment, rows = history.lines[line], history.treatment, (now.source,)
    hold = treatment.hold_behind(now.day)
    apart = limits.REPEAT_DAYS
    if hold is not None:
        words += f"; treatment was held on days {hold[0]} to {hold[1]}"
        apart = AFTER_HOLD_DAYS
        if _dose_was_raised(treatment, hold):
            words += " and resumed at a higher dose"
        else:
            end = hold[1] + limits.RESTORED_DAYS
            back = next((one for one in counts if hold[1] < one.day <= end and _back(line, one, best)), None)
            if back is not None:
                text = f"{words}; restored, {show(back.value)} on day {back.day}"
                return Loss(Fate.RESTORED, text, (*rows, back.source))
            if counts[-1].day < end:
                return Loss(Fate.WAITING, f"not evaluable: {words}; not restored yet", rows)
    again = _repeated(line, counts, now, best, apart)
    if again is None:
        return Loss(Fate.WAITING, f"not evaluable: {words}; not repeated yet", rows)
    if not again:
        return Loss(Fate.KEPT, f"{words}; not repeated", rows)
    return Loss(Fate.LOST, f"{words}; repeated", rows)


def _back(line: Line, one: Count, best: Fraction) -> bool:
    return not one.raised and not _fell(line, one.value, best)


def _repeated(line: Line, counts: Sequence[Count], now: Count, best: Fraction, apart: int) -> bool | None:
    """Say whether a count so many days before, with all in between, or the first one after shows the fall."""
    for one in reversed([one for one in counts if one.day < now.day]):
        if not _fell(line, one.value, best):
            break
        if now.day - one.day >= apart:
            return True
    for one in counts:
        if one.day - now.day >= apart:
            # A raised value that has not fallen says nothing of the patient's own.
            return True if _fell(line, one.value, best) else None if one.raised else False
    return None


def dependence(history: History, freedom: Freedom, day: int, *, since: int, improved: bool | None) -> Loss:
    """Judge transfusion dependence, unless the day is known to be `improved` by the units themselves."""
    record, first = history.transfusions, max(since, day - limits.HALF_BASELINE_DAYS + 1)
    units = record.red_cell_units(first, day)
    words = f"{units} units in days {first} to {day}"
    rows = tuple(one.source for one in record.within(first, day, RED_CELLS))
    if not limits.DEPENDENCE.met(Fraction(units)):
        if record.covers(first, day):
            return Loss(Fate.KEPT, words, rows)
        return Loss(Fate.UNKNOWN, f"not done: no complete transfusion log over days {first} to {day}", rows)
    if improved:
        return Loss(Fate.KEPT, f"{words}; the improvement itself goes on", rows)
    if improved is None:
        return Loss(Fate.WAITING, f"not evaluable: {words}; whether the improvement goes on is open", rows)
    hold = history.treatment.hold_behind(day)
    if hold is None or _dose_was_raised(history.treatment, hold):
        return Loss(Fate.LOST, words, rows)
    words += f"; treatment was held on days {hold[0]} to {hold[1]}"
    end = hold[1] + limits.RESTORED_DAYS
    states = [freedom.on(start).met for start in _free_starts(freedom, hold[1], end)]
    if True in states:
        return Loss(Fate.RESTORED, f"{words}; 56 days without red cells from within 8 weeks of it", rows)
    if None in states or freedom.last < end:
        return Loss(Fate.WAITING, f"not evaluable: {words}; not restored yet", rows)
    return Loss(Fate.LOST, words, rows)


def _free_starts(freedom: Freedom, first: int, last: int) -> list[int]:
    """Days on which a stretch without red cells may begin, or is under way, from `first` to `last`."""
    after = [day + 1 for day in freedom.given if first <= day + 1 <= last]
    shown = [run.first for run in freedom.free if first <= run.first <= last]
    return [first, *after, *shown]


def _dose_was_raised(treatment: Treatment, hold: tuple[int, int]) -> bool:
    """Say whether treatment resumed at a dose known to be higher than before the hold."""
    before = [one for one in treatment.given if one.last is not None and one.last + 1 == hold[0]]
    after = [one for one in treatment.given if one.first - 1 == hold[1]]
    return any(
        was.dose_mg is not None and now.dose_mg is not None and now.dose_mg > was.dose_mg
        for was in before
        for now in after
        if was.drug.strip().lower() == now.drug.strip().lower()
    )
