"""Limiting dilution with typed wells: two kinds of founder, each Poisson, grow in the same well.

A well of d cells holds Poisson(f_n d) normal and Poisson(f_m d) clonal colony founders, and shows which kinds
it has, not how many. So a plate says how frequent functional stem cells of each kind are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, xlogy

Array = NDArray[np.float64]

NEGATIVE, NORMAL_ONLY, CLONE_ONLY, BOTH = range(4)


def well_probabilities(normal: ArrayLike, clone: ArrayLike, dose: ArrayLike) -> Array:
    """Chance of each kind of well.

    Parameters
    ----------
    normal, clone : array_like, shape (...)
        Founders per cell plated, f_n and f_m.
    dose : array_like, shape (..., doses)
        Cells per well, d.

    Returns
    -------
    ndarray, shape (..., doses, 4)
        Negative, normal only, clone only, both; sums to 1.
    """
    cells = np.asarray(dose, float)
    no_normal = np.exp(-np.asarray(normal, float)[..., None] * cells)
    no_clone = np.exp(-np.asarray(clone, float)[..., None] * cells)
    kinds = [
        no_normal * no_clone,
        (1 - no_normal) * no_clone,
        no_normal * (1 - no_clone),
        (1 - no_normal) * (1 - no_clone),
    ]
    return np.stack(kinds, axis=-1)


def simulate(
    normal: ArrayLike, clone: ArrayLike, dose: ArrayLike, wells: ArrayLike, *, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw the wells of each kind, shape (..., doses, 4), in the order of `well_probabilities`."""
    chances = well_probabilities(normal, clone, dose)
    return rng.multinomial(np.broadcast_to(wells, chances.shape[:-1]), chances)


def log_likelihood(counts: ArrayLike, normal: ArrayLike, clone: ArrayLike, dose: ArrayLike) -> Array:
    """Log-probability of typed wells `counts`, shape (..., doses, 4); sums over doses."""
    kinds = np.asarray(counts, float)
    chances = well_probabilities(normal, clone, dose)
    ways = gammaln(kinds.sum(axis=-1) + 1) - gammaln(kinds + 1).sum(axis=-1)
    return np.asarray((ways + xlogy(kinds, chances).sum(axis=-1)).sum(axis=-1))
