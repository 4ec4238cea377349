r"""Progenitors and mature cells as exact filters of the inflow that stem cells send.

On one step of length h the inflow is a polynomial, F(tau) = sum_q c_q tau^q / q! with tau in [0, 1]. With the
powers of tau as further states the whole cascade is linear with constant rates,

    u_q' = u_(q+1),   P' = h u_0 - x P,   M_1' = y (P - M_1),   M_j' = y (M_(j-1) - M_j)

(x = h (deltaP + eP), y = h k deltaM), so one small lower triangular exponential carries it over the step. It
holds the divided differences of exp at 0, -x and -y (Opitz). A closed form would divide by x - y, which is
zero inside the prior; scaling and squaring divides by nothing and adds only terms of one sign, so values and
gradients stay right where rates meet.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

POWERS = 5  # a quartic inflow
TERMS = 14  # of the Taylor series, where no entry is above 1/2


@partial(jax.custom_jvp, nondiff_argnums=(2, 3))
def transfer(loss: Array, mature: Array, stages: int, halvings: int) -> Array:
    """Return what each state at the start of a step leaves in each at its end.

    Parameters
    ----------
    loss, mature : Array, shape (...)
        Rates of loss of progenitors and of each mature stage, times the length of the step.
    stages : int
        Mature stages.
    halvings : int
        The exponential is built for a step 2**halvings times shorter.

    Returns
    -------
    Array, shape (1 + stages, 5 + 1 + stages, ...)
        Rows P, M1..Mk at the end; columns the powers c_4..c_0 of an inflow over a step of unit length, then
        P, M1..Mk at the start.
    """
    return _transfer(loss, mature, stages, halvings)


@transfer.defjvp
def _(stages: int, halvings: int, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Array, Array]:
    # Two directions at most, however many parameters stand behind them.
    one, none = jnp.ones_like(primals[0]), jnp.zeros_like(primals[0])
    of = partial(_transfer, stages=stages, halvings=halvings)
    value, by_loss = jax.jvp(of, primals, (one, none))
    _, by_mature = jax.jvp(of, primals, (none, one))
    return value, by_loss * tangents[0] + by_mature * tangents[1]


def _transfer(loss: Array, mature: Array, stages: int, halvings: int) -> Array:
    size = POWERS + 1 + stages
    small = 0.5**halvings
    x, y, one = loss * small, mature * small, jnp.full_like(loss, small)
    none = jnp.zeros_like(loss)
    diagonal = [none] * POWERS + [-x] + [-y] * stages
    below = [one] * POWERS + [y] * stages  # below[i] leads from state i to state i + 1
    unit = [[jnp.ones_like(loss) if i == j else none for j in range(i + 1)] for i in range(size)]

    def term(n: Array, series: list[list[Array]]) -> list[list[Array]]:
        """Horner: I + B/n (the series so far)."""
        over = 1.0 / (TERMS - n)
        rows = []
        for i in range(size):
            row = [unit[i][j] + over * diagonal[i] * series[i][j] for j in range(i + 1)]
            for j in range(i):
                row[j] = row[j] + over * below[i - 1] * series[i - 1][j]
            rows.append(row)
        return rows

    def square(_: Array, e: list[list[Array]]) -> list[list[Array]]:
        return [
            [jnp.asarray(sum(e[i][k] * e[k][j] for k in range(j, i + 1))) for j in range(i + 1)]
            for i in range(size)
        ]

    result = lax.fori_loop(0, halvings, square, lax.fori_loop(0, TERMS, term, unit))
    return jnp.stack([jnp.stack(row + [none] * (size - len(row))) for row in result[POWERS:]])


def quartic(start: Array, middle: Array, end: Array, first: Array, last: Array) -> Array:
    """Return c_4..c_0 of the quartic with these values at 0, 1/2 and 1 and slopes at 0 and 1.

    Slopes are per step; c_q multiplies tau^q / q!.
    """
    rise, turn, bend = end - start - first, last - first, middle - start - first / 2
    fourth = 16 * bend - 8 * rise + 2 * turn
    third = turn - 2 * rise - 2 * fourth
    second = 3 * rise - turn + fourth
    return jnp.stack([24 * fourth, 6 * third, 2 * second, first, start])
