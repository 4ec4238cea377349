r"""The state of a patient before treatment, and health.

What self-renewal listens to is as in health, sig = 1: with niche feedback the stem cells fill the niche,
S = 1; with mature feedback the clones together make the mature cells of health, and hold as many stem cells
as that takes. q0 of the clone's stem cells rest, as do 1 - rho of the normal ones. P and M are in balance
with the active cells of their clone as these differentiate now::

    P_c = M_c = 2 (1 - p_c) v_c A_c / rho,    v_c = lambda_c / lambda_n,    p_c = min(1, (1 + s_c) / 2)

so a clone that renews itself more, or divides less, has fewer progenitors than its active stem cells suggest,
and no count moves in the first days only because the start was out of balance. The stem cells themselves are
not in balance: an untreated clone with an advantage grows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from remnant.dynamics.model.check import check_parameters
from remnant.dynamics.model.parameters import NORMAL, Array, Parameters, Structure
from remnant.errors import Fault, SettingError


@dataclass(frozen=True)
class Start:
    """The clone before treatment; arrays of shape (patients,), or numbers.

    Parameters
    ----------
    fraction : float or ndarray
        f0: share of the clone among stem cells.
    quiescent : float or ndarray
        q0: share of the clone's stem cells that rest.
    resistant : float or ndarray
        Share of the clone that is resistant.
    """

    fraction: float | Array
    quiescent: float | Array
    resistant: float | Array = 0.0


def healthy(parameters: Parameters, *, structure: Structure | None = None) -> Array:
    """Return the state of health, shape (patients, 3, 3 + stages): the fixed point without a clone."""
    return baseline(parameters, fraction=0.0, quiescent=0.5, resistant=0.0, structure=structure)


def baseline(
    parameters: Parameters,
    *,
    fraction: ArrayLike,
    quiescent: ArrayLike,
    resistant: ArrayLike = 0.0,
    structure: Structure | None = None,
) -> Array:
    """Return the state before treatment.

    Parameters
    ----------
    parameters : Parameters
        Fields of shape () or (patients,).
    fraction, quiescent, resistant : array_like, shape () or (patients,)
        As in `Start`; in [0, 1].
    structure : Structure, optional
        Feedback and mature stages; by default the niche and one stage.

    Returns
    -------
    ndarray, shape (patients, 3, 3 + stages)
        Clones (normal, malignant, resistant) by states (Q, A, P, M1..Mk), in healthy pools.

    Raises
    ------
    SettingError
        If a number is outside its bounds, or mature feedback has no cell that differentiates.
    """
    structure = structure or Structure()
    start = {"fraction": fraction, "quiescent": quiescent, "resistant": resistant}
    patients = check_parameters(parameters, start=start)
    given = fraction, quiescent, resistant, parameters.active, parameters.vigour, parameters.advantage
    f, q, r, rho, vigour, advantage = (np.broadcast_to(np.asarray(x, float), patients) for x in given)
    share = np.stack([1 - f, f * (1 - r), f * r], axis=-1)
    resting = np.stack([1 - rho, q, q], axis=-1)
    active = share * (1 - resting)
    clone = np.arange(3) != NORMAL
    strength, gain = np.where(clone, vigour[:, None], 1.0), 1 + clone * advantage[:, None]
    output = strength * active / rho[:, None] * np.maximum(0.0, 2 - gain)
    states = np.stack([share * resting, active, *[output] * (1 + structure.stages)], axis=-1)
    if structure.feedback == "niche":
        return states
    made = output.sum(axis=-1)
    if not np.all(made > 0):
        place, hint = f"patient {made.argmin() + 1}", "lower the advantage, fraction or quiescent share"
        expected = "a marrow that makes mature cells, for feedback from them to hold it in balance"
        raise SettingError([Fault("start", None, place, "none that differentiates", expected, hint)])
    return np.asarray(states / made[:, None, None])
