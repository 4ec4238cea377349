"""What the categories of every criteria set mean for a course: remission, improvement, loss, progression.

| Set | Remission | Improvement | Loss | Progression |
|---|---|---|---|---|
| IWG 2006 | CR (complete), PR, marrow CR | lines of HI | relapse; all lines lost | progression, failure |
| IWG 2018 | none | HI, lines of HI | all lines lost | none |
| IWG 2023 | CR, CR equivalent (complete), PR, CRuni, CRbi, CRh | HI | from remission to no category | none |

IWG 2023 publishes no rule for relapse: that a patient no longer meets any category is our reading of a loss,
and every loss names the criteria that it is by.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from remnant.persistence import Relapse
from remnant.response import NOT_EVALUABLE, ResponseCall
from remnant.study.estimate import Source

UNDEFINED = "IWG 2023"  # it defines no relapse


class Level(StrEnum):
    """What a category means, the best first."""

    COMPLETE = "complete remission"
    REMISSION = "remission"
    IMPROVED = "improved"
    NONE = "no response"
    RELAPSE = "relapse"
    PROGRESSION = "progression"
    UNKNOWN = "not evaluable"


LEVELS = {
    "CR": Level.COMPLETE,
    "CR equivalent": Level.COMPLETE,
    "PR": Level.REMISSION,
    "marrow CR": Level.REMISSION,
    "CRuni": Level.REMISSION,
    "CRbi": Level.REMISSION,
    "CRh": Level.REMISSION,
    "HI": Level.IMPROVED,
    "stable disease": Level.NONE,
    "no response category": Level.NONE,
    "relapse": Level.RELAPSE,
    "disease progression": Level.PROGRESSION,
    "failure": Level.PROGRESSION,
    NOT_EVALUABLE: Level.UNKNOWN,
}
_REMISSIONS = (Level.COMPLETE, Level.REMISSION)


def level(call: ResponseCall) -> Level:
    """Say what the category of a call means; a category that the table lacks is not judged."""
    return LEVELS.get(call.category, Level.UNKNOWN)


def in_remission(call: ResponseCall) -> bool:
    """Whether the category is one of remission."""
    return level(call) in _REMISSIONS


def responds(call: ResponseCall) -> bool:
    """Whether a call is a response of any kind."""
    return in_remission(call) or level(call) is Level.IMPROVED or bool(call.improvement)


def loss(call: ResponseCall, *, after_remission: bool) -> str:
    """Say what shows a relapse or the loss of a response; nothing where the call shows none."""
    if level(call) is Level.RELAPSE:
        return f"{call.category} by {call.criteria}"
    if call.lost and not call.improvement and not in_remission(call):
        return f"loss of {', '.join(call.lost)} by {call.criteria}"
    if after_remission and call.criteria == UNDEFINED and level(call) is Level.NONE:
        return f"no category of response after remission, by {call.criteria}, which defines no relapse"
    return ""


def progression(call: ResponseCall) -> str:
    """Say what shows progression or failure; nothing where the call shows none."""
    return f"{call.category} by {call.criteria}" if level(call) is Level.PROGRESSION else ""


def rows_of(call: ResponseCall) -> tuple[Source, ...]:
    """The rows that a call rests on: those of the rules that made it, else of every rule that was tried."""
    return _rows(call.fired) or _rows(call.rules)


def _rows(rules: Iterable[object]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(row for rule in rules for row in rule.rows))  # type: ignore[attr-defined]


def clinical_return(patient: str, calls: Sequence[ResponseCall]) -> Relapse:
    """Loss of a response: a category of relapse or progression, or a line of improvement that is lost.

    It begins with the first remission of the criteria; in a patient who had none, with the first improvement.
    """
    remission = (call for call in calls if in_remission(call))
    start = next(remission, next((call for call in calls if responds(call)), None))
    until = calls[-1].day if calls else None
    if start is None:
        return Relapse(patient, "clinical", None, None, None, until, "no response by the criteria")
    told = [call for call in calls if level(call) is not Level.UNKNOWN or call.lost]
    before = [call.day for call in told if call.day < start.day]
    later = [call for call in told if call.day > start.day]
    remitted = in_remission(start)
    free = start.day
    for place, call in enumerate(later):
        if shown := loss(call, after_remission=remitted) or progression(call):
            after = later[place + 1 :]
            again = None
            if after:
                again = bool(loss(after[0], after_remission=remitted) or progression(after[0]))
            return Relapse(
                patient, "clinical", start.day, call.day, again, until, shown, rows_of(call), free,
                before[-1] if before else None,
            )  # fmt: skip
        free = call.day
    return Relapse(
        patient, "clinical", start.day, None, None, until, "no loss of response by the criteria", (), free,
        before[-1] if before else None,
    )  # fmt: skip
