"""Limits of a sum of independent estimates from the limits of each, without assuming that any is normal.

Each estimate's own limits say how far it may err on either side; independent errors add as squares.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def limits_of_sum(value: npt.ArrayLike, lower: npt.ArrayLike, upper: npt.ArrayLike) -> tuple[float, float]:
    """Limits of the sum of independent estimates (method of variance estimates recovery).

    Parameters
    ----------
    value, lower, upper : array-like, shape (estimates,)
        Each with its own limits, all at the same coverage; lower <= value <= upper.

    Returns
    -------
    lower, upper : float

    References
    ----------
    Zou & Donner (2008) Stat Med 27:1693-1702, doi:10.1002/sim.3095.

    Examples
    --------
    >>> limits_of_sum([10.0, 0.0], [7.0, -4.0], [16.0, 8.0])
    (5.0, 20.0)
    """
    middle, low, high = (np.asarray(x, float) for x in (value, lower, upper))
    assert np.all((low <= middle) & (middle <= high)), "an estimate lies within its limits"
    total = middle.sum()
    below, above = np.sqrt(np.sum((middle - low) ** 2)), np.sqrt(np.sum((high - middle) ** 2))
    return float(total - below), float(total + above)
