"""Thousands of draws of a patient's numbers along one plan, on as many threads as asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.deterministic.adjoint.calls import follow
from remnant.dynamics.deterministic.adjoint.frames import call
from remnant.dynamics.deterministic.batches import batched
from remnant.dynamics.deterministic.plan import Plan

_BLOCK = 64  # draws that a thread takes at a time


def fast_states(
    rates: ArrayLike, effects: ArrayLike, initial: ArrayLike, plan: Plan, *, threads: int = 1
) -> NDArray[np.float64]:
    """Follow many draws along one plan; the same bytes on any number of threads.

    Parameters
    ----------
    rates, effects, initial : array_like, shapes (n, 9, 3), (n, drugs, 5, 3) and (n, 3, 3 + stages)
        As for `trajectory`, with a first axis of draws.
    plan : Plan
        Shared by all draws, or stacked with a first axis of draws.
    threads : int, default 1
        How many run side by side, at least 1.

    Returns
    -------
    ndarray, shape (n, times, 3, 3 + stages)
        In healthy pools.
    """
    assert threads >= 1, "at least one thread has to do the work"
    given = [np.ascontiguousarray(x, dtype=float) for x in (rates, effects, initial)]
    stacked = np.ndim(plan.kinds) == 2
    if plan.structure.feedback != "niche":
        assert not stacked, "with mature feedback the draws share one plan"
        return batched(given[0], given[1], given[2], plan)
    states = np.empty((len(given[0]), plan.visits.shape[-1], *given[2].shape[1:]))

    compiled = follow()

    def work(begin: int) -> None:
        rows = slice(begin, begin + _BLOCK)
        mine = [x[rows] for x in given]
        steps = [_of(x, len(mine[0]), rows if stacked else None) for x in _leaves(plan)]
        order = np.full((len(mine[0]), 1), plan.order, dtype=np.int32)
        call(compiled, [*mine, *steps, order], [states[rows], np.empty(steps[2].shape)])

    begins = range(0, len(states), _BLOCK)
    if threads == 1:
        for begin in begins:
            work(begin)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, begins))
    return states


def _leaves(plan: Plan) -> tuple[NDArray[Any], ...]:
    """Months, doses, kinds and visits as the compiled steps read them."""
    kinds = float, float, np.int32, np.int32
    given = plan.months, plan.doses, plan.kinds, plan.visits
    return tuple(np.asarray(x, dtype=kind) for x, kind in zip(given, kinds, strict=True))


def _of(leaf: NDArray[Any], count: int, rows: slice | None) -> NDArray[Any]:
    """The part of a plan for some draws, once for each."""
    whole = np.broadcast_to(leaf, (count, *leaf.shape)) if rows is None else leaf[rows]
    return np.ascontiguousarray(whole)
