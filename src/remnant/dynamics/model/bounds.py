"""Every number of the model with its unit and bounds: the one place that says what it can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FASTEST = 1000.0  # per month: a cell that divides or dies within an hour is outside any model of a marrow


@dataclass(frozen=True)
class Quantity:
    """A number of the model.

    Parameters
    ----------
    name, symbol, unit, meaning : str
        Field of the record; sign in the equations of `packed`; unit, "-" for none; in words.
    lower, upper : float
        Bounds.
    open : bool
        Whether the bounds themselves are refused.
    """

    name: str
    symbol: str
    unit: str
    meaning: str
    lower: float = 0.0
    upper: float = np.inf
    open: bool = False

    def allows(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say which values are finite and within bounds."""
        within = (
            (values > self.lower) & (values < self.upper)
            if self.open
            else (values >= self.lower) & (values <= self.upper)
        )
        return np.asarray(within & np.isfinite(values))

    @property
    def range(self) -> str:
        """The bounds with the unit, in words."""
        low = f"above {self.lower:g}" if self.open else f"from {self.lower:g}"
        high = f"below {self.upper:g}" if self.open else f"to {self.upper:g}"
        words = low if np.isinf(self.upper) else f"{low} {'and ' if self.open else ''}{high}"
        return words if self.unit == "-" else f"{words} {self.unit}"


def _table(*quantities: Quantity) -> Mapping[str, Quantity]:
    return {quantity.name: quantity for quantity in quantities}


_RATE = "per month"

PARAMETERS = _table(
    Quantity("division", "lambda rho", _RATE, "divisions per stem cell in health", 0, FASTEST, open=True),
    Quantity("active", "rho", "-", "share of stem cells in cycle in health", 0, 1, open=True),
    Quantity("activation_malignant", "a_m", _RATE, "leaving quiescence, malignant", 0, FASTEST),
    Quantity("advantage", "s_m", "-", "advantage of the clone in self-renewal", -1, open=True),
    Quantity("progenitor_loss", "deltaP", _RATE, "turnover of progenitors", 0, FASTEST, open=True),
    Quantity("mature_loss", "deltaM", _RATE, "turnover of mature cells", 0, FASTEST, open=True),
    Quantity("activation_normal", "a_n", _RATE, "leaving quiescence, normal", 0, FASTEST),
    Quantity("feedback", "kappa", "-", "strength of the feedback on self-renewal"),
    Quantity("vigour", "v", "-", "division rate of a clone's active cell over a normal one's", 0, open=True),
    Quantity("mutation", "mu", "-", "chance per self-renewal that one daughter is resistant", 0, 1),
)
EFFECTS = _table(
    Quantity("active_kill", "eA", _RATE, "kill of active malignant stem cells", 0, FASTEST),
    Quantity("progenitor_kill", "eP", _RATE, "kill of malignant progenitors", 0, FASTEST),
    Quantity("quiescent_kill", "eQ", _RATE, "kill of quiescent malignant stem cells", 0, FASTEST),
    Quantity("activation", "psi", "-", "relative rise of the activation of malignant stem cells"),
    Quantity("differentiation", "D", "-", "log of the fall of malignant self-renewal"),
    Quantity("sensitivity", "eps", "-", "share of the effects that a resistant cell feels", 0, 1),
    Quantity("normal_active_kill", "eA_n", _RATE, "kill of active normal stem cells", 0, FASTEST),
    Quantity("normal_progenitor_kill", "eP_n", _RATE, "kill of normal progenitors", 0, FASTEST),
    Quantity("normal_activation", "psi_n", "-", "relative rise of the activation of normal stem cells"),
)
START = _table(
    Quantity("fraction", "f0", "-", "share of the clone among stem cells before treatment", 0, 1),
    Quantity("quiescent", "q0", "-", "share of the clone's stem cells that rest before treatment", 0, 1),
    Quantity("resistant", "r0", "-", "share of the clone that is resistant before treatment", 0, 1),
)
STEM_CELLS = Quantity("stem_cells", "N_HSC", "cells", "stem cells of the healthy pool", 1)
BLOOD = _table(
    Quantity("haemoglobin", "X_L0", "g/dL", "haemoglobin in health", 0, 25, open=True),
    Quantity("neutrophils", "X_L0", "10^9/L", "neutrophils in health", 0, 100, open=True),
    Quantity("platelets", "X_L0", "10^9/L", "platelets in health", 0, 5000, open=True),
    *(
        Quantity(f"{lineage}_{name}", symbol, "-", f"{meaning}, {lineage}")
        for name, symbol, meaning in (
            ("efficacy", "w", "output of a maturing cell of the clone over a normal one's"),
            ("compensation", "c", "how far maturing cells make up for being few"),
            ("suppression", "k", "log of the fall of output at the full dose"),
        )
        for lineage in ("erythroid", "myeloid", "platelet")
    ),
    Quantity("red_cell_days", "tau", "days", "approach of haemoglobin to a balance", 0, open=True),
    Quantity("neutrophil_days", "tau", "days", "approach of neutrophils to a balance", 0, open=True),
    Quantity("platelet_days", "tau", "days", "approach of platelets to a balance", 0, open=True),
)
