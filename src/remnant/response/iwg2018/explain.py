"""The rules of IWG 2018 that were tried on a day, written out for a reader when one asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from remnant.response.iwg2018 import limits
from remnant.response.iwg2018.burden import Policy
from remnant.response.iwg2018.improvement import FALL, FREED, HALVED, RISEN, Case, LineDay
from remnant.response.iwg2018.loss import Fate, Loss
from remnant.response.iwg2018.rise import Rise, rise_of
from remnant.response.iwg2018.rising import State
from remnant.response.record.history import UNIT, VISIT_DAYS, Line
from remnant.response.record.transfusion_record import RED_CELLS
from remnant.response.rules.thresholds import show
from remnant.response.rules.trace import RuleTrace, judge, trace
from remnant.study.estimate import Source

_FATE = {Fate.LOST: True, Fate.KEPT: False, Fate.RESTORED: False, Fate.WAITING: None, Fate.UNKNOWN: None}


@dataclass(frozen=True)
class Explainer:
    """Writes out what was tried of one patient."""

    case: Case

    @cached_property
    def rises(self) -> dict[Line, Rise]:
        """The three lines against their baselines, in records."""
        return {line: rise_of(self.case.history, line, self.case.first_dose) for line in Line}

    @cached_property
    def burden(self) -> RuleTrace:
        """Which class the units before treatment make."""
        burden = self.case.burden
        asked = (limits.LOW_BURDEN, limits.HIGH_BURDEN, limits.LOW_IN_HALF, limits.EPISODES)
        reading = "; ".join(dict.fromkeys(limit.reading for limit in asked))
        reading += "; classed by the total alone" if self.case.options.total_only else ""
        limit = "NTD 0, LTB 3 to 7 in 2 episodes or more and at most 3 in 56 days, HTB 8 or more"
        met = True if burden.name else None
        rule = f"class: {burden.name or 'unknown'}"
        written = trace(rule, limits.LOW_BURDEN, burden.found, met, burden.rows)
        return replace(written, limit=limit, reading=reading)

    def line(self, one: LineDay, day: int) -> Iterator[RuleTrace]:
        """Say what each test, and each rule of loss, of one line found."""
        for kind, state in one.states:
            if one.line is not Line.HAEMOGLOBIN or kind == RISEN:
                yield self._gate(one.line)
                yield self._rise(one.line, day)
            elif kind == FREED:
                high = any(other == HALVED for other, _ in one.states)
                yield self._free(limits.MAJOR if high else one.name, state, day)
            else:
                yield self._half(state, day)
        for kind, loss in one.ends.told(day, one.state.met) if one.ends else ():
            limit = limits.FALL[one.line] if kind == FALL else limits.DEPENDENCE
            rule = f"loss of {limits.HI_NAME[one.line]}: {one.line if kind == FALL else kind}"
            yield trace(rule, limit, loss.words(), _FATE[loss.fate], self._rows(one.line, kind, loss))

    def qualifying(self, one: LineDay, policy: Policy | None) -> Iterator[RuleTrace]:
        """Say what qualifies an improvement of haemoglobin without changing it: window, 16 weeks, policy."""
        state = one.state
        if one.line is Line.HAEMOGLOBIN and state.met:
            span = f"from day {state.first}" + ("" if state.last is None else f" to {state.last}")
            yield trace(f"{one.name}: window", limits.WINDOW, span, not state.late)
            yield trace(f"{one.name}: 16 weeks", limits.MEANINGFUL, span, state.meaningful or None)
            if policy is not None:
                yield trace(f"{one.name}: policy", limits.POLICY, policy.found, policy.constant, policy.rows)

    def _rows(self, line: Line, kind: str, loss: Loss) -> tuple[Source, ...]:
        if kind == FALL:
            return tuple(one.source for one in self.rises[line].counts if one.day in loss.days)
        first, last = loss.days
        given = self.case.history.transfusions.within(first, last, RED_CELLS)
        return tuple(one.source for one in given)

    def _gate(self, line: Line) -> RuleTrace:
        baseline, gate = self.rises[line].baseline, limits.GATE[line]
        rule, rows = f"{limits.HI_NAME[line]}: baseline", tuple(one.source for one in baseline.counts)
        # One value below the gate, raised or not, shows that the patient's own was below it.
        low = baseline.value is None and baseline.at_most is not None and gate.met(baseline.at_most)
        level, remark = (baseline.at_most, "at most") if low else (baseline.value, "")
        written = judge(rule, gate, level, absent=baseline.reason, remark=remark, rows=rows)
        if line is Line.HAEMOGLOBIN and not self.case.options.haemoglobin_gate:
            found = written.found.removeprefix("not done: ").removeprefix("not evaluable: ")
            return trace(rule, gate, f"{found}; the gate is switched off", True, rows)
        return written

    def _rise(self, line: Line, day: int) -> RuleTrace:
        rise, rising, patient = self.rises[line], self.case.rising[line], self.case.history.place
        rule, baseline = f"{limits.HI_NAME[line]}: {line}", rise.baseline
        readings = "; ".join(dict.fromkeys(r.reading for r in (*rise.rules, limits.LASTS) if r.reading))
        asked = " and ".join(f"{one.quantity} {one}" for one in rise.rules)
        limit = replace(limits.LASTS, quantity=asked, reading=readings)
        place = rising.telling(patient, day)
        if place is None:
            return trace(rule, limit, f"not done: no {line} within {VISIT_DAYS} days of day {day}", None)
        count = rise.counts[place - rising.starts[patient]]
        rows = count.source, *(one.source for one in baseline.counts)
        found = f"{show(count.value)} {UNIT[line]} on day {count.day}"
        if baseline.value is None:
            return trace(rule, limit, f"{found}; baseline {baseline.reason}", None, rows)
        met = rising.risen_on(patient, day).met
        words = f"{found}, from {show(baseline.value)}; {rise.held[count.day].found}"
        words += f"; {count.raised}" if count.raised else ""
        return trace(rule, limit, f"not evaluable: {words}" if met is None else words, met, rows)

    def _free(self, name: str, state: State, day: int) -> RuleTrace:
        freedom, record = self.case.freedom, self.case.history.transfusions
        first, last = freedom.between(day)
        run = freedom.run_at(day)
        rows: tuple[Source, ...] = record.sources
        if day in freedom.given:
            found = f"red cells on day {day}"
            rows = tuple(one.source for one in record.within(day, day, RED_CELLS))
        elif run is None and state.met is False:
            found = f"at most {(last or first) - first + 1} days without red cells, {first} to {last}"
        elif run is None and day > freedom.last:
            found = f"not evaluable: independence is observed up to day {freedom.last} only"
        elif run is None:
            found = f"not done: no complete transfusion log on day {day}"
        else:
            found = f"{run.days} days without red cells, {run.first} to {run.last}"
        if state.met is None and run is not None:
            open_ = (
                "what follows was not observed" if last is None else f"no log of all days {first} to {last}"
            )
            found = f"not evaluable: {found}; {open_}"
        return trace(f"{name}: red cells", limits.FREE, found, state.met, rows)

    def _half(self, state: State, day: int) -> RuleTrace:
        case, record = self.case, self.case.history.transfusions
        assert case.halving is not None
        start = state.first
        if start is None:
            start = max(case.first_dose, day - limits.MEANINGFUL_DAYS + 1)
        last = start + limits.MEANINGFUL_DAYS - 1
        units, least = record.red_cell_units(start, last), "" if case.burden.complete else "at least "
        found = (
            f"{least}{case.halving.before} units in the 112 days before, {units} in days {start} to {last}"
        )
        if state.met is None:
            found = f"not evaluable: {found}; no 112 days about day {day} are covered by the log"
        rows = (*case.burden.rows, *(one.source for one in record.within(start, last, RED_CELLS)))
        return trace(f"{limits.MINOR}: red cells", limits.UNITS_DOWN, found, state.met, rows)
