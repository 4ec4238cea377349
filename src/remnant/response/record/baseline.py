"""Blood counts before treatment: the mean of values that no transfusion or growth factor has raised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from remnant.response.record.history import Count

APART_DAYS = 7  # OR4: two values nearer than this are one look at the patient


@dataclass(frozen=True)
class Baseline:
    """A line before treatment.

    Parameters
    ----------
    value : Fraction or None
        Mean of the values free of influence, in the unit of the line; None where they do not suffice.
    at_most : Fraction or None
        The lowest value of the window, raised or not: the patient's own was no higher on that day.
    counts : tuple of Count
        The values that the mean was made from, or, without a mean, all values of the window.
    reason : str
        Why there is no mean, beginning with `not done` or `not evaluable`.
    """

    value: Fraction | None
    at_most: Fraction | None
    counts: tuple[Count, ...]
    reason: str


def baseline_of(counts: Sequence[Count], first_dose: int, *, window_days: int = 56) -> Baseline:
    """Take the baseline of one line.

    Parameters
    ----------
    counts : sequence of Count
        The line, in the order of days.
    first_dose : int
        Day d0, which belongs to treatment: the window is [d0 - window_days, d0 - 1] (OR3).
    window_days : int, default 56
        56 for IWG 2006, 112 for IWG 2018.

    Returns
    -------
    Baseline
        The mean of at least two values at least 7 days apart and free of influence (OR4).
    """
    inside = tuple(one for one in counts if first_dose - window_days <= one.day < first_dose)
    free = tuple(one for one in inside if not one.raised)
    span = f"in the {window_days} days before treatment"
    if not inside:
        return Baseline(None, None, (), f"not done: no value {span}")
    lowest = min(one.value for one in inside)
    if len(free) >= 2 and free[-1].day - free[0].day >= APART_DAYS:
        return Baseline(sum(one.value for one in free) / Fraction(len(free)), lowest, free, "")
    raised = next((one.raised for one in inside if one.raised), "")
    words = (
        f"{len(free)} of {len(inside)} values {span} free of influence; needs two, {APART_DAYS} days apart"
    )
    return Baseline(None, lowest, inside, "not evaluable: " + words + (f" ({raised})" if raised else ""))
