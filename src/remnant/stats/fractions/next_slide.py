"""Chance and quantiles of the count on one further slide, at a known rate or at one that varies as a Beta."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import bdtr, betainc, betaincc, betaln, xlog1py, xlogy

from remnant.stats.fractions.error_rates import Beta, beta_nodes
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.log_mass import log_choose

SUMMED = 20_000  # cells up to which the chances of single counts are added up
NODES = 24


def at_most(k: int, n: int, a: FloatArray, b: FloatArray) -> FloatArray:
    """Chance of at most k of many cells n, rate ~ Beta(a, b); shape of a and b.

    K is at most k where the rate stays below U ~ Beta(k + 1, n - k), the (k+1)-th least of n even draws: the
    distribution of the wider of the two is averaged over Gauss nodes of the narrower.
    """
    if k >= n:
        return np.ones(np.shape(a))
    cells = Beta(k + 1.0, float(n - k))
    x, weight = beta_nodes(cells, NODES)
    value = betainc(a[..., None], b[..., None], x) @ weight
    narrow = np.flatnonzero((a + b > n).ravel())
    for place in narrow:
        rate, share = beta_nodes(Beta(float(a.flat[place]), float(b.flat[place])), NODES)
        value.flat[place] = betaincc(k + 1, n - k, rate) @ share
    return np.asarray(value)


def least_count(chance: Callable[[int], float], n: int, probability: float) -> int:
    """Smallest k, at most n, at which a rising `chance` of at most k reaches `probability`."""
    low, high = -1, n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(middle) >= probability else (middle, high)
    return high


def predictive_quantile(n: int, a: float, b: float, probability: float) -> int:
    """Smallest count that a slide of `n` cells stays at or below with `probability`, rate ~ Beta(a, b).

    Examples
    --------
    >>> predictive_quantile(200, 40.5, 1960.5, 0.95)
    8
    """
    if n > SUMMED:
        shape = np.array([a]), np.array([b])
        return least_count(lambda k: float(at_most(k, n, *shape)[0]), n, probability)
    x = np.arange(n + 1, dtype=float)
    log_mass = log_choose(n, x) + betaln(a + x, b + n - x) - betaln(a, b)
    # The comparison forgives rounding in the sum, not in the answer: 1e-12 is far below any step.
    return int(np.argmax(np.cumsum(np.exp(log_mass)) >= probability - 1e-12))


def binomial_quantile(n: int, rate: float, probability: float) -> int:
    """Smallest count that a slide of `n` cells stays at or below with `probability`, at a known rate."""
    if n > SUMMED:
        return least_count(lambda k: float(bdtr(k, n, rate)), n, probability)
    x = np.arange(n + 1, dtype=float)
    mass = np.exp(log_choose(n, x) + xlogy(x, rate) + xlog1py(n - x, -rate))
    return int(np.argmax(np.cumsum(mass) >= probability - 1e-12))
