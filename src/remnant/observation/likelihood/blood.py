r"""Haemoglobin: what the marrow makes, what was transfused, and residuals that last.

With M_n and M_c the maturing cells of normal and other clones in the last stage, and the erythroid numbers of
`remnant.dynamics.model.observables` (H0 in health, w efficacy, c compensation, k suppression, tau days)::

    R  = (1 + c) (M_n + w M_c) / (1 + c (M_n + M_c)) exp(-k u)          production, relative to health
    H' = (H0 R - H) / tau                                               H(first day) in balance
    T  = sum_j units_j exp(-(t - t_j) / 40 days)   [g/dL]               transfused cells, 1 g/dL per unit
    log y_i = log(H + T) + e_i,   e AR(1) in time: corr(e_i, e_j) = exp(-|t_i - t_j| / memory)

The balance H0 R is taken as linear between the days on which the marrow is known, and the approach to it is
then exact. Each of these days has a row, of weight 0 where no blood was counted, and so has each count that
lies between them. The residual's law is that of `remnant.observation.blood.log_likelihood`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from remnant.dynamics.deterministic.precision import assert_double
from remnant.dynamics.model.parameters import MALIGNANT, NORMAL
from remnant.dynamics.model.priors import Prior
from remnant.observation.likelihood.compartments import Values
from remnant.observation.likelihood.number import Number
from remnant.observation.likelihood.padding import pad_rows

LAW = (
    "haemoglobin",
    "erythroid_efficacy",
    "erythroid_compensation",
    "erythroid_suppression",
    "red_cell_days",
)
RESIDUAL, MEMORY = "blood.residual", "blood.memory"
NEVER = 1e9  # days since a count that was never made
LEAST = 1e-3  # g/dL: no blood is without haemoglobin


class Rows(NamedTuple):
    """One day of one patient in each row, days rising; arrays of shape (rows,).

    The balance of a row lies a share `part` of the way from that of day `time` to that of day `later`. `gap`
    is days since the row before; `dose` the mean relative dose of the drug that lowers output since then;
    `transfused` g/dL of transfused cells; `value` log of the count in g/dL, where `weight` is 1; `before` the
    row of the count before, and `since` the days since then, `NEVER` for the first.
    """

    time: Any
    weight: Any
    later: Any
    part: Any
    gap: Any
    dose: Any
    transfused: Any
    value: Any
    before: Any
    since: Any


def numbers() -> tuple[Number, ...]:
    """Return what counts leave unknown beside the preset's numbers of the red line: the residual."""
    spread = "of the logarithm; counting, hydration, and what the law leaves out"
    memory = "over which a deviation lasts"
    return (
        Number(RESIDUAL, Prior("residual", "-", "lognormal", 0.06, 0.5, note=spread), "shared"),
        Number(MEMORY, Prior("memory", "days", "lognormal", 20.0, 0.7, note=memory), "shared"),
    )


def balance(states: Array, values: Values, rows: Rows) -> Array:
    """Return H0 R, haemoglobin in balance with the marrow of each row, shape (rows,), g/dL."""
    last = jnp.maximum(jnp.asarray(states)[..., -1], 0.0)
    normal, clone = last[:, NORMAL], last[:, MALIGNANT:].sum(1)
    healthy, efficacy, crowding, suppression, _ = (values[f"blood.{name}"] for name in LAW)
    output = (1 + crowding) * (normal + efficacy * clone) / (1 + crowding * (normal + clone))
    between = (1 - rows.part) * output[rows.time] + rows.part * output[rows.later]
    return jnp.asarray(healthy * between * jnp.exp(-suppression * rows.dose))


def own(states: Array, values: Values, rows: Rows) -> Array:
    """Return haemoglobin without transfused cells on the day of each row, shape (rows,), g/dL."""
    target = balance(states, values, rows)
    steps = jnp.maximum(jnp.asarray(rows.gap), 1e-9) / values["blood.red_cell_days"]
    rise = jnp.diff(target, prepend=target[:1])
    # Behind its balance by d: after a step of linear balance, d' = d exp(-h) - rise (1 - exp(-h)) / h.
    kept, lag = jnp.exp(-steps), rise * jnp.expm1(-steps) / steps

    def join(first: tuple[Array, Array], then: tuple[Array, Array]) -> tuple[Array, Array]:
        return first[0] * then[0], first[1] * then[0] + then[1]

    return jnp.asarray(target + lax.associative_scan(join, (kept, lag))[1])


def seen(states: Array, values: Values, rows: Rows) -> Array:
    """Return the expected haemoglobin, transfused cells included, shape (rows,), g/dL."""
    return jnp.maximum(own(states, values, rows) + rows.transfused, LEAST)


def log_likelihood(states: Array, values: Values, rows: Rows) -> Array:
    """Return the log density of the log of each count, given the count before, shape (rows,)."""
    assert_double()
    deviation = rows.value - jnp.log(seen(states, values, rows))
    past = jnp.exp(-rows.since / values[MEMORY])
    spread = values[RESIDUAL] * jnp.sqrt(-jnp.expm1(-2 * rows.since / values[MEMORY]))
    score = (deviation - past * deviation[rows.before]) / spread
    return jnp.asarray(rows.weight * (-(score**2) / 2 - jnp.log(spread) - jnp.log(2 * jnp.pi) / 2))


def observed(rows: Rows) -> NDArray[np.float64]:
    """Return the count, shape (rows,), g/dL; NaN on a day without one."""
    counted = np.asarray(rows.weight, dtype=np.float64) > 0
    return np.where(counted, np.exp(np.asarray(rows.value, dtype=np.float64)), np.nan)


_seen = jax.jit(seen)


def simulate(states: Any, values: Values, rows: Rows, *, rng: np.random.Generator) -> Rows:
    """Draw the count of each row that has one; transfusions stay as they were."""
    expected = np.log(np.asarray(_seen(states, values, rows)))
    past = np.exp(-np.asarray(rows.since) / float(values[MEMORY]))
    noise = float(values[RESIDUAL]) * np.sqrt(1 - past**2) * rng.standard_normal(len(past))
    deviation = np.zeros(len(past))
    for i in np.flatnonzero(np.asarray(rows.weight) > 0):
        deviation[i] = past[i] * deviation[rows.before[i]] + noise[i]
    return rows._replace(value=np.where(np.asarray(rows.weight) > 0, expected + deviation, rows.value))


def pad(rows: Rows, size: int) -> Rows:
    """Add rows of weight 0 up to `size`."""
    return pad_rows(rows, size)
