"""Poisson counts: exact limits of a mean, and of the ratio of two."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv

from remnant.stats.fractions.proportion import clopper_pearson
from remnant.stats.numerics.arrays import FloatArray


def garwood(count: npt.ArrayLike, *, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Exact two-sided limits of the mean behind `count`.

    Parameters
    ----------
    count : array-like of int
        Events counted, >= 0.
    confidence : float, default 0.95
        Coverage, at least this for every mean, in (0, 1).

    Returns
    -------
    lower, upper : ndarray
        In events; divide by the exposure for a rate.

    References
    ----------
    Garwood (1936) Biometrika 28:437-442, doi:10.1093/biomet/28.3-4.437.

    Examples
    --------
    >>> lower, upper = garwood(10)
    >>> round(float(lower), 2), round(float(upper), 2)
    (4.8, 18.39)
    """
    count = _events(count)
    tail = (1 - confidence) / 2
    lower = np.where(count == 0, 0.0, gammaincinv(np.where(count == 0, 1.0, count), tail))
    return lower, np.asarray(gammaincinv(count + 1, 1 - tail))


def upper_bound(count: npt.ArrayLike, *, confidence: float = 0.95) -> FloatArray:
    """Exact one-sided upper limit of the mean; 3.00 events for none seen at 95 %."""
    return np.asarray(gammaincinv(_events(count) + 1, confidence))


def zero_bound(exposure: npt.ArrayLike, *, confidence: float = 0.95, sides: int = 1) -> FloatArray:
    """Upper limit of a rate of which nothing was seen: 3.00 over the exposure, or 3.69 as one of two limits.

    Parameters
    ----------
    exposure : array-like
        What was looked through, above 0: cells, or a volume.
    confidence : float, default 0.95
        Coverage, in (0, 1).
    sides : {1, 2}
        1 for a bound by itself; 2 for the upper limit of a two-sided interval.

    Examples
    --------
    >>> float(zero_bound(1).round(2)), float(zero_bound(1, sides=2).round(2))
    (3.0, 3.69)
    """
    assert sides in (1, 2), "a limit has one side or two"
    return np.asarray(-np.log((1 - confidence) / sides) / np.asarray(exposure, float))


def ratio(
    first: npt.ArrayLike,
    first_exposure: npt.ArrayLike,
    second: npt.ArrayLike,
    second_exposure: npt.ArrayLike,
    *,
    confidence: float = 0.95,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Ratio of two rates, first over second, with exact limits.

    Given their sum the first count is binomial, with a probability that holds only the ratio; so the
    limits are those of Clopper and Pearson, carried over.

    Returns
    -------
    ratio, lower, upper : ndarray
        Infinite where the second count is 0; without any event the limits are 0 and infinity, and the
        ratio, which nothing supports, is NaN.

    References
    ----------
    Przyborowski & Wilenski (1940) Biometrika 31:313-323, doi:10.1093/biomet/31.3-4.313.
    """
    x, y = _events(first), _events(second)
    total = x + y
    lower, upper = clopper_pearson(
        np.where(total > 0, x, 0), np.where(total > 0, total, 1), confidence=confidence
    )
    upper = np.where(total > 0, upper, 1.0)
    per = np.asarray(second_exposure, float) / np.asarray(first_exposure, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return per * x / y, per * lower / (1 - lower), per * upper / (1 - upper)


def _events(count: npt.ArrayLike) -> FloatArray:
    events = np.asarray(count, float)
    assert np.all(events >= 0), "a count is at least 0"
    return events
