"""What a blood count and a marrow say, in exact numbers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from operator import attrgetter

from remnant.study.estimate import Source

VISIT_DAYS = 14  # a blood count this near a visit belongs to it: of counts 28 days apart one always does


class Line(StrEnum):
    """A line of blood cells, by the word that a report uses."""

    HAEMOGLOBIN = "haemoglobin"
    PLATELETS = "platelets"
    NEUTROPHILS = "neutrophils"


UNIT = {Line.HAEMOGLOBIN: "g/dL", Line.PLATELETS: "1e9/L", Line.NEUTROPHILS: "1e9/L"}
COLUMN = {
    Line.HAEMOGLOBIN: "haemoglobin_g_per_dl",
    Line.PLATELETS: "platelets_1e9_per_l",
    Line.NEUTROPHILS: "neutrophils_1e9_per_l",
}


@dataclass(frozen=True, slots=True)
class Count:
    """One line of one blood count.

    Parameters
    ----------
    day : int
        Day of the count.
    value : Fraction
        As typed, in the unit of the line.
    raised : str
        Why the patient's own value may be lower; empty when it is free of transfusion and growth factor.
    source : Source
        The row.
    """

    day: int
    value: Fraction
    raised: str
    source: Source


@dataclass(frozen=True)
class Marrow:
    """One marrow morphology; blasts in per cent, `doubt` set where two of the day contradict each other.

    `also` is what other marrows of the day say of dysplasia, where they say something else.
    """

    day: int
    sample_id: str
    blasts_percent: Fraction
    dysplasia: str | None
    doubt: str
    sources: tuple[Source, ...]
    also: tuple[str, ...] = ()


def nearest(
    counts: Sequence[Count],
    day: int,
    within: int = VISIT_DAYS,
    *,
    since: int | None = None,
    tells: Callable[[Count], bool] = lambda _: False,
) -> Count | None:
    """Return the count nearest to `day`, one that can be judged first, then the earlier of two.

    Parameters
    ----------
    counts : sequence of Count
        In the order of days.
    day : int
        The day.
    within : int, default 14
        Days before and after it that still belong to it.
    since : int, optional
        A day before which no count counts.
    tells : callable, optional
        Whether a raised count can be judged all the same: too low in spite of a transfusion is too low. By
        default none can, and one free of influence comes first.
    """
    first = day - within if since is None else max(since, day - within)
    low = bisect_left(counts, first, key=_day)
    high = bisect_right(counts, day + within, key=_day)

    def order(one: Count) -> tuple[bool, int, int]:
        return one.raised != "" and not tells(one), abs(one.day - day), one.day

    return min(counts[low:high], key=order, default=None)


_day = attrgetter("day")
