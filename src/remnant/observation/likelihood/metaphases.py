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

from typing import Any, NamedTuple

import numpy as np
from jax import Array
from numpy.typing import NDArray

from remnant.dynamics.model.priors import Prior
from remnant.observation.likelihood.compartments import BULK, Values, clone_fractions
from remnant.observation.likelihood.mass import beta_binomial, draw_beta_binomial
from remnant.observation.likelihood.number import Number, number
from remnant.observation.likelihood.padding import pad_rows

OTHERS, DISPERSION = "metaphases.others", "metaphases.dispersion"


class Rows(NamedTuple):
    """One karyotype in each row; arrays of shape (rows,)."""

    time: Any
    weight: Any
    abnormal: Any
    scored: Any


def numbers() -> tuple[Number, ...]:
    """Return what karyotypes leave unknown, the same for all patients of a laboratory."""
    others = Prior(
        *("others", "-", "beta", 1.0, 9.0),
        source="most laboratories do not stimulate lymphocytes of a marrow",
        note="share of metaphases outside the lineages of the clone",
    )
    note = "two metaphases of a culture agree like 1 / (1 + phi)"
    dispersion = Prior("dispersion", "-", "lognormal", 60.0, 0.7, source="weak", note=note)
    return number(OTHERS, others, "shared"), number(DISPERSION, dispersion, "shared")


def seen(states: Array, values: Values, rows: Rows) -> Array:
    """Return the expected share of metaphases with the clone, shape (rows,)."""
    return clone_fractions(states)[rows.time, BULK] * (1 - values[OTHERS])


def log_likelihood(states: Array, values: Values, rows: Rows) -> Array:
    """Return the log chance of each karyotype, shape (rows,); arguments as in `slides.log_likelihood`."""
    chance = seen(states, values, rows)
    return rows.weight * beta_binomial(rows.abnormal, rows.scored, chance, values[DISPERSION])


def observed(rows: Rows) -> NDArray[np.float64]:
    """Return the share of metaphases with the clone, shape (rows,)."""
    return np.asarray(rows.abnormal, float) / np.maximum(np.asarray(rows.scored, float), 1)


def simulate(states: Any, values: Values, rows: Rows, *, rng: np.random.Generator) -> Rows:
    """Draw the metaphases of each row; all else stays."""
    chance = np.asarray(seen(states, values, rows))
    return rows._replace(abnormal=draw_beta_binomial(rows.scored, chance, float(values[DISPERSION]), rng=rng))


def pad(rows: Rows, size: int) -> Rows:
    """Add rows of weight 0 up to `size`."""
    return pad_rows(rows, size)
