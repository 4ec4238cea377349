"""The calls of one patient by IWG 2006.

A visit is a day with a specimen. Between visits every blood count and transfusion is looked at too, and gets
a call where it shows something new: an improvement, its loss, a relapse or progression. A category is
issued only if it is the same whatever the missing items are (OR5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from remnant.response.iwg2006 import limits
from remnant.response.iwg2006.decide.course import CATEGORIES, decide
from remnant.response.iwg2006.explain.look import Before, Explainer, missing
from remnant.response.record.cohort import Cohort
from remnant.response.record.history import History
from remnant.response.record.measurements import Line
from remnant.response.record.treatment import AFTER_LAST_DOSE_DAYS
from remnant.response.rules.calls import EVENTS, NOT_EVALUABLE, ResponseCall
from remnant.response.rules.spans import NEVER, Ints, day_of
from remnant.response.rules.trace import RuleTrace, Verdict

CRITERIA = "IWG 2006"


def classify_patient(history: History) -> tuple[ResponseCall, ...]:
    """Classify one patient after the first dose, in the order of days.

    References
    ----------
    Cheson et al. (2006) Blood 108:419-425, doi:10.1182/blood-2005-10-4149.
    """
    first = history.treatment.first_dose
    if first is None:
        return _untreated(history)
    answers, explainer = history.cohort.once(_answers), Explainer(history, first)
    calls: list[ResponseCall] = []
    for answer in answers.of(history.place):
        if answer.sample_id is not None or _news(answer, calls):
            calls.append(_call(explainer, answer))
    return _with_death(history, first, calls)


def _untreated(history: History) -> tuple[ResponseCall, ...]:
    visits = dict(reversed(history.specimens)) | {one.day: one.sample_id for one in history.marrows}
    absent = history.treatment.note
    return tuple(
        ResponseCall(history.patient_id, day, name, CRITERIA, NOT_EVALUABLE, None, (), (), (), (absent,))
        for day, name in sorted(visits.items())
    )


class _Answer(NamedTuple):
    """What was decided at one look; days of earlier responses, `NEVER` where there was none."""

    day: int
    sample_id: str | None
    category: str
    confirmed: bool | None
    improvement: tuple[str, ...]
    lost: tuple[str, ...]
    remission: int
    marrow: int
    improved: tuple[int, ...]
    progression: int


@dataclass(frozen=True)
class _Answers:
    """The looks of a cohort that may get a call: visits, and those that differ from the look before."""

    starts: list[int]
    answers: list[_Answer]

    def of(self, place: int) -> list[_Answer]:
        """Return those of one patient, in the order of days."""
        return self.answers[self.starts[place] : self.starts[place + 1]]


def _answers(cohort: Cohort) -> _Answers:
    found = decide(cohort)
    looks, lines = found.looks, found.lines.values()
    # The specimen of a day with a morphology is the marrow's; else the first of the day.
    names = dict(zip(reversed(cohort.specimens.tolist()), reversed(cohort.samples), strict=True))
    names |= dict(zip(cohort.marrows.keys.tolist(), cohort.marrows.samples, strict=True))
    held = sum((one.held.astype(np.int64) << n for n, one in enumerate(lines)), np.zeros(1, np.int64))
    lost = sum((one.lost.astype(np.int64) << n for n, one in enumerate(lines)), np.zeros(1, np.int64))
    state = (found.category.astype(np.int64) << 6) | (held << 3) | lost
    changed = np.ones(len(looks.keys), bool)
    changed[1:] = (np.diff(state) != 0) | (np.diff(looks.patient) != 0)
    visit = np.isin(looks.keys, np.fromiter(names, np.int64, len(names)))
    at = np.flatnonzero(changed | visit)
    parts = (
        _days(looks.keys[at]),
        (names.get(key) for key in looks.keys[at].tolist()),
        (CATEGORIES[n] for n in found.category[at].tolist()),
        (_CONFIRMED[n] for n in found.confirmed[at].tolist()),
        (_NAMES[n] for n in held[at].tolist()),
        (_NAMES[n] for n in lost[at].tolist()),
        _days(found.remission[at]),
        _days(found.marrow[at]),
        zip(*(_days(one.since[at]) for one in lines), strict=True),
        _days(found.progression[at]),
    )
    starts = np.searchsorted(looks.patient[at], np.arange(len(cohort.treatments) + 1)).tolist()
    return _Answers(starts, [_Answer(*row) for row in zip(*parts, strict=True)])


_CONFIRMED = {1: True, 0: None, -1: False}
_NAMES = [
    tuple(limits.HI_NAME[line] for n, line in enumerate(Line) if bits >> n & 1)
    for bits in range(1 << len(Line))
]


def _days(keys: Ints) -> list[int]:
    days: list[int] = day_of(keys).tolist()
    return days


def _call(explainer: Explainer, answer: _Answer) -> ResponseCall:
    return ResponseCall.deferred(
        _Explanation(explainer, answer),
        patient_id=explainer.history.patient_id,
        day=answer.day,
        sample_id=answer.sample_id,
        criteria=CRITERIA,
        category=answer.category,
        confirmed=answer.confirmed,
        improvement=answer.improvement,
        lost=answer.lost,
        burden_class="",
        remarks=(),
    )


class _Explanation:
    """Makes the rules of one call, and what is missing, when they are asked for."""

    __slots__ = ("answer", "explainer")

    def __init__(self, explainer: Explainer, answer: _Answer) -> None:
        self.explainer, self.answer = explainer, answer

    def __call__(self, name: str) -> Any:
        answer = self.answer
        improved = {line: day for line, day in zip(Line, answer.improved, strict=True) if day < NEVER}
        worse = None if answer.progression == -NEVER else answer.progression
        before = Before(_known(answer.remission), _known(answer.marrow), improved, worse)
        rules = self.explainer.rules(answer.day, before)
        return rules if name == "rules" else missing(rules, self.explainer.history.treatment.note)


def _known(day: int) -> int | None:
    return None if day == NEVER else day


def _news(answer: _Answer, before: list[ResponseCall]) -> bool:
    """Say whether a look between visits shows something that the last call did not."""
    last = before[-1] if before else None
    event = answer.category in EVENTS and (last is None or answer.category != last.category)
    improved, lost = (last.improvement, last.lost) if last else ((), ())
    return event or not set(answer.improvement) <= set(improved) or not set(answer.lost) <= set(lost)


def _with_death(history: History, first_dose: int, calls: list[ResponseCall]) -> tuple[ResponseCall, ...]:
    """Add death on treatment, which is failure; whatever else its day shows, it has one call (OR70)."""
    day, last = history.death_day, history.treatment.last_dose
    if day is None or day < first_dose or (last is not None and day > last + AFTER_LAST_DOSE_DAYS):
        return tuple(calls)
    rule = RuleTrace(
        "failure: death", "death on treatment", f"died on day {day}", f"up to {AFTER_LAST_DOSE_DAYS} days "
        "after the last dose", Verdict.MET, limits.NATURAL, "OR70: the one call of the day",
        (history.source, *history.treatment.sources),
    )  # fmt: skip
    seen = calls.pop() if calls and calls[-1].day == day else None
    if seen is None:
        failure = ResponseCall(history.patient_id, day, None, CRITERIA, "failure", None, (), (), (rule,), ())
    else:
        failure = replace(seen, category="failure", confirmed=None, rules=(rule, *seen.rules), missing=())
    return *calls, failure
