"""Many cubic splines side by side on one even grid, each read at its own places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from remnant.stats.numerics.arrays import FloatArray


@dataclass(frozen=True)
class Columns:
    """Cubic splines side by side on one even grid, read at angles of their own.

    Parameters
    ----------
    start, step : float
        Of the even grid of angles.
    coefficients : ndarray, shape (order, cells, columns)
        Of each polynomial, highest power first.
    """

    start: float
    step: float
    coefficients: FloatArray

    @classmethod
    def through(cls, angles: FloatArray, values: FloatArray) -> Columns:
        """Fit `values`, shape (angles, columns)."""
        return cls(
            float(angles[0]), float(angles[1] - angles[0]), np.asarray(CubicSpline(angles, values, axis=0).c)
        )

    def integral(self) -> Columns:
        """Return the running integral of each column, from the first angle."""
        order = np.arange(len(self.coefficients), 0, -1)[:, None, None]
        c = self.coefficients / order
        area = np.cumsum((c * self.step**order).sum(0), axis=0)
        start = np.concatenate([np.zeros((1, area.shape[1])), area[:-1]])
        return Columns(self.start, self.step, np.concatenate([c, start[None]]))

    def every(self, stride: int) -> Columns:
        """Return every so many-th column."""
        thinned = np.ascontiguousarray(self.coefficients[:, :, ::stride])
        return Columns(self.start, self.step, thinned)

    def __call__(self, angle: FloatArray) -> FloatArray:
        """Value of each column at its own angles, shape (..., columns); constant beyond the ends.

        A density is below 1e-15 at an end, or ends there because the quarter turn does.
        """
        order, cells, columns = self.coefficients.shape
        place = (angle - self.start) / self.step
        np.clip(place, 0.0, float(cells), out=place)
        cell = np.minimum(place.astype(np.intp), cells - 1)
        place -= cell
        place *= self.step
        # One flat index for all powers: `take` reads it several times faster than a pair of indices.
        flat = self.coefficients.reshape(order, -1)
        cell *= columns
        cell += np.arange(columns)
        value = flat[0].take(cell)
        for power in flat[1:]:
            value *= place
            value += power.take(cell)
        return np.asarray(value)
