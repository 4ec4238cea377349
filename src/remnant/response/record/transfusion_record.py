"""The transfusions of a patient, and the days for which they are known to be all."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Any

from remnant.study.estimate import Source

RED_CELLS, PLATELETS = "red_cells", "platelets"


@dataclass(frozen=True, slots=True)
class Transfusion:
    """Units of one product given on a day; `haemoglobin_before` in g/dL, exact, where it was noted."""

    day: int
    product: str
    units: int
    haemoglobin_before: Fraction | None
    source: Source


@dataclass(frozen=True)
class TransfusionRecord:
    """What is known of a patient's transfusions.

    Parameters
    ----------
    periods : tuple of (int, int)
        First and last day of each period in which the log is complete, merged and in order.
    given : tuple of Transfusion
        In the order of days.
    sources : tuple of Source
        The rows of the log.
    """

    periods: tuple[tuple[int, int], ...] = ()
    given: tuple[Transfusion, ...] = ()
    sources: tuple[Source, ...] = ()

    def covers(self, first: int, last: int) -> bool:
        """Say whether the log is complete from `first` to `last`, both included."""
        return any(start <= first and last <= end for start, end in self.periods)

    def of(self, product: str) -> tuple[Transfusion, ...]:
        """Return the transfusions of one product."""
        return tuple(one for one in self.given if one.product == product)

    def within(self, first: int, last: int, product: str | None = None) -> tuple[Transfusion, ...]:
        """Return the transfusions from `first` to `last`, both included."""
        days = self._days
        inside = self.given[bisect_left(days, first) : bisect_right(days, last)]
        return inside if product is None else tuple(one for one in inside if one.product == product)

    def red_cell_units(self, first: int, last: int) -> int:
        """Count the units of red cells recorded from `first` to `last`, both included."""
        days, total = self._red_cells
        return total[bisect_right(days, last)] - total[bisect_left(days, first)]

    @cached_property
    def red_cell_days(self) -> list[int]:
        """Days with red cells, in order, each once."""
        return list(dict.fromkeys(self._red_cells[0]))

    @cached_property
    def free(self) -> dict[tuple[int, int], Any]:
        """Runs without red cells between two days, of those that were asked for before."""
        return {}

    @cached_property
    def _days(self) -> list[int]:
        return [one.day for one in self.given]

    @cached_property
    def _red_cells(self) -> tuple[list[int], list[int]]:
        red = self.of(RED_CELLS)
        return [one.day for one in red], [0, *accumulate(one.units for one in red)]


def merge_periods(periods: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Join periods that touch or overlap.

    Examples
    --------
    >>> merge_periods([(11, 20), (0, 10), (30, 40)])
    ((0, 20), (30, 40))
    """
    merged: list[tuple[int, int]] = []
    for start, end in sorted(periods):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)
