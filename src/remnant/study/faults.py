"""How faults are said: the nearest known name, a cell cut to one line, and one slip listed but once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import polars as pl

from remnant.errors import Fault

FEW = 20  # faults of one kind that are spelled out: half a screen; a wrong column is one slip, not a million
_NAMES = 5_000  # the nearest of more names than this is not worth the wait
_LETTERS = 60  # of a cell that are shown


def quoted(cell: str) -> str:
    """Show what a person typed; a cell that swallowed half a file shows its start and its length."""
    return repr(cell) if len(cell) <= _LETTERS else f"{cell[:_LETTERS]!r}... ({len(cell):,} characters)"


def nearest(word: str, known: Collection[str], *, cutoff: float = 0.5) -> str | None:
    """Return the known name that a misspelt word most likely stands for, if there is one."""
    if not word or len(word) > _LETTERS or len(known) > _NAMES:
        return None
    return next(iter(get_close_matches(word, known, 1, cutoff)), None)


def suggest(word: str, known: Collection[str], otherwise: str, *, ending: str = "") -> str:
    """Return a hint: the nearest known name, or what to do when none is near."""
    near = nearest(word, known)
    return f"did you mean {near}{ending}?" if near else otherwise


def summed(faults: list[Fault], count: int) -> list[Fault]:
    """Put before the first `FEW` faults of one kind how many there are in all.

    Parameters
    ----------
    faults : list of Fault
        The first faults of one kind, in the order of lines; no more than `FEW` are kept.
    count : int
        How many there are, most of them never made into a `Fault`.
    """
    if count <= FEW:
        return faults
    first, hint = faults[0], f"the first {FEW} are listed: is it one slip, made in every row?"
    whole = replace(first, line=None, found=f"{count:,} faults of this kind", expected="none", hint=hint)
    return [whole, *faults[:FEW]]


def listed(rows: pl.DataFrame, say: Callable[[dict[str, Any]], Fault]) -> list[Fault]:
    """Make faults of the rows that break one rule: the first few in full, the rest counted.

    Parameters
    ----------
    rows : DataFrame
        The rows at fault, in the order of lines.
    say : callable
        Makes the fault of one row, given as a dict.
    """
    return summed([say(row) for row in rows.head(FEW).iter_rows(named=True)], rows.height)
