"""Cox's proportional hazards: h(t | x) = h0(t) exp(x' b), by partial likelihood with Efron's ties.

Newton steps, halved until they climb, on covariates per standard deviation; the answer is per unit. Where the
likelihood rises for ever (separation) the estimate is infinite and is said to be so, with the limit that it
does have: a profile-likelihood interval on one side.

References
----------
Cox (1972) J R Stat Soc B 34:187-220; Efron (1977) J Am Stat Assoc 72:557-565; Venzon & Moolgavkar (1988)
Appl Stat 37:87-94 (profile likelihood).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, chdtri

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.survival.newton import Top, climb, profile_limit
from remnant.stats.survival.partial_likelihood import PartialLikelihood
from remnant.stats.survival.separation import aliased, rising_direction

FADED = 1e-5


@dataclass(frozen=True)
class ChiSquare:
    """A test of several coefficients at once.

    Parameters
    ----------
    statistic : float
        NaN where it has no value, as that of Wald at infinity.
    freedom : int
    p : float
    """

    statistic: float
    freedom: int
    p: float

    @classmethod
    def of(cls, statistic: float, freedom: int) -> ChiSquare:
        """Look the statistic up."""
        return cls(float(statistic), freedom, float(chdtrc(freedom, max(statistic, 0.0))))


@dataclass(frozen=True)
class CoxFit:
    """A fitted Cox model.

    Parameters
    ----------
    coefficient, standard_error : ndarray, shape (p,)
        Log hazard ratio per unit; infinite where the likelihood rises for ever, and NaN where, with another
        at infinity, nothing is left to say of it. Neither has a standard error: NaN.
    lower, upper : ndarray, shape (p,)
        Profile-likelihood limits of the coefficient.
    p : ndarray, shape (p,)
        Wald, two-sided; NaN at infinity.
    covariance : ndarray, shape (p, p)
    log_likelihood, log_likelihood_null : float
        At the estimate (the highest that is approached, where it rises for ever) and at zero.
    likelihood_ratio, wald, score : ChiSquare
        Of all coefficients at once.
    infinite : ndarray of int, shape (p,)
        1 and -1 where separation sends a coefficient to plus and minus infinity, else 0.
    converged : bool
        Whether the answer above is one: a maximum, or a proved separation.
    subjects, events : int
    """

    coefficient: FloatArray
    standard_error: FloatArray
    lower: FloatArray
    upper: FloatArray
    p: FloatArray
    covariance: FloatArray
    log_likelihood: float
    log_likelihood_null: float
    likelihood_ratio: ChiSquare
    wald: ChiSquare
    score: ChiSquare
    infinite: npt.NDArray[np.int_]
    converged: bool
    subjects: int
    events: int

    @property
    def hazard_ratio(self) -> FloatArray:
        """Hazard ratio per unit of each covariate; infinite or 0 under separation."""
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(self.coefficient))


def cox(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    covariates: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    stratum: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> CoxFit | None:
    """Fit a Cox model; None where nothing can be estimated.

    Parameters
    ----------
    time, event, entry
        As in `kaplan_meier`.
    covariates : array-like, shape (subjects,) or (subjects, p)
    stratum : array-like, shape (subjects,), optional
        Numeric labels; each stratum has its own baseline hazard.
    confidence : float, default 0.95
        Coverage of the profile-likelihood limits, in (0, 1).

    Returns
    -------
    CoxFit or None
        None without an event, or where a covariate, or a combination, is the same within every risk set.

    Examples
    --------
    >>> found = cox([1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 1, 0], [1, 0, 1, 1, 0, 0])
    >>> round(float(found.hazard_ratio[0]), 3)
    2.924
    """
    likelihood = PartialLikelihood.of(time, event, covariates, entry=entry, stratum=stratum)
    if not likelihood.events or flat(likelihood):
        return None
    zero = np.zeros(likelihood.centre.size)
    top = climb(likelihood.evaluate, zero)
    # A maximum keeps its curvature; where that has faded away, the likelihood may rise for ever.
    firm = top.converged and _curved(top.information, likelihood.evaluate(zero)[2])
    rising = None if firm else rising_direction(likelihood)
    return _summarise(likelihood, top, rising, confidence)


def _curved(here: FloatArray, there: FloatArray) -> bool:
    """Whether the information here is more than a trace of that there, in every direction."""
    if not here.size:
        return True
    least, first = (float(np.linalg.eigvalsh(matrix)[0]) for matrix in (here, there))
    return least > FADED * first


def flat(likelihood: PartialLikelihood) -> bool:
    """Whether a covariate says nothing; looked for in full only where the information hints at it."""
    _, _, information = likelihood.evaluate(np.zeros(likelihood.centre.size))
    spread = np.linalg.eigvalsh(information)
    return bool(spread[0] <= 1e-7 * max(float(spread[-1]), 1e-7)) and aliased(likelihood)


def _summarise(
    likelihood: PartialLikelihood, top: Top, rising: FloatArray | None, confidence: float
) -> CoxFit:
    zero, p = np.zeros(top.point.size), top.point.size
    null, slope, information = likelihood.evaluate(zero)
    infinite = np.zeros(p, bool) if rising is None else rising != 0
    beta, covariance = top.point.copy(), _inverse(top.information)
    if rising is not None:
        beta[infinite] = rising[infinite] * np.inf
        covariance = np.full((p, p), np.nan)
        finite = np.ix_(~infinite, ~infinite)
        if _curved(top.information[finite], information[finite]):
            covariance[finite] = _inverse(top.information[finite])
        else:
            beta[~infinite] = np.nan  # with the others at infinity, the data say nothing of these
    error = np.sqrt(np.diagonal(covariance))
    z_square = (np.where(infinite, np.nan, beta) / error) ** 2
    lower, upper = limits(likelihood, top, rising, confidence)
    wald = np.nan if infinite.any() else float(top.point @ top.information @ top.point)
    return CoxFit(
        beta / likelihood.scale,
        error / likelihood.scale,
        lower / likelihood.scale,
        upper / likelihood.scale,
        np.asarray(chdtrc(1, z_square)),
        covariance / np.outer(likelihood.scale, likelihood.scale),
        top.value,
        null,
        ChiSquare.of(2 * (top.value - null), p),
        ChiSquare(np.nan, p, np.nan) if infinite.any() else ChiSquare.of(wald, p),
        ChiSquare.of(float(slope @ np.linalg.solve(information, slope)), p),
        (np.zeros(p) if rising is None else rising).astype(int),
        top.converged or rising is not None,
        likelihood.subjects,
        likelihood.events,
    )


def limits(
    likelihood: PartialLikelihood, top: Top, rising: FloatArray | None, confidence: float
) -> tuple[FloatArray, FloatArray]:
    """Profile-likelihood limits of each coefficient, per standard deviation."""
    drop = float(chdtri(1, 1 - confidence)) / 2
    found = np.empty((2, top.point.size))
    error = np.sqrt(np.maximum(np.diagonal(_inverse(top.information)), 0.0))
    for place in range(top.point.size):
        # Far out on a ridge the curvature is nothing, and says nothing of the distance.
        step = 1.0 if rising is not None else np.sqrt(2 * drop) * max(float(error[place]), 1e-3)
        for row, towards in enumerate((-1.0, 1.0)):
            if rising is not None and rising[place] == towards:
                found[row, place] = np.inf * towards
            else:
                found[row, place] = profile_limit(likelihood.evaluate, top, place, drop, towards, step)
    return found[0], found[1]


def _inverse(information: FloatArray) -> FloatArray:
    try:
        return np.asarray(np.linalg.inv(information))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(information, hermitian=True))
