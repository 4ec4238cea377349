"""Fine and Gray: proportional hazards of the subdistribution of one cause, where others compete.

Subjects with a competing event stay in the risk set, with the weight G(t-) / G(T-), where G is the Kaplan-
Meier estimate of being uncensored. The slope is

    U(b) = sum over events of cause [ x_i - S1(t_i) / S0(t_i) ],    Sk(t) = sum over j of w_j(t) x_j^k
    exp(x_j' b)

with Breslow's ties, as the method is defined. The variance is the sandwich that knows that G was estimated
too.

References
----------
Fine & Gray (1999) J Am Stat Assoc 94:496-509, section 3; Geskus (2011) Biometrics 67:39-49 (late entry is not
covered here, for the weights would need the law of entry as well).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, ndtri

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.survival.newton import climb
from remnant.stats.survival.subjects import at_risk, count_at, ordered


@dataclass(frozen=True)
class FineGrayFit:
    """A fitted subdistribution hazards model.

    Parameters
    ----------
    coefficient, standard_error, lower, upper, p : ndarray, shape (p,)
        Log subdistribution hazard ratio per unit, its robust standard error, Wald limits and two-sided Wald
        p.
    covariance : ndarray, shape (p, p)
    log_likelihood, log_likelihood_null : float
        Pseudo-likelihood at the estimate and at zero.
    converged : bool
        False where the pseudo-likelihood rises for ever, or a covariate says nothing: then no number above,
        except `log_likelihood`, is an answer, and all are NaN.
    subjects, events : int
        Events of the cause.
    """

    coefficient: FloatArray
    standard_error: FloatArray
    lower: FloatArray
    upper: FloatArray
    p: FloatArray
    covariance: FloatArray
    log_likelihood: float
    log_likelihood_null: float
    converged: bool
    subjects: int
    events: int


@dataclass(frozen=True)
class _Weighted:
    """Subjects in the order of time, with what the weights need."""

    time: FloatArray
    kind: FloatArray
    x: FloatArray
    cause: int
    steps: FloatArray
    deaths: FloatArray
    uncensored: FloatArray
    """G(t-) at each step."""
    inverse: FloatArray
    """1 / G(T-) of subjects with a competing event, 0 of others."""

    def sums(self, values: FloatArray) -> FloatArray:
        """Weighted sums over each risk set of the columns of `values`."""
        first = np.searchsorted(self.time, self.steps, "left")
        there = np.cumsum(values[::-1], axis=0)[::-1][first]
        gone = np.concatenate(
            [np.zeros((1, values.shape[1])), np.cumsum(self.inverse[:, None] * values, axis=0)]
        )
        return np.asarray(there + self.uncensored[:, None] * gone[first])

    def parts(self, beta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, float]:
        """exp(x' b), S0, mean and second moment of the covariates at each step, and what was divided out."""
        p = beta.size
        linear = self.x @ beta
        top = float(linear.max(initial=0.0))
        risk = np.exp(linear - top)
        squares = (self.x[:, :, None] * self.x[:, None, :]).reshape(len(self.x), -1)
        sums = self.sums(risk[:, None] * np.concatenate([np.ones((len(self.x), 1)), self.x, squares], axis=1))
        mean = sums[:, 1 : 1 + p] / sums[:, :1]
        return risk, sums[:, 0], mean, (sums[:, 1 + p :] / sums[:, :1]).reshape(-1, p, p), top

    def evaluate(self, beta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Log pseudo-likelihood, slope and information."""
        _, total, mean, second, top = self.parts(beta)
        own = self.x[self.kind == self.cause]
        value = float((own @ beta).sum() - (self.deaths * (np.log(total) + top)).sum())
        spread = second - mean[:, :, None] * mean[:, None, :]
        slope = own.sum(axis=0) - (self.deaths[:, None] * mean).sum(axis=0)
        return value, slope, (self.deaths[:, None, None] * spread).sum(axis=0)


def fine_gray(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    covariates: npt.ArrayLike,
    *,
    of: int = 1,
    confidence: float = 0.95,
) -> FineGrayFit | None:
    """Fit the subdistribution hazard of one cause; None without an event of it.

    Parameters
    ----------
    time : array-like, shape (subjects,)
    cause : array-like of int, shape (subjects,)
        0 where censored, else the code of the event.
    covariates : array-like, shape (subjects,) or (subjects, p)
    of : int, default 1
        The cause that is modelled.
    confidence : float, default 0.95
        Coverage of the limits, in (0, 1).

    Examples
    --------
    >>> found = fine_gray([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 1, 0, 1, 2, 1, 0], [1, 0, 1, 1, 0, 0, 1, 0])
    >>> found.converged, found.events
    (True, 4)
    """
    x = np.asarray(covariates, float)
    x = x[:, None] if x.ndim == 1 else x
    _, when, kind, x = ordered(time, cause, x)
    if not (kind == of).any():
        return None
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    model = _weighted(when, kind, (x - centre) / scale, of)
    zero = np.zeros(scale.size)
    null, _, start = model.evaluate(zero)
    top = climb(model.evaluate, zero)
    spread, first = (float(np.linalg.eigvalsh(matrix)[0]) for matrix in (top.information, start))
    good = top.converged and first > 1e-9 and spread > 1e-5 * min(first, 1.0)
    nothing = np.full((scale.size, scale.size), np.nan)
    covariance = _sandwich(model, top.point, top.information) if good else nothing
    beta = top.point / scale if good else np.full(scale.size, np.nan)
    covariance = covariance / np.outer(scale, scale)
    error = np.sqrt(np.diagonal(covariance))
    margin = -ndtri((1 - confidence) / 2) * error
    p = np.asarray(chdtrc(1, (beta / error) ** 2)) if good else beta
    counts = len(when), int((kind == of).sum())
    return FineGrayFit(
        beta, error, beta - margin, beta + margin, p, covariance, top.value, null, good, *counts
    )


def censoring_survival(when: FloatArray, kind: FloatArray, at: FloatArray) -> FloatArray:
    """Kaplan-Meier estimate of being uncensored just before each time of `at`."""
    steps = np.unique(when[kind == 0])
    kept = np.cumprod(1 - count_at(when[kind == 0], steps) / at_risk(np.full(when.size, -1.0), when, steps))
    return np.asarray(np.concatenate([[1.0], kept])[np.searchsorted(steps, at, "left")])


def _weighted(when: FloatArray, kind: FloatArray, x: FloatArray, of: int) -> _Weighted:
    steps = np.unique(when[kind == of])
    deaths = count_at(when[kind == of], steps)
    competing = (kind > 0) & (kind != of)
    own = censoring_survival(when, kind, when)
    inverse = np.where(competing, 1 / np.where(competing, own, 1.0), 0.0)
    return _Weighted(when, kind, x, of, steps, deaths, censoring_survival(when, kind, steps), inverse)


def _sandwich(model: _Weighted, beta: FloatArray, information: FloatArray) -> FloatArray:
    """Fine and Gray's variance: each subject's share of the slope and of the error in G, squared, added."""
    inverse = np.linalg.inv(information)
    shares = _slope_shares(model, beta) + _censoring_shares(model, beta)
    return np.asarray(inverse @ (shares.T @ shares) @ inverse)


def _slope_shares(model: _Weighted, beta: FloatArray) -> FloatArray:
    """Integral of (x_i - mean) w_i dM_i: eta of the paper."""
    risk, total, mean, _, _ = model.parts(beta)
    rise = model.deaths / total
    own = model.kind == model.cause
    there = np.searchsorted(model.steps, model.time, "right")
    hazard = np.concatenate([[0.0], np.cumsum(rise)])
    drift = np.concatenate([np.zeros((1, beta.size)), np.cumsum(rise[:, None] * mean, axis=0)])
    share = -risk[:, None] * (model.x * hazard[there][:, None] - drift[there])
    share[own] += model.x[own] - mean[np.searchsorted(model.steps, model.time[own])]
    after = (risk * model.inverse)[:, None]
    late, late_drift = _after(model, rise), _after(model, rise[:, None] * mean)
    return np.asarray(share - after * (model.x * late[there][:, None] - late_drift[there]))


def _after(model: _Weighted, values: FloatArray) -> FloatArray:
    """Sums of G(t-) times `values` over the steps from each place on, and 0 past the last."""
    weighted = (model.uncensored * values.T).T
    tail = np.cumsum(weighted[::-1], axis=0)[::-1]
    return np.concatenate([tail, np.zeros_like(tail[:1])])


def _censoring_shares(model: _Weighted, beta: FloatArray) -> FloatArray:
    """Integral of q(u) / pi(u) dM_i of censoring: psi of the paper."""
    risk, total, mean, _, _ = model.parts(beta)
    rise = model.deaths / total
    steps = np.unique(model.time[model.kind == 0])
    if not steps.size:
        return np.zeros_like(model.x)
    # q(u): what those who were out of reach before u would gain by the steps from u on.
    gone = np.concatenate(
        [np.zeros((1, beta.size + 1)),
         np.cumsum((risk * model.inverse)[:, None] * np.c_[np.ones(len(model.x)), model.x], axis=0)]
    )[np.searchsorted(model.time, steps, "left")]  # fmt: skip
    from_here = np.searchsorted(model.steps, steps, "left")
    late, late_drift = _after(model, rise)[from_here], _after(model, rise[:, None] * mean)[from_here]
    q = gone[:, 1:] * late[:, None] - gone[:, :1] * late_drift
    number = at_risk(np.full(model.time.size, -1.0), model.time, steps)
    many = count_at(model.time[model.kind == 0], steps)
    pull = q / number[:, None]
    drift = np.concatenate([np.zeros((1, beta.size)), np.cumsum(pull * (many / number)[:, None], axis=0)])
    share = -drift[np.searchsorted(steps, model.time, "right")]
    censored = model.kind == 0
    share[censored] += pull[np.searchsorted(steps, model.time[censored])]
    return np.asarray(share)
