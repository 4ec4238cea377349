"""Where a cloud of values lies, whatever a few outliers do: Huber's M-estimator, with its standard error.

It solves sum psi((x - m) / s) = 0 with psi clipped at +-k and s the median absolute deviation.

References
----------
Huber (1964) Ann Math Stat 35:73-101, doi:10.1214/aoms/1177703732.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CLIP = 1.345  # 95 % as efficient as the mean on normal values
MAD_TO_SIGMA = 1.482602218505602  # 1 / the third quartile of the standard normal
_STEPS = 50
_TOLERANCE = 1e-9
_HALF = 0.5


def spread(values: Floats) -> Floats:
    """Median absolute deviation of each column, as a standard deviation; shape (columns,)."""
    apart = np.abs(values - np.median(values, axis=0))
    return np.asarray(MAD_TO_SIGMA * np.median(apart, axis=0))


def locate(values: Floats) -> tuple[Floats, Floats]:
    """Locate each column of `values`.

    Parameters
    ----------
    values : ndarray, shape (n, columns)
        Finite; at least 2 rows.

    Returns
    -------
    location, standard_error : ndarray, shape (columns,)
        The error is that of the sandwich, s^2 mean(psi^2) / (n mean(psi')^2).
    """
    location, scale = np.median(values, axis=0), spread(values)
    # Where more than half of the values are one, the median alone would decide.
    rounding = 1e-12 * np.maximum(np.abs(location), 1)
    scale = np.where(scale > rounding, scale, np.maximum(np.std(values, axis=0), rounding))
    for _ in range(_STEPS):
        # Newton: psi' is 1 within the clip, where by the choice of the scale at least half of the values lie.
        apart = (values - location) / scale
        inside = np.maximum(np.mean(np.abs(apart) <= CLIP, axis=0), _HALF)
        step = scale * np.mean(np.clip(apart, -CLIP, CLIP), axis=0) / inside
        location = location + step
        if np.all(np.abs(step) <= _TOLERANCE * scale):
            break
    apart = (values - location) / scale
    inside = np.maximum(np.mean(np.abs(apart) <= CLIP, axis=0), _HALF)
    squared = np.mean(np.clip(apart, -CLIP, CLIP) ** 2, axis=0)
    error = scale * np.sqrt(squared / len(values)) / inside
    return location, error
