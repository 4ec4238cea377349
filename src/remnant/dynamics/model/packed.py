r"""The model of a patient as two small arrays: what every engine computes with.

For clone c under drugs d at relative doses u_d, with rates per month::

    S    = sum_c (Q_c + A_c)                          niche load (or, with mature feedback, sum_c M_ck)
    sig  = (1 + kappa) / (1 + kappa S)                1 in health, up to 1 + kappa when empty
    p_c  = min(1, (1 + s_c) sig / 2) exp(-sum_d D_cd u_d)        chance that a division self-renews
    w_c  = a_c (1 + sum_d psi_cd u_d)                 waking
    Q_c' = b A_c - (w_c + sum_d eQ_cd u_d) Q_c
    A_c' = w_c Q_c - b A_c + (2 p_c - 1) lambda_c A_c - sum_d eA_cd u_d A_c
    A_r' += mu p_m lambda_m A_m ;   A_m' -= mu p_m lambda_m A_m
    P_c' = alpha 2 (1 - p_c) lambda_c A_c - (deltaP + sum_d eP_cd u_d) P_c
    M_c1' = k deltaM (P_c - M_c1) ;  M_cj' = k deltaM (M_c(j-1) - M_cj),  j = 2..k stages

Cells are in units of the healthy pool: alpha = deltaP / (lambda_n rho) and b = a_n (1 - rho) / rho make
Q + A = P = M = 1 the state of health.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.dynamics.model.check import check_parameters
from remnant.dynamics.model.parameters import Array, Effect, Parameters

# Rows of `Packed.rates`: per clone, where the clones share one it stands three times.
ACTIVATION, REST, DIVISION, ADVANTAGE, PROGENITOR_LOSS, MATURE_LOSS, AMPLIFICATION, FEEDBACK, MUTATION = (
    range(9)
)
RATES = 9
# Rows of `Packed.effects`.
QUIESCENT_KILL, ACTIVE_KILL, PROGENITOR_KILL, DRUG_ACTIVATION, DIFFERENTIATION = range(5)
EFFECTS = 5


@dataclass(frozen=True)
class Packed:
    """Rates of many patients, clones last.

    Parameters
    ----------
    rates : ndarray, shape (patients, 9, 3)
        Rows as the constants of this module name them; mu stands in the malignant column alone.
    effects : ndarray, shape (patients, drugs, 5, 3)
        Effects of each drug at its full dose on each clone.
    """

    rates: Array
    effects: Array

    def __len__(self) -> int:
        """Count the patients."""
        return len(self.rates)


def pack(parameters: Parameters, effects: Sequence[Effect] = ()) -> Packed:
    """Lay out parameters and the effects of the drugs of a calendar, in the calendar's order.

    Parameters
    ----------
    parameters : Parameters
        Fields of shape () or (patients,).
    effects : sequence of Effect
        One per drug; fields of shape () or (patients,).

    Raises
    ------
    SettingError
        If a number is impossible, as `check_parameters` says.
    """
    patients = check_parameters(parameters, effects=effects)
    p = {name: np.atleast_1d(np.asarray(value, float)) for name, value in vars(parameters).items()}
    drugs = [
        {name: np.atleast_1d(np.asarray(v, float)) for name, v in vars(effect).items()} for effect in effects
    ]
    zero, one = np.zeros(1), np.ones(1)

    def clones(normal: Array, malignant: Array, resistant: Array) -> Array:
        return np.stack([np.broadcast_to(x, patients) for x in (normal, malignant, resistant)], axis=-1)

    division = p["division"] / p["active"]  # lambda of a normal active cell
    loss = p["progenitor_loss"]
    rows = {
        ACTIVATION: (p["activation_normal"], p["activation_malignant"], p["activation_malignant"]),
        REST: (p["activation_normal"] * (1 - p["active"]) / p["active"],) * 3,
        DIVISION: (division, division * p["vigour"], division * p["vigour"]),
        ADVANTAGE: (zero, p["advantage"], p["advantage"]),
        PROGENITOR_LOSS: (loss,) * 3,
        MATURE_LOSS: (p["mature_loss"],) * 3,
        AMPLIFICATION: (loss / p["division"],) * 3,
        FEEDBACK: (p["feedback"],) * 3,
        MUTATION: (zero, p["mutation"], zero),
    }
    rates = np.stack([clones(*rows[row]) for row in range(RATES)], axis=1)

    def effect(d: dict[str, Array]) -> Array:
        normal = (zero, d["normal_active_kill"], d["normal_progenitor_kill"], d["normal_activation"], zero)
        names = ("quiescent_kill", "active_kill", "progenitor_kill", "activation", "differentiation")
        felt = d["sensitivity"] * one
        return np.stack(
            [clones(own, d[name], felt * d[name]) for own, name in zip(normal, names, strict=True)], axis=1
        )

    stacked = [effect(drug) for drug in drugs]
    none = np.zeros((patients, 0, EFFECTS, 3))
    return Packed(rates, np.stack(stacked, axis=1) if stacked else none)
