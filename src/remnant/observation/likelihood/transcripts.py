r"""Transcripts of the clone's fusion gene in blood, in per cent of a control gene.

A cell of the clone carries one copy of the fusion and one of the control gene, a normal cell two of the
control, so with L cells of the clone among N normal ones, and a scale c of laboratory and patient::

    m = log10(100 c L / (L + 2 N))                            what is expected
    s(m)^2 = spread^2 + one_copy 10^-m / ln(10)^2             scatter of a sample, and of few copies
    log10 value ~ (1 - o) Normal(m, s(m)) + o Normal(m, 4 s(m))

`one_copy` is the reading that one copied transcript makes, in per cent: 0.001 among 100,000 control copies. At
that depth a count of copies is a Poisson one, and a tenfold change between two samples says little. A sample
in which none was found gives the chance of a value below its limit.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import log_ndtr
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.model.priors import Prior
from remnant.observation.likelihood.compartments import BULK, Values, cells
from remnant.observation.likelihood.number import Number, number

SCALE, SPREAD, ONE_COPY = "transcripts.scale", "transcripts.spread", "transcripts.one_copy"
OUTLIERS = 0.08  # share of samples with another scatter: mixed-up, degraded, or a missed dose (choice)
WIDER = 4.0  # times the scatter of the others (choice)
FLOOR = 1e-14  # share of the clone below which a logarithm says nothing
LN10 = float(np.log(10.0))


class Rows(NamedTuple):
    """Samples of one patient, each array of shape (rows,).

    Parameters
    ----------
    time : Array of int
        Index of the day among those of the course.
    weight : Array
        1, or 0 on padding.
    log_percent : Array
        log10 of the reading in per cent of control; where not detected, of its limit.
    below : Array
        1 where nothing was detected, the value then lies below `log_percent`; else 0.
    """

    time: Array
    weight: Array
    log_percent: Array
    below: Array


def numbers() -> tuple[Number, ...]:
    """Return what the assay leaves unknown, with its priors."""
    scale = Prior(
        *("scale", "-", "lognormal", 1.0, 0.6),
        source="ratios before therapy between 30 and 300 %, as laboratories and control genes differ",
        mark="choice",
    )
    spread = Prior(
        *("spread", "log10", "lognormal", 0.25, 0.35),
        source="two samples of one patient differ up to threefold at 0.1 %, within laboratories",
        mark="choice",
    )
    one_copy = Prior(
        *("one_copy", "%", "lognormal", 0.001, 0.7),
        source="1e5 copies of the control gene in a good sample; 1e4 at the least",
        mark="from memory",
    )
    return (
        number(SCALE, scale, "patient"),
        number(SPREAD, spread, "shared"),
        number(ONE_COPY, one_copy, "shared"),
    )


def seen(states: Array, values: Values, rows: Rows) -> Array:
    """Return the expected log10 per cent of each row, shape (rows,).

    Parameters
    ----------
    states : Array, shape (times, 3, 3 + stages)
        Clones by compartments of one patient, in healthy pools.
    values : mapping
        Of the numbers of `numbers`, in this patient.
    rows : Rows
        Samples.
    """
    blood = cells(states)[..., BULK]
    clone, normal = blood[:, 1:].sum(-1), blood[:, 0]
    share = jnp.maximum(clone, FLOOR) / jnp.maximum(clone + 2 * normal, 2 * FLOOR)
    return jnp.log10(100 * share)[rows.time] + jnp.log(values[SCALE]) / LN10


def scatter(expected: Array, values: Values) -> Array:
    """Return the standard deviation of log10 of a reading around `expected`, same shape."""
    copies = 10**expected / values[ONE_COPY]
    return jnp.sqrt(values[SPREAD] ** 2 + 1 / (LN10**2 * copies))


def log_likelihood(states: Array, values: Values, rows: Rows) -> Array:
    """Return the log density of each row's log10 reading, or log chance of none detected, shape (rows,)."""
    expected = seen(states, values, rows)
    return log_density(rows.log_percent, rows.below, expected, scatter(expected, values)) * rows.weight


def log_density(log_percent: ArrayLike, below: ArrayLike, expected: Array, spread: Array) -> Array:
    """Log density of readings around what is expected; shapes broadcast.

    Parameters
    ----------
    log_percent, below : array_like
        As in `Rows`.
    expected, spread : Array
        Mean and standard deviation of log10 of a usual sample.
    """
    z, out = (jnp.asarray(log_percent) - expected) / spread, jnp.asarray(below) > 0

    def law(width: float) -> Array:
        density = -((z / width) ** 2) / 2 - jnp.log(width * spread) - jnp.log(2 * jnp.pi) / 2
        return jnp.where(out, log_ndtr(z / width), density)

    return jnp.logaddexp(np.log1p(-OUTLIERS) + law(1.0), np.log(OUTLIERS) + law(WIDER))


def simulate(states: ArrayLike, values: Values, rows: Rows, *, rng: np.random.Generator) -> Rows:
    """Draw the same samples again; one that had a limit may again be below it, shape as `rows`."""
    expected = np.asarray(seen(jnp.asarray(states), values, rows))
    drawn = draw(expected, np.asarray(scatter(jnp.asarray(expected), values)), rng=rng)
    limit = np.asarray(rows.log_percent)
    below = (np.asarray(rows.below) > 0) & (drawn < limit)
    return rows._replace(log_percent=np.where(below, limit, drawn), below=below.astype(float))


def draw(
    expected: NDArray[np.float64], spread: NDArray[np.float64], *, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw log10 readings by the law of `log_density`; shapes broadcast."""
    shape = np.broadcast_shapes(expected.shape, spread.shape)
    width = np.where(rng.random(shape) < OUTLIERS, WIDER, 1.0)
    return expected + spread * width * rng.standard_normal(shape)


def observed(rows: Rows) -> NDArray[np.float64]:
    """Return what was read, log10 of per cent; not a number where nothing was detected; shape (rows,)."""
    return np.where(np.asarray(rows.below) > 0, np.nan, np.asarray(rows.log_percent))


def pad(rows: Rows, size: int) -> Rows:
    """Fill up with rows that weigh nothing."""
    return Rows(*(np.pad(np.asarray(part), (0, size - len(np.asarray(part)))) for part in rows))
