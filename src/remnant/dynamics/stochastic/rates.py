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

# Rows of the rates at a dose, shape (12, 3): per clone, per month.
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
) = range(12)
ROWS = 12

inlined = numba.njit(nogil=True, error_model="numpy", forceinline=True)


@inlined
def at_dose(rates, effects, dose, stages, now):
    """Fill `now` with the rates at relative doses (drugs,)."""
    for c in range(3):
        woken, quiescent, active, progenitor, forced = 0.0, 0.0, 0.0, 0.0, 0.0
        for d in range(dose.shape[0]):
            woken += effects[d, DRUG_ACTIVATION, c] * dose[d]
            quiescent += effects[d, QUIESCENT_KILL, c] * dose[d]
            active += effects[d, ACTIVE_KILL, c] * dose[d]
            progenitor += effects[d, PROGENITOR_KILL, c] * dose[d]
            forced += effects[d, DIFFERENTIATION, c] * dose[d]
        now[WAKING, c] = rates[ACTIVATION, c] * (1.0 + woken)
        now[RESTING, c] = rates[REST, c]
        now[DIVIDING, c] = rates[DIVISION, c]
        now[QUIESCENT_DEATH, c] = quiescent
        now[ACTIVE_DEATH, c] = active
        now[PROGENITOR_DEATH, c] = rates[PROGENITOR_LOSS, c] + progenitor
        now[MATURING, c] = stages * rates[MATURE_LOSS, c]
        now[RENEWAL, c] = (1.0 + rates[ADVANTAGE, c]) / 2.0
        now[KEPT, c] = math.exp(-forced)
        now[OUTPUT, c] = rates[AMPLIFICATION, c]
        now[KAPPA, c] = rates[FEEDBACK, c]
        now[MU, c] = rates[MUTATION, MALIGNANT]


@inlined
def signal(load, now):
    """Return sig: 1 in health, up to 1 + kappa when empty."""
    return (1.0 + now[KAPPA, 0]) / (1.0 + now[KAPPA, 0] * load)


@inlined
def renewed(sig, now, c):
    """Return p_c, the chance that a division self-renews."""
    return min(1.0, now[RENEWAL, c] * sig) * now[KEPT, c]


@inlined
def fastest(now):
    """Return the largest sum of rates by which a stem cell of any clone changes, per month."""
    most = 0.0
    for c in range(3):
        total = now[WAKING, c] + now[RESTING, c] + now[DIVIDING, c]
        most = max(most, total + now[QUIESCENT_DEATH, c] + now[ACTIVE_DEATH, c])
    return most
