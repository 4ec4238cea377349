"""Time to each response, and how long it lasted, as far as the visits show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.response.calls import EVENTS, NO_CATEGORY, REMISSIONS, ResponseCall


@dataclass(frozen=True)
class ResponseTime:
    """First visit that shows a response, and first visit that shows its end.

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
    """

    patient_id: str
    response: str
    start_day: int
    days_to_response: int
    end_day: int
    duration_days: int
    censored: bool


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
        first, last = calls[start].day, (end or calls[-1]).day
        patient = calls[start].patient_id
        times.append(ResponseTime(patient, name, first, first - first_dose, last, last - first, end is None))
    return tuple(times)


def _ends(name: str, call: ResponseCall) -> bool:
    """Say whether a call ends a response; improvement of one line may outlast the blasts, not death.

    IWG 2023 issues no relapse: its remissions end with the first call that shows none.
    """
    if name.startswith("HI"):
        return call.category == "failure"
    gone = call.criteria == "IWG 2023" and call.category in ("HI", NO_CATEGORY)
    return gone or call.category in EVENTS
