"""Pareto-smoothed importance sampling: the tail of the weights, its shape k, and weights without their luck.

Above a cutoff weights w follow a generalised Pareto law::

    P(w - cutoff > x) = (1 + k x / sigma)^(-1/k)

whose moments exist below 1/k. With k above 0.7 no feasible number of draws gives a trustworthy mean.

References
----------
Vehtari, Simpson, Gelman, Yao & Gabry (2024) JMLR 25(72):1-58. Zhang & Stephens (2009) Technometrics
51:316-325, doi:10.1198/tech.2009.08017.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

Array = NDArray[np.float64]

TRUSTED_K = 0.7  # Vehtari et al. 2024, section 3: beyond, the error does not shrink with any feasible number
_LEAST_TAIL = 5
_TINY = float(np.log(np.finfo(float).tiny))


def psis(log_weights: ArrayLike) -> tuple[Array, float]:
    """Smooth the largest importance weights, and say whether they can be trusted.

    Parameters
    ----------
    log_weights : array_like, shape (draws,)
        Up to a constant; minus infinity where a draw has no weight.

    Returns
    -------
    ndarray, shape (draws,)
        Normalised, smoothed: their exponentials sum to 1.
    float
        Pareto k: above 0.7 the weights are not to be trusted. Infinite if too few draws have weight for a
        tail; 0 if the largest weights are all the same, which have no tail.
    """
    weights = np.array(log_weights, float)
    assert weights.ndim == 1, "one weight for each draw"
    assert not np.isnan(weights).any(), "weights are numbers"
    assert not np.isposinf(weights).any(), "weights are finite"
    if not np.isfinite(weights).any():
        return np.full(weights.shape, -np.log(max(weights.size, 1))), np.inf
    weights -= weights.max()
    smoothed, k = _smooth(weights)
    return smoothed - logsumexp(smoothed), k


def effective_size(log_weights: ArrayLike) -> float:
    """Return (sum w)^2 / sum w^2: as many equal draws have about the same error; 0 if none has weight."""
    weights = np.asarray(log_weights, float)
    if not np.isfinite(weights).any():
        return 0.0
    return float(np.exp(2 * logsumexp(weights) - logsumexp(2 * weights)))


def _smooth(weights: Array) -> tuple[Array, float]:
    """Replace the tail by the expected order statistics of its law; the largest weight is 0 on the log."""
    count = weights.size
    tail = int(np.ceil(min(0.2 * count, 3 * np.sqrt(count))))
    order = np.argsort(weights, kind="stable")
    if tail >= count:
        return weights, np.inf
    cutoff = max(weights[order[-tail - 1]], _TINY)
    if cutoff >= 0:  # the largest weights are all the same
        return weights, 0.0
    largest = order[-tail:][weights[order[-tail:]] > cutoff]
    if largest.size < _LEAST_TAIL:
        return weights, np.inf
    k, sigma = fit_tail(np.exp(weights[largest]) - np.exp(cutoff))
    if not (np.isfinite(k) and sigma > 0):
        return weights, np.inf
    smoothed = weights.copy()
    place = (np.arange(largest.size) + 0.5) / largest.size
    with np.errstate(over="ignore"):  # a quantile beyond all numbers is cut to the largest weight
        smoothed[largest] = np.minimum(np.log(np.exp(cutoff) + _quantile(place, k, sigma)), 0.0)
    return smoothed, k


def fit_tail(excess: Array) -> tuple[float, float]:
    """Fit the generalised Pareto law to sorted excesses above the cutoff: k, drawn to 0.5, and sigma.

    The posterior mean of b = -k / sigma over a grid, with the data's own scale as its prior (Zhang &
    Stephens 2009, equations 5 to 8); k is then weighed against ten tail draws of 0.5 (Vehtari et al. 2024,
    appendix C).
    """
    count = excess.size
    points = 30 + int(np.sqrt(count))
    quartile = excess[int(count / 4 + 0.5) - 1]
    if not quartile > 0:  # so many excesses are lost to rounding that there is no scale
        return np.inf, 0.0
    steps = 1 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))
    b = 1 / excess[-1] + steps / (3 * quartile)
    shape = np.mean(np.log1p(-b[:, None] * excess), axis=1)
    profile = count * (np.log(-b / shape) - shape - 1)
    weight = np.exp(profile - logsumexp(profile))
    weight[weight < 10 * np.finfo(float).eps] = 0.0
    mean = float(np.sum(b * weight) / np.sum(weight))
    k = float(np.mean(np.log1p(-mean * excess)))
    return (count * k + 10 * 0.5) / (count + 10), -k / mean


def _quantile(place: Array, k: float, sigma: float) -> Array:
    """Return the excess that a share `place` of the law lies below."""
    if abs(k) < np.finfo(float).eps:
        return -sigma * np.log1p(-place)
    return np.asarray(sigma * np.expm1(-k * np.log1p(-place)) / k)
