r"""Flow cytometry: stem cells and progenitors among viable nucleated cells.

Counts are relative to health, as the model has them: S stem cells, P progenitors, M maturing cells of all
clones. Progenitors and maturing cells share what lets them multiply, so their numbers are made up for as in
`remnant.dynamics.model.observables`; a share l of a marrow are other cells, whose number does not change::

    up(y) = (1 + c) y / (1 + c y)
    N     = l + (1 - l) up(M)                                 nucleated cells
    x     = s C / (s C + (1 - s) N),   C = S or up(P)         s: the share in health
    k     ~ BetaBinomial(n, x A, (1 - x) A)

which is the law of one population in the Dirichlet-multinomial of `remnant.observation.events` with
concentration A. The share in health differs between patients, gates and laboratories, so what is learnt is
how the frequency changes. c = 10 and l = 0.15 are choices.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from remnant.dynamics.model.priors import Prior
from remnant.observation.likelihood.compartments import BULK, PROGENITORS, STEM, Values, cells
from remnant.observation.likelihood.counted import Rows, draw, log_chance, observed, pad
from remnant.observation.likelihood.number import Number

__all__ = ["Rows", "log_likelihood", "numbers", "observed", "pad", "seen", "simulate"]

SHARE = {STEM: "frequencies.stem", PROGENITORS: "frequencies.progenitor"}
CONCENTRATION = "frequencies.concentration"
COMPENSATION, OTHER_CELLS = 10.0, 0.15
NOTE = "among viable nucleated cells in health"
IN_HEALTH = {
    STEM: Prior(
        *("stem", "-", "lognormal", 8e-4, 0.7, 0.0, 0.5),
        source="CD34+ CD38-/low CD90+ cells of adult marrow",
        mark="from memory",
        note=NOTE,
    ),
    PROGENITORS: Prior(
        *("progenitor", "-", "lognormal", 0.02, 0.6, 0.0, 0.9),
        source="CD34+ CD38+ cells of adult marrow",
        mark="from memory",
        note=NOTE,
    ),
}


def numbers(kinds: Collection[int] = (STEM, PROGENITORS)) -> tuple[Number, ...]:
    """Return what counts leave unknown: each patient's share in health, and how far tubes scatter."""
    note = "a tube behaves as if mixed from so many cells"
    scatter = Prior("concentration", "cells", "lognormal", 1e4, 1.0, source="weak", note=note)
    own = tuple(Number(SHARE[kind], IN_HEALTH[kind], "patient") for kind in sorted(kinds))
    return (*own, Number(CONCENTRATION, scatter, "shared"))


def _made_up(y: Array) -> Array:
    return (1 + COMPENSATION) * y / (1 + COMPENSATION * y)


def seen(states: Array, values: Values, rows: Rows) -> Array:
    """Return the expected share of nucleated cells, shape (rows,)."""
    all_cells = cells(states).sum(1)
    nucleated = OTHER_CELLS + (1 - OTHER_CELLS) * _made_up(all_cells[:, BULK])
    relative = jnp.stack([all_cells[:, STEM], _made_up(all_cells[:, PROGENITORS])], axis=-1)
    share = jnp.stack([jnp.asarray(values.get(name, 0.0)) for name in SHARE.values()])[rows.kind]
    here = share * relative[rows.time, rows.kind]
    return jnp.asarray(here / (here + (1 - share) * nucleated[rows.time]))


def log_likelihood(states: Array, values: Values, rows: Rows) -> Array:
    """Return the log chance of each count, shape (rows,)."""
    return log_chance(rows, seen(states, values, rows), values[CONCENTRATION])


_seen = jax.jit(seen)


def simulate(states: Any, values: Values, rows: Rows, *, rng: np.random.Generator) -> Rows:
    """Draw the cells of each row; all else stays."""
    return draw(rows, _seen(states, values, rows), values[CONCENTRATION], rng=rng)
