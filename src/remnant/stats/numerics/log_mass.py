"""Log chance of counts under the usual laws, normalised; zero chance is minus infinity.

binomial        log C(n, k) + k log p + (n - k) log(1 - p)
beta-binomial   log C(n, k) + log B(k + a, n - k + b) - log B(a, b)
Poisson         k log m - m - log k!
multinomial     log n! - sum log k_i! + sum k_i log p_i
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, gammaln, xlog1py, xlogy

from remnant.stats.numerics.arrays import FloatArray


def log_choose(n: npt.ArrayLike, k: npt.ArrayLike) -> FloatArray:
    """Log number of ways to take k of n."""
    n, k = np.asarray(n, float), np.asarray(k, float)
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def binomial(k: npt.ArrayLike, n: npt.ArrayLike, p: npt.ArrayLike) -> FloatArray:
    """Log chance of k of n, each with chance p in [0, 1]; shapes broadcast.

    Examples
    --------
    >>> round(float(np.exp(binomial(1, 2, 0.5))), 12)
    0.5
    """
    k, n, p = (np.asarray(x, float) for x in (k, n, p))
    return np.asarray(log_choose(n, k) + xlogy(k, p) + xlog1py(n - k, -p))


def beta_binomial(k: npt.ArrayLike, n: npt.ArrayLike, a: npt.ArrayLike, b: npt.ArrayLike) -> FloatArray:
    """Log chance of k of n when their shared chance is Beta(a, b); a and b above 0."""
    k, n, a, b = (np.asarray(x, float) for x in (k, n, a, b))
    return np.asarray(log_choose(n, k) + betaln(k + a, n - k + b) - betaln(a, b))


def poisson(k: npt.ArrayLike, mean: npt.ArrayLike) -> FloatArray:
    """Log chance of k events where `mean` are expected, at least 0."""
    k, mean = np.asarray(k, float), np.asarray(mean, float)
    return np.asarray(xlogy(k, mean) - mean - gammaln(k + 1))


def multinomial(counts: npt.ArrayLike, shares: npt.ArrayLike) -> FloatArray:
    """Log chance of counts over kinds, along the last axis; shares sum to 1."""
    counts, shares = np.asarray(counts, float), np.asarray(shares, float)
    ways = gammaln(counts.sum(axis=-1) + 1) - gammaln(counts + 1).sum(axis=-1)
    return np.asarray(ways + xlogy(counts, shares).sum(axis=-1))
