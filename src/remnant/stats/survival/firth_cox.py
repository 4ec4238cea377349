"""Cox's model with Firth's penalty, log L(b) + 1/2 log det I(b): finite even under separation.

The penalty takes away the first term of the bias, and keeps a monotone likelihood from running to infinity;
with fewer than ten events per covariate it is the better habit. Its slope has

    U*_r = U_r + 1/2 trace( I^-1 dI/db_r ).

Limits and tests are by penalised profile likelihood. Ties are Efron's.

References
----------
Firth (1993) Biometrika 80:27-38; Heinze & Schemper (2001) Biometrics 57:114-119,
doi:10.1111/j.0006-341x.2001.00114.x.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, chdtri

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.survival.cox import ChiSquare, flat
from remnant.stats.survival.newton import Objective, Top, climb, profile_limit
from remnant.stats.survival.partial_likelihood import PartialLikelihood

MANY = 200  # events beyond which the penalty bends the likelihood too little to matter for a step
AWAY = 3.0  # per standard deviation
ASIDE = 1e-5  # per standard deviation: a third of the digits, for a central difference of a slope


@dataclass(frozen=True)
class FirthCoxFit:
    """A Cox model fitted by penalised partial likelihood.

    Parameters
    ----------
    coefficient, standard_error : ndarray, shape (p,)
        Log hazard ratio per unit; the standard error is from the information, and no interval rests on it.
    lower, upper : ndarray, shape (p,)
        Profile penalised-likelihood limits of the coefficient; infinite where it never falls so far.
    p : ndarray, shape (p,)
        Penalised likelihood-ratio test of each coefficient.
    log_likelihood, log_likelihood_null : float
        Penalised, at the estimate and at zero.
    likelihood_ratio : ChiSquare
        Of all coefficients at once.
    converged : bool
    subjects, events : int
    """

    coefficient: FloatArray
    standard_error: FloatArray
    lower: FloatArray
    upper: FloatArray
    p: FloatArray
    log_likelihood: float
    log_likelihood_null: float
    likelihood_ratio: ChiSquare
    converged: bool
    subjects: int
    events: int

    @property
    def hazard_ratio(self) -> FloatArray:
        """Hazard ratio per unit of each covariate."""
        return np.asarray(np.exp(self.coefficient))


def firth_cox(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    covariates: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    stratum: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> FirthCoxFit | None:
    """Fit a Cox model by penalised likelihood; None where nothing can be estimated, as in `cox`.

    Examples
    --------
    Every event is in one group, and the ratio is finite:

    >>> found = firth_cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0])
    >>> round(float(found.hazard_ratio[0]), 2), bool(np.isfinite(found.lower[0]))
    (13.0, True)
    """
    likelihood = PartialLikelihood.of(time, event, covariates, entry=entry, stratum=stratum)
    zero = np.zeros(likelihood.centre.size)
    if not likelihood.events or flat(likelihood):
        return None

    def penalised(beta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        return penalise(likelihood, beta)

    top, null = _highest(penalised, zero, likelihood.events), penalised(zero)[0]
    unit = float(np.log(likelihood.scale).sum())  # of the determinant, per unit of the covariates
    error = np.sqrt(np.diagonal(np.linalg.inv(likelihood.evaluate(top.point)[2])))
    drop = float(chdtri(1, 1 - confidence)) / 2
    found = np.empty((3, zero.size))
    for place in range(zero.size):
        step = np.sqrt(2 * drop) * float(error[place])
        found[0, place] = profile_limit(penalised, top, place, drop, -1.0, step)
        found[1, place] = profile_limit(penalised, top, place, drop, 1.0, step)
        start = top.point.copy()
        start[place] = 0.0
        found[2, place] = 2 * (top.value - climb(penalised, start, fixed=place, tolerance=1e-10).value)
    lower, upper, ratio = found
    return FirthCoxFit(
        top.point / likelihood.scale,
        error / likelihood.scale,
        lower / likelihood.scale,
        upper / likelihood.scale,
        np.asarray(chdtrc(1, np.maximum(ratio, 0.0))),
        top.value + unit,
        null + unit,
        ChiSquare.of(2 * (top.value - null), zero.size),
        top.converged,
        likelihood.subjects,
        likelihood.events,
    )


def _highest(penalised: Objective, zero: FloatArray, events: int) -> Top:
    """The highest top. With few events the penalised likelihood may have more than one: look on each side."""
    sides = [way * axis for axis in np.eye(zero.size) for way in (-AWAY, AWAY)] if events <= MANY else []
    tops = [climb(penalised, start, tolerance=1e-10) for start in (zero, *sides)]
    return max(tops, key=lambda top: top.value)


def penalise(likelihood: PartialLikelihood, beta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Penalised log-likelihood and its slope at `beta`, with the curvature that steps are taken by."""
    value, slope, information = _penalised_slope(likelihood, beta)
    if likelihood.events > MANY or not np.isfinite(value):
        return value, slope, information
    # With few events the penalty bends the top too, and steps by the information alone would creep.
    curvature = np.empty_like(information)
    for place in range(beta.size):
        aside = np.zeros(beta.size)
        aside[place] = ASIDE
        ahead, behind = (_penalised_slope(likelihood, beta + way * aside)[1] for way in (1, -1))
        curvature[place] = (behind - ahead) / (2 * ASIDE)
    curvature = (curvature + curvature.T) / 2
    good = np.isfinite(curvature).all() and np.linalg.eigvalsh(curvature)[0] > 0
    return value, slope, curvature if good else information


def _penalised_slope(likelihood: PartialLikelihood, beta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    value, slope, information, change = likelihood.expand(beta)
    sign, log_det = np.linalg.slogdet(information)
    if sign <= 0 or not np.isfinite(log_det):
        return -np.inf, slope, information
    bias = np.einsum("jk,kjr->r", np.linalg.inv(information), change)
    return value + log_det / 2, slope + bias / 2, information
