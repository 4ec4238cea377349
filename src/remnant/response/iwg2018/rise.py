"""A rise of one line above its baseline, in records that a reader can follow: the twin of `Rising`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from remnant.response.iwg2018 import limits
from remnant.response.record.baseline import Baseline, baseline_of
from remnant.response.record.history import Count, History, Line
from remnant.response.rules.runs import Run, runs
from remnant.response.rules.thresholds import Threshold

_COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Rise:
    """A line against its baseline, every count on treatment judged once.

    Parameters
    ----------
    line : Line
        The line.
    baseline : Baseline
        Before treatment; of haemoglobin the lowest mean of two.
    rules : tuple of Threshold
        The limits that every value must meet.
    counts : tuple of Count
        From the first dose on, one a day and in order.
    held : dict of int to Run
        For the day of each count, the stretch in which the line was above its limits.
    """

    line: Line
    baseline: Baseline
    rules: tuple[Threshold, ...]
    counts: tuple[Count, ...]
    held: dict[int, Run]


def rise_of(history: History, line: Line, first_dose: int) -> Rise:
    """Judge every count of a line on treatment against its baseline."""
    before = lowest_mean if line is Line.HAEMOGLOBIN else _mean
    baseline = before(history.lines[line], first_dose)
    rules = _rules(line, baseline.value)
    counts = tuple(one for one in history.lines[line] if one.day >= first_dose)
    bounds = [] if baseline.value is None else [_bound(rule, baseline.value) for rule in rules]
    points: list[tuple[int, bool | None]] = []
    for one in counts:
        met = all(compare(one.value, bound) for compare, bound in bounds) if bounds else None
        points.append((one.day, None if met and one.raised else met))
    held = dict(zip((day for day, _ in points), runs(points, needed=limits.IMPROVEMENT_DAYS), strict=True))
    return Rise(line, baseline, rules, counts, held)


def _mean(counts: Sequence[Count], first_dose: int) -> Baseline:
    return baseline_of(counts, first_dose, window_days=limits.BASELINE_DAYS)


def lowest_mean(counts: Sequence[Count], first_dose: int) -> Baseline:
    """Return the lowest mean of two consecutive values free of influence, 7 days apart or more (OR28).

    Each value is paired with the next that lies 7 days behind it or more: of a patient seen twice a week no
    two neighbours would do.

    Examples
    --------
    >>> from remnant.study.estimate import Source
    >>> values = [(-40, "9.0"), (-30, "8.0"), (-28, "7.0"), (-20, "8.6")]
    >>> counts = [Count(day, Fraction(value), "", Source("b.csv", 2)) for day, value in values]
    >>> float(lowest_mean(counts, 0).value)
    7.8
    """
    days = limits.BASELINE_DAYS
    inside = [one for one in counts if first_dose - days <= one.day < first_dose]
    if not inside:
        return Baseline(None, None, (), f"not done: no value in the {days} days before treatment")
    least = min(one.value for one in inside)
    free = [one for one in inside if not one.raised]
    pairs = []
    for place, one in enumerate(free):
        after = next((two for two in free[place + 1 :] if two.day - one.day >= limits.APART_DAYS), None)
        if after is not None:
            pairs.append((one.value + after.value, one, after))
    if not pairs:
        raised = next((one.raised for one in inside if one.raised), "")
        reason = (
            f"not evaluable: {len(free)} of {len(inside)} values in the {days} days before treatment free of "
            f"influence; needs two, {limits.APART_DAYS} days apart" + (f" ({raised})" if raised else "")
        )
        return Baseline(None, least, tuple(inside), reason)
    total, one, two = min(pairs, key=lambda pair: pair[0])
    return Baseline(total / 2, least, (one, two), "")


def _rules(line: Line, base: Fraction | None) -> tuple[Threshold, ...]:
    if line is Line.HAEMOGLOBIN:
        return (limits.RISE_HAEMOGLOBIN,)
    if line is Line.NEUTROPHILS:
        return limits.DOUBLED[line], limits.RISE_NEUTROPHILS
    if base is not None and limits.LOW_PLATELETS.met(base):
        return limits.REACH_PLATELETS, limits.DOUBLED[line]
    return (limits.RISE_PLATELETS,)


def _bound(rule: Threshold, base: Fraction) -> tuple[Callable[[Fraction, Fraction], bool], Fraction]:
    """Turn a limit on a rise into one on the value itself."""
    compare = _COMPARE[rule.operator]
    if rule is limits.REACH_PLATELETS:
        return compare, rule.limit
    if rule.unit == "%":
        return compare, base * (1 + rule.limit / 100)
    return compare, base + rule.limit
