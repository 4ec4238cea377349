"""The rates in force at one dose, one array each with the patients last: what the plain solver steps with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    Packed,
)
from remnant.dynamics.model.parameters import ACTIVE, MALIGNANT, NORMAL, QUIESCENT, RESISTANT

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rates:
    """Rates per month at one dose; shape (3, patients) unless said otherwise.

    Parameters
    ----------
    wake, leave, rest : ndarray
        Q to A; Q to anywhere, killing included; A to Q.
    births : ndarray
        2 lambda: daughters.
    capped, lead : ndarray
        Daughters that stay stem cells, 2 p lambda = min(capped, lead * sig).
    turnover : ndarray
        Loss of A by division, rest and killing.
    feedback : ndarray, shape (patients,)
        kappa.
    mutants : ndarray, shape (patients,) or None
        mu / 2: resistant cells per malignant daughter that stays; None where no patient has any.
    amplification, progenitor_loss, mature_loss : ndarray
        alpha; deltaP with killing; deltaM times the stages.
    """

    wake: Array
    leave: Array
    rest: Array
    births: Array
    capped: Array
    lead: Array
    turnover: Array
    feedback: Array
    mutants: Array | None
    amplification: Array
    progenitor_loss: Array
    mature_loss: Array

    def signal(self, load: Array) -> Array:
        """Return sig, shape (..., patients), at a load of the niche or of mature cells."""
        return np.asarray((1 + self.feedback) / (1 + self.feedback * load))

    def staying(self, signal: Array) -> Array:
        """Return 2 p lambda, shape (..., 3, patients)."""
        return np.asarray(np.minimum(self.capped, self.lead * signal[..., None, :]))

    def kink(self, stems: Array, before: Array, after: Array) -> Array:
        """Bound what a step misses where self-renewal meets its cap 1 within it, per month; (3, patients).

        Between signals `before` and `after` the corner of min(1, p) cuts off a triangle.
        """
        first, last = (self.lead * signal - self.capped for signal in (before, after))
        spread = np.abs(first) + np.abs(last)
        height = np.abs(first * last) / np.where(spread > 0, spread, 1.0)
        return np.asarray(np.where(first * last < 0, height / 4 * stems[ACTIVE], 0.0))

    def inflow(self, stems: Array, signal: Array) -> Array:
        """Return the inflow of progenitors, alpha 2 (1 - p) lambda A, for stems (..., 2, 3, patients)."""
        leaving = self.births - self.staying(signal)
        return np.asarray(self.amplification * leaving * stems[..., ACTIVE, :, :])

    def slope(self, stems: Array, signal: Array) -> Array:
        """Return Q' and A', shape (2, 3, patients)."""
        q, a = stems
        kept = self.staying(signal) * a
        slope = np.empty_like(stems)
        slope[QUIESCENT] = self.rest * a - self.leave * q
        active = slope[ACTIVE]
        active[:] = kept - self.turnover * a + self.wake * q
        if self.mutants is not None:
            flow = self.mutants * kept[MALIGNANT]
            active[MALIGNANT] -= flow
            active[RESISTANT] += flow
        return slope


def stem_load(stems: Array) -> Array:
    """Return S, shape (..., patients), of stems (..., 2, 3, patients)."""
    pool = stems[..., QUIESCENT, :, :] + stems[..., ACTIVE, :, :]
    return np.asarray(pool[..., NORMAL, :] + pool[..., MALIGNANT, :] + pool[..., RESISTANT, :])


def under(packed: Packed, doses: Array, stages: int) -> Rates:
    """Return the rates at `doses`, shape (drugs,) or (patients, drugs)."""
    rates = packed.rates.transpose(1, 2, 0)
    felt = np.einsum("ndec,nd->ecn", packed.effects, np.broadcast_to(doses, packed.effects.shape[:2]))
    wake = rates[ACTIVATION] * (1 + felt[DRUG_ACTIVATION])
    births = 2 * rates[DIVISION]
    capped = births * np.exp(-felt[DIFFERENTIATION])
    mutation = rates[MUTATION, MALIGNANT]
    return Rates(
        wake=wake,
        leave=wake + felt[QUIESCENT_KILL],
        rest=np.ascontiguousarray(rates[REST]),
        births=births,
        capped=capped,
        lead=(1 + rates[ADVANTAGE]) * capped / 2,
        turnover=rates[DIVISION] + rates[REST] + felt[ACTIVE_KILL],
        feedback=np.ascontiguousarray(rates[FEEDBACK, 0]),
        mutants=mutation / 2 if mutation.any() else None,
        amplification=np.ascontiguousarray(rates[AMPLIFICATION]),
        progenitor_loss=rates[PROGENITOR_LOSS] + felt[PROGENITOR_KILL],
        mature_loss=rates[MATURE_LOSS] * stages,
    )
