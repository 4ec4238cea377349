"""One step of the clones that are large, by the equations: Runge-Kutta of order 4, stems in cells.

The clones that are small enter through the niche load alone: their number at the start of the step, growing
at its expected rate.
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
    QUIET,
    RESTING,
    WAKING,
    inlined,
    renewed,
    signal,
)
from remnant.scale.philox import compiled

AFTER, MIDDLE, PLACE, SLOPE = range(4)
# Runge-Kutta: where each slope is taken, how far it leads to the next, and its weights for both ends.
_AT = (0.0, 0.5, 0.5, 1.0)
_NEXT = (0.5, 0.5, 1.0, 0.0)
_TO_MIDDLE = (5 / 24, 4 / 24, 4 / 24, -1 / 24)  # its own cubic interpolant
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
    """Return the load of the niche: the large clones in `stems`, and `counted` cells of small ones."""
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
def step(stems, large, now, h, pool, counted, growing, mature, blood, room, inflow):
    """Step the large clones by `h` months.

    Parameters
    ----------
    stems : ndarray, shape (3, 2)
        Cells.
    counted, growing : float
        Cells of the small clones, and by how many they grow a month.
    mature : bool
        Whether the signal listens to mature cells, whose number and slope at both ends `blood` (4,) holds.
    room : ndarray, shape (4, 3, 2)
        Filled: cells after the step, and half-way; the rest is room.
    inflow : ndarray, shape (3, 3)
        Filled: inflow of progenitors of each clone, pools per month, at the start, half-way and at the end.
    """
    for c in range(3):
        for k in range(2):
            room[AFTER, c, k] = room[MIDDLE, c, k] = room[PLACE, c, k] = stems[c, k]
    for n in range(4):
        sig = _signal(room, PLACE, large, now, _AT[n], h, pool, counted, growing, mature, blood)
        if n == 0:
            _note_inflow(room, PLACE, large, now, sig, pool, inflow, 0)
        for c in range(3):
            if large[c]:
                q, a = room[PLACE, c, 0], room[PLACE, c, 1]
                grown = (2.0 * renewed(sig, now, c) - 1.0) * now[DIVIDING, c] - now[ACTIVE_DEATH, c]
                room[SLOPE, c, 0] = now[RESTING, c] * a - now[QUIET, c] * q
                room[SLOPE, c, 1] = now[WAKING, c] * q + (grown - now[RESTING, c]) * a
        if large[MALIGNANT]:
            p = renewed(sig, now, MALIGNANT)
            flow = now[MU, 0] * p * now[DIVIDING, MALIGNANT] * room[PLACE, MALIGNANT, 1]
            room[SLOPE, MALIGNANT, 1] -= flow
            if large[RESISTANT]:
                room[SLOPE, RESISTANT, 1] += flow
        for c in range(3):
            if large[c]:
                for k in range(2):
                    change = h * room[SLOPE, c, k]
                    room[MIDDLE, c, k] += _TO_MIDDLE[n] * change
                    room[AFTER, c, k] += _TO_END[n] * change
                    room[PLACE, c, k] = stems[c, k] + _NEXT[n] * change
    for place in range(1, 3):
        at = MIDDLE if place == 1 else AFTER
        for c in range(3):
            for k in range(2):
                room[at, c, k] = max(0.0, room[at, c, k])
        sig = _signal(room, at, large, now, 0.5 * place, h, pool, counted, growing, mature, blood)
        _note_inflow(room, at, large, now, sig, pool, inflow, place)


@inlined
def _signal(room, at, large, now, part, h, pool, counted, growing, mature, blood):
    """Return the signal at `part` of the step, the large clones as they stand in `room[at]`."""
    if mature:
        return signal(between(blood[0], blood[1], blood[2], blood[3], part, h), now)
    load = counted + part * h * growing
    for c in range(3):
        if large[c]:
            load += room[at, c, 0] + room[at, c, 1]
    return signal(max(0.0, load) / pool, now)


@inlined
def _note_inflow(room, at, large, now, sig, pool, inflow, place):
    """Note alpha 2 (1 - p_c) lambda A_c."""
    for c in range(3):
        if large[c]:
            lost = 2.0 * (1.0 - renewed(sig, now, c)) * now[DIVIDING, c] * room[at, c, 1]
            inflow[c, place] = now[OUTPUT, c] * lost / pool
