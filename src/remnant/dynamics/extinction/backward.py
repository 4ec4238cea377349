r"""Survival of a cell's family in a changing environment, by the backward (generating function) equation.

Let q_i(t) be the chance that the family of one cell of type i alive at t has no member left at the horizon T.
With rates k_ij of its events and the cells nu_ijl that they leave::

    -dq_i/dt = sum_j k_ij(t) (prod_l q_l^nu_ijl - q_i),     q_i(T) = 0

For the stem cells of a clone (rates per month as in `remnant.dynamics.model.packed`) an active cell becomes
two at lambda p (1 - mu), one and a resistant one at lambda p mu, two progenitors at lambda (1 - p), rests at
b and is killed at sum eA u; a quiescent one wakes at w and is killed at sum eQ u. In survival x = 1 - q::

    -x_Q' = w x_A - (w + eQ u) x_Q
    -x_A' = lambda p mu x_R + b x_Q + (lambda p (1 - mu) - lambda (1 - p) - eA u - b - lambda p mu x_R) x_A
            - lambda p (1 - mu) x_A^2 + lambda (1 - p) (1 - q_P^2)

Where the two daughters choose for themselves, each is active with chance p: one of two that both are is then
resistant with chance mu, the only one with chance mu / 2. The same means, another chance of extinction.
A progenitor's family, if it counts, dies out by its closed birth-death form.

The flow of x backward keeps order, and from c x (0 < c < 1) it ends at no less than c times where it ends
from x. So it stretches no ratio of two solutions: relative errors of the steps add up and never grow
(Thompson's metric). The sum of the embedded estimates therefore bounds the relative error of survival. It
also bounds the absolute error of the chance that all founders' families die out, because the slope of that
chance in log x is minus the chance that the family of exactly one founder is left.

References
----------
Kendall (1948) Ann Math Stat 19:1-15; Athreya & Ney (1972) Branching Processes, chapter V.7 (multitype, in
continuous time); Thompson (1963) Proc Am Math Soc 14:438-443.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.extinction.check import Complaints
from remnant.dynamics.extinction.environment import Signal, Stretches, cut
from remnant.dynamics.model.packed import Packed
from remnant.errors import Fault, RemnantError

Array = NDArray[np.float64]

Division = Literal["symmetric", "independent"]
TOLERANCE = 1e-4
SAFETY = 4.0  # what the embedded estimate of a step is multiplied by, before it is trusted
SAFETY_WITH_PROGENITORS = 64.0  # their closed form, which drives the stems, is not seen by that estimate


class AccuracyError(RemnantError, ArithmeticError):
    """An answer that cannot be had within its tolerance."""


@dataclass(frozen=True)
class Survival:
    """Chance that the family of one cell alive on the first day has a member left at each horizon.

    Parameters
    ----------
    stems : ndarray, shape (patients, horizons, 2, 2)
        Of a malignant or resistant cell (axis -2) that is quiescent or active (axis -1).
    progenitors : ndarray, shape (patients, horizons, 2)
        Of a malignant or resistant progenitor; 0 where progenitors do not count.
    error : ndarray, shape (patients, horizons)
        Bound of the relative error of `stems`: a multiple of the sum of the embedded estimates, 4, or 64
        where progenitors count too (seen too low by 17 there).
    """

    stems: Array
    progenitors: Array
    error: Array


def survival(
    packed: Packed,
    edges: ArrayLike,
    doses: ArrayLike,
    signal: Signal,
    *,
    horizons: ArrayLike,
    division: Division = "symmetric",
    progenitor_births: ArrayLike | None = None,
    tolerance: float = TOLERANCE,
) -> Survival:
    """Integrate the backward equation from each horizon to the first day.

    Parameters
    ----------
    packed : Packed
        Rates of the patients and effects of the drugs.
    edges : array_like, shape (segments + 1,)
        Days on which the therapy changes, rising; the first is the day the cells are alive.
    doses : array_like, shape (segments, drugs) or (patients, segments, drugs)
        Relative doses, constant on each segment.
    signal : Signal
        What the niche says over these days; see `Signal.of` and `Signal.constant`.
    horizons : array_like, shape (horizons,)
        Days within the edges; inf where the last segment and the last signal last for ever.
    division : {"symmetric", "independent"}
        Whether a division makes two of a kind, or each daughter chooses for itself.
    progenitor_births : array_like, shape () or (patients,), optional
        Divisions of a progenitor, per month, beside which it is lost at births + deltaP + eP u, so that its
        mean is that of the equations. Without it a progenitor counts as gone: stem cells die out.
    tolerance : float, default 1e-4
        Relative error of survival that is allowed, in [1e-10, 0.1].

    Returns
    -------
    Survival

    Raises
    ------
    SettingError
        If an input cannot be: everything wrong with it is named.
    AccuracyError
        If the rates are so fast that the tolerance would take more than two million steps.

    Examples
    --------
    >>> from remnant.dynamics.model.packed import pack
    >>> from remnant.dynamics.model.parameters import Parameters
    >>> rates = pack(Parameters(0.11, 0.2, 0.05, 0.2, 1.0, 6.0))
    >>> x = survival(rates, [0.0, 3650.0], np.zeros((1, 0)), Signal.constant(), horizons=[3650.0, np.inf])
    >>> x.stems[0, :, 0].round(3)  # quiescent, active: in ten years, for ever
    array([[0.395, 0.374],
           [0.333, 0.333]])
    """
    stretches = cut(packed, edges, doses, signal, horizons)
    patients, followed = len(packed), progenitor_births is not None
    births = np.broadcast_to(np.asarray(progenitor_births if followed else 0.0, float), patients)
    wrong = Complaints()
    wrong.numbers("progenitor_births", births)
    if division not in ("symmetric", "independent"):
        wrong("division", "", division, "symmetric or independent", "choose one")
    if not 1e-10 <= tolerance <= 0.1:
        wrong("tolerance", "", tolerance, "1e-10 to 0.1", f"{TOLERANCE:g} is the default")
    wrong.speak()
    return _integrate(packed, stretches, births if followed else births - 1.0, division, tolerance)


def _integrate(
    packed: Packed, stretches: Stretches, births: Array, division: Division, tolerance: float
) -> Survival:
    """Run the kernel, which is compiled when it is first used, or say why it stopped."""
    from remnant.dynamics.extinction.kernels import DONE, STEPS, survive

    safety = SAFETY if np.all(births < 0) else SAFETY_WITH_PROGENITORS
    shape = (len(packed), len(stretches.ends))
    stems, progenitors, error = np.empty((*shape, 2, 2)), np.empty((*shape, 2)), np.empty(shape)
    status, patient = survive(
        np.ascontiguousarray(packed.rates),
        np.ascontiguousarray(packed.effects),
        stretches.months,
        stretches.rows,
        stretches.doses,
        stretches.signal,
        stretches.ends,
        np.ascontiguousarray(births),
        division == "independent",
        tolerance / safety,
        stems,
        progenitors,
        error,
    )
    if status != DONE:
        found = f"patient {patient} has rates too fast or too large for {STEPS:,} steps"
        hint = "check that rates are per month, or allow a larger tolerance"
        raise AccuracyError([Fault("packed", None, f"place [{patient}]", found, "slower events", hint)])
    return Survival(stems, progenitors, safety * error)
