r"""One vector for patients and their population, standard normal before the data.

A number j that each patient i has of his own is known by its standard normal score (`scores`),

    u_ij = SHIFT m_j + g_j z_ij,   g_j = SPREAD exp(SPREAD_SD w_j),   m_j, w_j, z_ij ~ N(0, 1),

non-centred: m_j moves the median patient, w_j widens or narrows the differences between patients. SPREAD is
such that u_ij has variance 1: a patient of a population of which nothing is known has the preset's law. So
SHIFT^2 = 0.36 of the prior variance is what is not known of the population, the rest lies between patients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

SHIFT = 0.6
SPREAD_SD = 0.3
SPREAD = float(np.sqrt((1 - SHIFT**2) * np.exp(-2 * SPREAD_SD**2)))


@dataclass(frozen=True)
class Layout:
    """Where everything stands in the flat vector: shifts, log spreads, shared scores, then patients' own.

    Parameters
    ----------
    own, shared, patients : int
        Numbers that each patient has, numbers that all share, and patients.
    """

    own: int
    shared: int
    patients: int

    @property
    def population(self) -> int:
        """Count what comes before the patients' own scores."""
        return 2 * self.own + self.shared

    @property
    def size(self) -> int:
        """Length of the vector."""
        return self.population + self.patients * self.own

    def split(self, x: Any) -> tuple[Any, Any, Any, Any]:
        """Return shifts m (..., own), log spreads w, shared scores and own z (..., patients, own)."""
        k, end = self.own, self.population
        own = x[..., end:].reshape(*x.shape[:-1], self.patients, k)
        return x[..., :k], x[..., k : 2 * k], x[..., 2 * k : end], own


def spread_of(w: Any) -> Array:
    """Return the standard deviation between patients of a score, from its own score w."""
    return SPREAD * jnp.exp(SPREAD_SD * w)


def own_scores(shift: Any, spread: Any, own: Any) -> Array:
    """Return the scores u of patients, shape (..., patients, own)."""
    return jnp.asarray(SHIFT * shift[..., None, :] + spread_of(spread)[..., None, :] * own)
