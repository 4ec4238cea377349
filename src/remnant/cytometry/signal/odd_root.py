"""Invert a scale that is odd about its zero: function(t) = |x|, then t takes the sign of x."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Beyond what a float can hold a scale is infinite, and a share too small to hold is 0: no warning.
unbounded = np.errstate(over="ignore", divide="ignore")
_STEPS = 200  # Newton needs about 8; more would be a bug


def solve_odd(target: Floats, function: Callable[[Floats], tuple[Floats, Floats]], above: Floats) -> Floats:
    """Solve function(t) = |target| by Newton's method and give t the sign of `target`.

    Parameters
    ----------
    target : ndarray
        Values; NaN stays NaN, and an infinite value has an infinite t.
    function : callable
        Value and slope at t >= 0; 0 at 0 and rising, and convex but for rounding.
    above : ndarray
        t at or above the solution, from where Newton's method falls towards it.

    Returns
    -------
    ndarray
        t, right to a few units of rounding.
    """
    y = np.where(np.isfinite(target), np.abs(target), 0.0)
    t = np.where(np.isfinite(target), above, 0.0)
    for _ in range(_STEPS):
        value, slope = function(t)
        step = (value - y) / slope
        # A value that has arrived stays where it is: its root must not depend on those beside it.
        moving = np.abs(step) > 1e-15 * (1 + np.abs(t))
        if not moving.any():
            break
        t = np.where(moving, t - step, t)
    solved = np.where(np.isfinite(target), t, np.abs(target))
    return np.asarray(np.copysign(solved, target))
