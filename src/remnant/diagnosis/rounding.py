"""Rounding to two decimals as the published IPSS-M was rounded."""

from __future__ import annotations

import numpy as np

from remnant.stats.numerics.arrays import FloatArray


def to_hundredths(number: FloatArray) -> FloatArray:
    """Round to the nearer of the two neighbouring hundredths; of two as near, to the even one.

    The distances are those of binary numbers: 0.285 is stored beneath 0.285 and goes down. Rounding the
    decimal that was typed, or `numpy.round`, which multiplies first, gives another hundredth now and then,
    and the category of a risk score hangs on it.

    Parameters
    ----------
    number : ndarray
        Of moderate size: a number above 1e13 has no hundredths to round to.

    Returns
    -------
    ndarray
        Of the same shape, never a negative zero; NaN stays NaN.

    References
    ----------
    Maechler (2020) Rounding to decimal digits in binary, the algorithm `r3d.C`, which is R's since 4.0.0.

    Examples
    --------
    >>> to_hundredths(np.array([0.285, 2.675, -0.125, -0.001])).tolist()
    [0.28, 2.67, -0.12, 0.0]
    """
    size = np.abs(number)
    hundredths = np.floor(100 * size)
    down, up = hundredths / 100, np.ceil(100 * size) / 100
    to_up, to_down = up - size, size - down
    goes_up = (to_up < to_down) | ((to_up == to_down) & (hundredths % 2 == 1))
    # Adding zero turns a negative zero, which would be printed with its sign, into zero.
    rounded: FloatArray = np.copysign(np.where(goes_up, up, down), number) + 0.0
    return rounded
