"""Time to each response, and how long it lasted, as far as the visits show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.response.rules.calls import EVENTS, NO_CATEGORY, REMISSIONS, ResponseCall

FOUR_WEEKS, EIGHT_WEEKS = 28, 56  # OR2
# What keeps a response: itself, or one that is better.
_KEPT_BY = {
    "PR": ("PR", "CR"),
    "marrow CR": ("marrow CR", "PR", "CR"),
    "CRbi": ("CRbi", "CR"),
    "CRuni": ("CRuni", "CRbi", "CR"),
    "CRh": ("CRh", "CRuni", "CRbi", "CR"),
}


@dataclass(frozen=True)
class ResponseTime:
    """First visit that shows a response, and first visit that shows its end.

    A response ended between the last day that shows it and the first that shows it gone: `last_held_day` and
    `out_by_day` are the interval of an analysis that knows of interval censoring.

    Parameters
    ----------
    patient_id : str
        The patient.
    response : str
        As published, such as `CR`, `CRbi`, `marrow CR`, `HI-E` or `HI-P`.
    start_day : int
        Day of the first call.
    days_to_response : int
        Since the first dose.
    end_day : int
        Day of the call that ends it; the last call where none does.
    duration_days : int
        From start to end.
    censored : bool
        Whether no call ends it.
    last_held_day : int or None
        Last day known in response, before the end; None in a result of an earlier version.
    out_by_day : int or None
        First day known out of it; None while no call ends it.
    kept_28_days, kept_56_days : bool or None
        Whether it was kept for 4 and for 8 weeks; None where the calls cannot tell.
    """

    patient_id: str
    response: str
    start_day: int
    days_to_response: int
    end_day: int
    duration_days: int
    censored: bool
    last_held_day: int | None = None
    out_by_day: int | None = None
    kept_28_days: bool | None = None
    kept_56_days: bool | None = None


def response_times(calls: Sequence[ResponseCall], *, first_dose: int) -> tuple[ResponseTime, ...]:
    """Time the first of each response of one patient; `calls` in the order of days.

    A category ends with relapse, progression or failure; a line of improvement with its loss.
    """
    times = []
    for name in (*REMISSIONS, "HI-E", "HI-E major", "HI-E minor", "HI-P", "HI-N"):
        start = next((n for n, call in enumerate(calls) if name in (call.category, *call.improvement)), None)
        if start is None:
            continue
        later = calls[start + 1 :]
        end = next((call for call in later if name in call.lost or _ends(name, call)), None)
        times.append(_time(name, calls[start:], end, first_dose))
    return tuple(times)


def _time(
    name: str, calls: Sequence[ResponseCall], end: ResponseCall | None, first_dose: int
) -> ResponseTime:
    first, last = calls[0].day, (end or calls[-1]).day
    until = None if end is None else end.day
    before = (call for call in calls if end is None or call.day < end.day)
    # A patient may die on the day of the call.
    held = max((call.day for call in before if _keeps(name, call)), default=first)
    return ResponseTime(
        calls[0].patient_id,
        name,
        first,
        first - first_dose,
        last,
        last - first,
        end is None,
        held,
        until,
        kept(FOUR_WEEKS, first, held, until),
        kept(EIGHT_WEEKS, first, held, until),
    )


def kept(days: int, start: int, held: int, out: int | None) -> bool | None:
    """Say whether what began on `start` lasted for `days`, held on day `held` and gone by day `out`.

    Examples
    --------
    >>> kept(28, 0, 28, 56), kept(28, 0, 14, 28), kept(28, 0, 14, 27), kept(28, 0, 14, None)
    (True, None, False, None)
    """
    if held - start >= days:
        return True
    return False if out is not None and out - start < days else None


def _keeps(name: str, call: ResponseCall) -> bool:
    """Say whether a call shows the response, or a better one."""
    return name in call.improvement or call.category in _KEPT_BY.get(name, (name,))


def _ends(name: str, call: ResponseCall) -> bool:
    """Say whether a call ends a response; improvement of one line may outlast the blasts, not death.

    IWG 2023 issues no relapse: its remissions end with the first call that shows none.
    """
    if name.startswith("HI"):
        return call.category == "failure"
    gone = call.criteria == "IWG 2023" and call.category in ("HI", NO_CATEGORY)
    return gone or call.category in EVENTS
