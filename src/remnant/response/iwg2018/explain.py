"""The rules of IWG 2018 that were tried on a day, written out for a reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from remnant.response.history import VISIT_DAYS, Line
from remnant.response.iwg2018 import limits
from remnant.response.iwg2018.burden import Policy
from remnant.response.iwg2018.improvement import FALL, FREED, HALVED, RISEN, Case, LineDay
from remnant.response.iwg2018.loss import Fate
from remnant.response.iwg2018.rise import Rise, State
from remnant.response.thresholds import show
from remnant.response.trace import RuleTrace, judge, trace
from remnant.response.transfusion_record import RED_CELLS
from remnant.study.estimate import Source

_FATE = {Fate.LOST: True, Fate.KEPT: False, Fate.RESTORED: False, Fate.WAITING: None, Fate.UNKNOWN: None}
_UNIT = {Line.HAEMOGLOBIN: "g/dL", Line.PLATELETS: "1e9/L", Line.NEUTROPHILS: "1e9/L"}


def class_trace(case: Case) -> RuleTrace:
    """Say which class the units before treatment make."""
    burden = case.burden
    readings = dict.fromkeys(
        limit.reading
        for limit in (limits.LOW_BURDEN, limits.HIGH_BURDEN, limits.LOW_IN_HALF, limits.EPISODES)
    )
    reading = "; ".join(readings) + ("; classed by the total alone" if case.options.total_only else "")
    limit = "NTD 0, LTB 3 to 7 in 2 episodes or more and at most 3 in 56 days, HTB 8 or more"
    met = True if burden.name else None
    written = trace(f"class: {burden.name or 'unknown'}", limits.LOW_BURDEN, burden.found, met, burden.rows)
    return replace(written, limit=limit, reading=reading)


def line_traces(case: Case, one: LineDay, day: int) -> Iterator[RuleTrace]:
    """Say what each test, and each rule of loss, of one line found."""
    for kind, state in one.states:
        if one.line is not Line.HAEMOGLOBIN or kind == RISEN:
            yield from _rise_traces(case.rises[one.line], limits.HI_NAME[one.line], day)
        elif kind == FREED:
            yield _free_trace(case, _own(one, HALVED, limits.MAJOR), state, day)
        else:
            yield _half_trace(case, limits.MINOR, state, day)
    for kind, loss in one.losses:
        limit = limits.FALL[one.line] if kind == FALL else limits.DEPENDENCE
        said = one.line if kind == FALL else kind
        yield trace(
            f"loss of {limits.HI_NAME[one.line]}: {said}", limit, loss.found, _FATE[loss.fate], loss.rows
        )


def _own(one: LineDay, kind: str, name: str) -> str:
    """Name a test as the class does that also has the test `kind`."""
    return name if any(other == kind for other, _ in one.states) else one.name


def qualifying_traces(one: LineDay, policy: Policy | None) -> Iterator[RuleTrace]:
    """Say what qualifies an improvement of haemoglobin without changing it: window, 16 weeks, policy."""
    state = one.state
    if one.line is Line.HAEMOGLOBIN and state.met:
        span = f"from day {state.first}" + ("" if state.last is None else f" to {state.last}")
        yield trace(f"{one.name}: window", limits.WINDOW, span, not state.late)
        yield trace(f"{one.name}: 16 weeks", limits.MEANINGFUL, span, state.meaningful or None)
        if policy is not None:
            yield trace(f"{one.name}: policy", limits.POLICY, policy.found, policy.constant, policy.rows)


def _rise_traces(rise: Rise, name: str, day: int) -> Iterator[RuleTrace]:
    baseline, line = rise.baseline, rise.line
    rows = tuple(one.source for one in baseline.counts)
    gate = limits.GATE[line]
    low = baseline.value is None and baseline.at_most is not None and gate.met(baseline.at_most)
    level = baseline.at_most if low else baseline.value
    remark = "at most" if low else ""
    written = judge(f"{name}: baseline", gate, level, absent=baseline.reason, remark=remark, rows=rows)
    if rise.gated:
        yield written
    else:
        yield trace(f"{name}: baseline", gate, f"{written.found}; the gate is switched off", True, rows)
    readings = "; ".join(dict.fromkeys(r.reading for r in (*rise.rules, limits.LASTS) if r.reading))
    asked = " and ".join(f"{one.quantity} {one}" for one in rise.rules)
    limit = replace(limits.LASTS, quantity=asked, reading=readings)
    count = next(iter(rise.counts_at(day)), None)
    if count is None:
        absent = f"not done: no {line} within {VISIT_DAYS} days of day {day}"
        yield trace(f"{name}: {line}", limit, absent, None)
        return
    found = f"{show(count.value)} {_UNIT[line]} on day {count.day}"
    if baseline.value is None:
        yield trace(f"{name}: {line}", limit, f"{found}; baseline {baseline.reason}", None, (count.source,))
        return
    run = rise.held[count.day]
    found += f", from {show(baseline.value)}; {run.found}" + (f"; {count.raised}" if count.raised else "")
    met = rise.risen_on(day).met
    yield trace(f"{name}: {line}", limit, found, met, (count.source, *rows))


def _free_trace(case: Case, name: str, state: State, day: int) -> RuleTrace:
    freedom, record = case.freedom, case.history.transfusions
    first, last = freedom.between(day)
    run = freedom.run_at(day)
    rows: tuple[Source, ...] = record.sources
    if day in freedom.given:
        found = f"red cells on day {day}"
        rows = tuple(one.source for one in record.within(day, day, RED_CELLS))
    elif run is None and state.met is False:
        found = f"at most {(last or first) - first + 1} days without red cells, {first} to {last}"
    elif run is None:
        found = f"not done: no complete transfusion log on day {day}"
    else:
        found = f"{run.days} days without red cells, {run.first} to {run.last}"
    if state.met is None and run is not None:
        open_ = "what follows was not observed" if last is None else f"no log of all days {first} to {last}"
        found = f"not evaluable: {found}; {open_}"
    return trace(f"{name}: red cells", limits.FREE, found, state.met, rows)


def _half_trace(case: Case, name: str, state: State, day: int) -> RuleTrace:
    halving, record = case.halving, case.history.transfusions
    assert halving is not None
    first = case.first_dose
    start = state.first
    if start is None:
        start = max(first, day - limits.MEANINGFUL_DAYS + 1)
    last = start + limits.MEANINGFUL_DAYS - 1
    units = record.red_cell_units(start, last)
    least = "" if case.burden.complete else "at least "
    found = f"{least}{halving.before} units in the 112 days before, {units} in days {start} to {last}"
    if state.met is None:
        found = f"not evaluable: {found}; no 112 days about day {day} are covered by the log"
    rows = (*case.burden.rows, *(one.source for one in record.within(start, last, RED_CELLS)))
    return trace(f"{name}: red cells", limits.UNITS_DOWN, found, state.met, rows)
