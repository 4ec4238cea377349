"""Climbing a likelihood by Newton steps that are halved until they climb, and how far its top reaches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from remnant.stats.numerics.arrays import FloatArray

Objective: TypeAlias = Callable[[FloatArray], tuple[float, FloatArray, FloatArray]]
"""From a point to the value, its slope and its information there."""

STEPS = 100
LONGEST = 5.0  # per standard deviation of a covariate: a longer step is a leap in the dark


@dataclass(frozen=True)
class Top:
    """Where a climb ended.

    Parameters
    ----------
    point, slope : ndarray, shape (p,)
    value : float
    information : ndarray, shape (p, p)
    converged : bool
        Whether the steps shrank to nothing. Where a likelihood rises for ever they do not: each is as long
        as the last, while the value no longer changes.
    """

    point: FloatArray
    value: float
    slope: FloatArray
    information: FloatArray
    converged: bool


def climb(
    objective: Objective, start: FloatArray, *, fixed: int | None = None, tolerance: float = 1e-11
) -> Top:
    """Maximise `objective`.

    Parameters
    ----------
    objective : callable
        As in `Objective`.
    start : ndarray, shape (p,)
        First guess.
    fixed : int, optional
        A coordinate that stays where it is.
    tolerance : float
        Length of the last step, where converged.
    """
    free = np.array([place for place in range(start.size) if place != fixed], int)
    point = np.array(start, float)
    value, slope, information = objective(point)
    for _ in range(STEPS):
        if not free.size or not np.isfinite(value):
            return Top(point, value, slope, information, not free.size)
        step = np.zeros(point.size)
        step[free] = _newton(information[np.ix_(free, free)], slope[free])
        length = float(np.abs(step).max())
        if length <= tolerance * (1 + float(np.abs(point).max())):
            return Top(point, value, slope, information, True)
        longest = LONGEST + float(np.abs(point).max())
        climbed = _climbed(objective, point, value, step * min(1.0, longest / length))
        if climbed is None:
            # Nothing higher is to be found: at the top to rounding, or on a ridge that has become flat.
            return Top(point, value, slope, information, length <= 1e-6 * (1 + float(np.abs(point).max())))
        point, (value, slope, information) = climbed
    return Top(point, value, slope, information, False)


def _newton(information: FloatArray, slope: FloatArray) -> FloatArray:
    try:
        return np.asarray(np.linalg.solve(information, slope))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(information, slope, rcond=None)[0])


def _climbed(
    objective: Objective, point: FloatArray, value: float, step: FloatArray
) -> tuple[FloatArray, tuple[float, FloatArray, FloatArray]] | None:
    for halving in range(40):
        there = point + step / 2.0**halving
        with np.errstate(all="ignore"):
            found = objective(there)
        if np.isfinite(found[0]) and np.isfinite(found[2]).all() and found[0] >= value - 1e-13 * abs(value):
            return there, found
    return None


def profile_limit(
    objective: Objective, top: Top, place: int, drop: float, towards: float, step: float
) -> float:
    """Value of one coordinate at which the likelihood, maximised over all others, has fallen by `drop`.

    Solved on the signed root of the fall, which is nearly a straight line; the slope of a profile is the
    slope of the likelihood at its top. Infinite where the likelihood never falls so far.

    Parameters
    ----------
    objective : callable
        As in `Objective`.
    top : Top
        The maximum, or the highest that was reached where it rises for ever.
    place : int
        Which coordinate.
    drop : float
        How far to fall, above 0.
    towards : float
        +1 for the upper limit, -1 for the lower.
    step : float
        A first guess of the distance, above 0.
    """
    inside, outside = float(top.point[place]), np.inf * towards
    guess, start, root = inside + towards * step, top.point, np.sqrt(drop)
    for _ in range(80):
        begin = start.copy()
        begin[place] = guess
        here = climb(objective, begin, fixed=place, tolerance=1e-7)
        start, fall = here.point, max(top.value - here.value, 0.0)
        if fall < drop:
            inside = guess
        else:
            outside = guess
        gap = np.sqrt(fall) - root
        with np.errstate(all="ignore"):
            newton = guess + gap * 2 * np.sqrt(fall) / here.slope[place]
        if fall < 1e-3 * drop:
            newton = np.nan  # as good as flat: the slope does not say where it ends
        if np.isfinite(newton) and abs(newton - guess) <= 1e-6 * (1 + abs(guess)):
            return float(newton)
        between = min(inside, outside) < newton < max(inside, outside)
        if not np.isfinite(newton) or not between:
            far = inside + towards * 2 * max(step, abs(inside - float(top.point[place])))
            newton = (inside + outside) / 2 if np.isfinite(outside) else far
        elif not np.isfinite(outside):
            newton = inside + np.clip(newton - inside, -20 * step, 20 * step)
        if abs(newton) > 1e3:
            return float(np.inf * towards)
        guess = float(newton)
    return guess
