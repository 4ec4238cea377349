"""The kernels of `kernels.py` in NumPy: what a reader checks, and what runs where numba does not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.gates.membership import IN, NOT_EVALUABLE, OUT, UNDECIDED, Codes
from remnant.cytometry.gates.program import FEW_VERTICES
from remnant.cytometry.gates.raster import CELLS
from remnant.cytometry.signal.lookup import SHIFT

Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]
Places = NDArray[np.uint64]
Bools = NDArray[np.bool_]
Stored = NDArray[np.floating]


def _mix(
    stored: Stored, rows: Wholes, axis: int, starts: Places, firsts: Places, weights: Floats, rounding: Floats
) -> tuple[Floats, Floats]:
    """Values of an axis, and by how much each may be off."""
    value, size = np.zeros(len(rows)), np.zeros(len(rows) if rounding[axis] else 1)
    term = np.empty(len(rows))
    for place, weight in enumerate(weights[int(starts[axis]) : int(starts[axis + 1])]):
        if weight:
            column = stored[:, int(firsts[axis]) + place]
            # Rows that are the whole block need no copy of it.
            np.multiply(column if len(rows) == len(stored) else column[rows], weight, out=term)
            value += term
            if rounding[axis]:
                size += np.abs(term, out=term)
    return value, rounding[axis] * size


def _take(stored: Stored, rows: Wholes, column: int) -> Floats:
    """Read some rows of a column; all of them need no look at each."""
    return (stored[:, column] if len(rows) == len(stored) else stored[rows, column]).astype(np.float64)


def _scale(
    value: Floats, axis: int, straight: Floats, tables: Floats, where: Wholes, bounds: Floats
) -> Floats:
    """Places on the scale of an axis; NaN where only the exact transform will do."""
    if where[axis, 1] == 0:
        place = straight[axis, 0] + straight[axis, 1] * value
    else:
        pieces = where[axis, 1]
        piece = (np.abs(value).view(np.int64) >> SHIFT) - (where[axis, 2] - 1)
        row = where[axis, 0] + np.clip(piece, 0, pieces) + (value < 0) * (pieces + 1)
        centre, c0, c1, c2 = tables[row].T
        d = value - centre
        place = np.where(piece > pieces, np.nan, c0 + d * (c1 + d * c2))
    return np.asarray(np.clip(place, bounds[axis, 0], bounds[axis, 1]))


def _write(found: Codes, rows: Wholes, codes: Codes, kept: Wholes, totals: Wholes) -> None:
    """Write codes of rows; list the rows that are not out, and count these and the odd codes."""
    codes[rows] = found
    stay = rows[found != OUT]
    kept[: len(stay)] = stay
    totals[:] = len(stay), np.count_nonzero(found & 1)


def _wind(x: Floats, y: Floats, vertices: Floats, slack: Floats) -> Codes:
    """Whether a polygon winds oddly often around places; undecided where an edge is too near to tell."""
    winding = np.zeros(len(x), dtype=np.int64)
    close = np.zeros(len(x), dtype=bool)
    for (x1, y1), (x2, y2) in zip(np.roll(vertices, 1, axis=0), vertices, strict=True):
        rise, run = y2 - y1, x2 - x1
        left, right = run * (y - y1), (x - x1) * rise
        side = left - right
        near = abs(run) * slack[1] + abs(rise) * slack[0] + 1e-12 * (np.abs(left) + np.abs(right))
        beside_x = (x >= min(x1, x2) - slack[0]) & (x <= max(x1, x2) + slack[0])
        beside_y = (y >= min(y1, y2) - slack[1]) & (y <= max(y1, y2) + slack[1])
        close |= (np.abs(side) <= near) & beside_x & beside_y
        winding += (y1 <= y) & (y2 > y) & (side > 0)
        winding -= (y1 > y) & (y2 <= y) & (side < 0)
    return np.where(close, UNDECIDED, np.where(winding % 2 != 0, IN, OUT)).astype(np.int8)


def judge_intervals(
    stored: Stored, rows: Wholes, starts: Places, firsts: Places, weights: Floats, positive: Bools,
    _gaps: Bools, rounding: Floats, cuts: Floats, codes: Codes, kept: Wholes, totals: Wholes,
) -> None:  # fmt: skip
    """Judge rows by cuts on every axis."""
    unknown, outside, unsure = (np.zeros(len(rows), dtype=bool) for _ in range(3))
    for axis, (low_out, low_in, high_in, high_out) in enumerate(cuts):
        value, off = _mix(stored, rows, axis, starts, firsts, weights, rounding)
        unknown |= ~np.isfinite(value) | (positive[axis] & (value <= 0))
        outside |= (value + off < low_out) | (value - off >= high_out)
        unsure |= ~((value - off >= low_in) & (value + off < high_in))
    found = np.full(len(rows), IN, dtype=np.int8)
    found[unsure] = UNDECIDED
    found[outside] = OUT
    found[unknown] = NOT_EVALUABLE
    _write(found, rows, codes, kept, totals)


def judge_plain_polygon(
    stored: Stored, rows: Wholes, x_column: int, y_column: int, cells: NDArray[np.uint8],
    origin: Floats, per_cell: Floats, reach: Floats, vertices: Floats, slack: Floats, codes: Codes,
    kept: Wholes, totals: Wholes,
) -> None:  # fmt: skip
    """Judge rows by a polygon on two channels as they are stored."""
    x, y = (_take(stored, rows, int(column)) for column in (x_column, y_column))
    (x_low, x_high), (y_low, y_high) = reach
    found = np.where(np.isfinite(x) & np.isfinite(y), OUT, NOT_EVALUABLE).astype(np.int8)
    near = np.flatnonzero((x >= x_low) & (x <= x_high) & (y >= y_low) & (y <= y_high))
    found[near] = _look(x[near], y[near], cells, origin, per_cell, vertices, slack)
    _write(found, rows, codes, kept, totals)


def _look(
    x: Floats, y: Floats, cells: NDArray[np.uint8], origin: Floats, per_cell: Floats, vertices: Floats,
    slack: Floats,
) -> Codes:  # fmt: skip
    """Codes of places by their cells; what lies beyond them is out."""
    u, v = ((place - origin[axis]) * per_cell[axis] for axis, place in enumerate((x, y)))
    found = np.zeros(len(x), dtype=np.int8)
    there = np.flatnonzero((u >= 0) & (u < CELLS) & (v >= 0) & (v < CELLS))
    found[there] = cells[v[there].astype(np.intp), u[there].astype(np.intp)]
    if len(vertices) <= FEW_VERTICES:
        touched = np.flatnonzero(found == UNDECIDED)
        found[touched] = _wind(x[touched], y[touched], vertices, slack)
    return found


def judge_polygon(
    stored: Stored, rows: Wholes, starts: Places, firsts: Places, weights: Floats, positive: Bools,
    _gaps: Bools, rounding: Floats, straight: Floats, tables: Floats, where: Wholes, bounds: Floats,
    slack: Floats, largest: Floats, cells: NDArray[np.uint8], origin: Floats, per_cell: Floats,
    reach: Floats, vertices: Floats, _shared: bool, codes: Codes, kept: Wholes, totals: Wholes,
) -> None:  # fmt: skip
    """Judge rows by the cells of a polygon, and by its edges in the cells that they touch."""
    unknown, outside, unsure = (np.zeros(len(rows), dtype=bool) for _ in range(3))
    values = []
    for axis in range(2):
        value, off = _mix(stored, rows, axis, starts, firsts, weights, rounding)
        unknown |= ~np.isfinite(value) | (positive[axis] & (value <= 0))
        outside |= (value + off < reach[axis, 0]) | (value - off > reach[axis, 1])
        unsure |= off > largest[axis]
        values.append(value)
    found = np.zeros(len(rows), dtype=np.int8)
    found[unknown] = NOT_EVALUABLE
    near = np.flatnonzero(~(unknown | outside))
    x, y = (_scale(values[axis][near], axis, straight, tables, where, bounds) for axis in range(2))
    exact = unsure[near] | np.isnan(x) | np.isnan(y)
    x, y = np.where(exact, vertices[0, 0], x), np.where(exact, vertices[0, 1], y)
    found[near] = np.where(exact, UNDECIDED, _look(x, y, cells, origin, per_cell, vertices, slack))
    _write(found, rows, codes, kept, totals)


def judge_ellipsoid(
    stored: Stored, rows: Wholes, starts: Places, firsts: Places, weights: Floats, positive: Bools,
    _gaps: Bools, rounding: Floats, straight: Floats, tables: Floats, where: Wholes, bounds: Floats,
    slack: Floats, largest: Floats,
    mean: Floats, precision: Floats, limit: float, codes: Codes, kept: Wholes, totals: Wholes,
) -> None:  # fmt: skip
    """Judge rows by their squared Mahalanobis distance."""
    unknown, unsure = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    apart = np.empty((len(mean), len(rows)))
    for axis in range(len(mean)):
        value, off = _mix(stored, rows, axis, starts, firsts, weights, rounding)
        unknown |= ~np.isfinite(value) | (positive[axis] & (value <= 0))
        value[~np.isfinite(value)] = 0
        apart[axis] = _scale(value, axis, straight, tables, where, bounds) - mean[axis]
        unsure |= np.isnan(apart[axis]) | (off > largest[axis])
    distance, error = np.zeros(len(rows)), np.full(len(rows), 1e-12 * abs(limit))
    for i in range(len(mean)):
        slope = np.zeros(len(rows))
        for j in range(len(mean)):
            product = precision[i, j] * apart[j]
            distance += apart[i] * product
            slope += product + precision[j, i] * apart[j]
            error += abs(precision[i, j]) * slack[i] * slack[j] + 1e-12 * np.abs(apart[i] * product)
        error += np.abs(slope) * slack[i]
    found = np.where(distance > limit + error, OUT, np.where(distance > limit - error, UNDECIDED, IN))
    found[unsure] = UNDECIDED
    found[unknown] = NOT_EVALUABLE
    _write(found.astype(np.int8), rows, codes, kept, totals)


def scale_rows(
    stored: Stored, starts: Places, firsts: Places, weights: Floats, positive: Bools, straight: Floats,
    tables: Floats, where: Wholes, bounds: Floats, places: Floats,
) -> None:  # fmt: skip
    """Put every row on every axis; NaN where only the exact form can tell."""
    rows = np.arange(len(stored))
    for axis in range(places.shape[1]):
        value, _ = _mix(stored, rows, axis, starts, firsts, weights, np.zeros(places.shape[1]))
        good = np.isfinite(value) & (~positive[axis] | (value > 0))
        scaled = _scale(np.where(good, value, 1.0), axis, straight, tables, where, bounds)
        places[:, axis] = np.where(good, scaled, np.nan)
