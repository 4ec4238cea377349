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

_AT = (0.0, 0.5, 0.5, 1.0)  # where in the step each slope of Runge-Kutta is taken
# Where in the step: at the start, half-way, at the end. Weights of the four slopes that lead there.
_TO_MIDDLE = (5 / 24, 4 / 24, 4 / 24, -1 / 24)  # Runge-Kutta's own cubic interpolant
_TO_END = (1 / 6, 2 / 6, 2 / 6, 1 / 6)


@inlined
def slope(stems, large, now, sig, out):
    """Fill `out` (3, 2) with Q' and A' of the large clones, cells per month."""
    for c in range(3):
        if large[c]:
            q, a = stems[c, 0], stems[c, 1]
            grown = (2.0 * renewed(sig, now, c) - 1.0) * now[DIVIDING, c] - now[ACTIVE_DEATH, c]
            out[c, 0] = now[RESTING, c] * a - (now[WAKING, c] + now[QUIESCENT_DEATH, c]) * q
            out[c, 1] = now[WAKING, c] * q + (grown - now[RESTING, c]) * a
    if large[MALIGNANT]:
        flow = mutants(stems, now, sig)
        out[MALIGNANT, 1] -= flow
        if large[RESISTANT]:
            out[RESISTANT, 1] += flow


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
def load_at(stems, large, small, blood, part, h, pool, mature):
    """Return what the signal listens to at `part` of a step of `h`, in healthy pools.

    `small` holds the cells of the small clones and their growth; `blood` mature cells and their slope at both
    ends of the step, for the cubic through them.
    """
    if mature:
        back = 1.0 - part
        ends = blood[0] * (1.0 + 2.0 * part) * back * back + blood[2] * (1.0 + 2.0 * back) * part * part
        return max(0.0, ends + h * part * back * (blood[1] * back - blood[3] * part))
    total = small[0] + small[1] * part * h
    for c in range(3):
        if large[c]:
            total += stems[c, 0] + stems[c, 1]
    return max(0.0, total) / pool


@compiled
def step(stems, large, now, h, pool, small, blood, mature, slopes, after, inflow):
    """Step the large clones by `h` months.

    Parameters
    ----------
    stems, after : ndarray, shape (3, 2)
        Cells before, read; cells after, filled for the large clones.
    slopes : ndarray, shape (4, 3, 2)
        Room for the slopes.
    inflow : ndarray, shape (3, 3)
        Filled: inflow of progenitors of each clone, pools per month, at the start, half-way and at the end.
    """
    for n in range(4):
        for c in range(3):
            for k in range(2):
                after[c, k] = stems[c, k] + (_AT[n] * h * slopes[n - 1, c, k] if n > 0 else 0.0)
        sig = signal(load_at(after, large, small, blood, _AT[n], h, pool, mature), now)
        slope(after, large, now, sig, slopes[n])
        if n == 0:
            _differentiate(after, large, now, sig, pool, inflow, 0)
    for place, weights in ((1, _TO_MIDDLE), (2, _TO_END)):
        for c in range(3):
            for k in range(2):
                change = 0.0
                for n in range(4):
                    change += weights[n] * slopes[n, c, k]
                after[c, k] = max(0.0, stems[c, k] + h * change) if large[c] else stems[c, k]
        sig = signal(load_at(after, large, small, blood, 0.5 * place, h, pool, mature), now)
        _differentiate(after, large, now, sig, pool, inflow, place)


@inlined
def _differentiate(stems, large, now, sig, pool, inflow, place):
    """Note alpha 2 (1 - p_c) lambda A_c."""
    for c in range(3):
        if large[c]:
            lost = 2.0 * (1.0 - renewed(sig, now, c)) * now[DIVIDING, c] * stems[c, 1]
            inflow[c, place] = now[OUTPUT, c] * lost / pool
