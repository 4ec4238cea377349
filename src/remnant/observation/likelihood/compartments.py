r"""Which cells an assay looks at: clone fractions of stem cells, progenitors and maturing cells.

    stem = Q + A,   progenitor = P,   bulk = mean of M1..Mk
    f    = (malignant + resistant) / all,   of each kind

A whole marrow also holds cells of no lineage that the clone can make, mostly lymphocytes: the clone is then
(1 - lymphoid) f of it. del(5q) spares mature lymphocytes of most patients; a clone that makes them too is
under-stated by this, which the prior of "fish.lymphoid" lets the data say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from remnant.dynamics.model.parameters import ACTIVE, MALIGNANT, MATURE, PROGENITOR, QUIESCENT, RESISTANT
from remnant.dynamics.model.priors import Prior
from remnant.observation.likelihood.number import Number

Values = Mapping[str, Any]  # name of a number to its value in one patient

STEM, PROGENITORS, BULK = range(3)
KINDS = {"stem": STEM, "progenitor": PROGENITORS, "bulk": BULK}
LYMPHOID = Number(
    "fish.lymphoid",
    Prior(
        *("lymphoid", "-", "logit-normal", -1.7, 0.5),
        source="lymphocytes are 10 to 25 % of nucleated cells of an adult marrow",
        mark="from memory",
        note="share of whole-marrow cells outside the lineages of the clone",
    ),
    "patient",
)
TINY = 1e-200


def cells(states: Array) -> Array:
    """Count cells by clone and kind.

    Parameters
    ----------
    states : Array, shape (times, 3, 3 + stages)
        Clones by compartments, in healthy pools.

    Returns
    -------
    Array, shape (times, 3, 3)
        Clones by (stem, progenitor, bulk), at least 0.
    """
    y = jnp.asarray(states)
    kinds = y[..., QUIESCENT] + y[..., ACTIVE], y[..., PROGENITOR], y[..., MATURE:].mean(-1)
    return jnp.maximum(jnp.stack(kinds, axis=-1), 0.0)


def share(part: Array, whole: Array) -> Array:
    """Divide, in [0, 1]; where there is no cell at all, a half without a slope."""
    there = whole > TINY
    return jnp.where(there, jnp.clip(part / jnp.where(there, whole, 1.0), 0.0, 1.0), 0.5)


def clone_fractions(states: Array) -> Array:
    """Return the clone's share of each kind, shape (times, 3), in [0, 1]."""
    each = cells(states)
    return share(each[:, MALIGNANT:].sum(1), each.sum(1))


def resistant_fraction(states: Array) -> Array:
    """Return the resistant clone's share of maturing cells, shape (times,)."""
    each = cells(states)[..., BULK]
    return share(each[:, RESISTANT], each.sum(1))


def resting_fraction(states: Array) -> Array:
    """Return the quiescent share of stem cells of all clones, shape (times,)."""
    y = jnp.maximum(jnp.asarray(states), 0.0)
    return share(y[..., QUIESCENT].sum(1), y[..., :PROGENITOR].sum((1, 2)))


def lymphoid(values: Values) -> Any:
    """Return the share of a whole marrow that is outside the clone's lineages; 0 where it is not modelled."""
    return values.get(LYMPHOID.name, 0.0)
