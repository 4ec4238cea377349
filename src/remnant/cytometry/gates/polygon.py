"""Which points lie in a polygon, edges and vertices included."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EDGE_ULPS = 8  # an event this close to an edge, in units of rounding error, is on it
_BANDS = 512  # of a polygon with many edges: a point is compared with those that its band meets
_MANY_EDGES = 128
_PAIRS = 1 << 16  # of a point and an edge, compared at once


def within_polygon(x: Floats, y: Floats, vertices: Floats) -> NDArray[np.bool_]:
    """Even-odd test: a point is inside if the polygon winds around it an odd number of times.

    Where a polygon overlaps itself twice, it has a hole: so Gating-ML counts (its case Polygon3NS).

    Parameters
    ----------
    x, y : ndarray, shape (events,)
        Coordinates; NaN is outside.
    vertices : ndarray, shape (vertices, 2)
        In order; the last joins the first.

    Returns
    -------
    ndarray of bool, shape (events,)

    References
    ----------
    Sunday (2001), "Inclusion of a point in a polygon" (the side of an edge by a cross product).
    """
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    near = np.flatnonzero((x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]))
    starts, ends = vertices, np.roll(vertices, -1, axis=0)
    inside = np.zeros(len(x), dtype=bool)
    if len(vertices) <= _MANY_EDGES or not high[1] > low[1]:
        inside[near] = _wind(x[near], y[near], starts, ends)
        return inside
    # Only an edge that reaches the height of a point can pass it or hold it.
    cuts = np.linspace(low[1], high[1], _BANDS + 1)[1:-1]
    first = np.searchsorted(cuts, np.minimum(starts[:, 1], ends[:, 1]), side="left")
    last = np.searchsorted(cuts, np.maximum(starts[:, 1], ends[:, 1]), side="right")
    band = np.searchsorted(cuts, y[near], side="right")
    order = np.argsort(band, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(band[order])) + 1):
        if len(rows):
            meets = (first <= band[rows[0]]) & (last >= band[rows[0]])
            points = near[rows]
            inside[points] = _wind(x[points], y[points], starts[meets], ends[meets])
    return inside


def _wind(x: Floats, y: Floats, starts: Floats, ends: Floats) -> NDArray[np.bool_]:
    """Count how often edges pass points, the ones above to the right against the ones to the left."""
    winding = np.zeros(len(x), dtype=np.int64)
    on_edge = np.zeros(len(x), dtype=bool)
    step = max(_PAIRS // max(len(x), 1), 1)
    for first in range(0, len(starts), step):
        (x1, y1), (x2, y2) = (part[first : first + step].T[:, :, None] for part in (starts, ends))
        left, right = (x2 - x1) * (y - y1), (x - x1) * (y2 - y1)
        side = left - right
        on_line = np.abs(side) <= EDGE_ULPS * np.finfo(float).eps * (np.abs(left) + np.abs(right))
        beside = (x >= np.minimum(x1, x2)) & (x <= np.maximum(x1, x2))
        beside &= (y >= np.minimum(y1, y2)) & (y <= np.maximum(y1, y2))
        on_edge |= (on_line & beside).any(axis=0)
        winding += ((y1 <= y) & (y2 > y) & (side > 0)).sum(axis=0)
        winding -= ((y1 > y) & (y2 <= y) & (side < 0)).sum(axis=0)
    return np.asarray(on_edge | (winding % 2 != 0))
