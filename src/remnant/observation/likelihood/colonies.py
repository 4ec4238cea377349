r"""Typed colonies: k of n are of the clone, whose cells found colonies with another chance than normal ones.

    x = f rho / (f rho + 1 - f),   k ~ Binomial(n, x)

with f the clone fraction of the compartment that was plated, and rho = e_m / e_n colonies per cell of the
clone over those of a normal cell, the same in all patients: a clone that plates poorly is under-stated. It is
the law of `remnant.observation.colonies`. How many colonies grew says how good a plate was, and is not used.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from remnant.dynamics.model.priors import Prior
from remnant.observation.likelihood.compartments import Values, clone_fractions
from remnant.observation.likelihood.counted import Rows, observed, pad
from remnant.observation.likelihood.mass import binomial
from remnant.observation.likelihood.number import Number

__all__ = ["Rows", "log_likelihood", "numbers", "observed", "pad", "seen", "simulate"]

PLATING = "colonies.clone_plating"


def numbers() -> tuple[Number, ...]:
    """Return what colonies leave unknown: how well the clone plates, relative to normal cells."""
    note = "colonies per cell of the clone, over those of a normal cell"
    prior = Prior("clone_plating", "-", "lognormal", 0.7, 0.5, source="weak", note=note)
    return (Number(PLATING, prior, "shared"),)


def seen(states: Array, values: Values, rows: Rows) -> Array:
    """Return the expected share of clonal colonies, shape (rows,)."""
    fraction = clone_fractions(states)[rows.time, rows.kind]
    founders = fraction * values[PLATING]
    return jnp.asarray(founders / (founders + 1 - fraction))


def log_likelihood(states: Array, values: Values, rows: Rows) -> Array:
    """Return the log chance of the typed colonies of each row, shape (rows,)."""
    return jnp.asarray(rows.weight * binomial(rows.count, rows.total, seen(states, values, rows)))


_seen = jax.jit(seen)


def simulate(states: Any, values: Values, rows: Rows, *, rng: np.random.Generator) -> Rows:
    """Draw the clonal colonies of each row; all else stays."""
    share = np.clip(np.asarray(_seen(states, values, rows)), 0, 1)
    return rows._replace(count=rng.binomial(np.asarray(rows.total, int), share).astype(float))
