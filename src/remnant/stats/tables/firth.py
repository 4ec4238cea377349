"""Firth's logistic regression: the likelihood times Jeffreys' prior, sqrt det(X' W X), W = n p (1 - p).

Its maximum is finite for every data set, separated or not, and its bias is of second order. The score of
coefficient j is sum_i x_ij (k_i - n_i p_i + h_i (1/2 - p_i)), h_i the leverage of row i.
Nothing here knows of patients: any design of full rank will do, for compartments as for biomarkers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, expit

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.tables.profile import profile_limit

ROUNDS, CLOSE, LONGEST = 500, 1e-11, 3.0


@dataclass(frozen=True)
class FirthFit:
    """Penalised maximum likelihood.

    Parameters
    ----------
    coefficients : ndarray, shape (coefficients,)
        Log odds.
    covariance : ndarray, shape (coefficients, coefficients)
        Inverse of the information at the estimate.
    log_likelihood : float
        Penalised, without binomial constants.
    converged : bool
        Whether the penalised score vanished.
    """

    coefficients: FloatArray
    covariance: FloatArray
    log_likelihood: float
    converged: bool


@dataclass(frozen=True)
class FirthTest:
    """One coefficient of a Firth fit.

    Parameters
    ----------
    estimate, error : float
        Log odds and standard error.
    lower, upper : float
        Profile penalised-likelihood limits; infinite where the penalised likelihood does not fall far enough.
    chi_square, p : float
        Penalised likelihood-ratio test of 0, 1 degree of freedom.
    converged : bool
        Whether all fits behind these numbers converged.
    """

    estimate: float
    error: float
    lower: float
    upper: float
    chi_square: float
    p: float
    converged: bool


def firth_logistic(
    design: npt.ArrayLike, successes: npt.ArrayLike, trials: npt.ArrayLike | None = None
) -> FirthFit:
    """Fit by penalised maximum likelihood.

    Parameters
    ----------
    design : array-like, shape (rows, coefficients)
        With a column of ones where an intercept is wanted; full rank over the rows that have trials.
    successes : array-like, shape (rows,)
        Of each row's trials.
    trials : array-like, shape (rows,), optional
        1 each by default: one yes or no in each row.

    References
    ----------
    Firth (1993) Biometrika 80:27-38; Heinze & Schemper (2002) Stat Med 21:2409-2419.

    Examples
    --------
    >>> fit = firth_logistic([[1, 0], [1, 1]], [0, 3], [10, 3])  # separated: the likelihood has no maximum
    >>> [round(float(x), 4) for x in fit.coefficients]  # logit((k + 1/2) / (n + 1)) in a saturated design
    [-3.0445, 4.9904]
    """
    rows = _Rows.of(design, successes, trials)
    return rows.fit(np.zeros(rows.x.shape[1]), np.ones(rows.x.shape[1], bool))


def firth_test(
    design: npt.ArrayLike,
    successes: npt.ArrayLike,
    trials: npt.ArrayLike | None = None,
    *,
    column: int,
    confidence: float = 0.95,
) -> FirthTest:
    """Estimate and test one coefficient, by profile penalised likelihood.

    Parameters
    ----------
    design, successes, trials
        As in `firth_logistic`.
    column : int
        Which coefficient.
    confidence : float, default 0.95
        Coverage of the limits, in (0, 1).
    """
    rows = _Rows.of(design, successes, trials)
    free = np.ones(rows.x.shape[1], bool)
    whole = rows.fit(np.zeros(len(free)), free)
    estimate, error = float(whole.coefficients[column]), float(np.sqrt(whole.covariance[column, column]))
    free[column] = False
    latest, converged = whole.coefficients, [whole.converged]

    def profile(value: float) -> tuple[float, float]:
        nonlocal latest
        start = latest.copy()
        start[column] = value
        fit = rows.fit(start, free)
        latest = fit.coefficients
        converged.append(fit.converged)
        return fit.log_likelihood, float(rows.score(fit.coefficients)[0][column])

    lower, upper = (
        profile_limit(profile, estimate, whole.log_likelihood, error, side=side, confidence=confidence)
        for side in (-1, 1)
    )
    chi_square = max(2 * (whole.log_likelihood - profile(0.0)[0]), 0.0)
    return FirthTest(estimate, error, lower, upper, chi_square, float(chdtrc(1, chi_square)), all(converged))


@dataclass(frozen=True)
class _Rows:
    """Rows of a design that have trials, with their counts."""

    x: FloatArray
    k: FloatArray
    n: FloatArray

    @classmethod
    def of(cls, design: npt.ArrayLike, successes: npt.ArrayLike, trials: npt.ArrayLike | None) -> _Rows:
        x, k = np.asarray(design, float), np.asarray(successes, float)
        n = np.ones_like(k) if trials is None else np.asarray(trials, float)
        assert x.ndim == 2, "a design has rows and columns"
        assert len(x) == len(k) == len(n), "one count for each row of the design"
        assert np.all((k >= 0) & (k <= n)), "needs 0 <= successes <= trials"
        told = n > 0
        assert np.linalg.matrix_rank(x[told]) == x.shape[1], "the columns of the design depend on each other"
        return cls(x[told], k[told], n[told])

    def log_likelihood(self, coefficients: FloatArray) -> float:
        """Penalised log-likelihood."""
        eta = self.x @ coefficients
        weight = self.n * expit(eta) * expit(-eta)
        sign, log_det = np.linalg.slogdet(self.x.T @ (weight[:, None] * self.x))
        if sign <= 0:
            return -np.inf
        return float(self.k @ eta - self.n @ np.logaddexp(0, eta) + log_det / 2)

    def score(self, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Penalised score and the information."""
        eta = self.x @ coefficients
        p, q = expit(eta), expit(-eta)
        weight = self.n * p * q
        root = np.sqrt(weight)[:, None] * self.x
        basis, _ = np.linalg.qr(root)
        leverage = (basis**2).sum(axis=1)
        return self.x.T @ (self.k * q - (self.n - self.k) * p + leverage * (q - p) / 2), root.T @ root

    def fit(self, start: FloatArray, free: npt.NDArray[np.bool_]) -> FirthFit:
        """Climb by Fisher scoring over the free coefficients; the others stay."""
        coefficients, height = start.copy(), self.log_likelihood(start)
        converged = False
        for _ in range(ROUNDS):
            score, information = self.score(coefficients)
            step = np.zeros_like(coefficients)
            if free.any():
                step[free] = np.linalg.solve(information[np.ix_(free, free)], score[free])
            step /= max(1.0, np.abs(step).max() / LONGEST)
            converged = bool(np.abs(step).max() < CLOSE)
            if converged:
                break
            following = self.log_likelihood(coefficients + step)
            while following < height - 1e-9 * abs(height) and np.abs(step).max() > CLOSE:
                step /= 2
                following = self.log_likelihood(coefficients + step)
            coefficients, height = coefficients + step, following
        return FirthFit(
            coefficients, np.asarray(np.linalg.inv(self.score(coefficients)[1]), float), height, converged
        )
