r"""Conventional karyotype: k of n metaphases carry the clone's marker.

Metaphases of an unstimulated marrow culture are of cells that still divide there: precursors of red cells,
granulocytes and platelets, which the model counts as maturing cells. So with f the clone fraction of maturing
cells, and o the share of metaphases outside the clone's lineages (lymphocytes, where the culture was
stimulated, and stroma),

    k ~ BetaBinomial(n, x phi, (1 - x) phi),   x = (1 - o) f

since the metaphases of one culture descend from few cells and agree more than chance. o belongs to the
laboratory and its culture. As phi grows, this is the law of `remnant.observation.metaphases`.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from remnant.dynamics.model.priors import Prior
from remnant.observation.likelihood.compartments import BULK, Values, clone_fractions
from remnant.observation.likelihood.counted import Rows, draw, log_chance, observed, pad
from remnant.observation.likelihood.number import Number

__all__ = ["Rows", "log_likelihood", "numbers", "observed", "pad", "seen", "simulate"]

OTHERS, DISPERSION = "metaphases.others", "metaphases.dispersion"


def numbers() -> tuple[Number, ...]:
    """Return what karyotypes leave unknown, the same for all patients of a laboratory."""
    others = Prior(
        *("others", "-", "beta", 1.0, 9.0),
        source="most laboratories do not stimulate lymphocytes of a marrow",
        note="share of metaphases outside the lineages of the clone",
    )
    note = "two metaphases of a culture agree like 1 / (1 + phi)"
    dispersion = Prior("dispersion", "-", "lognormal", 60.0, 0.7, source="weak", note=note)
    return Number(OTHERS, others, "shared"), Number(DISPERSION, dispersion, "shared")


def seen(states: Array, values: Values, rows: Rows) -> Array:
    """Return the expected share of metaphases with the clone, shape (rows,)."""
    return jnp.asarray(clone_fractions(states)[rows.time, BULK] * (1 - values[OTHERS]))


def log_likelihood(states: Array, values: Values, rows: Rows) -> Array:
    """Return the log chance of each karyotype, shape (rows,); arguments as in `slides.log_likelihood`."""
    return log_chance(rows, seen(states, values, rows), values[DISPERSION])


_seen = jax.jit(seen)


def simulate(states: Any, values: Values, rows: Rows, *, rng: np.random.Generator) -> Rows:
    """Draw the metaphases of each row; all else stays."""
    return draw(rows, _seen(states, values, rows), values[DISPERSION], rng=rng)
