"""Response by the criteria of the International Working Group of 2018, visit by visit.

Haematologic improvement only. A visit is a day with a specimen; between visits every blood count and
transfusion is looked at too, and gets a call where an improvement or its loss is new. A category is issued
only if it is the same whatever the missing items are (OR5), and no later day withdraws it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from remnant.response.iwg2018.burden import NTD, Policy, Test, policy_of
from remnant.response.iwg2018.explain import Explainer
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
from remnant.response.record.cohort import Cohort
from remnant.response.record.history import History, Line
from remnant.response.rules.calls import NO_CATEGORY, NOT_EVALUABLE, ResponseCall
from remnant.response.rules.spans import day_of, patient_of
from remnant.response.rules.trace import RuleTrace, Verdict
from remnant.response.rules.verdicts import NOT_MET

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
    improvement, lost : tuple of str
        Names of the improvements that hold, and of those that are lost.
    lines : tuple of LineDay
        Every line.
    """

    day: int
    sample_id: str | None
    improved: bool | None
    improvement: tuple[str, ...]
    lost: tuple[str, ...]
    lines: tuple[LineDay, ...]


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
    return calls_of(judge_patient(history, options))


def calls_of(judged: Judged) -> tuple[ResponseCall, ...]:
    """Write down what was judged."""
    days = zip(judged.days, judged.remarks, strict=True)
    return tuple(_call(judged, one, remarks) for one, remarks in days)


def untreated(history: History, criteria: str) -> tuple[ResponseCall, ...]:
    """Say at every visit that there was no treatment to respond to."""
    absent = (history.treatment.note,)
    return tuple(
        ResponseCall(history.patient_id, day, name, criteria, NOT_EVALUABLE, None, (), (), (), absent)
        for day, name in visits(history).items()
    )


def visits(history: History) -> dict[int, str]:
    """Day of each visit and its specimen: the one with a morphology where there are several."""
    found = history.cohort.once(_visits)
    return found[history.place]


def _visits(cohort: Cohort) -> list[dict[int, str]]:
    """Visits of every patient, in the order of days."""
    names = dict(zip(reversed(cohort.specimens.tolist()), reversed(cohort.samples), strict=True))
    names |= dict(zip(cohort.marrows.keys.tolist(), cohort.marrows.samples, strict=True))
    keys = np.array(sorted(names), np.int64)
    found: list[dict[int, str]] = [{} for _ in cohort.treatments]
    for place, day, key in zip(patient_of(keys).tolist(), day_of(keys).tolist(), keys.tolist(), strict=True):
        found[place][day] = names[key]
    return found


def _days(case: Case) -> Iterator[ImprovementDay]:
    """Judge every visit after the first dose, and every look between visits that shows something new."""
    history, course, first = case.history, Course(), case.first_dose
    seen = {day: name for day, name in visits(history).items() if day > first}
    looks = {day for rising in case.rising.values() for day in rising.days_of(history.place)}
    looks |= set(history.transfusions.red_cell_days)
    shown: set[str] = set()
    for day in sorted(seen.keys() | {day for day in looks if day > first}):
        lines = lines_on(case, course, day)
        improvement = tuple([one.name for one in lines if one.held])
        lost = tuple([one.lost for one in lines if one.lost])
        news = {*improvement, *(f"no {name}" for name in lost)}
        if day in seen or not news <= shown:
            shown = news
            yield ImprovementDay(day, seen.get(day), category_of(lines), improvement, lost, lines)


@dataclass(frozen=True)
class Judged:
    """Improvement of one patient on every day that gets a call, and who explains it."""

    case: Case
    days: tuple[ImprovementDay, ...]
    explainer: Explainer

    @cached_property
    def remarks(self) -> tuple[tuple[str, ...], ...]:
        """Remarks of every day."""
        return tuple(remarks(self, one) for one in self.days)

    @cached_property
    def policy(self) -> Policy:
        """Whether the trigger of transfusions stayed the same."""
        case = self.case
        return policy_of(case.history, case.first_dose, case.rising[Line.HAEMOGLOBIN])

    def policy_behind(self, line: LineDay) -> Policy | None:
        """Return the policy where an improvement rests on transfusions."""
        by_units = line.line is Line.HAEMOGLOBIN and self.case.burden.tests != (Test.RISE,)
        return self.policy if by_units and line.state.met else None


def judge_patient(history: History, options: Iwg2018Options) -> Judged:
    """Judge one patient who was treated."""
    assert history.treatment.first_dose is not None, "who was not treated is not judged"
    case = case_of(history, history.treatment.first_dose, options)
    return Judged(case, tuple(_days(case)), Explainer(case))


def _call(judged: Judged, one: ImprovementDay, remarks: tuple[str, ...]) -> ResponseCall:
    return ResponseCall.deferred(
        _Explanation(judged, one),
        patient_id=judged.case.history.patient_id,
        day=one.day,
        sample_id=one.sample_id,
        criteria=CRITERIA,
        category={True: IMPROVED, False: NO_CATEGORY, None: NOT_EVALUABLE}[one.improved],
        confirmed=None,
        improvement=one.improvement,
        lost=one.lost,
        burden_class=judged.case.burden.name,
        remarks=remarks,
    )


@dataclass(frozen=True, slots=True)
class _Explanation:
    """Makes the rules of one call, and what is missing, when they are asked for."""

    judged: Judged
    one: ImprovementDay

    def __call__(self, name: str) -> Any:
        return explain(self.judged, self.one)[name == "missing"]


def explain(judged: Judged, one: ImprovementDay) -> tuple[tuple[RuleTrace, ...], tuple[str, ...]]:
    """Write out every rule that was tried on a day, and what is missing to judge the lines left open."""
    case, explainer = judged.case, judged.explainer
    rules, open_ = [explainer.burden], list[RuleTrace]()
    for line in one.lines:
        tried = list(explainer.line(line, one.day))
        rules += tried
        if line.held is None:
            open_ += [explainer.burden] if line.line is Line.HAEMOGLOBIN and not case.burden.name else []
            open_ += [rule for rule in tried if rule.verdict is Verdict.NOT_EVALUABLE]
        rules += explainer.qualifying(line, judged.policy_behind(line))
    note = [case.history.treatment.note] if case.history.treatment.note else []
    missing = dict.fromkeys([*note, *(f"{rule.rule}: {rule.found}" for rule in open_)])
    return tuple(rules), tuple(missing)


def remarks(judged: Judged, one: ImprovementDay) -> tuple[str, ...]:
    """Say what qualifies the answer of a day without changing it."""
    case, patient, said = judged.case, judged.case.history.place, list[str]()
    for line in one.lines:
        policy = judged.policy_behind(line)
        if line.held and line.line is Line.HAEMOGLOBIN:
            said += [MEANINGFUL] * line.state.meaningful + [LATE] * line.state.late
            said += [POLICY] * (policy is not None and policy.constant is not True)
        said += [RESTORED] * any(fate is Fate.RESTORED for _, fate in line.losses)
        rising = case.rising[line.line]
        high = line.line in ABOVE and rising.low[patient] == NOT_MET
        said += [ABOVE[line.line]] if high and rising.risen_on(patient, one.day).met else []
    if case.burden.name.startswith("unclassified"):
        said.append(AS_LOW_BURDEN)
    high = case.options.haemoglobin_gate and case.rising[Line.HAEMOGLOBIN].low[patient] == NOT_MET
    if case.burden.name == NTD and high:
        said.append(GATE)
    return tuple(dict.fromkeys(said))
