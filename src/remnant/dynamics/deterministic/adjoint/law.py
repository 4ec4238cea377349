"""Rates in force on each kind of step, as the compiled course reads them, and back to the patient's own."""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc,call-overload"
from __future__ import annotations

import math

import numba

from remnant.dynamics.model.packed import (
    ACTIVATION,
    ACTIVE_KILL,
    ADVANTAGE,
    AMPLIFICATION,
    DIFFERENTIATION,
    DRUG_ACTIVATION,
    EFFECTS,
    MATURE_LOSS,
    PROGENITOR_KILL,
    PROGENITOR_LOSS,
    QUIESCENT_KILL,
    RATES,
)
from remnant.dynamics.model.packed import DIVISION as OWN_DIVISION
from remnant.dynamics.model.packed import FEEDBACK as OWN_FEEDBACK
from remnant.dynamics.model.packed import MUTATION as OWN_MUTATION
from remnant.dynamics.model.packed import REST as OWN_REST

# Called from compiled code alone: wrappers for Python would double the time to compile.
compiled = numba.njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
inlined = numba.njit(
    nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True
)

# Rows of the law of a kind of step, (12, 3): those of `stems.Step`, then what a step does to what follows.
LEAVE, WAKE, REST, DIVISION, KILL, KEPT, LEAD, FEEDBACK, MUTATION, INFLOW, LOSS, TURNOVER = range(12)
FIELDS = 12

BAND = 0.03  # below the cap of self-renewal: there its slope fades, which would jump to 0 at the cap


@inlined
def _felt(effects, doses, k, row, c):
    """Sum over drugs of dose times effect."""
    total = 0.0
    for d in range(len(effects)):
        total += doses[k, d] * effects[d, row, c]
    return total


@compiled
def fill(rates, effects, months, doses, stages, law):
    """Fill the law (kinds, 12, 3); LOSS and TURNOVER are per step."""
    for k in range(len(months)):
        h = months[k]
        for c in range(3):
            wake = rates[ACTIVATION, c] * (1 + _felt(effects, doses, k, DRUG_ACTIVATION, c))
            law[k, WAKE, c] = wake
            law[k, LEAVE, c] = wake + _felt(effects, doses, k, QUIESCENT_KILL, c)
            law[k, REST, c] = rates[OWN_REST, c]
            law[k, DIVISION, c] = rates[OWN_DIVISION, c]
            law[k, KILL, c] = _felt(effects, doses, k, ACTIVE_KILL, c)
            law[k, KEPT, c] = math.exp(-_felt(effects, doses, k, DIFFERENTIATION, c))
            law[k, LEAD, c] = (1 + rates[ADVANTAGE, c]) * (1 + rates[OWN_FEEDBACK, c]) / 2
            law[k, FEEDBACK, c] = rates[OWN_FEEDBACK, c]
            law[k, MUTATION, c] = rates[OWN_MUTATION, c]
            law[k, INFLOW, c] = 2 * rates[AMPLIFICATION, c] * rates[OWN_DIVISION, c]
            loss = rates[PROGENITOR_LOSS, c] + _felt(effects, doses, k, PROGENITOR_KILL, c)
            law[k, LOSS, c] = loss * h
            law[k, TURNOVER, c] = rates[MATURE_LOSS, c] * h * stages


@compiled
def fill_back(rates, effects, months, doses, stages, law, push, to_rates, to_effects):
    """Set the cotangents of rates and effects to what the cotangent `push` of the law asks for."""
    for c in range(3):
        for row in range(RATES):
            to_rates[row, c] = 0.0
        for d in range(len(effects)):
            for row in range(EFFECTS):
                to_effects[d, row, c] = 0.0
    for k in range(len(months)):
        h = months[k]
        for c in range(3):
            waking = push[k, WAKE, c] + push[k, LEAVE, c]
            psi = _felt(effects, doses, k, DRUG_ACTIVATION, c)
            kappa, outflow = rates[OWN_FEEDBACK, c], push[k, INFLOW, c]
            to_rates[ACTIVATION, c] += waking * (1 + psi)
            to_rates[OWN_REST, c] += push[k, REST, c]
            to_rates[OWN_DIVISION, c] += push[k, DIVISION, c] + 2 * rates[AMPLIFICATION, c] * outflow
            to_rates[ADVANTAGE, c] += push[k, LEAD, c] * (1 + kappa) / 2
            to_rates[OWN_FEEDBACK, c] += (
                push[k, FEEDBACK, c] + push[k, LEAD, c] * (1 + rates[ADVANTAGE, c]) / 2
            )
            to_rates[OWN_MUTATION, c] += push[k, MUTATION, c]
            to_rates[AMPLIFICATION, c] += 2 * rates[OWN_DIVISION, c] * outflow
            to_rates[PROGENITOR_LOSS, c] += push[k, LOSS, c] * h
            to_rates[MATURE_LOSS, c] += push[k, TURNOVER, c] * h * stages
            for d in range(len(effects)):
                dose = doses[k, d]
                to_effects[d, DRUG_ACTIVATION, c] += dose * waking * rates[ACTIVATION, c]
                to_effects[d, QUIESCENT_KILL, c] += dose * push[k, LEAVE, c]
                to_effects[d, ACTIVE_KILL, c] += dose * push[k, KILL, c]
                to_effects[d, DIFFERENTIATION, c] -= dose * law[k, KEPT, c] * push[k, KEPT, c]
                to_effects[d, PROGENITOR_KILL, c] += dose * push[k, LOSS, c] * h
