r"""Cell cycle: stem cells in G0 among those with a phase.

    k ~ BetaBinomial(n, x phi, (1 - x) phi),   x = sum_c Q_c / sum_c (Q_c + A_c)

The quiescent stem cells of the model are taken to be those in G0 by Ki67 or Pyronin Y, over all clones: a
choice, since a cell that has just left G0 may not divide for weeks. Progenitors have no quiescent state in
the model, so their phases say nothing here.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from remnant.dynamics.model.priors import Prior
from remnant.observation.likelihood.compartments import Values, resting_fraction
from remnant.observation.likelihood.counted import Rows, draw, log_chance, observed, pad
from remnant.observation.likelihood.number import Number

__all__ = ["Rows", "log_likelihood", "numbers", "observed", "pad", "seen", "simulate"]

DISPERSION = "cycle.dispersion"


def numbers() -> tuple[Number, ...]:
    """Return what phases leave unknown: how far tubes differ by more than chance."""
    note = "two cells of a tube agree like 1 / (1 + phi)"
    prior = Prior("dispersion", "-", "lognormal", 60.0, 0.7, source="weak", note=note)
    return (Number(DISPERSION, prior, "shared"),)


def seen(states: Array, values: Values, rows: Rows) -> Array:  # noqa: ARG001
    """Return the expected share of stem cells in G0, shape (rows,)."""
    return jnp.asarray(resting_fraction(states)[rows.time])


def log_likelihood(states: Array, values: Values, rows: Rows) -> Array:
    """Return the log chance of each count, shape (rows,); arguments as in `slides.log_likelihood`."""
    return log_chance(rows, seen(states, values, rows), values[DISPERSION])


_seen = jax.jit(seen)


def simulate(states: Any, values: Values, rows: Rows, *, rng: np.random.Generator) -> Rows:
    """Draw the cells in G0 of each row; all else stays."""
    return draw(rows, _seen(states, values, rows), values[DISPERSION], rng=rng)
