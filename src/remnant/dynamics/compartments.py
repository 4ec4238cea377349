r"""Stem cells, progenitors and output of a normal, a malignant and a resistant clone under therapy.

For each clone c, with dose u(t) in [0, 1] and rates per month::

    S    = sum_c (Q_c + A_c)                          niche load, 1 in health
    sig  = (1 + kappa) / (1 + kappa S)                1 in health, up to 1 + kappa when empty
    p_c  = min(1, (1 + s_c) sig / 2),  s_n = 0        chance that a division self-renews
    Q_c' = b A_c - a_c (1 + psi_c u) Q_c              quiescent: spared by the drug
    A_c' = a_c (1 + psi_c u) Q_c - b A_c + (2 p_c - 1) lambda A_c - eA_c u A_c
    P_c' = alpha 2 (1 - p_c) lambda A_c - (deltaP + eP_c u) P_c
    M_c' = deltaM (P_c - M_c)

A division of a malignant cell that self-renews makes one resistant daughter with chance mu. Cells are in
units of the healthy pool: alpha = deltaP / (lambda rho) and b = a_n (1 - rho) / rho make Q + A = P = M = 1
the state of health.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

QUIESCENT, ACTIVE, PROGENITOR, MATURE = range(4)
NORMAL, MALIGNANT, RESISTANT = range(3)


@dataclass(frozen=True)
class Parameters:
    """Rates of one patient, or of many at once where the fields are arrays that broadcast.

    Parameters
    ----------
    division : float or ndarray
        Divisions per stem cell in health, lambda rho, per month.
    active : float or ndarray
        Share of stem cells in cycle in health, rho, in (0, 1).
    activation_normal, activation_malignant : float or ndarray
        Leaving quiescence, a_n and a_m, per month.
    feedback : float or ndarray
        Strength of the niche, kappa, at least 0.
    advantage : float or ndarray
        Of self-renewal, s_m, of malignant and resistant cells.
    stem_kill, progenitor_kill : float or ndarray
        eA_m and eP_m of malignant cells at the full dose, per month.
    recruitment : float or ndarray
        psi: relative rise of activation of malignant cells at the full dose.
    progenitor_loss, mature_loss : float or ndarray
        deltaP and deltaM, per month.
    mutation : float or ndarray
        mu: chance per self-renewal that one daughter is resistant.
    sensitivity : float or ndarray
        eps: killing of resistant cells as a share of that of malignant ones.
    """

    division: float | Array
    active: float | Array
    activation_malignant: float | Array
    advantage: float | Array
    stem_kill: float | Array
    progenitor_kill: float | Array
    progenitor_loss: float | Array
    mature_loss: float | Array
    recruitment: float | Array = 0.0
    activation_normal: float | Array = 0.05
    feedback: float | Array = 1.0
    mutation: float | Array = 0.0
    sensitivity: float | Array = 0.1


@dataclass(frozen=True)
class Rates:
    """The same per clone, shape (..., 3), or per patient, (..., 1); once `spread`, (3, patients)."""

    activation: Array
    recruitment: Array
    rest: Array
    division: Array
    advantage: Array
    stem_kill: Array
    progenitor_kill: Array
    progenitor_loss: Array
    mature_loss: Array
    amplification: Array
    feedback: Array
    mutation: Array

    def spread(self, shape: tuple[int, ...]) -> Rates:
        """Give every patient a rate for every clone, the clones first: each is one stretch of memory."""
        full = {name: np.broadcast_to(value, shape).reshape(-1, 3) for name, value in vars(self).items()}
        return Rates(**{name: np.ascontiguousarray(value.T) for name, value in full.items()})


def per_clone(parameters: Parameters) -> Rates:
    """Return the rates of each clone: which of them the drug and the advantage reach."""
    p = {name: np.asarray(value, float)[..., None] for name, value in vars(parameters).items()}
    one = np.ones(3)
    abnormal, resistant = np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.0, 1.0])
    effect = abnormal * (1 - resistant) + resistant * p["sensitivity"]
    division = p["division"] / p["active"]  # lambda, per active cell
    a_n, rho = p["activation_normal"], p["active"]
    return Rates(
        activation=a_n * (1 - abnormal) + p["activation_malignant"] * abnormal,
        recruitment=p["recruitment"] * abnormal,
        rest=a_n * (1 - rho) / rho,
        division=division,
        advantage=p["advantage"] * abnormal,
        stem_kill=p["stem_kill"] * effect,
        progenitor_kill=p["progenitor_kill"] * effect,
        progenitor_loss=p["progenitor_loss"] * one,
        mature_loss=p["mature_loss"] * one,
        amplification=p["progenitor_loss"] / (division * rho),
        feedback=p["feedback"],
        mutation=p["mutation"],
    )


def healthy(parameters: Parameters) -> Array:
    """Return the state of health, shape (..., 3, 4): the fixed point without a clone."""
    return baseline(parameters, fraction=0.0, quiescent=0.5, resistant=0.0)


def baseline(
    parameters: Parameters, *, fraction: ArrayLike, quiescent: ArrayLike, resistant: ArrayLike = 0.0
) -> Array:
    """Return the state before treatment.

    Parameters
    ----------
    parameters : Parameters
        Rates; fields of shape (...).
    fraction : array_like, shape (...)
        f0: share of the clone among stem cells.
    quiescent : array_like, shape (...)
        q0: share of the clone's stem cells that are quiescent.
    resistant : array_like, shape (...)
        Share of the clone that is resistant from the start.

    Returns
    -------
    ndarray, shape (..., 3, 4)
        Clones (normal, malignant, resistant) by states (Q, A, P, M), in healthy pools. Progenitors and
        mature cells are in balance with the active cells of their clone.
    """
    rho, f, q, r = np.broadcast_arrays(
        *(np.asarray(x, float) for x in (parameters.active, fraction, quiescent, resistant))
    )
    share = np.stack([1 - f, f * (1 - r), f * r], axis=-1)
    resting = np.stack([1 - rho, q, q], axis=-1)
    active = share * (1 - resting)
    output = active / rho[..., None]
    return np.stack([share * resting, active, output, output], axis=-1)


def _self_renewal(stems: Array, rates: Rates) -> Array:
    """Return p_c, the chance that a division self-renews: the niche signal times the clone's advantage."""
    pool = stems[..., QUIESCENT, :, :] + stems[..., ACTIVE, :, :]
    load = pool[..., NORMAL, :] + pool[..., MALIGNANT, :] + pool[..., RESISTANT, :]
    feedback = rates.feedback[0]
    signal = (1 + feedback) / (1 + feedback * load)
    return np.asarray(np.minimum(1.0, (1 + rates.advantage) * signal[..., None, :] / 2))


def differentiation(stems: Array, rates: Rates) -> Array:
    """Return the inflow of progenitors, alpha 2 (1 - p_c) lambda A_c, for stems (..., 2, 3, patients)."""
    renewed = _self_renewal(stems, rates)
    return np.asarray(rates.amplification * 2 * (1 - renewed) * rates.division * stems[..., ACTIVE, :, :])


def stem_slope(stem: Array, wake: Array, kill: Array, rates: Rates) -> Array:
    """Return Q' and A', shape (2, 3, patients), given the rates of waking and killing at this dose."""
    q, a = stem
    woken, slept = wake * q, rates.rest * a
    p = _self_renewal(stem, rates)
    slope = np.empty_like(stem)
    slope[QUIESCENT] = slept - woken
    slope[ACTIVE] = woken - slept + ((2 * p - 1) * rates.division - kill) * a
    flow = rates.mutation[0] * (p[MALIGNANT] * rates.division[MALIGNANT] * a[MALIGNANT])
    slope[ACTIVE, MALIGNANT] -= flow
    slope[ACTIVE, RESISTANT] += flow
    return slope
