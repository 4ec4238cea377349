"""Detection of a rare population over its background: limits of blank, of detection and of quantitation.

A tube holds X = B + S events: B of the background, negative binomial with mean b and dispersion phi as in
`remnant.stats.rare.negative_binomial`, and S of the population, Poisson with mean s.

- limit of blank: smallest count L with P(B <= L) >= 95 %;
- limit of detection: b + s at which P(X > L) = 95 %;
- limit of quantitation: b + s at which the standard deviation of X is the wanted share of s.

References
----------
Currie (1968) Limits for qualitative detection and quantitative determination (citation to complete).
CLSI EP17-A2 (2012), section 5.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import bdtrc, gammaincc, gammaincinv

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.rare.negative_binomial import quantile

_NODES = 200


def ranked(values: npt.ArrayLike, *, probability: float = 0.95) -> float:
    """Percentile of blanks by rank: the value at rank 1/2 + n p, interpolated; the largest beyond it.

    References
    ----------
    CLSI EP17-A2 (2012), section 5.3.3.1.

    Examples
    --------
    >>> ranked(range(1, 61))  # rank 57.5 of 60
    57.5
    """
    ordered = np.sort(np.asarray(values, float))
    rank = 0.5 + len(ordered) * probability
    return float(np.interp(rank, np.arange(1, len(ordered) + 1), ordered))


def ranked_upper(
    values: npt.ArrayLike, *, probability: float = 0.95, confidence: float = 0.95
) -> float | None:
    """Distribution-free upper confidence limit of a percentile; None where the values are too few for one.

    The k-th smallest of n exceeds the percentile with chance P(Bin(n, p) < k): 59 values are the fewest whose
    largest will do, at 95 % for the 95th percentile.

    References
    ----------
    Wilks (1941) Ann Math Stat 12:91-96.
    """
    ordered = np.sort(np.asarray(values, float))
    n = len(ordered)
    # bdtrc(k - 1, n, p) is P(Bin >= k), which may be at most what confidence leaves.
    enough = np.flatnonzero(bdtrc(np.arange(n), n, probability) <= 1 - confidence + 1e-12)
    return float(ordered[enough[0]]) if len(enough) else None


def detectable(limit_of_blank: float, background: float, dispersion: float, *, power: float = 0.95) -> float:
    """Mean of all events at which a tube exceeds the limit of blank with probability `power`.

    Parameters
    ----------
    limit_of_blank : float
        In events; a tube exceeds it with the next whole number.
    background : float
        Mean background of the tube, events.
    dispersion : float
        Of the background, >= 0.
    power : float, default 0.95
        Wanted probability.

    Returns
    -------
    float
        Background and population together; 3.00 where blanks are empty.

    Examples
    --------
    >>> round(detectable(0, 0.0, 0.0), 2), round(detectable(3, 1.4, 0.0), 2)
    (3.0, 7.75)
    """
    events = np.floor(limit_of_blank) + 1
    plain = float(gammaincinv(events, power))
    if dispersion == 0 or background == 0:
        return max(plain, background)
    rates, weights = _gamma_nodes(background, dispersion)

    def missed(signal: float) -> float:
        return float(weights @ gammaincc(events, rates + signal)) - (1 - power)

    if missed(0.0) <= 0:  # more background than the limit of blank allows for: it was measured elsewhere
        return background
    return background + float(brentq(missed, 0.0, plain, xtol=1e-9, rtol=1e-12))


def poisson_limits(
    background: npt.ArrayLike, *, probability: float = 0.95
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Limit of blank, and the smallest detectable signal, over Poisson backgrounds of known mean.

    Parameters
    ----------
    background : array-like
        Mean events of a blank, >= 0.
    probability : float, default 0.95
        That a blank stays at or below its limit, and that a sample at the limit of detection exceeds it.

    Returns
    -------
    limit_of_blank : ndarray of int
        In events.
    signal : ndarray
        Mean events of the population alone at the limit of detection.

    Examples
    --------
    >>> blank, signal = poisson_limits([0, 1, 20])
    >>> blank.tolist(), signal.round(2).tolist()
    ([0, 3, 28], [3.0, 6.75, 18.39])
    """
    mean = np.asarray(background, float)
    blank = quantile(probability, mean, 0.0)
    return blank, np.asarray(gammaincinv(blank + 1, probability) - mean)


def quantifiable(background: npt.ArrayLike, dispersion: npt.ArrayLike, *, cv: float) -> FloatArray:
    """Mean of all events at which the population is counted with coefficient of variation `cv`.

    Solves s + b + phi b^2 = (cv s)^2; without background s = 1 / cv^2: 25 events for 20 %, 100 for 10 %.

    Examples
    --------
    >>> [round(float(quantifiable(0.0, 0.0, cv=cv)), 9) for cv in (0.2, 0.1)]
    [25.0, 100.0]
    """
    mean = np.asarray(background, float)
    variance = mean + np.asarray(dispersion, float) * mean**2
    return np.asarray(mean + (1 + np.sqrt(1 + 4 * cv**2 * variance)) / (2 * cv**2))


def events_for_cv(cv: float) -> int:
    """Events of a population that give this coefficient of variation of its count."""
    return int(np.ceil(1 / cv**2 - 1e-9))


def events_to_acquire(frequency: float, *, at_least: int = 1, probability: float = 0.95) -> int:
    """Parent events after which at least so many of a population are seen, with `probability`.

    The Poisson mean that gives `at_least` events, over the frequency; the binomial needs no more.

    Parameters
    ----------
    frequency : float
        Of the population among parent events, in (0, 1].
    at_least : int
        Events wanted, >= 1.
    probability : float
        In (0, 1).

    Examples
    --------
    >>> events_to_acquire(1e-5)
    299574
    """
    mean = float(gammaincinv(at_least, probability))
    return max(int(np.ceil(mean / frequency)), at_least)


def _gamma_nodes(mean: float, dispersion: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Rates of a gamma distribution at Gauss-Legendre points of its cumulative probability."""
    points, weights = _legendre()
    rates = mean * dispersion * gammaincinv(1 / dispersion, (points + 1) / 2)
    return np.asarray(rates, float), weights / 2


@cache
def _legendre() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    return np.polynomial.legendre.leggauss(_NODES)
