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

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from remnant.dynamics.deterministic.precision import assert_double
from remnant.dynamics.model.priors import Prior
from remnant.observation.likelihood.compartments import BULK, PROGENITORS, STEM, Values, clone_fractions
from remnant.observation.likelihood.mass import log_choose, log_gamma
from remnant.observation.likelihood.number import Number
from remnant.observation.likelihood.padding import pad_rows

PREFIX = {STEM: "wells", PROGENITORS: "wells.progenitor", BULK: "wells.bulk"}
# Founders per normal cell plated, about: long-term culture of sorted stem cells, of CD34+ cells, of marrow.
MEDIAN = {STEM: 0.05, PROGENITORS: 0.005, BULK: 1e-4}
GROWS_POORLY = 0.5  # founders per cell of the clone, over those of a normal cell, in median

NONE = 1e-100  # founders in a well that holds none: its logarithm is then far below any other, and a number


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


def hits(states: Array, values: Values, rows: Rows) -> tuple[Array, Array]:
    """Return the normal and the clonal founders expected in a well, each of shape (rows,)."""
    fraction = clone_fractions(states)[rows.time, rows.kind]
    normal = (1 - fraction) * _founders("normal", values, rows) * rows.dose
    return jnp.asarray(normal), jnp.asarray(fraction * _founders("clone", values, rows) * rows.dose)


def _log_growth(founders: Array) -> Array:
    """Log chance of at least one of so many expected founders."""
    return jnp.log(-jnp.expm1(-jnp.maximum(founders, NONE)))


def _log_kinds(normal: Array, clone: Array) -> Array:
    """Log chance of the three kinds of a positive well, shape (rows, 3)."""
    first, second = _log_growth(normal), _log_growth(clone)
    kinds = jnp.stack([first - clone, second - normal, first + second], axis=-1)
    return jnp.asarray(kinds - _log_growth(normal + clone)[:, None])


def log_likelihood(states: Array, values: Values, rows: Rows) -> Array:
    """Return the log chance of the wells of each row, shape (rows,)."""
    assert_double()
    normal, clone = hits(states, values, rows)
    grown = rows.positive * _log_growth(normal + clone) - (rows.tested - rows.positive) * (normal + clone)
    ways = log_gamma(rows.typed.sum(-1) + 1.0) - log_gamma(rows.typed + 1.0).sum(-1)
    kinds = ways + jnp.sum(rows.typed * _log_kinds(normal, clone), axis=-1)
    return jnp.asarray(rows.weight * (log_choose(rows.tested, rows.positive) + grown + kinds))


def seen(states: Array, values: Values, rows: Rows) -> Array:
    """Return the expected share of positive wells, shape (rows,)."""
    return -jnp.expm1(-sum(hits(states, values, rows)))


def observed(rows: Rows) -> NDArray[np.float64]:
    """Return the share of positive wells, shape (rows,)."""
    tested = np.asarray(rows.tested, dtype=np.float64)
    return np.asarray(np.asarray(rows.positive, dtype=np.float64) / np.maximum(tested, 1))


_hits = jax.jit(hits)


def simulate(states: Any, values: Values, rows: Rows, *, rng: np.random.Generator) -> Rows:
    """Draw the wells of each row; of the positive ones as large a part is typed as was."""
    normal, clone = _hits(states, values, rows)
    positive = rng.binomial(np.asarray(rows.tested, int), -np.expm1(-np.asarray(normal + clone)))
    picked = np.rint(np.asarray(rows.part) * positive).astype(int)
    kinds = np.exp(np.asarray(_log_kinds(normal, clone)))
    typed = rng.multinomial(picked, kinds / kinds.sum(1, keepdims=True))
    return rows._replace(positive=positive.astype(float), typed=typed.astype(float))


def pad(rows: Rows, size: int) -> Rows:
    """Add rows of weight 0 up to `size`."""
    return pad_rows(rows, size)
