"""Histogram of DNA, which old instruments record in a few hundred whole numbers.

Bins narrower than a channel would hold one number or none, and a smooth density could not be fitted. Each
number stands for a channel of values, so its events are spread evenly over that channel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_REPEATED = 0.5  # as many different values per event and fewer are whole numbers of something


def histogram(values: Floats, edges: Floats) -> Floats:
    """Count values in bins.

    Parameters
    ----------
    values : ndarray, shape (events,)
        Finite.
    edges : ndarray, shape (bins + 1,)
        Rising.

    Returns
    -------
    ndarray, shape (bins,)
        Whole counts for continuous values; parts of events where channels are wider than bins.

    Examples
    --------
    >>> histogram(np.array([1.0, 1.0, 1.0, 1.0, 2.0, 2.0]), np.array([0.5, 1.0, 1.5, 2.5]))
    array([2., 2., 2.])
    """
    different, counts = np.unique(values, return_counts=True)
    if len(different) < 2 or len(different) > _REPEATED * len(values):
        return np.histogram(values, edges)[0].astype(float)
    half = float(np.diff(different).min()) / 2
    places = np.column_stack([different - half, different + half]).ravel()
    after = np.cumsum(counts)
    below = np.column_stack([after - counts, after]).ravel()
    return np.asarray(np.diff(np.interp(edges, places, below.astype(float))))
