"""Haematologic improvement of IWG 2006: HI-E, HI-P and HI-N, each lasting at least 8 weeks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from remnant.response.iwg2006 import limits
from remnant.response.record.baseline import Baseline
from remnant.response.record.history import History
from remnant.response.record.measurements import VISIT_DAYS, Line, nearest
from remnant.response.record.transfusion_record import RED_CELLS
from remnant.response.rules.runs import Run, runs
from remnant.response.rules.thresholds import Threshold, show
from remnant.response.rules.trace import RuleTrace, Verdict, every, judge, some, trace


@dataclass(frozen=True)
class Improvement:
    """One line of improvement on a day.

    Parameters
    ----------
    verdict : Verdict
        Whether the day belongs to an improvement that lasted long enough.
    since : int or None
        First day of it.
    traces : tuple of RuleTrace
        Gate and response.
    """

    verdict: Verdict
    since: int | None
    traces: tuple[RuleTrace, ...]


@dataclass(frozen=True)
class ImprovementCourse:
    """A line against its baseline, every count judged once.

    Parameters
    ----------
    line : Line
        The line.
    baseline : Baseline
        Before treatment.
    gate : RuleTrace
        Whether the line was low enough to improve.
    rules : tuple of Threshold
        The limits that every value must meet.
    held : dict of int to Run
        For each day of a count, the stretch in which the line was improved.
    """

    line: Line
    baseline: Baseline
    gate: RuleTrace
    rules: tuple[Threshold, ...]
    held: dict[int, Run]


def improvement_course(
    history: History, line: Line, baseline: Baseline, first_dose: int
) -> ImprovementCourse:
    """Judge every count of a line after the first dose against the baseline."""
    gate = _gate(line, baseline)
    rules = _rules(line, baseline.value)
    points = []
    for one in history.lines[line]:
        if one.day >= first_dose:
            verdict = _risen(rules, one.value, baseline.value)
            if one.raised and verdict is Verdict.MET:
                verdict = Verdict.NOT_EVALUABLE
            points.append((one.day, None if verdict is Verdict.NOT_EVALUABLE else verdict is Verdict.MET))
    found = runs(points, needed=limits.IMPROVEMENT_DAYS)
    held = dict(zip((day for day, _ in points), found, strict=True))
    return ImprovementCourse(line, baseline, gate, rules, held)


def improvement_on(history: History, course: ImprovementCourse, day: int, first_dose: int) -> Improvement:
    """Say whether a line is improved on a day, by its counts or, for HI-E, by units of red cells."""
    by_counts = _by_counts(history, course, day, first_dose)
    verdict, since = every([course.gate.verdict, by_counts.verdict]), by_counts.since
    traces = (course.gate, *by_counts.traces)
    if course.line is Line.HAEMOGLOBIN:
        by_units = _by_units(history, day, first_dose)
        traces += by_units.traces
        if by_units.verdict is Verdict.MET:
            days = [one.since for one in (by_units, by_counts) if one.verdict is Verdict.MET]
            since = min(start for start in days if start is not None)
        verdict = some([verdict, by_units.verdict])
    return Improvement(verdict, since if verdict is Verdict.MET else None, traces)


def _gate(line: Line, baseline: Baseline) -> RuleTrace:
    name, limit = f"{limits.HI_NAME[line]}: baseline", limits.GATE[line]
    rows = tuple(one.source for one in baseline.counts)
    if baseline.value is None and baseline.at_most is not None and limit.met(baseline.at_most):
        # One value below the gate, raised or not, shows that the patient's own was below it.
        return judge(name, limit, baseline.at_most, remark="at most", rows=rows)
    return judge(name, limit, baseline.value, absent=baseline.reason, rows=rows)


def _rules(line: Line, base: Fraction | None) -> tuple[Threshold, ...]:
    if line is Line.HAEMOGLOBIN:
        return (limits.RISE_HAEMOGLOBIN,)
    if line is Line.NEUTROPHILS:
        return limits.DOUBLED[line], limits.RISE_NEUTROPHILS
    if base is not None and limits.LOW_PLATELETS.met(base):
        return limits.REACH_PLATELETS, limits.DOUBLED[line]
    return (limits.RISE_PLATELETS,)


def _risen(rules: tuple[Threshold, ...], value: Fraction, base: Fraction | None) -> Verdict:
    if base is None:
        return Verdict.NOT_EVALUABLE
    return every(Verdict.MET if rule.met(_compared(rule, value, base)) else Verdict.NOT_MET for rule in rules)


def _compared(rule: Threshold, value: Fraction, base: Fraction) -> Fraction:
    """The number that a rule of improvement is about: the value, its rise, or its relative rise."""
    if rule is limits.REACH_PLATELETS:
        return value
    if rule.unit != "%":
        return value - base
    # From zero any rise is more than a doubling; the absolute rule stands beside it.
    return 100 * (value - base) / base if base else Fraction(1000 if value else 0)


def _by_counts(history: History, course: ImprovementCourse, day: int, first_dose: int) -> Improvement:
    rule = f"{limits.HI_NAME[course.line]}: {course.line}"
    asked = " and ".join(f"{one.quantity} {one}" for one in course.rules)
    limit = replace(limits.HI_LASTS, quantity=asked)
    limit = replace(
        limit, reading="; ".join(dict.fromkeys([*(r.reading for r in course.rules), limit.reading]))
    )
    limit = replace(limit, reading=limit.reading.removeprefix("; "))
    # What failed in spite of a transfusion has failed.
    failed = {when for when, run in course.held.items() if run.verdict is Verdict.NOT_MET}
    count = nearest(history.lines[course.line], day, since=first_dose, tells=lambda one: one.day in failed)
    if count is None:
        absent = trace(rule, limit, f"not done: no {course.line} within {VISIT_DAYS} days of day {day}", None)
        return Improvement(Verdict.NOT_EVALUABLE, None, (absent,))
    found = f"{show(count.value)} {course.gate.limit.split(' ', 2)[2]} on day {count.day}"
    if course.baseline.value is None:
        words = f"{found}; baseline {course.baseline.reason}"
        return Improvement(Verdict.NOT_EVALUABLE, None, (trace(rule, limit, words, None, (count.source,)),))
    run = course.held[count.day]
    words = f"{found}, from {show(course.baseline.value)}; {run.found}"
    if count.raised:
        words += f"; {count.raised}"
    met = {Verdict.MET: True, Verdict.NOT_MET: False, Verdict.NOT_EVALUABLE: None}[run.verdict]
    return Improvement(run.verdict, run.first, (trace(rule, limit, words, met, (count.source,)),))


def _by_units(history: History, day: int, first_dose: int) -> Improvement:
    """Compare units in 56 days before treatment with the best 56 days of treatment that hold this day."""
    record, days = history.transfusions, limits.IMPROVEMENT_DAYS
    before = record.within(first_dose - days, first_dose - 1, RED_CELLS)
    noted = [one for one in before if one.haemoglobin_before is not None]
    low = sum(
        one.units
        for one in noted
        if one.haemoglobin_before is not None and limits.UNIT_HAEMOGLOBIN.met(one.haemoglobin_before)
    )
    high = low + sum(one.units for one in before if one.haemoglobin_before is None)
    counted = str(low) if low == high else f"{low} to {high}"
    limit = replace(limits.UNITS_DOWN, reading=limits.UNITS_READING)
    rows = tuple(one.source for one in before)

    def answer(found: str, met: bool | None, since: int | None = None) -> Improvement:
        written = trace("HI-E: units", limit, found, met, rows)
        return Improvement(written.verdict, since, (written,))

    if not record.covers(first_dose - days, first_dose - 1):
        absent = "not done: no complete transfusion log"
        return answer(f"{absent} over days {first_dose - days} to {first_dose - 1}", None)
    if not limit.met(Fraction(high)):
        # Fewer than four can never fall by four, so haemoglobin alone decides (OR16).
        found = f"not evaluable: {counted} counted units before treatment, fewer than {limit.value}"
        return Improvement(Verdict.NOT_MET, None, (trace("HI-E: units", limit, found, None, rows),))
    starts = [
        start
        for start in range(max(first_dose, day - days + 1), day + 1)
        if record.covers(start, start + days - 1)
    ]
    if not starts:
        if day < first_dose + days - 1 or not record.covers(first_dose, day):
            return answer(f"not evaluable: the log covers no {days} days of treatment about day {day}", None)
        return answer(f"not evaluable: the log ends within {days} days", None)
    start = min(starts, key=lambda start: (record.red_cell_units(start, start + days - 1), start))
    after = record.red_cell_units(start, start + days - 1)
    found = f"{counted} units before, {after} in days {start} to {start + days - 1}"
    rows += tuple(one.source for one in record.within(start, start + days - 1, RED_CELLS))
    if limit.met(Fraction(low - after)):
        return answer(found, True, start)
    if limit.met(Fraction(high - after)):
        return answer(f"not evaluable: {found}; haemoglobin before some units was not noted", None)
    whole = record.covers(max(first_dose, day - days + 1), day + days - 1)
    return answer(found if whole else f"not evaluable: {found}; the log ends there", False if whole else None)
