"""A transform as a table: a quadratic on each of 64 pieces of every octave, chosen by the bits of the value.

The exponent and the first bits of the mantissa of a number say in which piece it lies, so that no search
and no logarithm is needed, and the pieces widen with the value as a logicle scale does. The largest error
is measured when the table is made; a transform that the table cannot follow has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, inf, log2

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.signal.transform import Linear, Transform

Floats = NDArray[np.float64]
LARGEST_ERROR = 1e-7  # on the scale of display, where the whole axis is about 1
PIECE_BITS = 6  # 64 pieces an octave
SHIFT = 52 - PIECE_BITS  # bits of a double that do not choose the piece
OCTAVES_ABOVE_TOP = 5  # values beyond 32 T are transformed exactly: hardly any instrument has them
_LEAST_OCTAVES = 40  # below the top, at most; a scale that still bends there is left to the exact form
_NODES = np.cos(np.pi * (2 * np.arange(3) + 1) / 6)  # Chebyshev: the error is spread evenly over a piece
_CHECKS = np.linspace(-1, 1, 9)
_SAFETY = 1.5  # the checks lie beside the worst points, not on them


@dataclass(frozen=True, eq=False)
class Lookup:
    """The table of one transform.

    Parameters
    ----------
    table : ndarray, shape (2 (pieces + 1), 4)
        Rows of centre, c0, c1, c2: y = c0 + d (c1 + d c2) with d = x - centre. First the piece next to
        zero and the others upwards, then the same for negative values. NaN where the exact form is needed.
    first : int
        Number of the lowest piece: the bits of its lower end, shifted by `SHIFT`.
    error : float
        Largest distance from the exact transform, at most `LARGEST_ERROR`.
    """

    table: Floats
    first: int
    error: float

    @property
    def pieces(self) -> int:
        """Pieces on one side, without the one next to zero."""
        return len(self.table) // 2 - 1

    def forward(self, values: Floats) -> Floats:
        """Transform values by the table; NaN where the exact form is needed, and where a value is NaN."""
        x = np.asarray(values, float)
        piece = (np.abs(x).view(np.int64) >> SHIFT) - (self.first - 1)
        beyond = (piece > self.pieces) | ~np.isfinite(x)
        row = np.where(beyond, 0, np.maximum(piece, 0)) + (x < 0) * (self.pieces + 1)
        centre, c0, c1, c2 = self.table[row].T
        d = x - centre
        return np.where(beyond, np.nan, c0 + d * (c1 + d * c2))


@lru_cache(maxsize=256)
def look_up(transform: Transform) -> Lookup | None:
    """Make the table of a transform; None for a linear one, and where a table cannot follow it."""
    if isinstance(transform, Linear):
        return None
    top = float(np.asarray(transform.inverse(1.0)))
    if not 0 < top < inf:
        return None
    highest = ceil(log2(top)) + OCTAVES_ABOVE_TOP
    lowest = _lowest_octave(transform, highest)
    first = np.array(2.0**lowest).view(np.int64).item() >> SHIFT
    starts = (np.arange(((highest - lowest) << PIECE_BITS) + 1) + first) << SHIFT
    edges = np.concatenate([[0.0], starts.astype(np.int64).view(np.float64)])
    table, error = _fit(
        transform, np.concatenate([edges[:-1], -edges[:-1]]), np.concatenate([edges[1:], -edges[1:]])
    )
    table.flags.writeable = False
    return Lookup(table, first, error) if error <= LARGEST_ERROR else None


def _lowest_octave(transform: Transform, highest: int) -> int:
    """Find the octave below which the scale is all but straight, so that one piece holds it."""
    octaves = np.arange(highest - OCTAVES_ABOVE_TOP, highest - _LEAST_OCTAVES, -1)
    ends = 2.0**octaves
    table = _pieces(transform, np.concatenate([np.zeros_like(ends)] * 2), np.concatenate([ends, -ends]))
    errors = _errors(transform, *table).reshape(2, -1).max(axis=0)
    good = np.flatnonzero(errors <= LARGEST_ERROR / 10)
    return int(octaves[good[0]]) if len(good) else int(octaves[-1])


def _fit(transform: Transform, begin: Floats, end: Floats) -> tuple[Floats, float]:
    """Fit every piece; pieces on which the transform is not defined are NaN and have no error."""
    table, half = _pieces(transform, begin, end)
    errors = _errors(transform, table, half)
    unusable = ~np.isfinite(errors)
    # Next to zero a logarithm falls without end: left to the exact form, as is what lies below.
    near_zero = np.isclose(np.abs(table[:, 0]), np.abs(half)) & (errors * _SAFETY > LARGEST_ERROR)
    table[unusable | near_zero] = np.nan
    usable = errors[~(unusable | near_zero)]
    return table, float(usable.max(initial=0.0)) * _SAFETY if len(usable) else inf


def _pieces(transform: Transform, begin: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Interpolate each piece at three nodes, by divided differences about its centre."""
    centre, half = (begin + end) / 2, (end - begin) / 2
    d = half[:, None] * _NODES
    y = transform.forward(centre[:, None] + d)
    first = (y[:, 1] - y[:, 0]) / (d[:, 1] - d[:, 0])
    second = (y[:, 2] - y[:, 1]) / (d[:, 2] - d[:, 1])
    c2 = (second - first) / (d[:, 2] - d[:, 0])
    c1 = first - c2 * (d[:, 0] + d[:, 1])
    c0 = y[:, 0] - d[:, 0] * (c1 + d[:, 0] * c2)
    return np.column_stack([centre, c0, c1, c2]), half


def _errors(transform: Transform, table: Floats, half: Floats) -> Floats:
    """Largest error of each piece at the points of check; NaN where the transform is not defined."""
    centre, c0, c1, c2 = table.T[:, :, None]
    d = half[:, None] * _CHECKS
    return np.asarray(np.abs(c0 + d * (c1 + d * c2) - transform.forward(centre + d)).max(axis=1))
