"""Compiled kernels of the gates: the only file that knows numba; each has its twin in `twins.py`.

They read rows as they lie in an FCS file, aligned or not, and say for each row that is asked for whether it
is out (0), not evaluable (1), in (2) or too near to an edge for their arithmetic (3). They list the rows that
are not out, for the gates beneath, and count these and the odd codes: mostly there are none, and all is said.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc,assignment,call-overload"
from __future__ import annotations

import numba
import numpy as np
from numba import types

from remnant.cytometry.gates.program import FEW_VERTICES
from remnant.cytometry.gates.raster import CELLS
from remnant.cytometry.signal.lookup import SHIFT

_FINITE = np.finfo(np.float64).max


def _read(dtype, dimensions):
    """Type of an array that is only read; a mapped file need not be aligned."""
    return types.Array(dtype, dimensions, "C", readonly=True, aligned=False)


_LINE, _TABLE = _read(types.float64, 1), _read(types.float64, 2)
_MIXTURE = [*[_read(types.uint64, 1)] * 2, _LINE, *[_read(types.boolean, 1)] * 2, _LINE]
_SCALE = [_TABLE, _TABLE, _read(types.int64, 2), _TABLE, _LINE, _LINE]
_CELLS = [_read(types.uint8, 2), _LINE, _LINE, _TABLE, _TABLE]
_ANSWER = [types.Array(types.int8, 1, "C"), *[types.Array(types.int64, 1, "C")] * 2]


def _kernel(*given):
    """Compile a kernel, once a machine, for rows of single and of double precision."""
    stored = (_read(types.float32, 2), _TABLE)
    signatures = [types.void(rows, _read(types.int64, 1), *given, *_ANSWER) for rows in stored]
    return numba.njit(signatures, cache=True, nogil=True)


# Terms may be added in any order, several at a time: compensated values carry a margin for that.
@numba.njit(fastmath={"reassoc", "contract", "nsz"})
def _mix(stored, row, first, weights, begin, end):
    """Value of an axis, and the sum of the sizes of its terms."""
    value, size = 0.0, 0.0
    for k in range(end - begin):
        term = weights[begin + k] * stored[row, first + k]
        value += term
        size += abs(term)
    return value, size


@numba.njit(inline="always")
def _look_up(value, first_row, pieces, lowest, tables):
    """Place of a value by its table; NaN where only the exact transform will do."""
    piece = (np.float64(abs(value)).view(np.int64) >> SHIFT) - (lowest - 1)
    if piece > pieces:
        return np.nan
    row = np.uint64(first_row + (piece if piece > 0 else 0) + (pieces + 1 if value < 0 else 0))
    d = value - tables[row, 0]
    return tables[row, 1] + d * (tables[row, 2] + d * tables[row, 3])


@numba.njit(inline="always")
def _bound(place, lowest, highest):
    """Set a place beyond its bounds to them; what is not a number stays so."""
    if place < lowest:
        return lowest
    return highest if place > highest else place


@numba.njit
def _wind(x, y, vertices, slack):
    """Whether a polygon winds oddly often around a place; 3 where an edge is nearer than it is sure of."""
    winding, last = 0, vertices.shape[0] - 1
    x1, y1 = vertices[last, 0], vertices[last, 1]
    for n in range(vertices.shape[0]):
        x2, y2 = vertices[n, 0], vertices[n, 1]
        rise, run = y2 - y1, x2 - x1
        left, right = run * (y - y1), (x - x1) * rise
        side = left - right
        near = abs(run) * slack[1] + abs(rise) * slack[0] + 1e-12 * (abs(left) + abs(right))
        if (
            abs(side) <= near
            and min(x1, x2) - slack[0] <= x <= max(x1, x2) + slack[0]
            and min(y1, y2) - slack[1] <= y <= max(y1, y2) + slack[1]
        ):
            return 3
        if y1 <= y:
            winding += y2 > y and side > 0
        else:
            winding -= y2 <= y and side < 0
        x1, y1 = x2, y2
    return 2 if winding % 2 != 0 else 0


@numba.njit(inline="always")
def _judge_cuts(value, off, above_zero, low_out, low_in, high_in, high_out):
    """Compare a value that may be off by so much with both ends of an interval; 1 if it is no value at all.

    What is not finite is within no interval: it need not be asked first.
    """
    if above_zero and value <= 0:
        return 1
    least, most = value - off, value + off
    if least >= low_in and most < high_in:
        return 2
    if not abs(value) <= _FINITE:
        return 1
    return 0 if most < low_out or least >= high_out else 3


@numba.njit
def _judge_others(code, stored, row, starts, firsts, weights, positive, gaps, rounding, cuts):
    """Judge a row by the axes after the first; 1 outlasts all, then 3 from a gap, 0, 3 from a cut, and 2."""
    unsure = code == 4
    for axis in range(1, cuts.shape[0]):
        value, size = _mix(stored, row, firsts[axis], weights, starts[axis], starts[axis + 1])
        c = cuts[axis]
        other = _judge_cuts(value, rounding[axis] * size, positive[axis], c[0], c[1], c[2], c[3])
        if other == 1:
            code = code if gaps[axis] else 1
            unsure |= gaps[axis]
        elif code != 1:
            code = 0 if code == 0 or other == 0 else (3 if code >= 3 or other == 3 else 2)
    return 3 if unsure and code != 1 else code


@_kernel(*_MIXTURE, _TABLE)
def judge_intervals(
    stored, rows, starts, firsts, weights, positive, gaps, rounding, cuts, codes, kept, totals
):  # fmt: skip
    """Judge rows by cuts on every axis."""
    # Read once: a write to `codes` could, for all that the compiler knows, change any array.
    begin, end, first, gap = starts[0], starts[1], firsts[0], gaps[0]
    low_out, low_in, high_in, high_out = cuts[0, 0], cuts[0, 1], cuts[0, 2], cuts[0, 3]
    above_zero, margin, several = positive[0], rounding[0], cuts.shape[0] > 1
    keep, odd = 0, 0
    for n in range(rows.shape[0]):
        row = np.uint64(rows[n])
        value, size = _mix(stored, row, first, weights, begin, end)
        code = _judge_cuts(value, margin * size, above_zero, low_out, low_in, high_in, high_out)
        if code == 1 and gap:
            code = 4 if several else 3
        if several:
            code = _judge_others(code, stored, row, starts, firsts, weights, positive, gaps, rounding, cuts)
        codes[row] = code
        kept[keep] = rows[n]
        keep += code != 0
        odd += code & 1
    totals[0], totals[1] = keep, odd


@_kernel(types.uint64, types.uint64, *_CELLS, _LINE)
def judge_plain_polygon(
    stored, rows, x_column, y_column, cells, origin, per_cell, reach, vertices, slack, codes, kept,
    totals,
):  # fmt: skip
    """Judge rows by a polygon on two channels as they are stored."""
    x_low, x_high, y_low, y_high = reach[0, 0], reach[0, 1], reach[1, 0], reach[1, 1]
    x_origin, y_origin, x_cells, y_cells = origin[0], origin[1], per_cell[0], per_cell[1]
    few = vertices.shape[0] <= FEW_VERTICES
    keep, odd = 0, 0
    for n in range(rows.shape[0]):
        row = np.uint64(rows[n])
        x, y = np.float64(stored[row, x_column]), np.float64(stored[row, y_column])
        if y >= y_low and x >= x_low and x <= x_high and y <= y_high:
            u, v = np.int64((x - x_origin) * x_cells), np.int64((y - y_origin) * y_cells)
            code = np.int64(cells[np.uint64(v), np.uint64(u)])
            if code == 3 and few:
                code = _wind(x, y, vertices, slack)
        else:
            code = 0 if abs(x) <= _FINITE and abs(y) <= _FINITE else 1
        codes[row] = code
        kept[keep] = rows[n]
        keep += code != 0
        odd += code & 1
    totals[0], totals[1] = keep, odd


@_kernel(*_MIXTURE, *_SCALE, *_CELLS, types.boolean)
def judge_polygon(
    stored, rows, starts, firsts, weights, positive, gaps, rounding,
    straight, tables, where, bounds, slack, largest, cells, origin, per_cell, reach, vertices, shared,
    codes, kept, totals,
):  # fmt: skip
    """Judge rows by the cells of a polygon, and by its edges in the cells that they touch."""
    x_begin, x_end, y_end, x_first, y_first = starts[0], starts[1], starts[2], firsts[0], firsts[1]
    x_rounding, y_rounding, x_largest, y_largest = rounding[0], rounding[1], largest[0], largest[1]
    x_positive, y_positive, gap = positive[0], positive[1], gaps[0] or gaps[1]
    x_low, x_high, y_low, y_high = reach[0, 0], reach[0, 1], reach[1, 0], reach[1, 1]
    x_table, x_pieces, x_lowest = where[0, 0], where[0, 1], where[0, 2]
    y_table, y_pieces, y_lowest = where[1, 0], where[1, 1], where[1, 2]
    x_shift, x_slope, y_shift, y_slope = straight[0, 0], straight[0, 1], straight[1, 0], straight[1, 1]
    x_least, x_most, y_least, y_most = bounds[0, 0], bounds[0, 1], bounds[1, 0], bounds[1, 1]
    x_origin, y_origin, x_cells, y_cells = origin[0], origin[1], per_cell[0], per_cell[1]
    few = vertices.shape[0] <= FEW_VERTICES
    keep, odd = 0, 0
    for n in range(rows.shape[0]):
        row = np.uint64(rows[n])
        y, y_size = _mix(stored, row, y_first, weights, x_end, y_end)
        y_off = y_rounding * y_size
        code = 0
        # Where both axes mix the same channels, a sum of one says that the other has one too.
        if not (shared and (y + y_off < y_low or y - y_off > y_high)):
            x, x_size = _mix(stored, row, x_first, weights, x_begin, x_end)
            x_off = x_rounding * x_size
            if (x_positive and x <= 0) or (y_positive and y <= 0):
                code = 3 if gap else 1
            elif y + y_off >= y_low and x + x_off >= x_low and x - x_off <= x_high and y - y_off <= y_high:
                code = 3
                x = _look_up(x, x_table, x_pieces, x_lowest, tables) if x_pieces else x_shift + x_slope * x
                y = _look_up(y, y_table, y_pieces, y_lowest, tables) if y_pieces else y_shift + y_slope * y
                if x == x and y == y and x_off <= x_largest and y_off <= y_largest:
                    x, y = _bound(x, x_least, x_most), _bound(y, y_least, y_most)
                    u, v = (x - x_origin) * x_cells, (y - y_origin) * y_cells
                    code = 0
                    # A bound can set a value far outside the box, and so can a reach without end.
                    if u >= 0 and u < CELLS and v >= 0 and v < CELLS:
                        code = np.int64(cells[np.uint64(np.int64(v)), np.uint64(np.int64(u))])
                        if code == 3 and few:
                            code = _wind(x, y, vertices, slack)
            elif not (abs(x) <= _FINITE and abs(y) <= _FINITE):
                code = 3 if gap else 1
        codes[row] = code
        kept[keep] = rows[n]
        keep += code != 0
        odd += code & 1
    totals[0], totals[1] = keep, odd


@_kernel(*_MIXTURE, *_SCALE, _LINE, _TABLE, types.float64)
def judge_ellipsoid(
    stored, rows, starts, firsts, weights, positive, gaps, rounding,
    straight, tables, where, bounds, slack, largest, mean, precision, limit, codes, kept, totals,
):  # fmt: skip
    """Judge rows by their squared Mahalanobis distance."""
    axes = mean.shape[0]
    apart = np.empty(axes)
    keep, odd = 0, 0
    for n in range(rows.shape[0]):
        row, code = np.uint64(rows[n]), 2
        for axis in range(axes):
            value, size = _mix(stored, row, firsts[axis], weights, starts[axis], starts[axis + 1])
            if not abs(value) <= _FINITE or (positive[axis] and value <= 0):
                code = 1 if code == 1 or not gaps[axis] else 3
                continue
            if where[axis, 1] == 0:
                place = straight[axis, 0] + straight[axis, 1] * value
            else:
                place = _look_up(value, where[axis, 0], where[axis, 1], where[axis, 2], tables)
            if code == 2 and (place != place or not rounding[axis] * size <= largest[axis]):
                code = 3
            apart[axis] = _bound(place, bounds[axis, 0], bounds[axis, 1]) - mean[axis]
        if code == 2:
            distance, error = 0.0, 1e-12 * abs(limit)
            for i in range(axes):
                slope = 0.0
                for j in range(axes):
                    product = precision[i, j] * apart[j]
                    distance += apart[i] * product
                    slope += product + precision[j, i] * apart[j]
                    error += abs(precision[i, j]) * slack[i] * slack[j] + 1e-12 * abs(apart[i] * product)
                error += abs(slope) * slack[i]
            if distance > limit + error:
                code = 0
            elif distance > limit - error:
                code = 3
        codes[row] = code
        kept[keep] = rows[n]
        keep += code != 0
        odd += code & 1
    totals[0], totals[1] = keep, odd


_WHOLES = _read(types.uint64, 1)
_AXES = [_WHOLES, _WHOLES, _LINE, _read(types.boolean, 1), _TABLE, _TABLE, _read(types.int64, 2), _TABLE]
_PLACES = types.Array(types.float64, 2, "C")


@numba.njit(
    [types.void(rows, *_AXES, _PLACES) for rows in (_read(types.float32, 2), _TABLE)], cache=True, nogil=True
)
def scale_rows(stored, starts, firsts, weights, positive, straight, tables, where, bounds, places):
    """Put every row on every axis; NaN where only the exact form can tell."""
    for axis in range(places.shape[1]):
        begin, end, first = starts[axis], starts[axis + 1], firsts[axis]
        table, pieces, lowest = where[axis, 0], where[axis, 1], where[axis, 2]
        shift, slope, least, most = straight[axis, 0], straight[axis, 1], bounds[axis, 0], bounds[axis, 1]
        above_zero = positive[axis]
        for row in range(places.shape[0]):
            value, _ = _mix(stored, row, first, weights, begin, end)
            if not abs(value) <= _FINITE or (above_zero and value <= 0):
                places[row, axis] = np.nan
            else:
                place = _look_up(value, table, pieces, lowest, tables) if pieces else shift + slope * value
                places[row, axis] = _bound(place, least, most)
