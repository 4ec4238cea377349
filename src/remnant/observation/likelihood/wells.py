r"""Limiting dilution: wells of d cells, in which founders of each kind are Poisson and grow side by side.

    p_n = 1 - exp(-(1 - f) e_n d),   p_m = 1 - exp(-f e_m d)

are the chances that a well holds normal and clonal colonies, with f the clone fraction of the compartment and
e_n, e_m founders per cell of each kind. A well is positive with chance p = 1 - (1 - p_n)(1 - p_m). Of wells
tested, and of positive wells that were typed,

    positive ~ Binomial(tested, p)
    (normal only, clone only, both) ~ Multinomial(typed, (p_n (1 - p_m), (1 - p_n) p_m, p_n p_m) / p)

so an untyped plate tells of growth alone. Where every positive well was typed this is the law of
`remnant.observation.dilution`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from remnant.dynamics.model.priors import Prior
from remnant.observation.likelihood.compartments import BULK, PROGENITORS, STEM, Values, clone_fractions
from remnant.observation.likelihood.mass import binomial, multinomial
from remnant.observation.likelihood.number import Number
from remnant.observation.likelihood.padding import pad_rows

PREFIX = {STEM: "wells", PROGENITORS: "wells.progenitor", BULK: "wells.bulk"}
# Founders per normal cell plated, about: long-term culture of sorted stem cells, of CD34+ cells, of marrow.
MEDIAN = {STEM: 0.05, PROGENITORS: 0.005, BULK: 1e-4}
GROWS_POORLY = 0.5  # founders per cell of the clone, over those of a normal cell, in median

NONE = 1e-100  # chance of growth below which kinds are alike, so that none divides by 0


class Rows(NamedTuple):
    """One dose of a plate in each row; arrays of shape (rows,), `typed` (rows, 3).

    `typed` counts positive wells with normal colonies only, with colonies of the clone only, and with both;
    `part` is the share of positive wells that the laboratory types.
    """

    time: Any
    weight: Any
    kind: Any
    dose: Any
    tested: Any
    positive: Any
    typed: Any
    part: Any


def numbers(kinds: Collection[int] = (STEM,)) -> tuple[Number, ...]:
    """Return what plates leave unknown: founders per cell of each compartment that was plated."""
    found: list[Number] = []
    for kind in sorted(kinds):
        for name, part in (("normal", 1.0), ("clone", GROWS_POORLY)):
            centre, note = MEDIAN[kind] * part, f"founders per {name} cell plated"
            source = "about one in 20 sorted stem cells, fewer elsewhere"
            prior = Prior(
                *(name, "per cell", "lognormal", centre, 1.0, 0.0, 1.0, source, "from memory"), note=note
            )
            found.append(Number(f"{PREFIX[kind]}.{name}", prior, "shared"))
    return tuple(found)


def _founders(name: str, values: Values, rows: Rows) -> Array:
    """Return founders per cell of each row; a compartment without plates has none, and no row."""
    by_kind = jnp.stack([jnp.asarray(values.get(f"{PREFIX[kind]}.{name}", 0.0)) for kind in PREFIX])
    return by_kind[rows.kind]


def growth(states: Array, values: Values, rows: Rows) -> tuple[Array, Array]:
    """Return the chance of normal and of clonal colonies in a well, each of shape (rows,)."""
    fraction = clone_fractions(states)[rows.time, rows.kind]
    normal = (1 - fraction) * _founders("normal", values, rows) * rows.dose
    clone = fraction * _founders("clone", values, rows) * rows.dose
    return jnp.asarray(-jnp.expm1(-normal)), jnp.asarray(-jnp.expm1(-clone))


def _kinds(normal: Array, clone: Array) -> Array:
    """Return the chances of the three kinds of a positive well, shape (rows, 3); they sum to 1."""
    kinds = jnp.stack([normal * (1 - clone), (1 - normal) * clone, normal * clone], axis=-1)
    return jnp.asarray((kinds + NONE / 3) / (kinds.sum(-1, keepdims=True) + NONE))


def log_likelihood(states: Array, values: Values, rows: Rows) -> Array:
    """Return the log chance of the wells of each row, shape (rows,)."""
    normal, clone = growth(states, values, rows)
    grown = binomial(rows.positive, rows.tested, normal + clone - normal * clone)
    return jnp.asarray(rows.weight * (grown + multinomial(rows.typed, _kinds(normal, clone))))


def seen(states: Array, values: Values, rows: Rows) -> Array:
    """Return the expected share of positive wells, shape (rows,)."""
    normal, clone = growth(states, values, rows)
    return jnp.asarray(normal + clone - normal * clone)


def observed(rows: Rows) -> NDArray[np.float64]:
    """Return the share of positive wells, shape (rows,)."""
    tested = np.asarray(rows.tested, dtype=np.float64)
    return np.asarray(np.asarray(rows.positive, dtype=np.float64) / np.maximum(tested, 1))


def simulate(states: Any, values: Values, rows: Rows, *, rng: np.random.Generator) -> Rows:
    """Draw the wells of each row; of the positive ones as large a part is typed as was."""
    normal, clone = growth(states, values, rows)
    chance = np.clip(np.asarray(normal + clone - normal * clone), 0, 1)
    positive = rng.binomial(np.asarray(rows.tested, int), chance)
    picked = np.rint(np.asarray(rows.part) * positive).astype(int)
    typed = rng.multinomial(picked, np.asarray(_kinds(normal, clone)))
    return rows._replace(positive=positive.astype(float), typed=typed.astype(float))


def pad(rows: Rows, size: int) -> Rows:
    """Add rows of weight 0 up to `size`."""
    return pad_rows(rows, size)
