"""How long before the clinic the stem cells show the return: the difference of two intervals.

An event in (a0, a1] and one in (b0, b1] are b - a apart, which is above b0 - a1 and below b1 - a0. An event
that was not seen has no b1, and the lead then no upper end; the lower end can still say that it is positive.
Where either was never looked for there is no lead, and none is made up.

Over patients, order statistics of the lower ends and of the upper ends bound those of the leads themselves,
whatever lies between, so the sign-test interval of the median holds with the intervals as it does with exact
numbers: at least its coverage, for any distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

from scipy.stats import binom

from remnant.persistence.event_times import EventInterval


@dataclass(frozen=True)
class LeadTime:
    """By how many days one event came before another, in one patient.

    Parameters
    ----------
    patient_id : str
        The patient.
    first, second : str
        The events: the lead is the time from the first to the second.
    lower, upper : int or None
        The lead is above `lower` and below `upper` days; None for no limit on that side.
    sign : str
        `first came first`, `second came first`, `unsure`, `neither seen`, or `not evaluable`.
    reason : str
        What that rests on.
    """

    patient_id: str
    first: str
    second: str
    lower: int | None
    upper: int | None
    sign: str
    reason: str


@dataclass(frozen=True)
class PooledLead:
    """Leads of all patients.

    Parameters
    ----------
    first, second : str
        The events.
    patients : int
        Patients in whom both were looked for and at least one was seen.
    ahead, behind, unsure : int
        Of these, the first event surely came first; surely second; cannot be told.
    median_lower, median_upper : float or None
        Days between which the median lead of these patients lies, by the intervals alone; None for no limit.
    lower, upper : float or None
        Limits of the median lead of such patients; None where the number of patients allows none.
    coverage : float or None
        What the limits cover, at least the confidence asked for; None without limits.
    """

    first: str
    second: str
    patients: int
    ahead: int
    behind: int
    unsure: int
    median_lower: float | None
    median_upper: float | None
    lower: float | None
    upper: float | None
    coverage: float | None


def lead_time(first: EventInterval, second: EventInterval) -> LeadTime:
    """Say by how much one event of a patient came before another.

    Examples
    --------
    >>> stem = EventInterval("P1", "stem-cell recurrence", 180, 270, True, "")
    >>> clinic = EventInterval("P1", "clinical recurrence", 360, 400, True, "")
    >>> found = lead_time(stem, clinic)
    >>> found.lower, found.upper, found.sign
    (90, 220, 'first came first')
    """
    patient, names = first.patient_id, (first.event, second.event)
    for item in (first, second):
        if item.after_day is None:
            why = f"{item.event}: {item.reason}"
            return LeadTime(patient, *names, None, None, "not evaluable", why)
    assert first.after_day is not None
    assert second.after_day is not None
    lower = None if first.by_day is None else second.after_day - first.by_day
    upper = None if second.by_day is None else second.by_day - first.after_day
    reason = f"{_said(first)}; {_said(second)}"
    if lower is None and upper is None:
        return LeadTime(patient, *names, None, None, "neither seen", reason)
    exact = first.after_day == first.by_day and second.after_day == second.by_day
    ahead = lower is not None and (lower > 0 if exact else lower >= 0)
    behind = upper is not None and (upper < 0 if exact else upper <= 0)
    sign = "first came first" if ahead else "second came first" if behind else "unsure"
    return LeadTime(patient, *names, lower, upper, sign, reason)


def _said(item: EventInterval) -> str:
    if item.by_day is None:
        return f"{item.event} not seen by day {item.after_day}"
    if item.by_day == item.after_day:
        return f"{item.event} on day {item.by_day}"
    return f"{item.event} after day {item.after_day} and by day {item.by_day}"


def pool_leads(leads: Sequence[LeadTime], *, confidence: float) -> PooledLead | None:
    """Pool the leads of patients in whom at least one of the two events was seen; None without any.

    A patient in whom neither was seen has no lead yet: who is left out so is said by the number of patients.
    """
    if not leads:
        return None
    known = [item for item in leads if item.sign not in ("not evaluable", "neither seen")]
    lows = sorted(-inf if item.lower is None else item.lower for item in known)
    highs = sorted(inf if item.upper is None else item.upper for item in known)
    rank, coverage = _sign_rank(len(known), confidence)
    signs = [item.sign for item in known]
    return PooledLead(
        leads[0].first,
        leads[0].second,
        len(known),
        signs.count("first came first"),
        signs.count("second came first"),
        signs.count("unsure"),
        _finite(_middle(lows)),
        _finite(_middle(highs)),
        None if rank is None else _finite(lows[rank]),
        None if rank is None else _finite(highs[len(known) - 1 - rank]),
        coverage,
    )


def _sign_rank(patients: int, confidence: float) -> tuple[int | None, float | None]:
    """Place of the order statistic that bounds a median from below, from 0, and what the two then cover."""
    # P(fewer than k of n lie below the median) = P(B(n, 1/2) < k), for each side.
    places = [k for k in range(patients // 2) if 1 - 2 * binom.cdf(k, patients, 0.5) >= confidence]
    if not places:
        return None, None
    return places[-1], float(1 - 2 * binom.cdf(places[-1], patients, 0.5))


def _middle(values: Sequence[float]) -> float:
    if not values:
        return inf
    low, high = values[(len(values) - 1) // 2], values[len(values) // 2]
    return low if low == high else (low + high) / 2


def _finite(value: float) -> float | None:
    return float(value) if isfinite(value) else None
