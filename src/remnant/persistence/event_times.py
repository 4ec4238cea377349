"""When each event of a course came, as far as looks can tell: between the last look without it and the first.

A visit shows that something has happened, not when. Dating it on that visit makes every time too long, and
the more so the rarer the visits; so an event is kept as the interval that holds it. Times count from the
first dose, or from remission: what came before was no event, and every patient is under observation from
there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.study.estimate import Source

NEVER_LOOKED = "nobody looked"


@dataclass(frozen=True)
class EventLook:
    """One look for an event: whether it had come, None where the look cannot tell."""

    day: int
    shown: bool | None
    text: str = ""
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class EventInterval:
    """When one event of one patient came.

    Parameters
    ----------
    patient_id, event : str
        As `EVENTS` of `remnant.analysis.events` names it.
    after_day : int or None
        It had not come by the end of this day; None where nobody looked, or where it could not come.
    by_day : int or None
        It had come by this day; the same as `after_day` where the day itself is on record; None where it was
        not seen: it is censored at `after_day`.
    confirmed : bool or None
        Whether the next look that can tell agrees; None where there is none, or none is asked for.
    reason : str
        What shows it, or why nothing does.
    sources : tuple of Source
        The rows behind it.
    entry_day : int or None
        From which on the patient could have it: first dose, or the visit that showed remission.
    """

    patient_id: str
    event: str
    after_day: int | None
    by_day: int | None
    confirmed: bool | None
    reason: str
    sources: tuple[Source, ...] = ()
    entry_day: int | None = None

    @property
    def looked(self) -> bool:
        """Whether anything is known of it."""
        return self.after_day is not None


def first_shown(
    patient_id: str, event: str, looks: Sequence[EventLook], *, entry: int | None, absent: str = NEVER_LOOKED
) -> EventInterval:
    """Find when an event came first.

    Parameters
    ----------
    patient_id, event : str
        Whose, and what.
    looks : sequence of EventLook
        In the order of time; those until `entry` are passed over.
    entry : int or None
        From which on the event may come; None where it cannot.
    absent : str
        Why it cannot.

    Examples
    --------
    >>> looks = [EventLook(90, False), EventLook(180, None), EventLook(270, True, "3 of 20 metaphases")]
    >>> found = first_shown("P1", "cytogenetic recurrence", looks, entry=0)
    >>> found.after_day, found.by_day
    (90, 270)
    """
    if entry is None:
        return EventInterval(patient_id, event, None, None, None, absent)
    known = [look for look in looks if look.day > entry and look.shown is not None]
    if not known:
        return EventInterval(patient_id, event, None, None, None, NEVER_LOOKED, (), entry)
    place = next((n for n, look in enumerate(known) if look.shown), None)
    if place is None:
        last = known[-1]
        return EventInterval(patient_id, event, last.day, None, None, "not seen", last.sources, entry)
    found, after = known[place], known[place + 1 :]
    before = known[place - 1].day if place else entry
    confirmed = after[0].shown if after else None
    return EventInterval(patient_id, event, before, found.day, confirmed, found.text, found.sources, entry)


def on_record(
    patient_id: str, event: str, day: int | None, *, until: int | None, entry: int | None, reason: str,
    sources: tuple[Source, ...] = (),
) -> EventInterval:  # fmt: skip
    """An event whose very day is on record, such as death; None for one that has not come by `until`."""
    if entry is None or (day is None and until is None):
        return EventInterval(patient_id, event, None, None, None, NEVER_LOOKED, sources, entry)
    known = max(until if day is None else day, entry)  # type: ignore[type-var]
    return EventInterval(
        patient_id, event, known, None if day is None else known, None, reason, sources, entry
    )
