"""Rates of one patient or of many, and what a drug does to them at its full dose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remnant.errors import Fault, SettingError

Array = NDArray[np.float64]

DAYS_PER_MONTH = 30.4375  # months inside the engines, days at every public door
QUIESCENT, ACTIVE, PROGENITOR, MATURE = range(4)  # compartments; further mature stages follow
NORMAL, MALIGNANT, RESISTANT = range(3)  # clones


@dataclass(frozen=True)
class Structure:
    """Which model it is.

    Parameters
    ----------
    feedback : {"niche", "mature"}
        What self-renewal listens to: the load of stem cells in the niche, or the cells of the last mature
        stage.
    stages : int
        Mature stages in a row, 1 to 4; their mean delay together is that of one.

    Raises
    ------
    SettingError
        If the feedback or the number of stages is another.
    """

    feedback: Literal["niche", "mature"] = "niche"
    stages: int = 1

    def __post_init__(self) -> None:
        faults = []
        if self.feedback not in ("niche", "mature"):
            hint = "what self-renewal listens to"
            faults.append(Fault("structure", None, "feedback", str(self.feedback), "niche or mature", hint))
        if self.stages not in (1, 2, 3, 4):
            hint = "mature stages in a row; more make the delay sharper"
            faults.append(Fault("structure", None, "stages", str(self.stages), "1, 2, 3 or 4", hint))
        if faults:
            raise SettingError(faults)

    @property
    def states(self) -> int:
        """Compartments of a clone: Q, A, P and the mature stages."""
        return 3 + self.stages


@dataclass(frozen=True)
class Parameters:
    """How a patient's stem cells live without a drug; fields are floats, or arrays of one shape (patients,).

    Parameters
    ----------
    division : float or ndarray
        Divisions per stem cell in health, lambda rho, per month, above 0.
    active : float or ndarray
        Share of stem cells in cycle in health, rho, in (0, 1).
    activation_malignant : float or ndarray
        Leaving quiescence, a_m, per month, at least 0.
    advantage : float or ndarray
        s_m: relative advantage in self-renewal of malignant and resistant cells, above -1.
    progenitor_loss, mature_loss : float or ndarray
        deltaP and deltaM, per month, above 0.
    activation_normal : float or ndarray
        a_n, per month, at least 0.
    feedback : float or ndarray
        kappa, at least 0.
    vigour : float or ndarray
        Division rate of an active malignant or resistant cell, relative to a normal one; above 0.
    mutation : float or ndarray
        mu: chance that one daughter of a self-renewing malignant division is resistant, in [0, 1].
    """

    division: float | Array
    active: float | Array
    activation_malignant: float | Array
    advantage: float | Array
    progenitor_loss: float | Array
    mature_loss: float | Array
    activation_normal: float | Array = 0.05
    feedback: float | Array = 1.0
    vigour: float | Array = 1.0
    mutation: float | Array = 0.0


@dataclass(frozen=True)
class Effect:
    """What one drug does at its full dose; in proportion at a share of it. Rates per month, at least 0.

    Parameters
    ----------
    active_kill, progenitor_kill, quiescent_kill : float or ndarray
        eA, eP and eQ of malignant cells, per month.
    activation : float or ndarray
        psi: relative rise of the activation of malignant quiescent cells.
    differentiation : float or ndarray
        D: log of the fall of malignant self-renewal, p exp(-D u).
    sensitivity : float or ndarray
        eps: share of these five effects that a resistant cell feels, in [0, 1].
    normal_active_kill, normal_progenitor_kill : float or ndarray
        The same kills of normal cells, per month: the drug's toxicity to the marrow.
    normal_activation : float or ndarray
        Relative rise of the activation of normal quiescent cells.
    """

    active_kill: float | Array = 0.0
    progenitor_kill: float | Array = 0.0
    quiescent_kill: float | Array = 0.0
    activation: float | Array = 0.0
    differentiation: float | Array = 0.0
    sensitivity: float | Array = 0.1
    normal_active_kill: float | Array = 0.0
    normal_progenitor_kill: float | Array = 0.0
    normal_activation: float | Array = 0.0
