"""Step after step, with a derivative that is taken on all steps at once.

Differentiated the usual way, a scan carries every direction through every operation of every step, a few
numbers at a time. Here the steps are taken first. Each is then linearised at the state where it began, all of
them side by side in long vectors, and only the product of small matrices

    dx_(n+1) = J_n dx_n + g_n

remains to be done in order. It is linear, so JAX carries it forward for sensitivities or backward for a
gradient; either is the exact derivative of the numbers that were computed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

Advance = Callable[[Array, Any], Array]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def march(advance: Advance, first: Array, given: Any, kinds: Array) -> Array:
    """Take every step.

    Parameters
    ----------
    advance : callable
        Takes states, shape (size, ...), and what is given, leaves of shape (..., ...), elementwise over the
        trailing axes; returns shape (size + extras, ...): the states after a step, then what else is kept.
    first : Array, shape (size,)
    given : pytree of arrays, shape (..., kinds)
        What each kind of step is made with.
    kinds : Array of int, shape (steps,)

    Returns
    -------
    Array, shape (size + extras, steps)
        After each step.
    """
    size = len(first)

    def body(state: Array, kind: Array) -> tuple[Array, Array]:
        after = advance(state, jax.tree.map(lambda leaf: leaf[..., kind], given))
        return after[:size], after

    return jnp.moveaxis(lax.scan(body, first, kinds)[1], 0, -1)


@march.defjvp
def _(advance: Advance, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Array, Array]:
    first, given, kinds = primals
    after = march(advance, first, given, kinds)
    before = jnp.concatenate([first[:, None], after[: len(first), :-1]], axis=1)
    each, moved = (jax.tree.map(lambda leaf: leaf[..., kinds], tree) for tree in (given, tangents[1]))

    def along(direction: Array) -> Array:
        push = jnp.broadcast_to(direction[:, None], before.shape)
        pushed: Array = jax.jvp(lambda x: advance(x, each), (before,), (push,))[1]
        return pushed

    slopes = jax.vmap(along, out_axes=1)(jnp.eye(len(first)))  # (size + extras, size, steps)
    forced = jax.jvp(lambda g: advance(before, g), (each,), (moved,))[1]
    lane = jnp.moveaxis(slopes, -1, 0)[..., None], forced.T[..., None], tangents[0][:, None]
    return after, accumulate(*lane)[..., 0].T


@jax.custom_jvp
def accumulate(matrices: Array, added: Array, first: Array) -> Array:
    """Return y_n = matrices[n] x_n + added[n], where x_(n+1) is as much of y_n as there is of x.

    Parameters
    ----------
    matrices : Array, shape (steps, size + extras, size, lanes)
    added : Array, shape (steps, size + extras, lanes)
    first : Array, shape (size, lanes)

    Returns
    -------
    Array, shape (steps, size + extras, lanes)
    """

    def body(state: Array, now: tuple[Array, Array]) -> tuple[Array, Array]:
        matrix, more = now
        after = jnp.sum(matrix * state, axis=1) + more
        return after[: len(state)], after

    return lax.scan(body, first, (matrices, added))[1]


@accumulate.defjvp
def _(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Array, Array]:
    matrices, _, first = primals
    after = accumulate(*primals)
    before = jnp.concatenate([first[None], after[:-1, : len(first)]])
    forced = jnp.sum(tangents[0] * before[:, None], axis=2) + tangents[1]
    return after, accumulate(matrices, forced, tangents[2])
