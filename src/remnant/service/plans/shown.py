"""How every plan is shown: tables, and numbers as labs say them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One table of a plan."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    note: str = ""


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
