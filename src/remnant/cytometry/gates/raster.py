"""A polygon as a grid of cells: surely outside, surely inside, or touched by an edge.

A cell is called in or out only if no edge comes near it, so that an event in it needs no more than a
look-up; an event in any other cell is judged by the exact winding test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.gates.membership import IN, OUT, UNDECIDED
from remnant.cytometry.gates.polygon import within_polygon

Floats = NDArray[np.float64]
CELLS = 256  # a side: 64 KiB, which stays in the cache


@dataclass(frozen=True, eq=False)
class Raster:
    """Codes of the cells of a grid over the bounding box of a polygon, with a cell to spare all round.

    Parameters
    ----------
    codes : ndarray of uint8, shape (CELLS, CELLS)
        By y, then x: `OUT`, `IN` or `UNDECIDED`.
    origin : ndarray, shape (2,)
        Lower left corner, on the scale of the gate.
    per_cell : ndarray, shape (2,)
        Cells per unit of each axis.
    """

    codes: NDArray[np.uint8]
    origin: Floats
    per_cell: Floats


def rasterise(vertices: Floats, slack: Floats) -> Raster | None:
    """Lay a grid over a polygon.

    Parameters
    ----------
    vertices : ndarray, shape (vertices, 2)
        In order; the last joins the first.
    slack : ndarray, shape (2,)
        How far from its true place an event may be looked up, on each axis.

    Returns
    -------
    Raster or None
        None where the polygon is too flat to lay a grid over.
    """
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    size = high - low
    if not (np.all(np.isfinite(size)) and np.all(size > CELLS * 8 * slack)):
        return None
    per_cell = (CELLS - 2) / size
    origin = low - 1 / per_cell
    corners = (vertices - origin) * per_cell
    pad = slack * per_cell + 1e-6  # in cells; the rest is for rounding
    codes = np.zeros((CELLS, CELLS), dtype=np.uint8)
    _mark_edges(codes, corners, pad)
    _fill(codes, corners)
    return Raster(codes, origin, per_cell)


def _mark_edges(codes: NDArray[np.uint8], corners: Floats, pad: Floats) -> None:
    """Mark every cell that an edge, widened by `pad`, touches: band by band of y, clipped to the band."""
    start, end = corners, np.roll(corners, -1, axis=0)
    bottom, top = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    edge, band = _expand(_cell(bottom - pad[1]), _cell(top + pad[1]))
    (x1, y1), (x2, y2) = start[edge].T, end[edge].T
    rise = y2 - y1
    level = rise == 0
    safe = np.where(level, 1.0, rise)
    # Where along its edge the band begins and ends; an edge along the band lies in it whole.
    first = np.where(level, 0.0, np.clip((band - pad[1] - y1) / safe, 0, 1))
    last = np.where(level, 1.0, np.clip((band + 1 + pad[1] - y1) / safe, 0, 1))
    ends = x1 + (x2 - x1) * np.stack([first, last])
    part, column = _expand(_cell(ends.min(axis=0) - pad[0]), _cell(ends.max(axis=0) + pad[0]))
    codes[band[part], column] = UNDECIDED


def _cell(place: Floats) -> NDArray[np.intp]:
    return np.clip(np.floor(place), 0, CELLS - 1).astype(np.intp)


def _expand(first: NDArray[np.intp], last: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """List the whole numbers from each `first` to its `last`, and whose they are."""
    lengths = last - first + 1
    owner = np.repeat(np.arange(len(first)), lengths)
    begins = np.cumsum(lengths) - lengths
    return owner, np.arange(len(owner)) - begins[owner] + first[owner]


def _fill(codes: NDArray[np.uint8], corners: Floats) -> None:
    """Judge one cell of every run that no edge interrupts; its neighbours in the run are as it is."""
    clear = codes != UNDECIDED
    begins = clear.copy()
    begins[:, 1:] &= ~clear[:, :-1]
    y, x = np.nonzero(begins)
    if not len(x):
        return
    inside = within_polygon(x.astype(float) + 0.5, y.astype(float) + 0.5, corners)
    run = np.cumsum(begins.ravel()).reshape(codes.shape) - 1
    codes[clear] = np.where(inside, IN, OUT)[run[clear]]
