"""One step of the clones that are large, by the equations of the model: Runge-Kutta of order 4, stems in cells.

The clones that are small enter through the niche load alone: their number at the start of the step, growing at
its expected rate.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

from remnant.dynamics.model.parameters import MALIGNANT, RESISTANT
from remnant.dynamics.stochastic.rates import (
    ACTIVE_DEATH,
    DIVIDING,
    MU,
    OUTPUT,
    QUIESCENT_DEATH,
    RESTING,
    WAKING,
    inlined,
    renewed,
    signal,
)
from remnant.scale.philox import compiled

# Weights of the four slopes that lead half-way and to the end.
_TO_MIDDLE = (5 / 24, 4 / 24, 4 / 24, -1 / 24)  # Runge-Kutta's own cubic interpolant
_TO_END = (1 / 6, 2 / 6, 2 / 6, 1 / 6)


@inlined
def mutants(stems, now, sig):
    """Return mu p_m lambda A_m: resistant founders, cells per month."""
    return now[MU, 0] * renewed(sig, now, MALIGNANT) * now[DIVIDING, MALIGNANT] * stems[MALIGNANT, 1]


@inlined
def growth(stems, large, now, sig):
    """Return by how many cells a month the small clones together are expected to grow."""
    total = 0.0
    for c in range(3):
        if not large[c]:
            grown = (2.0 * renewed(sig, now, c) - 1.0) * now[DIVIDING, c] - now[ACTIVE_DEATH, c]
            total += grown * stems[c, 1] - now[QUIESCENT_DEATH, c] * stems[c, 0]
    return total


@inlined
def niche(stems, large, counted, pool):
    """Return the load of the niche: the large clones as they stand in `stems`, and `counted` cells of small ones."""
    for c in range(3):
        if large[c]:
            counted += stems[c, 0] + stems[c, 1]
    return max(0.0, counted) / pool


@inlined
def between(start, rise, end, fall, part, h):
    """Return the cubic through two values and their slopes, at `part` of a step of `h`."""
    back = 1.0 - part
    level = start * (1.0 + 2.0 * part) * back * back + end * (1.0 + 2.0 * back) * part * part
    return max(0.0, level + h * part * back * (rise * back - fall * part))


@compiled
def step(stems, large, now, h, pool, counted, growing, mature, blood, slopes, inflow):
    """Step the large clones by `h` months.

    Parameters
    ----------
    stems : ndarray, shape (3, 2)
        Cells.
    counted, growing : float
        Cells of the small clones, and by how many they grow a month.
    mature : bool
        Whether the signal listens to mature cells, whose number and slope at both ends `blood` (4,) holds.
    slopes : ndarray, shape (5, 3, 2)
        Filled: the four slopes of Runge-Kutta, cells per month, and the cells after the step.
    inflow : ndarray, shape (3, 3)
        Filled: inflow of progenitors of each clone, pools per month, at the start, half-way and at the end.
    """
    for n in range(6):
        # Four slopes, then the inflow half-way and at the end.
        part = (0.0, 0.5, 0.5, 1.0, 0.5, 1.0)[n]
        for c in range(3):
            for k in range(2):
                change = 0.0
                if n > 3:
                    for m in range(4):
                        change += (_TO_MIDDLE[m] if n == 4 else _TO_END[m]) * slopes[m, c, k]
                elif n > 0:
                    change = part * slopes[n - 1, c, k]
                slopes[4, c, k] = max(0.0, stems[c, k] + h * change) if large[c] else stems[c, k]
        if mature:
            load = between(blood[0], blood[1], blood[2], blood[3], part, h)
        else:
            load = 0.0
            for c in range(3):
                if large[c]:
                    load += slopes[4, c, 0] + slopes[4, c, 1]
            load = max(0.0, load + counted + part * h * growing) / pool
        sig = signal(load, now)
        for c in range(3):
            if large[c]:
                q, a, p = slopes[4, c, 0], slopes[4, c, 1], renewed(sig, now, c)
                if n < 4:
                    grown = (2.0 * p - 1.0) * now[DIVIDING, c] - now[ACTIVE_DEATH, c]
                    slopes[n, c, 0] = now[RESTING, c] * a - (now[WAKING, c] + now[QUIESCENT_DEATH, c]) * q
                    slopes[n, c, 1] = now[WAKING, c] * q + (grown - now[RESTING, c]) * a
                if n == 0 or n > 3:
                    place = 0 if n == 0 else n - 3
                    inflow[c, place] = now[OUTPUT, c] * 2.0 * (1.0 - p) * now[DIVIDING, c] * a / pool
        if n < 4 and large[MALIGNANT]:
            p = renewed(sig, now, MALIGNANT)
            flow = now[MU, 0] * p * now[DIVIDING, MALIGNANT] * slopes[4, MALIGNANT, 1]
            slopes[n, MALIGNANT, 1] -= flow
            if large[RESISTANT]:
                slopes[n, RESISTANT, 1] += flow
