"""How every plan is shown: tables, and numbers as labs say them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One table of a plan."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    note: str = ""

    @property
    def words(self) -> frozenset[int]:
        """Columns whose cells are words rather than numbers: they stand to the left."""
        said = re.compile(r"[^\W\d_]{2,}\W+(?:[^\W\d_]+\W+)*[^\W\d_]{2,}")
        short = {"none suffices", "no interval"}
        return frozenset(
            place
            for row in self.rows
            for place, cell in enumerate(row)
            if isinstance(cell, str) and cell not in short and said.search(cell)
        )


def given(value: float) -> str:
    """Say a fraction that was typed, in percent."""
    from remnant.planning.wording import asked

    return asked(value)


def percent(value: float | None) -> str | None:
    """Say a fraction that was found, in percent."""
    from remnant.planning import wording

    return None if value is None else wording.percent(value)


def count(value: float | None, *, none: str = "none suffices") -> str:
    """Say a number of cells, nuclei or wells."""
    return none if value is None else f"{value:,.0f}"
