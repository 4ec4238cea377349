"""Thousands of patients at once, on whichever device JAX has, padded to one fixed shape."""

from __future__ import annotations

from functools import partial

import jax
import numpy as np
from jax import Array
from numpy.typing import NDArray

from remnant.dynamics.deterministic.cascade import trajectory
from remnant.dynamics.deterministic.plan import Plan
from remnant.dynamics.deterministic.precision import assert_double


@jax.jit
def solve_batch(rates: Array, effects: Array, initial: Array, plan: Plan) -> tuple[Array, Array]:
    """Return `trajectory` of each patient; all arguments, the plan too, have a first axis of patients."""
    return jax.vmap(trajectory)(rates, effects, initial, plan)


@jax.jit
def _shared(rates: Array, effects: Array, initial: Array, plan: Plan) -> Array:
    return jax.vmap(lambda rate, effect, first: trajectory(rate, effect, first, plan)[0])(
        rates, effects, initial
    )


def batched(
    rates: NDArray[np.float64],
    effects: NDArray[np.float64],
    initial: NDArray[np.float64],
    plan: Plan,
    *,
    size: int = 4096,
    device: jax.Device | None = None,
) -> NDArray[np.float64]:
    """Follow many patients along one plan, in blocks of one shape.

    Parameters
    ----------
    rates, effects, initial : ndarray, shape (patients, ...)
        As for `trajectory`, with a first axis of patients.
    plan : Plan
        Shared by all.
    size : int, default 4096
        Patients of a block. The last is filled up with copies of a patient, so that every block runs the same
        program; a patient's numbers depend on his own alone.
    device : jax.Device, optional
        Where to compute; by default JAX's first choice, an accelerator if there is one.

    Returns
    -------
    ndarray, shape (patients, times, 3, 3 + stages)
    """
    assert_double()
    total, put = len(rates), partial(jax.device_put, device=device or jax.devices()[0])
    shared, answers = put(plan), []
    for begin in range(0, total, size):
        rows = np.minimum(np.arange(begin, begin + size), total - 1)
        answers.append(_shared(*(put(part[rows]) for part in (rates, effects, initial)), shared))
    return np.concatenate([np.asarray(answer) for answer in answers])[:total]
