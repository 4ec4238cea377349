r"""One vector for patients and their population, standard normal before the data but for what is centred.

A number j that each patient i has of his own is known by its standard normal score (`scores`),

    u_ij = SHIFT m_j + g_j z_ij,   g_j = SPREAD exp(SPREAD_SD w_j),   m_j, w_j, z_ij ~ N(0, 1):

m_j moves the median patient, w_j widens or narrows the differences between patients. SPREAD is such that u_ij
has variance 1: a patient of a population of which nothing is known has the preset's law. So SHIFT^2 = 0.36 of
the prior variance is what is not known of the population, the rest lies between patients.

The vector holds z where a patient's counts say little (non-centred). Of a number that they fix, z would lie
on a thin curved ridge with m and w, on which no sampler gets along; there the vector holds u itself
(centred), with the density of u given m and w.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

SHIFT = 0.6
SPREAD_SD = 0.3
SPREAD = float(np.sqrt((1 - SHIFT**2) * np.exp(-2 * SPREAD_SD**2)))


CENTRED = frozenset(
    {
        "start.fraction",
        "start.resistant",
        "active_kill",
        "fish.lymphoid",
        "blood.haemoglobin",
        "blood.erythroid_efficacy",
        "blood.erythroid_compensation",
        "transcripts.scale",
    }
)  # fixed by a few slides, counts of blood or transcripts; by full name, or by that of an effect of any drug


@dataclass(frozen=True)
class Layout:
    """Where everything stands in the flat vector: shifts, log spreads, shared scores, then patients' own.

    Parameters
    ----------
    own, shared, patients : int
        Numbers that each patient has, numbers that all share, and patients.
    centred : tuple of int
        Which of the patients' own numbers stand as u.
    """

    own: int
    shared: int
    patients: int
    centred: tuple[int, ...] = ()

    @property
    def population(self) -> int:
        """Count what comes before the patients' own scores."""
        return 2 * self.own + self.shared

    @property
    def size(self) -> int:
        """Length of the vector."""
        return self.population + self.patients * self.own

    def split(self, x: Any) -> tuple[Any, Any, Any, Any]:
        """Return shifts m (..., own), log spreads w, shared scores and z (..., patients, own)."""
        shift, spread, shared, own = self._blocks(x)
        which = list(self.centred)
        if which:
            gap = own[..., which] - SHIFT * shift[..., None, which]
            own = jnp.asarray(own).at[..., which].set(gap / spread_of(spread[..., None, which]))
        return shift, spread, shared, own

    def join(self, standard: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the vector of standard normal m, w, shared scores and z, laid out alike, (..., size)."""
        shift, spread, _, own = self._blocks(standard)
        which = list(self.centred)
        u = np.asarray(own_scores(shift, spread, own))
        own = own.copy()
        own[..., which] = u[..., which]
        rows = own.reshape(*standard.shape[:-1], self.patients * self.own)
        return np.concatenate([standard[..., : self.population], rows], axis=-1)

    def log_prior(self, x: Any) -> Array:
        """Return the log density of a vector before the data."""
        shift, spread, shared, own = self.split(x)
        square = sum(jnp.sum(part**2) for part in (shift, spread, shared, own))
        scale = self.patients * jnp.sum(jnp.log(spread_of(spread[..., list(self.centred)])))
        return jnp.asarray(-0.5 * square - 0.5 * self.size * np.log(2 * np.pi) - scale)

    def _blocks(self, x: Any) -> tuple[Any, Any, Any, Any]:
        k, end = self.own, self.population
        own = x[..., end:].reshape(*x.shape[:-1], self.patients, k)
        return x[..., :k], x[..., k : 2 * k], x[..., 2 * k : end], own


def spread_of(w: Any) -> Array:
    """Return the standard deviation between patients of a score, from its own score w."""
    return SPREAD * jnp.exp(SPREAD_SD * w)


def own_scores(shift: Any, spread: Any, own: Any) -> Array:
    """Return the scores u of patients, shape (..., patients, own)."""
    return jnp.asarray(SHIFT * shift[..., None, :] + spread_of(spread)[..., None, :] * own)
