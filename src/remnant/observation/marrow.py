"""The marrow behind a patient of the synthetic study: the dynamics, as this study takes them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.deterministic.solver import solve
from remnant.dynamics.model.packed import DRUG_ACTIVATION, Packed, pack
from remnant.dynamics.model.parameters import ACTIVE, MALIGNANT, PROGENITOR, RESISTANT, Effect, Parameters
from remnant.dynamics.model.start import baseline
from remnant.dynamics.treatment import Calendar, Therapy

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rates:
    """Rates per month of one patient, or of many where the fields are arrays, in the words of the truth file.

    Parameters
    ----------
    division, active, activation_malignant, advantage, progenitor_loss, mature_loss
        As in `remnant.dynamics.model.parameters.Parameters`; so are activation_normal, feedback and mutation.
    stem_kill, progenitor_kill, recruitment, sensitivity
        Active kill, progenitor kill, activation and sensitivity of lenalidomide, as in `Effect`.
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

    def start(self, fraction: ArrayLike, quiescent: ArrayLike, resistant: ArrayLike) -> Array:
        """Return the state before treatment, shape (patients, 3, 4).

        Here all clones make progenitors and mature cells as normal ones do, in proportion to their active
        stem cells: the clone is seen in both compartments alike.
        """
        states = baseline(self._parameters(), fraction=fraction, quiescent=quiescent, resistant=resistant)
        active = np.broadcast_to(self.active, len(states))
        states[..., PROGENITOR:] = (states[..., ACTIVE] / active[:, None])[..., None]
        return states

    def follow(self, therapy: Calendar, days: ArrayLike, start: Array) -> Array:
        """Return the states on rising days from the first, shape (days, patients, 3, 4).

        Steps are as long as stability allows, and the course about 1e-5 of the pool from the exact one: true
        is what was simulated, and thousands of candidates are followed.
        """
        return solve(self._packed(), Therapy.single("lenalidomide", therapy), days, start, tolerance=np.inf)

    def _parameters(self) -> Parameters:
        shared = {field.name for field in fields(Parameters)} & vars(self).keys()
        return Parameters(**{name: getattr(self, name) for name in shared})

    def _packed(self) -> Packed:
        drug = Effect(
            active_kill=self.stem_kill,
            progenitor_kill=self.progenitor_kill,
            activation=self.recruitment,
            sensitivity=self.sensitivity,
        )
        packed = pack(self._parameters(), [drug])
        # Resistance is to the killing: here the drug wakes resistant stem cells as it wakes the others.
        packed.effects[:, :, DRUG_ACTIVATION, RESISTANT] = packed.effects[:, :, DRUG_ACTIVATION, MALIGNANT]
        return packed
