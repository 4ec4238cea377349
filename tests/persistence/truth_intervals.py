"""Events of a synthetic clinic as intervals, held against the days on which they truly came."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np

from remnant.analysis import courses
from remnant.analysis.events import COMPLETE, DEATH, LEUKAEMIA, PROGRESSION, RECURRENCES, event_intervals
from remnant.analysis.leukaemia import blast_looks
from remnant.observation.courses import SimulatedCourses, TrueCourse
from remnant.observation.courses_category import CATEGORIES
from remnant.persistence import EventInterval
from remnant.response import classify, histories
from remnant.study import Study

NEAR = 14  # days between a visit and a count that belongs to it
CLINICAL = RECURRENCES["clinical"]
WORSE = ("relapse", "disease progression", "failure")
INSIDE, EARLIER = "inside the interval", "inside, and once before, between looks"
CLOSE = "by a count of two weeks around"
NONE, LATER, BETWEEN = "neither seen nor true", "after the last look", "came and went between looks"
TRACED, NOT_LOOKED, UNEXPLAINED = "by a look that is not true on its day", "not looked for", "unexplained"
# What a call says where it shows the event.
SHOWN = {COMPLETE: ("CR",), CLINICAL: WORSE, PROGRESSION: WORSE[1:]}


def intervals(study: Study) -> dict[tuple[str, str], EventInterval]:
    """Every event that blood, marrow and transfusions show; the clone is followed elsewhere."""
    known = {item.patient_id: item for item in histories(study)}
    responses = classify(study)
    answers = courses.answers_of(known, responses)
    none = dict.fromkeys(study.patients, ())
    returns = courses.relapses(study, answers, none)
    found = event_intervals(study, answers, responses.independence, none, returns, blast_looks(study))
    return {(item.patient_id, item.event): item for item in found}


def state_of(truth: TrueCourse, event: str) -> np.ndarray:
    """On which days the state that begins with an event truly holds, from the first day of the body."""
    body = truth.body

    def named(names: Iterable[str]) -> np.ndarray:
        return np.isin(truth.category, [CATEGORIES.index(name) for name in names])

    dead = np.zeros(len(body.days), bool)
    if truth.death_day is not None:
        dead = body.days >= truth.death_day
    if event == COMPLETE:
        return named(("CR",)) & ~dead
    if event == CLINICAL:
        return named(WORSE) | dead
    if event == PROGRESSION:
        return named(WORSE[1:]) | dead
    if event == LEUKAEMIA:
        return (body.days > 0) & ((body.blasts >= 0.2) | (body.blood_blasts >= 0.2))
    assert event == DEATH, event
    return dead


def explain(found: EventInterval, truth: TrueCourse, said: dict[int, str]) -> str:
    """Say how an interval stands to the days on which the state truly began.

    `said` is the category of every call by its day. Where an interval holds no such day, a call at one of its
    ends is not true on its day; which is explained call by call in the tests of the response.
    """
    if found.after_day is None:
        return NOT_LOOKED
    days, state = truth.body.days, state_of(truth, found.event)
    after, by = found.after_day, found.by_day
    begins = days[state & ~np.concatenate([[False], state[:-1]]) & (days > (found.entry_day or 0))]
    if by is None:
        if not (begins <= after).any():
            return LATER if len(begins) else NONE
        if not state[after - int(days[0])]:
            return BETWEEN
    else:
        low = after if after < by else after - 1
        if ((begins > low) & (begins <= by)).any():
            return EARLIER if (begins <= low).any() else INSIDE
        if ((begins > low - NEAR) & (begins <= by + NEAR)).any():
            return CLOSE
    if found.event == LEUKAEMIA:  # shown by blasts themselves, whatever the category
        return TRACED if by is not None and not state[by - int(days[0])] else UNEXPLAINED
    shown = SHOWN.get(found.event, ())
    for day, claimed in ((after, False), (by, True)):
        if day in said and (said[day] in shown) is claimed and state[day - int(days[0])] != claimed:
            return TRACED
    return UNEXPLAINED


def by_kind(made: SimulatedCourses, study: Study) -> dict[str, Counter[str]]:
    """How many intervals of each event stand to the truth in each way."""
    truth = {one.patient_id: one for one in made.truth}
    said: dict[str, dict[int, str]] = defaultdict(dict)
    for call in classify(study).calls:
        said[call.patient_id][call.day] = call.category
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for (patient, event), item in intervals(study).items():
        if event in (COMPLETE, PROGRESSION, LEUKAEMIA, DEATH) or _by_category(item):
            found[event][explain(item, truth[patient], said[patient])] += 1
    return dict(found)


def _by_category(item: EventInterval) -> bool:
    """A clinical recurrence may be the loss of one line of improvement, which is no category."""
    return item.event == CLINICAL and not item.reason.startswith("loss of")
