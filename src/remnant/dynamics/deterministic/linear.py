"""The linear case, exactly: one matrix exponential for each segment, as an oracle.

Without feedback (kappa = 0) the signal of the niche is 1, self-renewal is constant, and the whole hierarchy
is linear on a segment: x' = X x, so x(t) = expm(X t) x(0).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm

from remnant.dynamics.deterministic.plan import DAYS_PER_MONTH
from remnant.dynamics.deterministic.reference import right_hand_side
from remnant.dynamics.model.packed import FEEDBACK
from remnant.dynamics.model.parameters import Structure

Array = NDArray[np.float64]


def generator(rates: Array, felt: Array, structure: Structure) -> Array:
    """Return X, one column for each state: the slopes that one cell of it makes."""
    assert not np.any(rates[FEEDBACK]), "only a marrow without feedback is linear"
    size = 3 * structure.states
    columns = [right_hand_side(e.reshape(3, -1), rates, felt, structure).ravel() for e in np.eye(size)]
    return np.stack(columns, axis=1)


def solve_linear(
    rates: ArrayLike,
    effects: ArrayLike,
    initial: ArrayLike,
    edges: ArrayLike,
    doses: ArrayLike,
    days: ArrayLike,
    *,
    structure: Structure | None = None,
) -> Array:
    """Follow one patient without feedback; arguments and answer as of `solve_reference`."""
    rate, effect, state = (np.asarray(x, float) for x in (rates, effects, initial))
    edge, dose, when = (np.asarray(x, float) for x in (edges, doses, days))
    structure = structure or Structure(stages=state.shape[-1] - 3)
    knots = np.unique(np.concatenate([edge, when]))
    found = {knots[0]: state}
    for start, end in pairwise(knots):
        if start < when.max():
            felt = np.tensordot(dose[np.searchsorted(edge, start, side="right") - 1], effect, axes=1)
            carried = expm(generator(rate, felt, structure) * (end - start) / DAYS_PER_MONTH)
            found[end] = (carried @ found[start].ravel()).reshape(state.shape)
    return np.stack([found[day] for day in when])
