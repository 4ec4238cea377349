"""Many roots at once: Newton steps that a shrinking bracket keeps honest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from remnant.stats.numerics.arrays import FloatArray

STEPS = 200  # halving alone needs about 60 for a bracket of 1; Newton needs about 6


def falling_root(
    function: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
    low: FloatArray,
    high: FloatArray,
    *,
    start: FloatArray | None = None,
    tolerance: float = 4e-16,
) -> FloatArray:
    """Find where each falling function crosses zero.

    Parameters
    ----------
    function : callable
        Takes an array shaped like `low`; returns the values there and their slopes.
    low, high : ndarray
        Brackets: every value is >= 0 at `low` and <= 0 at `high`.
    start : ndarray, optional
        First guesses, inside the brackets; their middles by default.
    tolerance : float
        Relative size of the last step, absolute below 1. A function that is itself rounded cannot be followed
        to the last digit, so it should not be asked to.

    Returns
    -------
    ndarray
        Roots, to the last digits that the function itself supports.
    """
    low, high = np.array(low, float), np.array(high, float)
    x = (low + high) / 2 if start is None else np.clip(start, low, high)
    done = np.zeros(x.shape, bool)
    for _ in range(STEPS):
        value, slope = function(x)
        low, high = np.where(value >= 0, x, low), np.where(value <= 0, x, high)
        near = tolerance * np.maximum(1.0, np.abs(x))
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            newton = x - value / slope
            # A root that was reached stays: rounding may throw its next step out of the bracket, and halving
            # that would begin again from afar.
            reached = np.abs(newton - x) <= near
            inside = reached | ((newton > low) & (newton < high))
        step = np.where(done, x, np.where(inside, newton, (low + high) / 2))
        done |= reached | (np.abs(step - x) <= near) | (high <= low)
        x = step
        if np.all(done):
            break
    return x
