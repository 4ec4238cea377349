"""Exact decimals as whole numbers: a column of typed values times one power of ten (OR1)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from remnant.response.rules.thresholds import Threshold, exact

# 64-bit integers, or Python's own of any size, as objects, where values have too many digits for those.
Whole = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]

LEAST_PLACES, MOST_PLACES = 2, 10
# Up to 15 digits a decimal reads as one double, and no other decimal of so many digits does. One digit less
# leaves 64 bits room for a mean of 90 values in per cent.
SAFE = 10**14
LEAST_SCALE = 10**LEAST_PLACES  # every published limit is whole in hundredths


def scaled(values: npt.NDArray[np.float64]) -> tuple[Whole, int]:
    """Return what was typed as whole numbers, and the scale that they are in.

    The decimal that was typed is the shortest that reads back as the double: where a whole number r of at
    most 15 digits has r / 10^k equal to the double, in correctly rounded division, r / 10^k is that decimal.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Finite.

    Returns
    -------
    whole : ndarray of int, shape (n,)
        `values` times the scale, exactly; Python integers where 64 bits are too few.
    scale : int
        The power of ten.

    Examples
    --------
    >>> scaled(np.array([8.2, 9.949]))
    (array([8200, 9949]), 1000)
    """
    for places in range(LEAST_PLACES, MOST_PLACES + 1):
        whole = np.rint(values * 10.0**places)
        if (np.abs(whole) >= SAFE).any():
            break
        if (whole / 10.0**places == values).all():
            return whole.astype(np.int64), 10**places
    return whole_of([exact(value) for value in values.tolist()])


def whole_of(numbers: Sequence[Fraction]) -> tuple[Whole, int]:
    """Return exact numbers as whole numbers of the finest part among them."""
    scale = lcm(LEAST_SCALE, *(number.denominator for number in numbers))
    whole = [int(number * scale) for number in numbers]
    small = max(map(abs, whole), default=0) < SAFE
    return np.array(whole, np.int64 if small else object), scale


def meets(limit: Threshold, values: Whole, scale: int | Whole = 1) -> Bools:
    """Say which of `values` / `scale` meet a limit, exactly; `scale` is above zero."""
    ours, theirs = values * limit.limit.denominator, limit.limit.numerator * scale
    match limit.operator:
        case ">=":
            met = ours >= theirs
        case ">":
            met = ours > theirs
        case "<=":
            met = ours <= theirs
        case "<":
            met = ours < theirs
    return np.asarray(met, bool)
