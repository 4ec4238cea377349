"""What a wrong cell most likely should say, where its fault leaves no doubt; a person decides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

import polars as pl

from remnant.errors import Fault
from remnant.study.column import ABSENT_WORDS, Column, Kind

_MEANT = re.compile(r"did you mean (.+)\?")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")  # 1,234 could be either
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%?")


def meant(fault: Fault) -> str | None:
    """Return the name that a fault takes a misspelt one for.

    Examples
    --------
    >>> meant(Fault("fish.csv", 3, "sample_id", "'P1-d00'", "a name in samples.csv", "did you mean P1-d0?"))
    'P1-d0'
    """
    found = _MEANT.search(fault.hint)
    return found.group(1) if found else None


def proposed(column: Column, typed: str) -> str | None:
    """Return what a cell that cannot be read most likely should say.

    Parameters
    ----------
    column : Column
        What the cell may hold.
    typed : str
        What it holds.

    Returns
    -------
    str or None
        Another spelling of the same thing, which the column can read; None where there is doubt.

    Examples
    --------
    >>> blasts = Column("blasts_fraction", Kind.FRACTION, "Blasts.", required=False)
    >>> proposed(blasts, "3%"), proposed(blasts, "0,03"), proposed(blasts, "n/a"), proposed(blasts, "many")
    ('0.03', '0.03', '', None)
    """
    text = typed.strip()
    if text.lower() in ABSENT_WORDS:
        return None if column.required else ""
    for guess in _guesses(column, text):
        _, wrong = column.read(pl.Series([guess], dtype=pl.String))
        if guess != text and not wrong[0]:
            return guess
    return None


def for_column(column: Column, cells: Iterable[tuple[int, str]], names: Mapping[str, str]) -> dict[int, str]:
    """Propose for every wrong cell of a column.

    Parameters
    ----------
    column : Column
        What the cells may hold.
    cells : iterable of (int, str)
        Line and text of each.
    names : Mapping of str to str
        Misspelt names that are known to be meant for others.

    Returns
    -------
    dict of int to str
        Line to the proposed text, for those cells where there is one.
    """
    filled = [(line, text) for line, text in cells if text]
    _, wrong = column.read(pl.Series([text for _, text in filled], dtype=pl.String))
    proposals: dict[int, str | None] = {}
    for (line, text), bad in zip(filled, wrong, strict=True):
        if text in names:
            proposals[line] = names[text]
        elif bad:
            proposals[line] = proposed(column, text)
    return {line: text for line, text in proposals.items() if text is not None}


def _guesses(column: Column, text: str) -> list[str]:
    guesses = []
    if column.choices:
        guesses.append(text.lower())
    if column.kind in (Kind.NUMBER, Kind.FRACTION) and _COMMA.fullmatch(number := text.rstrip("% ")):
        if _THOUSANDS.fullmatch(number):
            return []
        text = text.replace(",", ".")
        guesses.append(text)
    if column.kind is Kind.FRACTION and (share := _PERCENT.fullmatch(text)):
        guesses.append(f"{(Decimal(share.group(1)) / 100).normalize():f}")
    if column.kind is Kind.DATE:
        guesses.append(text[:10])
    return guesses
