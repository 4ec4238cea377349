"""Colony assays: cells of each clone found colonies with their own chance, and some colonies are typed.

Colonies are Poisson(cells (f e_m + (1 - f) e_n)), with e the plating efficiency of clonal and normal cells.
A typed colony is clonal with probability f e_m / (f e_m + (1 - f) e_n): a clone that plates poorly is
under-stated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.stats.numerics import log_mass

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Plating:
    """Colonies per cell plated, of normal and of clonal cells."""

    normal: float
    clone: float


def colony_rate(fraction: ArrayLike, plating: Plating) -> Array:
    """Colonies per cell plated, when `fraction` of the cells are of the clone."""
    clone = np.asarray(fraction, float)
    return clone * plating.clone + (1 - clone) * plating.normal


def clonal_probability(fraction: ArrayLike, plating: Plating) -> Array:
    """Chance that a colony is of the clone; needs at least one kind that plates."""
    return np.asarray(fraction, float) * plating.clone / colony_rate(fraction, plating)


def simulate(
    fraction: float, cells: float, typed: int, plating: Plating, *, rng: np.random.Generator
) -> tuple[int, int, int]:
    """Draw colonies, how many were typed (at most `typed`), and how many of those are of the clone."""
    colonies = int(rng.poisson(cells * colony_rate(fraction, plating)))
    picked = min(colonies, typed)
    return colonies, picked, int(rng.binomial(picked, clonal_probability(fraction, plating)))


def log_likelihood(
    colonies: ArrayLike,
    typed: ArrayLike,
    abnormal: ArrayLike,
    fraction: ArrayLike,
    cells: ArrayLike,
    plating: Plating,
) -> Array:
    """Log-probability of `colonies`, and of `abnormal` among the `typed`, shape (...)."""
    expected = np.asarray(cells, float) * colony_rate(fraction, plating)
    counted = log_mass.poisson(colonies, expected)
    picked, clonal = np.asarray(typed, float), np.asarray(abnormal, float)
    return counted + log_mass.binomial(clonal, picked, clonal_probability(fraction, plating))
