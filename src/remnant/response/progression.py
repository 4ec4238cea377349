"""Relapse and progression of one patient as events: when they were first seen, and since when they can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.response.rules.calls import EVENTS, NOT_EVALUABLE, ResponseCall
from remnant.response.rules.deferred import Deferred
from remnant.response.rules.trace import RuleTrace


@dataclass(frozen=True)
class Progression(Deferred):
    """The first relapse, the first progression or the first failure of a patient.

    Parameters
    ----------
    patient_id : str
        The patient.
    criteria : str
        Name and version of the criteria.
    event : str
        `relapse`, `disease progression` or `failure`.
    day : int
        Day of the first call that shows it.
    clear_day : int or None
        Day of the last call before it that was judged and showed none of the three; None where there is none.
        The event came in between.
    confirmed : bool or None
        Whether it was repeated, where the criteria ask.
    rules : tuple of RuleTrace
        What showed it: the rules that fired.
    """

    patient_id: str
    criteria: str
    event: str
    day: int
    clear_day: int | None
    confirmed: bool | None
    rules: tuple[RuleTrace, ...]


def progressions(calls: Sequence[ResponseCall]) -> tuple[Progression, ...]:
    """Return the first event of each kind of one patient; `calls` in the order of days."""
    found = []
    for event in EVENTS:
        place = next((n for n, call in enumerate(calls) if call.category == event), None)
        if place is not None:
            call = calls[place]
            clear = [one for one in calls[:place] if one.category not in (*EVENTS, NOT_EVALUABLE)]
            found.append(_event(call, clear[-1].day if clear else None))
    return tuple(sorted(found, key=lambda one: one.day))


def _event(call: ResponseCall, clear_day: int | None) -> Progression:
    return Progression.deferred(
        lambda _: call.fired,
        patient_id=call.patient_id,
        criteria=call.criteria,
        event=call.category,
        day=call.day,
        clear_day=clear_day,
        confirmed=call.confirmed,
    )
