r"""Transcripts of the clone in blood, in per cent of a control gene, on a logarithmic scale.

A cell of the clone has one copy of the fusion gene, and a normal cell two of the control gene (Michor 2005,
supplement). With L and N the maturing cells of the clone and the normal ones, and z the patient's scale,

    mu = log10(100 L / (L + 2 N)) + z
    y  = mu + e,   e ~ (1 - 0.05) Normal(0, sigma) + 0.05 Normal(0, 4 sigma)

so that one stray sample does not bend a course. A value below detection is known to lie below its limit: it
enters by the chance of that, the same mixture of normal distribution functions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import log_ndtr
from numpy.typing import NDArray

from remnant.dynamics.deterministic.precision import assert_double
from remnant.dynamics.model.parameters import MALIGNANT, NORMAL
from remnant.dynamics.model.priors import Prior
from remnant.observation.likelihood.compartments import BULK, TINY, Values, cells
from remnant.observation.likelihood.number import Number
from remnant.observation.likelihood.padding import pad_rows

SCALE, SPREAD = "transcripts.scale", "transcripts.spread"
STRAY, STRAY_SPREAD = 0.05, 4.0  # share of stray samples, and their spread relative to the others
ANY = -99.0  # limit of a value that would have been detected at any level


class Rows(NamedTuple):
    """One sample in each row; arrays of shape (rows,).

    `value` is log10 of per cent, of the limit where `censored` is 1; `limit` is that below which the sample
    would not have been detected, `ANY` where it is not known.
    """

    time: Any
    weight: Any
    value: Any
    censored: Any
    limit: Any


def numbers() -> tuple[Number, ...]:
    """Return what transcripts leave unknown: each patient's scale, and the scatter of samples."""
    scale = Prior(
        *("scale", "log10", "normal", 0.0, 0.3),
        source="conversion factors of laboratories, and expression of patients, differ about twofold",
        mark="choice",
    )
    note = "standard deviation of log10 around the course, without stray samples"
    spread = Prior("spread", "log10", "lognormal", 0.2, 0.4, source="weak", note=note)
    return Number(SCALE, scale, "patient"), Number(SPREAD, spread, "shared")


def seen(states: Array, values: Values, rows: Rows) -> Array:
    """Return the expected log10 of per cent, shape (rows,)."""
    each = cells(states)[..., BULK]
    clone, normal = each[:, MALIGNANT:].sum(1), each[:, NORMAL]
    level = 2 + jnp.log10(jnp.maximum(clone, TINY)) - jnp.log10(jnp.maximum(clone + 2 * normal, TINY))
    return jnp.asarray(level[rows.time] + values[SCALE])


def log_density(z: Array, spread: Array | float) -> Array:
    """Log density of a residual of `z` standard deviations, in log10 units."""
    plain = -(z**2) / 2 - jnp.log(spread)
    stray = -((z / STRAY_SPREAD) ** 2) / 2 - jnp.log(spread * STRAY_SPREAD)
    mixed = jnp.logaddexp(jnp.log1p(-STRAY) + plain, jnp.log(STRAY) + stray)
    return jnp.asarray(mixed - jnp.log(2 * jnp.pi) / 2)


def log_below(z: Array) -> Array:
    """Log chance of a residual below `z` standard deviations."""
    return jnp.logaddexp(jnp.log1p(-STRAY) + log_ndtr(z), jnp.log(STRAY) + log_ndtr(z / STRAY_SPREAD))


def log_likelihood(states: Array, values: Values, rows: Rows) -> Array:
    """Return the log density of each value on the log10 scale, or log chance of its bound; (rows,)."""
    assert_double()
    z = (rows.value - seen(states, values, rows)) / values[SPREAD]
    below = jnp.asarray(rows.censored) > 0
    return jnp.asarray(rows.weight * jnp.where(below, log_below(z), log_density(z, values[SPREAD])))


def observed(rows: Rows) -> NDArray[np.float64]:
    """Return log10 of per cent, or of the limit below which it lies, shape (rows,)."""
    return np.asarray(rows.value, dtype=np.float64)


_seen = jax.jit(seen)


def simulate(states: Any, values: Values, rows: Rows, *, rng: np.random.Generator) -> Rows:
    """Draw the value of each row; one below its limit is not detected."""
    mean, size = np.asarray(_seen(states, values, rows)), np.shape(rows.value)
    wide = np.where(rng.random(size) < STRAY, STRAY_SPREAD, 1.0)
    drawn = mean + float(values[SPREAD]) * wide * rng.standard_normal(size)
    below = drawn < np.asarray(rows.limit)
    return rows._replace(value=np.where(below, rows.limit, drawn), censored=below.astype(float))


def pad(rows: Rows, size: int) -> Rows:
    """Add rows of weight 0 up to `size`."""
    return pad_rows(rows, size)
