"""Ticks of a plot's axis: decades on a logicle or logarithmic scale, round numbers on a linear one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.signal.transform import Linear, Transform

_APART, _MINOR_APART = 0.085, 0.009  # of the axis: labels, and marks, nearer than this run into each other
_DECADES = 6  # below the top; what is smaller lies in the linear part
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: its place, from 0 to 1 along it, and its label; a minor tick has none."""

    place: float
    label: str = ""


def choose_ticks(scale: Transform | None, low: float, high: float) -> tuple[Tick, ...]:
    """Choose the ticks of an axis.

    Parameters
    ----------
    scale : Transform or None
        Scale of the plot; None for that of the file.
    low, high : float
        Ends of the axis, on the scale of the plot.

    Returns
    -------
    tuple of Tick
        Rising; at least two labelled ones wherever the scale has room for them.
    """
    ends = (low, high) if scale is None else (float(scale.inverse(low)), float(scale.inverse(high)))
    if scale is None or isinstance(scale, Linear):
        return _place(scale, [(v, short(v)) for v in _round_numbers(*ends)], low, high)
    decades = _decades(scale, ends, low, high)
    if sum(bool(tick.label) for tick in decades) >= 2:
        return decades
    return _place(scale, [(v, short(v)) for v in _round_numbers(*ends)], low, high)


def _decades(scale: Transform, ends: tuple[float, float], low: float, high: float) -> tuple[Tick, ...]:
    """Zero and the powers of ten, the largest first where there is no room for all, and their multiples."""
    top = int(np.ceil(np.log10(max(abs(ends[0]), abs(ends[1]), 1e-300))))
    labelled: list[tuple[float, str]] = [(0.0, "0")]
    minor: list[tuple[float, str]] = []
    for power in range(top, top - _DECADES, -1):
        for sign, mark in ((1, ""), (-1, "−")):
            decade = sign * 10.0**power
            labelled.append((decade, f"{mark}10{str(power).translate(_SUPERSCRIPT)}"))
            minor += [(decade * k, "") for k in range(2, 10)]
    return _place(scale, [*labelled, *minor], low, high)


def _place(
    scale: Transform | None, wanted: list[tuple[float, str]], low: float, high: float
) -> tuple[Tick, ...]:
    """Keep what lies on the axis; a label that has no room becomes a minor tick."""
    if not wanted:
        return ()
    values = np.array([value for value, _ in wanted])
    places: NDArray[np.float64] = ((values if scale is None else scale.forward(values)) - low) / (high - low)
    kept: list[Tick] = []
    for place, (_, label) in zip(places.tolist(), wanted, strict=True):
        if not 0 <= place <= 1:  # a logarithm has no zero: NaN
            continue
        named = label and all(abs(place - t.place) >= _APART for t in kept if t.label)
        if named or all(abs(place - t.place) >= _MINOR_APART for t in kept):
            kept.append(Tick(place, label if named else ""))
    return tuple(sorted(kept, key=lambda tick: tick.place))


def _round_numbers(low: float, high: float) -> list[float]:
    """About five multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / 5
    if not (np.isfinite(rough) and rough > 0):
        return []
    power = 10.0 ** np.floor(np.log10(rough))
    step = float(power * next(m for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9)))
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return [k * step for k in range(first, min(last, first + 20) + 1)]


def short(value: float) -> str:
    """Write a round number in few letters.

    Examples
    --------
    >>> short(50000), short(-1500000), short(0.25)
    ('50k', '−1.5M', '0.25')
    """
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.6g}{letter}".replace("-", "−")
    return f"{value:.6g}".replace("-", "−")
