"""Rates of one patient's clones at the doses of one segment, as the compiled engine reads them."""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

import math

import numba

from remnant.dynamics.model.packed import (
    ACTIVATION,
    ACTIVE_KILL,
    ADVANTAGE,
    AMPLIFICATION,
    DIFFERENTIATION,
    DIVISION,
    DRUG_ACTIVATION,
    FEEDBACK,
    MATURE_LOSS,
    MUTATION,
    PROGENITOR_KILL,
    PROGENITOR_LOSS,
    QUIESCENT_KILL,
    REST,
)
from remnant.dynamics.model.parameters import MALIGNANT

# Rows of the rates at a dose, shape (14, 3): per clone, per month.
(
    WAKING,
    RESTING,
    DIVIDING,
    QUIESCENT_DEATH,
    ACTIVE_DEATH,
    PROGENITOR_DEATH,
    MATURING,
    RENEWAL,  # (1 + s_c) / 2: chance of self-renewal at a signal of 1
    KEPT,  # exp(-sum D u): share of it that the drugs leave
    OUTPUT,  # alpha, the same for all
    KAPPA,  # the same for all
    MU,  # of the malignant clone, the same for all
    QUIET,  # all that can happen to a quiescent cell
    BUSY,  # all that can happen to an active cell
) = range(14)
ROWS = 14
LONGEST_STEP = 0.125  # months, as in the deterministic solver

inlined = numba.njit(nogil=True, error_model="numpy", forceinline=True)


@inlined
def at_dose(n, rates, effects, doses, row, s, stages, now):
    """Fill `now` with the rates of patient n at the doses (rows, segments, drugs) of one row and segment."""
    for c in range(3):
        woken, quiescent, active, progenitor, forced = 0.0, 0.0, 0.0, 0.0, 0.0
        for d in range(doses.shape[2]):
            woken += effects[n, d, DRUG_ACTIVATION, c] * doses[row, s, d]
            quiescent += effects[n, d, QUIESCENT_KILL, c] * doses[row, s, d]
            active += effects[n, d, ACTIVE_KILL, c] * doses[row, s, d]
            progenitor += effects[n, d, PROGENITOR_KILL, c] * doses[row, s, d]
            forced += effects[n, d, DIFFERENTIATION, c] * doses[row, s, d]
        now[WAKING, c] = rates[n, ACTIVATION, c] * (1.0 + woken)
        now[RESTING, c] = rates[n, REST, c]
        now[DIVIDING, c] = rates[n, DIVISION, c]
        now[QUIESCENT_DEATH, c] = quiescent
        now[ACTIVE_DEATH, c] = active
        now[PROGENITOR_DEATH, c] = rates[n, PROGENITOR_LOSS, c] + progenitor
        now[MATURING, c] = stages * rates[n, MATURE_LOSS, c]
        now[RENEWAL, c] = (1.0 + rates[n, ADVANTAGE, c]) / 2.0
        now[KEPT, c] = math.exp(-forced)
        now[OUTPUT, c] = rates[n, AMPLIFICATION, c]
        now[KAPPA, c] = rates[n, FEEDBACK, c]
        now[MU, c] = rates[n, MUTATION, MALIGNANT]
        now[QUIET, c] = now[WAKING, c] + quiescent
        now[BUSY, c] = now[RESTING, c] + now[DIVIDING, c] + active


@inlined
def signal(load, now):
    """Return sig: 1 in health, up to 1 + kappa when empty."""
    return (1.0 + now[KAPPA, 0]) / (1.0 + now[KAPPA, 0] * load)


@inlined
def renewed(sig, now, c):
    """Return p_c, the chance that a division self-renews."""
    return min(1.0, now[RENEWAL, c] * sig) * now[KEPT, c]


@inlined
def longest_step(now, mature):
    """Return months of the longest step: stable; where mature cells feed back, short to their turnover."""
    most = 1.0 / LONGEST_STEP
    for c in range(3):
        most = max(most, now[QUIET, c] + now[BUSY, c])
        if mature:
            most = max(most, now[MATURING, c], now[PROGENITOR_DEATH, c])
    return 1.0 / most
