"""Negative binomial counts: Poisson events whose rate differs from tube to tube.

A tube of exposure E holds X events, Poisson with mean r E G; G is gamma with mean 1 and variance phi, the
dispersion. So E[X] = m = r E and Var[X] = m + phi m^2; phi = 0 is the Poisson.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import betainc, gammaincc, gammaln, nctdtrit, ndtri, xlogy

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.roots import falling_root

MOST_DISPERSED = 10.0  # tubes that differ by more than threefold (one SD) are not one procedure
_LEAST = 1e-7  # below it the spread of tubes is under 0.03 %: a Poisson, and gammaln has no digits to tell
_GAIN = 1e-6  # of log-likelihood: less is rounding, not spread
_GRID = 60
_HALVINGS = 60


@dataclass(frozen=True)
class NegativeBinomial:
    """Fitted rate and spread.

    Parameters
    ----------
    rate : float
        Events per unit of exposure, >= 0.
    dispersion : float
        Phi, in [0, MOST_DISPERSED]; 0 where tubes vary no more than a Poisson.
    log_likelihood, poisson_log_likelihood : float
        With and without the spread.
    """

    rate: float
    dispersion: float
    log_likelihood: float
    poisson_log_likelihood: float


def log_likelihood(count: FloatArray, mean: FloatArray, dispersion: npt.ArrayLike) -> FloatArray:
    """Log-likelihood of tubes with these means, summed over the last axis, up to a constant of `count`."""
    return np.asarray(np.sum(_growth(count, dispersion) + _own(count, mean, dispersion), axis=-1))


def fit(count: npt.ArrayLike, exposure: npt.ArrayLike) -> NegativeBinomial:
    """Fit tubes by maximum likelihood.

    Parameters
    ----------
    count : array-like of int, shape (tubes,)
        Events of each tube, >= 0.
    exposure : array-like, shape (tubes,)
        What each count is out of, > 0: events of the parent, or a volume.

    Returns
    -------
    NegativeBinomial
        With dispersion 0 where no positive one is more likely, and wherever no tube has an event.

    References
    ----------
    Lawless (1987), on negative binomial and mixed Poisson regression (citation to complete).
    """
    count, exposure = np.atleast_1d(np.asarray(count, float)), np.atleast_1d(np.asarray(exposure, float))
    pooled = float(count.sum() / exposure.sum())
    base = float(log_likelihood(count, pooled * exposure, 0.0))
    poisson = NegativeBinomial(pooled, 0.0, base, base)
    if pooled == 0 or len(count) < 2:
        return poisson

    def profile(log_dispersion: FloatArray) -> FloatArray:
        dispersion = np.exp(log_dispersion)
        rate = _best_rate(count, exposure, dispersion)
        return log_likelihood(count, rate[:, None] * exposure, dispersion[:, None])

    def minus(log_dispersion: float) -> float:
        return -float(profile(np.array([log_dispersion]))[0])

    # A grid first: the profile can have a flat shoulder towards 0.
    grid = np.linspace(np.log(_LEAST), np.log(MOST_DISPERSED), _GRID)
    start = int(np.argmax(profile(grid)))
    bounds = grid[max(start - 1, 0)], grid[min(start + 1, _GRID - 1)]
    found = minimize_scalar(minus, bounds=bounds, method="bounded", options={"xatol": 1e-8})
    if -found.fun <= base + _GAIN:
        return poisson
    dispersion = float(np.exp(found.x))
    rate = float(_best_rate(count, exposure, np.array([dispersion]))[0])
    return NegativeBinomial(rate, dispersion, -float(found.fun), base)


def cumulative(count: npt.ArrayLike, mean: npt.ArrayLike, dispersion: npt.ArrayLike) -> FloatArray:
    """P(X <= count), for counts from 0."""
    count, mean, phi = np.broadcast_arrays(
        np.asarray(count, float), np.asarray(mean, float), np.asarray(dispersion, float)
    )
    flat = (phi < _LEAST) | (mean == 0)
    size = 1 / np.where(flat, 1.0, phi)
    spread = betainc(size, count + 1, size / (size + np.where(flat, 1.0, mean)))
    return np.where(flat, gammaincc(count + 1, mean), spread)


def quantile(probability: float, mean: npt.ArrayLike, dispersion: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Smallest count that a tube stays at or below with `probability`.

    Examples
    --------
    >>> int(quantile(0.95, 2.0, 0.0)), int(quantile(0.95, 2.0, 0.5))
    (5, 6)
    """
    mean, phi = np.broadcast_arrays(np.asarray(mean, float), np.asarray(dispersion, float))
    # Chebyshev's bound, one-sided (Cantelli), holds every quantile.
    reach = np.sqrt((mean + phi * mean**2) * probability / (1 - probability))
    low, high = np.full(mean.shape, -1.0), np.ceil(mean + reach) + 1
    while np.any(high - low > 1):
        middle = np.maximum(np.floor((low + high) / 2), 0)
        enough = cumulative(middle, mean, phi) >= probability - 1e-12
        low, high = np.where(enough | (high - low <= 1), low, middle), np.where(enough, middle, high)
    return np.asarray(high, np.int64)


def upper_quantile(
    probability: float,
    count: npt.ArrayLike,
    exposure: npt.ArrayLike,
    *,
    of_exposure: float,
    confidence: float = 0.95,
) -> int:
    """One-sided upper confidence limit of a quantile, from the tubes that the fit came from.

    The largest quantile among the rates and dispersions that the tubes do not refuse by a likelihood ratio;
    its critical value is the one that gives a normal sample of as many tubes its exact tolerance limit, so
    that few tubes give a wide limit.

    Parameters
    ----------
    probability : float
        Which quantile.
    count, exposure : array-like, shape (tubes,)
        The tubes; at least 3.
    of_exposure : float
        Exposure of the tube whose quantile is wanted.
    confidence : float, default 0.95
        Of the limit.

    Returns
    -------
    int
        An upper tolerance limit in events.
    """
    count, exposure = np.asarray(count, float), np.asarray(exposure, float)
    assert len(count) >= 3, "a spread needs three tubes"
    fitted = fit(count, exposure)
    drop = _critical_drop(len(count), probability, confidence)
    dispersions = np.concatenate([[0.0], np.geomspace(_LEAST, MOST_DISPERSED, 2 * _GRID)])
    rates = _upper_rates(count, exposure, dispersions, fitted.log_likelihood - drop)
    return int(np.max(quantile(probability, rates * of_exposure, dispersions)))


def _critical_drop(tubes: int, probability: float, confidence: float) -> float:
    """How far the log-likelihood may fall: so that a normal sample would give its exact tolerance limit."""
    z = float(ndtri(probability))
    limit = float(nctdtrit(tubes - 1, z * np.sqrt(tubes), confidence)) / np.sqrt(tubes)  # mean 0, SD 1

    def minus(log_sd: float) -> float:
        sd = np.exp(log_sd)
        return float(tubes * log_sd + (tubes - 1 + tubes * (limit - z * sd) ** 2) / (2 * sd**2))

    best = tubes / 2 * np.log((tubes - 1) / tubes) + tubes / 2
    return float(minimize_scalar(minus, bounds=(-3, 5), method="bounded").fun - best)


def _upper_rates(
    count: FloatArray, exposure: FloatArray, dispersions: FloatArray, level: float
) -> FloatArray:
    """Largest rate of each dispersion whose log-likelihood reaches `level`; 0 where none does."""
    column = dispersions[:, None]
    growth = np.sum(_growth(count, column), axis=-1)

    def inside(rates: FloatArray) -> npt.NDArray[np.bool_]:
        total = growth + np.sum(_own(count, rates[:, None] * exposure, column), axis=-1)
        return np.asarray(total >= level)

    best = _best_rate(count, exposure, dispersions)
    reached = inside(best)
    low, high = best, np.maximum(2 * best, 1 / exposure.sum())
    for _ in range(_HALVINGS):
        if not (growing := inside(high) & reached).any():
            break
        low, high = np.where(growing, high, low), np.where(growing, 2 * high, high)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        within = inside(middle)
        low, high = np.where(within, middle, low), np.where(within, high, middle)
    return np.where(reached, high, 0.0)


def _growth(count: FloatArray, dispersion: npt.ArrayLike) -> FloatArray:
    """Terms of the log-likelihood without the mean: those of gamma(k + 1/phi), 0 for a Poisson."""
    flat = np.asarray(dispersion) < _LEAST
    size = 1 / np.where(flat, 1.0, dispersion)
    growth = gammaln(count + size) - gammaln(size) - count * np.log(size)
    return np.asarray(np.where(flat, 0.0, growth), float)


def _own(count: FloatArray, mean: FloatArray, dispersion: npt.ArrayLike) -> FloatArray:
    """Terms of the log-likelihood with the mean."""
    flat = np.asarray(dispersion) < _LEAST
    phi = np.where(flat, 1.0, dispersion)
    return np.asarray(xlogy(count, mean) - np.where(flat, mean, (count + 1 / phi) * np.log1p(phi * mean)))


def _best_rate(count: FloatArray, exposure: FloatArray, dispersions: FloatArray) -> FloatArray:
    """Most likely rate for each dispersion: the root of a falling score, between the extreme tubes."""
    pooled = count.sum() / exposure.sum()
    if pooled == 0:
        return np.zeros(dispersions.shape)
    phi, each = dispersions[:, None], count / exposure / pooled

    def score(relative: FloatArray) -> tuple[FloatArray, FloatArray]:
        mean = relative[:, None] * pooled * exposure
        own = (count - mean) / (1 + phi * mean)
        slope = -(1 + phi * count) * pooled * exposure / (1 + phi * mean) ** 2
        return own.sum(axis=1), slope.sum(axis=1)

    low, high = (np.full(dispersions.shape, end) for end in (each.min(), each.max()))
    relative = falling_root(score, low, high, start=np.ones(dispersions.shape), tolerance=1e-13)
    return np.asarray(relative * pooled)
