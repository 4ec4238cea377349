"""The category of every look at every patient, and what earlier looks have shown by then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.response.iwg2006 import limits
from remnant.response.iwg2006.decide.improvement import Improvements, improvements
from remnant.response.iwg2006.decide.looks import Looks
from remnant.response.iwg2006.decide.progression import Steady, progression, relapse, steady
from remnant.response.iwg2006.decide.remission import Remissions, remissions
from remnant.response.record.cohort import Cohort
from remnant.response.record.measurements import Line
from remnant.response.rules.calls import NO_CATEGORY, NOT_EVALUABLE
from remnant.response.rules.decimals import Bools, meets
from remnant.response.rules.spans import NEVER, Ints, key_of
from remnant.response.rules.verdicts import MET, NOT_MET, OPEN, Verdicts

# What is worse comes first; a patient who meets CR has not relapsed.
CATEGORIES = (
    "CR",
    "relapse",
    "disease progression",
    "failure",
    "PR",
    "marrow CR",
    "stable disease",
    NO_CATEGORY,
    NOT_EVALUABLE,
)
_PLACE = {name: np.int8(place) for place, name in enumerate(CATEGORIES)}


@dataclass(frozen=True)
class Decisions:
    """What IWG 2006 says of each look.

    Parameters
    ----------
    looks : Looks
        The looks at every patient, n of them.
    category : ndarray of int8, shape (n,)
        Place in `CATEGORIES`.
    confirmed : ndarray of int8, shape (n,)
        Whether it is known to have lasted, or been repeated; open where the criteria do not ask.
    lines : dict of Line to Improvements
        Improvement and its loss.
    remission, marrow : ndarray of int, shape (n,)
        Patient and day of the first CR or PR, and of the first remission of the marrow, before each look.
    progression : ndarray of int, shape (n,)
        Patient and last day up to each look with progression or failure; a day before all others without.
    """

    looks: Looks
    category: Verdicts
    confirmed: Verdicts
    lines: dict[Line, Improvements]
    remission: Ints
    marrow: Ints
    progression: Ints


@dataclass(frozen=True)
class _Rules:
    """What does not depend on when a remission began."""

    looks: Looks
    found: Remissions
    steady: Steady
    lines: dict[Line, Improvements]


def decide(cohort: Cohort) -> Decisions:
    """Judge every look at every patient of a cohort.

    A first remission changes what later looks are held against, and a patient has at most two firsts: of the
    marrow, and of CR or PR. So the looks are judged as if there were none, and those after a first again.
    """
    looks = Looks.of(cohort)
    rules = _Rules(looks, remissions(looks), steady(looks), improvements(looks))
    late = key_of(looks.patient, NEVER)
    marrow, remission = late.copy(), late.copy()
    category, confirmed, worse = _judge(rules, np.arange(len(looks.keys)), marrow, remission)
    first = _begin(looks, category, marrow, ("CR", "PR", "marrow CR"))
    _begin(looks, category, remission, ("CR", "PR"), only=marrow)  # which was that of the marrow too
    category[first], confirmed[first], worse[first] = _judge(rules, first, marrow, remission)
    second = _begin(looks, category, remission, ("CR", "PR"))
    category[second], confirmed[second], worse[second] = _judge(rules, second, marrow, remission)
    last = _last_progression(rules, worse)
    category = np.where(
        (category == _PLACE[NO_CATEGORY]) & _stable(looks, last), _PLACE["stable disease"], category
    )
    return Decisions(looks, category, confirmed, rules.lines, remission, marrow, last)


def _begin(
    looks: Looks, category: Verdicts, since: Ints, names: tuple[str, ...], only: Ints | None = None
) -> Ints:
    """Write the day of each patient's first of these categories into `since`; return the looks after it."""
    met = np.isin(category, [_PLACE[name] for name in names])
    place = np.flatnonzero(met)
    first = np.full(len(looks.cohort.treatments), len(met))
    np.minimum.at(first, looks.patient[place], place)
    mine = first[looks.patient]
    day = np.append(looks.keys, 0)[mine]
    after = (np.arange(len(met)) > mine) & (since > day)
    if only is not None:
        after &= day == only
    since[after] = day[after]
    return np.flatnonzero(after)


def _judge(rules: _Rules, at: Ints, marrow: Ints, remission: Ints) -> tuple[Verdicts, Verdicts, Bools]:
    """Return the category of the looks `at`, whether it is known to have lasted, and whether they are worse.

    The first rule that cannot be judged leaves the category open. Where no rule is met the disease may be
    stable, which asks what earlier looks have shown.
    """
    looks, found = rules.looks, rules.found
    since = {line: np.minimum(one.since, marrow)[at] for line, one in rules.lines.items()}
    again = relapse(looks, rules.steady, at, remission[at])
    worse = progression(looks, rules.steady, at, since)
    failed = rules.steady.failure[at]
    complete, partial, in_marrow = found.complete, found.partial, found.marrow
    none = np.full(len(at), OPEN)
    steps: list[tuple[str, Verdicts, Verdicts]] = [
        ("relapse", again.verdict, _yes(again.repeated)),
        ("disease progression", worse.verdict, _yes(worse.repeated)),
        ("failure", failed, none),
        ("CR", complete.verdict[at], _yes(complete.lasted[at] == MET)),
        ("PR", partial.verdict[at], _yes(partial.lasted[at] == MET)),
        ("marrow CR", in_marrow.verdict[at], _yes(in_marrow.lasted[at] == MET)),
    ]
    category, confirmed = np.full(len(at), _PLACE[NO_CATEGORY]), none
    for name, verdict, sure in reversed(steps):
        category = np.where(
            verdict == MET, _PLACE[name], np.where(verdict == OPEN, _PLACE[NOT_EVALUABLE], category)
        )
        confirmed = np.where(verdict == MET, sure, np.where(verdict == OPEN, OPEN, confirmed))
    is_cr = complete.verdict[at] == MET
    category = np.where(is_cr, _PLACE["CR"], category)
    confirmed = np.where(is_cr, _yes(complete.lasted[at] == MET), confirmed)
    shown = np.maximum(worse.verdict, failed) == MET
    return category.astype(np.int8), confirmed.astype(np.int8), shown


def _yes(sure: Bools) -> Verdicts:
    return np.where(sure, MET, NOT_MET)


def _last_progression(rules: _Rules, worse: Bools) -> Ints:
    """Return patient and last day up to each look with progression or failure.

    What made the patient dependent 8 weeks ago may have been given at an earlier look still.
    """
    keys = rules.looks.keys
    shown = np.maximum.accumulate(np.where(worse, keys, -1))
    dependent = np.where(rules.steady.units_8_weeks_ago == MET, keys - limits.STABLE_DAYS, -1)
    return np.maximum(np.maximum(shown, dependent), key_of(rules.looks.patient, -NEVER))


def _stable(looks: Looks, progression: Ints) -> Bools:
    """Say where the disease is stable: no progression for more than 56 days of treatment."""
    return meets(limits.STABLE, looks.keys - np.maximum(looks.first_dose, progression))
