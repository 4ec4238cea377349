"""Thousands of draws of a patient's numbers along one plan, on as many threads as asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.deterministic.adjoint.course import forwards
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
        return batched(*given, plan)
    laid = [np.asarray(x) if stacked else np.asarray(x)[None] for x in _leaves(plan)]
    states = np.empty((len(given[0]), laid[3].shape[1], *given[2].shape[1:]))
    none = np.empty((0, 0, given[2].shape[2], 3))

    def work(begin: int) -> None:
        rows = slice(begin, begin + _BLOCK)
        mine = [x[rows] for x in given]
        steps = [x[rows] if stacked and len(x) > 1 else x for x in laid]
        error = np.empty((len(mine[0]), laid[2].shape[1]))
        forwards(*mine, *steps, plan.order, states[rows], error, none)

    begins = range(0, len(states), _BLOCK)
    if threads == 1:
        for begin in begins:
            work(begin)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, begins))
    return states


def _leaves(plan: Plan) -> tuple[NDArray[np.float64], ...]:
    as_number = (plan.months, float), (plan.doses, float), (plan.kinds, np.int32), (plan.visits, np.int32)
    return tuple(np.ascontiguousarray(x, dtype=kind) for x, kind in as_number)
