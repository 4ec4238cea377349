"""Compiled kernel of the backward equation: one patient, one horizon, the last stretch of time first.

Everything is written in survival x = 1 - q, which keeps its relative accuracy down to `FLOOR`. The slope of
an active cell is a quadratic of its own survival, c0 + c1 x - c2 x^2, moved by the other types: `backward`.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc,assignment,call-overload"
from __future__ import annotations

import numba
import numpy as np

from remnant.dynamics.model.packed import (
    ACTIVATION,
    ACTIVE_KILL,
    ADVANTAGE,
    DIFFERENTIATION,
    DIVISION,
    DRUG_ACTIVATION,
    MUTATION,
    PROGENITOR_KILL,
    PROGENITOR_LOSS,
    QUIESCENT_KILL,
    REST,
)

FLOOR = 1e-20  # survival below it counts as equal: a million such cells change a chance by 1e-14
STEPS = 2_000_000  # of one patient to one horizon
DONE, TOO_FAST, NOT_FINITE = range(3)

# Dormand & Prince (1980) J Comput Appl Math 6:19-26, doi:10.1016/0771-050X(80)90013-3: order 5 with an
# embedded order 4. The last row of `_A` is the step itself, so its slope is the first one of the next step.
_C = np.array([0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0])
_A = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [1 / 5, 0, 0, 0, 0, 0],
        [3 / 40, 9 / 40, 0, 0, 0, 0],
        [44 / 45, -56 / 15, 32 / 9, 0, 0, 0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0, 0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0],
        [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    ]
)
_E = np.array([71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40])
_REACH = 3.0  # step x fastest rate: inside the region where the method is stable (3.3)
_LEAST_SHARE = 1 / 2000  # of the allowed error that the shortest step may use
# Columns of the table of rates in force.
_WAKE, _LEAVE, _REST, _DIVIDE, _KILL, _KEEP, _RISE, _MUTE, _P_LOSS = range(9)


@numba.njit(cache=True, nogil=True)
def _in_force(rates, effects, dose, law):
    """Fill the rates of the malignant and the resistant clone at a dose; return the fastest of them."""
    fastest = 0.0
    for c in range(2):
        psi, quiescent, active, progenitor, turned = 0.0, 0.0, 0.0, 0.0, 0.0
        for d in range(dose.shape[0]):
            psi += effects[d, DRUG_ACTIVATION, c + 1] * dose[d]
            quiescent += effects[d, QUIESCENT_KILL, c + 1] * dose[d]
            active += effects[d, ACTIVE_KILL, c + 1] * dose[d]
            progenitor += effects[d, PROGENITOR_KILL, c + 1] * dose[d]
            turned += effects[d, DIFFERENTIATION, c + 1] * dose[d]
        law[c, _WAKE] = rates[ACTIVATION, c + 1] * (1.0 + psi)
        law[c, _LEAVE] = law[c, _WAKE] + quiescent
        law[c, _REST] = rates[REST, c + 1]
        law[c, _DIVIDE] = rates[DIVISION, c + 1]
        law[c, _KILL] = active
        law[c, _KEEP] = np.exp(-turned)
        law[c, _RISE] = (1.0 + rates[ADVANTAGE, c + 1]) / 2.0
        law[c, _MUTE] = rates[MUTATION, c + 1]
        law[c, _P_LOSS] = rates[PROGENITOR_LOSS, c + 1] + progenitor
        fastest = max(fastest, law[c, _LEAVE], law[c, _REST] + law[c, _DIVIDE] + law[c, _KILL])
    return fastest


@numba.njit(cache=True, nogil=True, inline="always")
def _quadratic(law, c, signal, mutant, progenitor, independent):
    """Coefficients of the slope of an active cell, without what waits in quiescence."""
    p = min(1.0, law[c, _RISE] * signal) * law[c, _KEEP]
    divide, mu = law[c, _DIVIDE], law[c, _MUTE]
    lost = law[c, _KILL] + law[c, _REST]
    if independent:
        both, one, none = p * p, 2.0 * p * (1.0 - p), (1.0 - p) * (1.0 - p)
        beside = progenitor + mu / 2.0 * mutant * (1.0 - progenitor)
        c0 = both * mu * mutant + one * beside + none * progenitor * (2.0 - progenitor)
        c1 = both * (2.0 - mu * (1.0 + mutant)) + one * (1.0 - mu / 2.0) * (1.0 - progenitor) - 1.0
        return divide * c0, divide * c1 - lost, divide * both * (1.0 - mu)
    birth, mutation, gone = divide * p * (1.0 - mu), divide * p * mu, divide * (1.0 - p)
    c0 = mutation * mutant + gone * progenitor * (2.0 - progenitor)
    return c0, birth - gone - lost - mutation * mutant, birth


@numba.njit(cache=True, nogil=True, inline="always")
def _slope(law, signal, p_m, p_r, independent, x, k):
    """Slopes of survival per month backward in time: malignant Q and A, resistant Q and A."""
    c0, c1, c2 = _quadratic(law, 0, signal, x[3], p_m, independent)
    k[0] = law[0, _WAKE] * x[1] - law[0, _LEAVE] * x[0]
    k[1] = c0 + law[0, _REST] * x[0] + x[1] * (c1 - c2 * x[1])
    c0, c1, c2 = _quadratic(law, 1, signal, 0.0, p_r, independent)
    k[2] = law[1, _WAKE] * x[3] - law[1, _LEAVE] * x[2]
    k[3] = c0 + law[1, _REST] * x[2] + x[3] * (c1 - c2 * x[3])


@numba.njit(cache=True, nogil=True)
def _progenitor(start, births, loss, t):
    """Survival of a progenitor's family t months before it is `start`: Kendall's closed form.

    It divides at `births` and is lost at births + loss, so that its mean falls at `loss`.
    """
    gone = loss * t
    integral = t if gone < 1e-9 else -np.expm1(-gone) / loss
    return start * np.exp(-gone) / (1.0 + births * start * integral)


@numba.njit(cache=True, nogil=True)
def _for_ever(law, signal, births, independent, x, progenitor):
    """Fill the chance that a family never dies out in an environment that lasts: the largest fixed point."""
    for c in (1, 0):
        # Lost at least as often as it divides, a progenitor's family dies out, unless nothing happens to it.
        progenitor[c] = 1.0 if births == 0.0 and law[c, _P_LOSS] == 0.0 else 0.0
        mutant = x[3] if c == 0 else 0.0
        c0, c1, c2 = _quadratic(law, c, signal, mutant, progenitor[c], independent)
        waits = law[c, _LEAVE] == 0.0  # a quiescent cell that nothing wakes or kills stays for ever
        woken = 0.0 if waits else law[c, _WAKE] / law[c, _LEAVE]
        c0 += law[c, _REST] if waits else 0.0
        c1 += law[c, _REST] * woken
        root = np.hypot(c1, 2.0 * np.sqrt(c0 * c2))
        x[2 * c + 1] = 1.0  # where nothing at all happens to the cell
        if c1 < 0.0:
            x[2 * c + 1] = min(1.0, 2.0 * c0 / (root - c1))
        elif c2 > 0.0:
            x[2 * c + 1] = min(1.0, (c1 + root) / (2.0 * c2))
        x[2 * c] = 1.0 if waits else woken * x[2 * c + 1]


@numba.njit(cache=True, nogil=True)
def _stretch(law, fastest, length, now, before, births, independent, allowed, x, progenitor, step, work):
    """Carry survival back over one stretch; return its error, the next step to try and the steps taken.

    `allowed` is the error per month. The signal runs straight from `now` at the end to `before`.
    """
    k, y = work[:7], work[7]
    t, error, steps = 0.0, 0.0, 0
    cap = _REACH / fastest if fastest > 0.0 else length
    least = _LEAST_SHARE * allowed * length
    bend = (before - now) / length
    followed = births >= 0.0
    p_m, p_r = progenitor[0], progenitor[1]
    _slope(law, now, p_m, p_r, independent, x, k[0])
    while t < length:
        if steps >= STEPS or not step > 0.0:
            return np.inf, step, STEPS
        left = length - t
        h = min(step, cap)
        if h >= left:
            h = left
        elif h > 0.5 * left:
            h = 0.5 * left
        for s in range(1, 7):
            for j in range(4):
                total = 0.0
                for i in range(s):
                    total += _A[s, i] * k[i, j]
                y[j] = x[j] + h * total
            at = t + _C[s] * h
            if followed:
                p_m = _progenitor(progenitor[0], births, law[0, _P_LOSS], at)
                p_r = _progenitor(progenitor[1], births, law[1, _P_LOSS], at)
            _slope(law, now + bend * at, p_m, p_r, independent, y, k[s])
        worst = 0.0
        for j in range(4):
            off = 0.0
            for i in range(7):
                off += _E[i] * k[i, j]
            smaller = min(x[j], y[j])
            worst = max(worst, h * abs(off) / (smaller + FLOOR) if smaller >= 0.0 else 1.0)
        steps += 1
        share = max(allowed * h, least)
        if worst <= share:
            t = length if h == left else t + h
            error += worst
            for j in range(4):
                x[j] = min(1.0, y[j])
                k[0, j] = k[6, j]
        factor = 0.9 * (share / worst) ** 0.25 if worst > 0.0 else 5.0
        step = h * min(5.0, max(0.1, factor))
    if followed:
        for c in range(2):
            progenitor[c] = _progenitor(progenitor[c], births, law[c, _P_LOSS], length)
    return error, step, steps


@numba.njit(cache=True, nogil=True)
def survive(
    rates,
    effects,
    lengths,
    rows,
    doses,
    signal,
    ends,
    births,
    independent,
    tolerance,
    chance,
    families,
    bound,
):
    """Fill survival (patients, horizons, 2, 2) of cells, of progenitors (.., 2) and the bound of the error.

    Parameters
    ----------
    rates, effects : ndarray, shapes (patients, 9, 3) and (patients, drugs, 5, 3)
        As in `Packed`.
    lengths, rows : ndarray, shape (stretches,)
        Months of each stretch, and the row of `doses` in force in it.
    doses, signal : ndarray, shapes (1 or patients, segments, drugs) and (1 or patients, stretches + 1)
        Doses; the signal on every knot between stretches, straight between them.
    ends : ndarray, shape (horizons,)
        Stretches before each horizon; -1 where the last stretch lasts for ever.
    births : ndarray, shape (patients,)
        Divisions of a progenitor; negative where its family is not followed.
    independent : bool
        Whether the two daughters of a division choose for themselves.
    tolerance : float
        Relative error of survival that is allowed.

    Returns
    -------
    int
        `DONE`, or why the first patient in trouble has no answer.
    int
        That patient.
    """
    law, work, x, progenitor = np.empty((2, 9)), np.empty((8, 4)), np.empty(4), np.empty(2)
    for n in range(rates.shape[0]):
        dose = doses[n if doses.shape[0] > 1 else 0]
        listened = signal[n if signal.shape[0] > 1 else 0]
        for h in range(ends.shape[0]):
            x[:] = 1.0
            progenitor[:] = 1.0 if births[n] >= 0.0 else 0.0
            last = ends[h]
            if last < 0:
                last = lengths.shape[0]
                _in_force(rates[n], effects[n], dose[rows[last - 1]], law)
                _for_ever(law, listened[last], births[n], independent, x, progenitor)
            total, step, steps = 0.0, np.inf, 0
            months = lengths[:last].sum()
            for k in range(last - 1, -1, -1):
                fastest = _in_force(rates[n], effects[n], dose[rows[k]], law)
                if steps + lengths[k] * fastest / _REACH > STEPS:
                    return TOO_FAST, n
                off, step, taken = _stretch(
                    law, fastest, lengths[k], listened[k + 1], listened[k], births[n], independent,
                    tolerance / months, x, progenitor, min(step, lengths[k]), work,
                )  # fmt: skip
                total, steps = total + off, steps + taken
                if steps >= STEPS:
                    return TOO_FAST, n
            if not np.isfinite(x.sum()):
                return NOT_FINITE, n
            chance[n, h, 0, 0], chance[n, h, 0, 1], chance[n, h, 1, 0], chance[n, h, 1, 1] = x
            families[n, h] = progenitor
            bound[n, h] = total
    return DONE, -1
