r"""Counts k of n around an expected share: what several assays have in common.

k ~ BetaBinomial(n, x phi, (1 - x) phi)
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from remnant.observation.likelihood.mass import beta_binomial, draw_beta_binomial
from remnant.observation.likelihood.padding import pad_rows


class Rows(NamedTuple):
    """One count in each row; arrays of shape (rows,).

    `time` is the place of its day among the days of the evidence, `weight` 1, or 0 on a row that fills up;
    `kind` is what was counted, as the assay says; `count` of `total` cells, reads or colonies.
    """

    time: Any
    weight: Any
    kind: Any
    count: Any
    total: Any


def log_chance(rows: Rows, share: Array, phi: Array | float) -> Array:
    """Return the log chance of each row around its expected share, shape (rows,)."""
    return jnp.asarray(rows.weight * beta_binomial(rows.count, rows.total, share, phi))


def observed(rows: Rows) -> NDArray[np.float64]:
    """Return the share that was counted, shape (rows,)."""
    total = np.asarray(rows.total, dtype=np.float64)
    return np.asarray(np.asarray(rows.count, dtype=np.float64) / np.maximum(total, 1))


def draw(rows: Rows, share: Any, phi: Any, *, rng: np.random.Generator) -> Rows:
    """Return the same rows with counts drawn around the expected share."""
    return rows._replace(count=draw_beta_binomial(rows.total, np.asarray(share), float(phi), rng=rng))


def pad(rows: Rows, size: int) -> Rows:
    """Add rows of weight 0 up to `size`."""
    return pad_rows(rows, size)
