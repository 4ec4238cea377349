"""Which points lie in a polygon, edges and vertices included."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EDGE_ULPS = 8  # an event this close to an edge, in units of rounding error, is on it


def within_polygon(
    x: NDArray[np.float64], y: NDArray[np.float64], vertices: NDArray[np.float64]
) -> NDArray[np.bool_]:
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
    """
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    near = np.flatnonzero((x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]))
    px, py = x[near], y[near]
    winding = np.zeros(len(near), dtype=np.int64)
    on_edge = np.zeros(len(near), dtype=bool)
    for (x1, y1), (x2, y2) in zip(vertices, np.roll(vertices, -1, axis=0), strict=True):
        left, right = (x2 - x1) * (py - y1), (px - x1) * (y2 - y1)
        side = left - right
        tolerance = EDGE_ULPS * np.finfo(float).eps * (np.abs(left) + np.abs(right))
        on_line = np.abs(side) <= tolerance
        beside = (px >= min(x1, x2)) & (px <= max(x1, x2)) & (py >= min(y1, y2)) & (py <= max(y1, y2))
        on_edge |= on_line & beside
        winding += (y1 <= py) & (y2 > py) & (side > 0)
        winding -= (y1 > py) & (y2 <= py) & (side < 0)
    inside = np.zeros(len(x), dtype=bool)
    inside[near] = on_edge | (winding % 2 != 0)
    return inside
