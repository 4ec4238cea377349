"""The same courses by a general stiff solver, for comparison: the equations as they stand in `model.packed`.

Nothing is shared with the cascade but the arrays of rates: an adaptive method (LSODA: Adams where the
equations are mild, backward differences where they are stiff; or SciPy's Radau) on the plain equations,
started afresh at every switch. Slow; use it to check.

Petzold (1983) SIAM J Sci Stat Comput 4:136-148, doi:10.1137/0904010.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

from remnant.dynamics.model.parameters import Structure

DAYS_PER_MONTH = 30.4375
Array = NDArray[np.float64]


def right_hand_side(state: Array, rates: Array, felt: Array, structure: Structure) -> Array:
    """Return the slopes per month of a state (3, 3 + stages) under the drugs' summed effects (5, 3)."""
    a, b, division, advantage, progenitor_loss, mature_loss, alpha, kappa, mu = rates
    kill_q, kill_a, kill_p, psi, differentiation = felt
    k = structure.stages
    q, active, p, mature = state[:, 0], state[:, 1], state[:, 2], state[:, 3:]
    load = q.sum() + active.sum() if structure.feedback == "niche" else mature[:, -1].sum()
    signal = (1 + kappa) / (1 + kappa * load)
    renew = np.minimum(1.0, (1 + advantage) * signal / 2) * np.exp(-differentiation)
    wake = a * (1 + psi)
    slope = np.empty_like(state)
    slope[:, 0] = b * active - (wake + kill_q) * q
    slope[:, 1] = wake * q - b * active + (2 * renew - 1) * division * active - kill_a * active
    mutants = mu[1] * renew[1] * division[1] * active[1]
    slope[1, 1] -= mutants
    slope[2, 1] += mutants
    slope[:, 2] = alpha * 2 * (1 - renew) * division * active - (progenitor_loss + kill_p) * p
    upstream = np.column_stack([p, mature[:, :-1]])
    slope[:, 3:] = k * mature_loss[:, None] * (upstream - mature)
    return slope


def solve_reference(
    rates: ArrayLike,
    effects: ArrayLike,
    initial: ArrayLike,
    edges: ArrayLike,
    doses: ArrayLike,
    days: ArrayLike,
    *,
    structure: Structure | None = None,
    tolerance: float = 1e-10,
    method: str = "LSODA",
) -> Array:
    """Follow one patient; arguments as in `follow`.

    Returns
    -------
    ndarray, shape (times, 3, 3 + stages)
        States on `days`, to a relative `tolerance` per step.
    """
    rate, effect, state = (np.asarray(x, float) for x in (rates, effects, initial))
    edge, dose, when = (np.asarray(x, float) for x in (edges, doses, days))
    structure = structure or Structure(stages=state.shape[-1] - 3)
    knots = np.unique(np.concatenate([edge, when]))
    found = {knots[0]: state}
    for start, end in pairwise(knots):
        if start >= when.max():
            break
        felt = np.tensordot(dose[np.searchsorted(edge, start, side="right") - 1], effect, axes=1)
        answer = solve_ivp(
            lambda _, y, felt=felt: right_hand_side(y.reshape(state.shape), rate, felt, structure).ravel(),
            (0.0, (end - start) / DAYS_PER_MONTH),
            found[start].ravel(),
            method=method,
            rtol=tolerance,
            atol=tolerance * 1e-4,
        )
        assert answer.success, answer.message
        found[end] = answer.y[:, -1].reshape(state.shape)
    return np.stack([found[day] for day in when])
