"""Gates on their way into the page: a count is one letter, which a packer makes a fraction of its digits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

FIRST, GAP = 93, 0xD800  # `]`: what follows it needs no escape; surrogates, which stand for nothing alone
MOST = 1_000_000  # the last letter of Unicode; a bin of more keeps its digits
STEPS = 5  # places to a bin: a bin is four pixels wide


def lettered(sheet: Mapping[str, Any]) -> dict[str, Any]:
    """Write the bins and the single events of a sheet of gates as letters.

    Parameters
    ----------
    sheet : mapping
        As `remnant.figures.gating.gate_sheet` returns it.

    Returns
    -------
    dict
        The same with `{"width": bins, "letters": ...}` for each table of bins, exact counts row by row, and
        `{"step": 5, "letters": ...}` for each of single events, placed to a fifth of a bin: x as far on from
        the event before, then y. The page reads them back.
    """
    tables = dict(sheet["datasets"])
    for number, slots in enumerate(sheet["slots"]):
        width, height = (int(slots[f"slot:{side}_domain"][1]) for side in ("x", "y"))
        bins, points = tables[f"bins-{number}"], tables[f"points-{number}"]
        if max(bins["events"], default=0) < MOST:
            tables[f"bins-{number}"] = {"width": width, "letters": letters(_grid(bins, width, height))}
        tables[f"points-{number}"] = {"step": STEPS, "letters": letters(_places(points, width, height))}
    return {**sheet, "datasets": tables}


def letters(values: Iterable[int]) -> str:
    """Write counts as letters.

    Examples
    --------
    >>> letters([0, 1, 2, 33])
    ']^_~'
    """
    codes = FIRST + np.fromiter(values, "<u4")
    codes[codes >= GAP] += 0x800
    return codes.tobytes().decode("utf-32-le")


def read_letters(text: str) -> list[int]:
    """Read counts back.

    Examples
    --------
    >>> read_letters(letters([0, 7, 250, 55_202, 55_203, 999_999]))
    [0, 7, 250, 55202, 55203, 999999]
    """
    codes = (ord(letter) for letter in text)
    return [(code if code < GAP else code - 0x800) - FIRST for code in codes]


def _grid(bins: Mapping[str, list[Any]], width: int, height: int) -> list[int]:
    grid = [0] * (width * height)
    for x, y, events in zip(bins["x"], bins["y"], bins["events"], strict=True):
        grid[int(y) * width + int(x)] = int(events)
    return grid


def _places(points: Mapping[str, list[Any]], width: int, height: int) -> list[int]:
    """Place events from left to right; one beyond an edge stands at it, where it was drawn cut off."""
    placed = sorted(
        (_step(x, width), _step(y, height)) for x, y in zip(points["x"], points["y"], strict=True)
    )
    values, last = [], 0
    for x, y in placed:
        values += [x - last, y]
        last = x
    return values


def _step(place: float, bins: int) -> int:
    return min(max(int(STEPS * place), 0), STEPS * bins - 1)
