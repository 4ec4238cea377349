"""Which count belongs to a day, also where no log tells whether a count is the patient's own."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from remnant.response.history import VISIT_DAYS, Count

_NO_LOG = "no complete transfusion log"

Looked = tuple[Count, str]  # a count, and what may have raised it


def near(counts: Sequence[Count], day: int) -> Sequence[Count]:
    """Return the counts that may belong to a day, in order."""
    low = bisect_left(counts, day - VISIT_DAYS, key=lambda one: one.day)
    high = bisect_right(counts, day + VISIT_DAYS, key=lambda one: one.day)
    return counts[low:high]


def belonging(looked: Sequence[Looked], day: int) -> tuple[Looked, ...]:
    """Return the count that belongs to a day: free of influence first, then the nearest, then the earlier.

    Parameters
    ----------
    looked : sequence of (Count, str)
        Counts near the day, in order, each with what may have raised it; empty where nothing did.
    day : int
        Days since the patient's anchor.

    Returns
    -------
    tuple of (Count, str)
        None where there is no count. Two where no log tells whether a nearer count is free: the one that
        belongs to the day if it is, and the one if it is not.
    """
    if not looked:
        return ()
    if_free = min(looked, key=lambda one: (one[1] != "" and _NO_LOG not in one[1], abs(one[0].day - day)))
    if not if_free[1]:
        return (if_free,)
    if_raised = min(looked, key=lambda one: (one[1] != "", abs(one[0].day - day)))
    return (if_free,) if if_raised is if_free else (if_free, if_raised)
