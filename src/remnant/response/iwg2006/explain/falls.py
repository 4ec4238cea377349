"""What ends a response or improvement in IWG 2006: falls from the best count, and transfusion dependence."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter, itemgetter

from remnant.response.iwg2006 import limits
from remnant.response.record.history import History
from remnant.response.record.measurements import VISIT_DAYS, Count, Line, nearest
from remnant.response.record.transfusion_record import RED_CELLS
from remnant.response.record.treatment import AFTER_HOLD_DAYS
from remnant.response.rules.thresholds import Threshold, show
from remnant.response.rules.trace import RuleTrace, trace

_day = attrgetter("day")


@dataclass(frozen=True)
class Fall:
    """Whether a rule of loss is met, and whether a second count says so too (None: there is none yet)."""

    trace: RuleTrace
    repeated: bool | None


def fall(
    rule: str,
    limit: Threshold,
    history: History,
    line: Line,
    day: int,
    *,
    since: int,
    baseline: Fraction | None = None,
) -> Fall:
    """Judge the fall of one line from its best value.

    Parameters
    ----------
    rule : str
        Name of the rule.
    limit : Threshold
        Percentage of the best (unit %), or an absolute fall.
    history : History
        The patient.
    line : Line
        The line.
    day : int
        Day of the look.
    since : int
        First day of the response: the best value is the best from then on.
    baseline : Fraction, optional
        A value before treatment that may also be the best.
    """
    counts = history.lines[line]
    counts = counts[bisect_left(counts, since, key=_day) :]

    def best_by(now: Count) -> tuple[Fraction, int] | None:
        """The best value up to a count, and its day; the first of equals."""
        past = counts[: bisect_right(counts, now.day, key=_day)]
        levels = [] if baseline is None else [(baseline, since)]
        levels += [(one.value, one.day) for one in past if not one.raised]
        return max(levels, key=itemgetter(0), default=None)

    def shows(one: Count) -> bool:
        level = best_by(one)
        return level is not None and fallen(line, limit, one.value, level[0])

    now = nearest(counts, day, tells=shows)
    if now is None:
        absent = f"not done: no {line} within {VISIT_DAYS} days of day {day}"
        return Fall(trace(rule, limit, absent, None), None)
    level = best_by(now)
    if level is None:
        return _no_level(rule, limit, line, [one for one in counts if one.day <= now.day])
    best, best_day = level
    unit = limits.CR_COUNTS[line].unit
    found = f"{show(now.value)} {unit} on day {now.day}, best {show(best)} on day {best_day}"

    def fell(one: Count) -> bool:
        return fallen(line, limit, one.value, best)

    rows = (now.source,)
    if not fell(now):
        if now.raised:
            return Fall(trace(rule, limit, f"not evaluable: {found}; {now.raised}", None, rows), None)
        if not limits.CR_COUNTS[line].met(now.value):
            return Fall(trace(rule, limit, found, False, rows), None)
        return Fall(trace(rule, limit, f"{found}; not below the limit of a CR", False, rows), None)
    hold = history.treatment.hold_behind(now.day)
    again = _again(counts, now, fell, AFTER_HOLD_DAYS if hold else limits.REPEAT_DAYS)
    if hold:
        found += f"; possibly drug-related, treatment was held on days {hold[0]} to {hold[1]} (OR9)"
        if again is None:
            return Fall(trace(rule, limit, f"not evaluable: {found}, no count 28 days on", None, rows), None)
    if again is False:
        return Fall(trace(rule, limit, f"{found}; not repeated", False, rows), False)
    words = f"{found}; repeated" if again else f"{found}; not repeated yet"
    return Fall(trace(rule, limit, words, True, rows), again)


def fallen(line: Line, limit: Threshold, value: Fraction, best: Fraction) -> bool:
    """Say whether a value is so far below the best; what would do for a CR is no loss."""
    if limits.CR_COUNTS[line].met(value):
        return False
    return limit.met(100 * (best - value) / best if limit.unit == "%" and best else best - value)


def _no_level(rule: str, limit: Threshold, line: Line, past: Sequence[Count]) -> Fall:
    """Without a value of the patient's own there is no level to fall from."""
    if any("no complete transfusion log" in one.raised for one in past):
        return Fall(trace(rule, limit, f"not evaluable: {past[-1].raised}", None), None)
    words = f"no {line} free of transfusion or growth factor to fall from; transfusions decide"
    return Fall(trace(rule, limit, words, False, tuple(one.source for one in past)), None)


def _again(counts: Sequence[Count], now: Count, fell: Callable[[Count], bool], apart: int) -> bool | None:
    """Say whether a count so many days before or after shows the fall too; None where there is none after.

    Before, every count in between must show it; after, the first one decides. A raised count that shows no
    fall says nothing, for the patient's own may be lower.
    """
    for one in reversed([one for one in counts if one.day < now.day]):
        if fell(one):
            if now.day - one.day >= apart:
                return True
        elif not one.raised:
            break
    later = counts[bisect_left(counts, now.day + apart, key=_day) :]
    found = ((fell(one), one.raised) for one in later)
    return next((fallen for fallen, raised in found if fallen or not raised), None)


def dependence(rule: str, history: History, day: int, *, since: int) -> RuleTrace:
    """Judge transfusion dependence: four units of red cells or more in the 56 days up to `day`."""
    first, limit, record = (
        max(since, day - limits.DEPENDENCE_DAYS + 1),
        limits.DEPENDENCE,
        history.transfusions,
    )
    units = record.red_cell_units(first, day)
    found = f"{units} units in days {first} to {day}"
    rows = tuple(one.source for one in record.within(first, day, RED_CELLS))
    if limit.met(Fraction(units)):
        return trace(rule, limit, found, True, rows)
    if not record.covers(first, day):
        return trace(
            rule, limit, f"not done: no complete transfusion log over days {first} to {day}", None, rows
        )
    return trace(rule, limit, found, False, rows)
