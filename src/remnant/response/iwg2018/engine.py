"""Response by the criteria of the International Working Group of 2018, visit by visit.

Haematologic improvement only. A visit is a day with a specimen; between visits every blood count and
transfusion is looked at too, and gets a call where an improvement or its loss is new. A category is issued
only if it is the same whatever the missing items are (OR5), and no later day withdraws it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from remnant.response.calls import NO_CATEGORY, NOT_EVALUABLE, ResponseCall
from remnant.response.history import History, Line
from remnant.response.iwg2018.burden import NTD, Policy, Test, policy_of
from remnant.response.iwg2018.explain import class_trace, line_traces, qualifying_traces
from remnant.response.iwg2018.improvement import (
    Case,
    Course,
    Iwg2018Options,
    LineDay,
    case_of,
    category_of,
    lines_on,
)
from remnant.response.iwg2018.loss import Fate
from remnant.response.trace import RuleTrace, Verdict
from remnant.response.transfusion_record import RED_CELLS

CRITERIA = "IWG 2018"
IMPROVED = "HI"
DEFAULTS = Iwg2018Options()
MEANINGFUL, LATE = "clinically meaningful", "late response"
AS_LOW_BURDEN, POLICY = "tested as LTB", "policy not shown constant"
GATE = "NTD gate: haemoglobin below 11 kept from 2006"
RESTORED = "loss during a dose hold, restored: not counted"
ABOVE = {
    Line.PLATELETS: "rise from platelets above 100",
    Line.NEUTROPHILS: "rise from neutrophils above 1.0",
}


@dataclass(frozen=True)
class ImprovementDay:
    """Haematologic improvement of one patient on a day, before it is written out.

    Parameters
    ----------
    day : int
        Days since the patient's anchor.
    sample_id : str or None
        The specimen of a visit.
    improved : bool or None
        Whether any line is improved; None where a missing item could make one so.
    lines : tuple of LineDay
        Every line.
    """

    day: int
    sample_id: str | None
    improved: bool | None
    lines: tuple[LineDay, ...]

    @property
    def improvement(self) -> tuple[str, ...]:
        """Names of the improvements that hold."""
        return tuple(one.name for one in self.lines if one.held)

    @property
    def lost(self) -> tuple[str, ...]:
        """Names of the improvements that are lost."""
        return tuple(one.lost for one in self.lines if one.lost)


def classify_patient(history: History, options: Iwg2018Options = DEFAULTS) -> tuple[ResponseCall, ...]:
    """Classify one patient after the first dose, in the order of days.

    Parameters
    ----------
    history : History
        The patient.
    options : Iwg2018Options, optional
        Readings that can be switched.

    Returns
    -------
    tuple of ResponseCall
        Category `HI`, `no response category` or `not evaluable`.

    References
    ----------
    Platzbecker et al. (2019) Blood 133:1020, doi:10.1182/blood-2018-06-857102.
    """
    first = history.treatment.first_dose
    if first is None:
        return untreated(history, CRITERIA)
    case = case_of(history, first, options)
    return tuple(_call(case, one) for one in improvement_days(case))


def untreated(history: History, criteria: str) -> tuple[ResponseCall, ...]:
    """Say at every visit that there was no treatment to respond to."""
    absent = (history.treatment.note,)
    return tuple(
        ResponseCall(history.patient_id, day, name, criteria, NOT_EVALUABLE, None, (), (), (), absent)
        for day, name in visits(history).items()
    )


def visits(history: History) -> dict[int, str]:
    """Day of each visit and its specimen: the one with a morphology where there are several."""
    found = dict(reversed(history.specimens))
    return dict(sorted((found | {one.day: one.sample_id for one in history.marrows}).items()))


def improvement_days(case: Case) -> Iterator[ImprovementDay]:
    """Judge every visit after the first dose, and every look between visits that shows something new."""
    history, course, first = case.history, Course(), case.first_dose
    seen = {day: name for day, name in visits(history).items() if day > first}
    looks = {one.day for counts in history.lines.values() for one in counts}
    looks |= {one.day for one in history.transfusions.of(RED_CELLS)}
    shown: tuple[set[str], set[str]] = set(), set()
    for day in sorted(seen.keys() | {day for day in looks if day > first}):
        lines = lines_on(case, course, day)
        one = ImprovementDay(day, seen.get(day), category_of(lines), lines)
        improvement, lost = set(one.improvement), set(one.lost)
        if day in seen or not improvement <= shown[0] or not lost <= shown[1]:
            shown = improvement, lost
            yield one


def _call(case: Case, one: ImprovementDay) -> ResponseCall:
    rules, missing = explain(case, one)
    category = {True: IMPROVED, False: NO_CATEGORY, None: NOT_EVALUABLE}[one.improved]
    return ResponseCall(
        case.history.patient_id,
        one.day,
        one.sample_id,
        CRITERIA,
        category,
        None,
        one.improvement,
        one.lost,
        rules,
        missing,
        case.burden.name,
        remarks(case, one),
    )


def explain(case: Case, one: ImprovementDay) -> tuple[tuple[RuleTrace, ...], tuple[str, ...]]:
    """Write out every rule that was tried on a day, and what is missing to judge the lines left open."""
    written = class_trace(case)
    rules, open_ = [written], [written] if not case.burden.name else []
    for line in one.lines:
        tried = list(line_traces(case, line, one.day))
        rules += tried
        if line.held is None:
            open_ += [rule for rule in tried if rule.verdict is Verdict.NOT_EVALUABLE]
        rules += qualifying_traces(line, _policy(case, line))
    note = [case.history.treatment.note] if case.history.treatment.note else []
    missing = dict.fromkeys([*note, *(f"{rule.rule}: {rule.found}" for rule in open_)])
    return tuple(rules), tuple(missing)


def _policy(case: Case, line: LineDay) -> Policy | None:
    """Judge the policy where an improvement rests on transfusions."""
    by_units = line.line is Line.HAEMOGLOBIN and case.burden.tests != (Test.RISE,)
    return policy_of(case.history, case.first_dose) if by_units and line.state.met else None


def remarks(case: Case, one: ImprovementDay) -> tuple[str, ...]:
    """Say what qualifies the answer of a day without changing it."""
    said = []
    for line in one.lines:
        policy = _policy(case, line)
        if line.held and line.line is Line.HAEMOGLOBIN:
            said += [MEANINGFUL] * line.state.meaningful + [LATE] * line.state.late
            said += [POLICY] * (policy is not None and policy.constant is not True)
        said += [RESTORED] * any(loss.fate is Fate.RESTORED for _, loss in line.losses)
        rise = case.rises[line.line]
        if line.line in ABOVE and rise.gate is False and rise.risen_on(one.day).met:
            said.append(ABOVE[line.line])
    if case.burden.name.startswith("unclassified"):
        said.append(AS_LOW_BURDEN)
    if case.burden.name == NTD and case.rises[Line.HAEMOGLOBIN].gate is False:
        said.append(GATE)
    return tuple(dict.fromkeys(said))
