"""A series that should not change: how far its values lie off, at a stated chance of any false alarm.

Values x_1 .. x_n share a centre and, if nothing changes, scatter around it as independent normals. The scale
is taken from successive differences, which a slow drift or a step hardly touches: a scale of the values
themselves would grow with the drift that it is to find.

References
----------
von Neumann (1941) Ann Math Stat 12:367-395 (successive differences).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from remnant.stats.numerics.arrays import FloatArray

MAD_TO_SD = 1.4826022185056018  # 1 / (quantile 0.75 of the normal)
_FREEDOM = 0.35  # degrees of freedom of the scale per value; found by simulation, see its test


def successive_scale(series: npt.ArrayLike) -> FloatArray:
    """Standard deviation of each series from the median of its successive differences.

    Parameters
    ----------
    series : array-like, shape (..., n)
        At least 3 values; NaN is left out.

    Returns
    -------
    ndarray, shape (...)
        Where most differences are 0, as of coarse integers, the root of their mean square instead.
    """
    steps = np.abs(np.diff(np.asarray(series, float), axis=-1))
    robust = MAD_TO_SD * np.nanmedian(steps, axis=-1) / np.sqrt(2)
    plain = np.sqrt(np.nanmean(steps**2, axis=-1) / 2)
    return np.asarray(np.where(robust > 0, robust, plain))


def deviations(series: npt.ArrayLike) -> FloatArray:
    """How many standard deviations each value lies from the median of its series; 0 where nothing varies."""
    values = np.asarray(series, float)
    away = values - np.nanmedian(values, axis=-1, keepdims=True)
    scale = successive_scale(values)[..., None]
    return np.asarray(np.divide(away, scale, out=np.zeros_like(away), where=scale > 0))


def alarms(
    series: npt.ArrayLike, known: npt.ArrayLike, *, together: int, false_alarm: float
) -> npt.NDArray[np.bool_]:
    """Say which values lie off, for a series whose scatter by chance alone is known.

    A value is off if it lies beyond the limit on both scales: that of chance, which no series can beat, and
    that of the successive differences, by which a restless series is judged more gently.

    Parameters
    ----------
    series : array-like, shape (n,)
        Values; NaN is never off.
    known : array-like, broadcastable to (n,)
        Standard deviation of each by chance alone.
    together : int
        Series that share the chance of a false alarm.
    false_alarm : float
        Chance of any alarm, in (0, 1).

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    values = np.asarray(series, float)
    number = len(values)
    away = np.abs(values - np.nanmedian(values))
    # The centre is a median of the same values, with pi / 2n of the variance of one.
    chance = np.asarray(known, float) * np.sqrt(1 + np.pi / (2 * number))
    tail = false_alarm / (2 * number * together)
    by_chance = away > -ndtri(tail) * chance
    restless = away > limit(number, together, false_alarm=false_alarm) * successive_scale(values)
    return np.asarray(by_chance & restless)


def limit(values: int, series: int, *, false_alarm: float) -> float:
    """Deviation that no value of unchanged series exceeds, except with probability `false_alarm`.

    Bonferroni over every value of every series, on Student's t, since the scale is itself an estimate.

    Parameters
    ----------
    values : int
        Values in each series.
    series : int
        Series looked at together.
    false_alarm : float
        Chance of any alarm, in (0, 1).

    Examples
    --------
    >>> limit(100, 1, false_alarm=0.05) < limit(100, 12, false_alarm=0.05) < limit(20, 12, false_alarm=0.05)
    True
    """
    tail = false_alarm / (2 * values * series)
    return float(-stdtrit(_FREEDOM * values, tail))
