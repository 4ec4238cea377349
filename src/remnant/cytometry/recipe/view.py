"""One scatter plot as numbers: bins, ticks, the outline of the gate and the rare events one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.recipe.tube import GateView
from remnant.cytometry.signal.transform import Logicle

Floats = NDArray[np.float64]
BINS = 48
MAXIMUM_POINTS = 400
_LEAST_APART = 0.035  # of the axis: labels nearer than this would run into each other
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class DisplayAxis:
    """A column as it is drawn: its label, its scale (None: linear) and every event on it.

    Parameters
    ----------
    label : str
        Marker and channel.
    values : ndarray, shape (events,)
        On the scale of the file.
    scale : Logicle or None
        Display scale.
    """

    label: str
    values: Floats
    scale: Logicle | None

    def display(self, values: Floats) -> Floats:
        """Turn values of the file into display coordinates."""
        return values if self.scale is None else self.scale.forward(values)


def draw_view(
    title: str,
    x: DisplayAxis,
    y: DisplayAxis,
    shown: NDArray[np.bool_],
    *,
    outline: Sequence[tuple[float, float]] = (),
    points: NDArray[np.bool_] | None = None,
    points_label: str = "",
    ranges: tuple[tuple[float, float], tuple[float, float]] | None = None,
    bins: int = BINS,
) -> GateView:
    """Bin the shown events of two columns.

    Parameters
    ----------
    title : str
        What is shown.
    x, y : DisplayAxis
        The columns.
    shown : ndarray of bool, shape (events,)
        Events to bin.
    outline : sequence of (x, y)
        Gate on the scale of the file; infinite corners are drawn at the edge of the plot.
    points : ndarray of bool, shape (events,), optional
        Events to draw one by one.
    points_label : str
        What they are.
    ranges : pair of (low, high), optional
        Display coordinates of the edges, as another plot has them; by the events otherwise.
    bins : int
        On each axis.
    """
    rows = np.flatnonzero(shown & np.isfinite(x.values) & np.isfinite(y.values))
    vx, vy = x.values[rows], y.values[rows]
    rare = np.flatnonzero(points[rows]) if points is not None else np.zeros(0, dtype=np.intp)
    if len(rare) > MAXIMUM_POINTS:
        rare = rare[np.linspace(0, len(rare) - 1, MAXIMUM_POINTS).astype(np.intp)]
    single = x.display(vx[rare]).tolist(), y.display(vy[rare]).tolist()
    ranges = ranges or (
        _range(x, vx, [*outline_range(x, outline, 0), *single[0]]),
        _range(y, vy, [*outline_range(y, outline, 1), *single[1]]),
    )
    cells = _count_bins(_bin(x, vx, *ranges[0], bins), _bin(y, vy, *ranges[1], bins), bins)
    corners = tuple((_place(x, a, ranges[0]), _place(y, b, ranges[1])) for a, b in outline)
    scales = ["linear" if axis.scale is None else "logicle" for axis in (x, y)]
    return GateView(
        title, x.label, y.label, scales[0], scales[1], ranges[0], ranges[1], bins, bins, cells,
        _ticks(x, ranges[0]), _ticks(y, ranges[1]), corners,
        tuple(zip(*single, strict=True)), points_label,
    )  # fmt: skip


def rectangle(low: tuple[float, float], high: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    """Corners of a rectangle from its lower left and upper right; infinite sides are open."""
    return ((low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1]))


def outline_range(axis: DisplayAxis, outline: Sequence[tuple[float, float]], side: int) -> list[float]:
    """Finite corners of an outline on one axis, in display coordinates."""
    corners = np.array([corner[side] for corner in outline], dtype=float)
    return [float(v) for v in axis.display(corners[np.isfinite(corners)])]


def _range(axis: DisplayAxis, values: Floats, shown: list[float]) -> tuple[float, float]:
    """Span of the events, without the lowest 0.1 %, and of what must be shown: corners, single events."""
    ends = [*shown]
    if len(values):
        ends += axis.display(np.array([np.quantile(values, 0.001), values.max()])).tolist()
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    pad = 0.03 * (high - low) or 0.5
    return low - pad, high + pad


Binned = tuple[NDArray[np.intp], NDArray[np.bool_]]


def _count_bins(x: Binned, y: Binned, bins: int) -> tuple[tuple[int, int, int], ...]:
    """Count events per bin, as `histogram2d` does: what lies outside is left out, the last edge is inside."""
    inside = x[1] & y[1]
    counts = np.bincount(x[0][inside] * bins + y[0][inside], minlength=bins * bins)
    full = np.flatnonzero(counts)
    return tuple(zip((full // bins).tolist(), (full % bins).tolist(), counts[full].tolist(), strict=True))


def _bin(axis: DisplayAxis, values: Floats, low: float, high: float, bins: int) -> Binned:
    """Bin of every value, and whether it is in any."""
    edges = np.linspace(low, high, bins + 1)
    if axis.scale is not None:
        # Taking a few edges back to the scale of the file is quicker than taking every event forward.
        edges = axis.scale.inverse(edges)
        places = np.searchsorted(edges, values, side="right") - 1
        places[values == edges[-1]] = bins - 1
        return places, (places >= 0) & (places < bins)
    inside = (values >= low) & (values <= high)
    guess = np.clip((values - low) * (bins / (high - low)), 0, bins - 1).astype(np.intp)
    # Rounding can put a value one bin off; the edges decide.
    guess -= values < edges[guess]
    guess += (values >= edges[guess + 1]) & (guess < bins - 1)
    return guess, inside


def _place(axis: DisplayAxis, value: float, limits: tuple[float, float]) -> float:
    if np.isinf(value):
        return limits[1] if value > 0 else limits[0]
    return float(np.clip(axis.display(np.array([value]))[0], *limits))


def _ticks(axis: DisplayAxis, limits: tuple[float, float]) -> tuple[tuple[float, str], ...]:
    """Choose decades on a logicle axis, round numbers on a linear one."""
    if axis.scale is None:
        step = _round_step((limits[1] - limits[0]) / 5)
        first = int(np.ceil(limits[0] / step))
        values = [k * step for k in range(first, int(limits[1] / step) + 1)]
        return tuple((float(v), _short(v)) for v in values)
    chosen: list[tuple[float, str]] = []
    candidates = [(0.0, "0")]
    for power in range(6, 0, -1):
        label = "10" + str(power).translate(_SUPERSCRIPT)
        candidates += [(10.0**power, label), (-(10.0**power), "−" + label)]
    places = axis.scale.forward([value for value, _ in candidates]).tolist()
    apart = _LEAST_APART * (limits[1] - limits[0])
    for place, (_, label) in zip(places, candidates, strict=True):
        if limits[0] <= place <= limits[1] and all(abs(place - other) > apart for other, _ in chosen):
            chosen.append((place, label))
    return tuple(sorted(chosen))


def _round_step(rough: float) -> float:
    power = 10.0 ** np.floor(np.log10(rough))
    return float(power * next(m for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9)))


def _short(value: float) -> str:
    return f"{value / 1000:g}k" if abs(value) >= 1000 else f"{value:g}"
