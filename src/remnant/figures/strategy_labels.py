"""Where the name of each gate stands on a plot: by its outline, off the other names, where few events lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry import DrawnGate, Outline
from remnant.figures.strategy_ink import BODY, fit, share, text_width

LINE_HEIGHT = 13.5
_GAP = 4.0
_WIDEST = 124.0
_STACKED = 5  # names that can stand above, or beneath, the same small gate
_TWO_LINES = 4  # gates on a plot up to which the share is written beneath the name


@dataclass(frozen=True)
class Label:
    """Lines of text with the upper left corner of their box, in pixels of the plot."""

    lines: tuple[str, ...]
    left: float
    top: float
    width: float

    @property
    def height(self) -> float:
        """Of all lines."""
        return LINE_HEIGHT * len(self.lines)


def place_labels(gates: tuple[DrawnGate, ...], dark: NDArray[np.float64], side: float) -> list[Label | None]:
    """Place the label of every gate that has an outline.

    Parameters
    ----------
    gates : tuple of DrawnGate
        On one plot.
    dark : ndarray, shape (bins, bins)
        How dark the bins are, from 0 to 1; row 0 is at the bottom.
    side : float
        Of the plot, in pixels.
    """
    placed: list[Label] = []
    boxes = [None if gate.outline is None else _box(gate.outline, side) for gate in gates]
    ink = _ink(gates, side)
    labels: list[Label | None] = []
    for gate, box in zip(gates, boxes, strict=True):
        if box is None:
            labels.append(None)
            continue
        lines: tuple[str, ...] = (fit(gate.count.gate, _WIDEST),)
        if len(gates) <= _TWO_LINES and gate.count.evaluable:
            lines = (*lines, share(gate.count.events, gate.count.evaluable))
        width = max(text_width(line, BODY * 1.04) for line in lines)
        others = [other for other in boxes if other is not None and other is not box]
        best = min(
            _candidates(lines, width, box, side),
            key=lambda label: _cost(label, box, placed, others, dark, side) + _hidden(label, ink),
        )
        placed.append(best)
        labels.append(best)
    return labels


def _box(outline: Outline, side: float) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of an outline within the plot, in pixels."""
    corners = np.array(outline.corners)
    low, high = corners.min(axis=0), corners.max(axis=0)
    if outline.radii is not None:
        turn = np.radians(outline.degrees)
        along, across = outline.radii
        reach = np.hypot(
            [along * np.cos(turn), along * np.sin(turn)], [across * np.sin(turn), across * np.cos(turn)]
        )
        low, high = low - reach, high + reach
    (x0, y0), (x1, y1) = np.clip(low, 0, 1) * side, np.clip(high, 0, 1) * side
    return float(x0), float(side - y1), float(x1), float(side - y0)


def _candidates(
    lines: tuple[str, ...], width: float, box: tuple[float, float, float, float], side: float
) -> list[Label]:
    """Inside the corners of the box, then outside it, the plainest first; always within the plot."""
    left, top, right, bottom = box
    height = LINE_HEIGHT * len(lines)
    across = (left + _GAP, right - _GAP - width, (left + right - width) / 2)
    down = (top + _GAP, bottom - _GAP - height)
    places = [(x, y) for y in down for x in across]
    for away in range(_STACKED):
        far = _GAP + away * height
        places += [(x, y) for y in (top - far - height, bottom + far) for x in across]
    places += [(x, y) for x in (right + _GAP, left - _GAP - width) for y in down]
    return [
        Label(
            lines,
            float(np.clip(x, _GAP, max(side - width - _GAP, _GAP))),
            float(np.clip(y, _GAP, side - height - _GAP)),
            width,
        )
        for x, y in places
    ]


def _cost(
    label: Label,
    own: tuple[float, float, float, float],
    placed: list[Label],
    others: list[tuple[float, float, float, float]],
    dark: NDArray[np.float64],
    side: float,
) -> float:
    """Other names weigh most, then lying within another gate or outside its own, then events beneath."""
    box = (label.left, label.top, label.left + label.width, label.top + label.height)
    area = label.width * label.height
    cost = sum(
        20 * _overlap(box, (p.left - 2, p.top, p.left + p.width + 2, p.top + p.height)) for p in placed
    )
    cost += sum(3 * _overlap(box, other) * (1 - _overlap(own, other) / _area(own)) for other in others)
    cost += 0.3 * (area - _overlap(box, own))
    cost += 0.02 * area * max(own[1] - box[3], box[1] - own[3], 0.0)  # per pixel that it stands away
    bins = dark.shape[0]
    scale = bins / side
    rows = dark[int((side - box[3]) * scale) : int((side - box[1]) * scale) + 1]
    under = rows[:, int(box[0] * scale) : int(box[2] * scale) + 1]
    return cost / area + (3.5 * float(under.mean()) if under.size else 0.0)


def _ink(gates: tuple[DrawnGate, ...], side: float) -> NDArray[np.float64]:
    """Points every few pixels along all outlines, and single events: what a name should not lie on."""
    points = [np.array(gate.points).reshape(-1, 2) for gate in gates]
    for outline in (gate.outline for gate in gates if gate.outline is not None):
        corners = np.array(outline.corners)
        if outline.radii is not None:
            turn, angles = np.radians(outline.degrees), np.linspace(0, 2 * np.pi, 60)
            ring = np.column_stack([outline.radii[0] * np.cos(angles), outline.radii[1] * np.sin(angles)])
            turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
            points.append(corners + ring @ turned)
        elif len(corners) <= 100:
            shares = np.linspace(0, 1, 40, endpoint=False)[:, None, None]
            points.append((corners + shares * (np.roll(corners, -1, axis=0) - corners)).reshape(-1, 2))
        else:
            points.append(corners)
    places = np.concatenate(points) * side
    return np.column_stack([places[:, 0], side - places[:, 1]])


def _hidden(label: Label, ink: NDArray[np.float64]) -> float:
    """Cost of the lines and events that a name would hide; the border of a plot is not counted."""
    x, y = ink[:, 0], ink[:, 1]
    under = (x > label.left - 2) & (x < label.left + label.width + 2)
    under &= (y > label.top) & (y < label.top + label.height)
    return min(0.12 * float(np.count_nonzero(under)), 1.5)


def _area(box: tuple[float, float, float, float]) -> float:
    return max((box[2] - box[0]) * (box[3] - box[1]), 1e-9)


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0.0) * max(height, 0.0)
