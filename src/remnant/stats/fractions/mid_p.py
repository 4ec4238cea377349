"""Mid-p limits of a proportion: half of the chance of k itself is counted in each tail.

The lower limit solves P(X > k) + P(X = k) / 2 = tail. Its logarithm is nearly straight in log odds, so three
steps of Halley's method reach the last digits from a Wilson limit.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaincc, expit, logit

from remnant.stats.fractions.proportion import Limits, counts, wilson
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.log_mass import log_choose

STEPS = 60  # four are usual
EXACT_CHOICES = 1e5  # above so many cells the logarithm of n choose k has lost too many digits


def mid_p(k: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Limits that count half of the probability of k itself; shorter than exact, coverage near nominal.

    Parameters
    ----------
    k, n : array-like of int, broadcastable
        Marked and counted; 0 <= k <= n, n > 0.
    confidence : float, default 0.95
        Coverage on average, in (0, 1).

    References
    ----------
    Berry & Armitage (1995) The Statistician 44:417-423, doi:10.2307/2348891.

    Examples
    --------
    >>> lower, upper = mid_p(0, 10)  # (1 - upper)^10 is twice the tail of 0.025
    >>> round(float(upper), 6)
    0.258866
    """
    k, n = counts(k, n)
    # Counts repeat: each pair is worked out once. Both are below 2^53, and so is what tells them apart.
    pairs, place = np.unique(k + 1j * n, return_inverse=True)
    few, many = pairs.real, pairs.imag
    tail = (1 - confidence) / 2
    start = wilson(few, many, confidence=confidence)
    lower, upper = np.zeros(pairs.shape), np.ones(pairs.shape)
    some, rest = few > 0, few < many
    lower[some] = _solve(few[some], many[some], start[0][some], tail, rises=True)
    upper[rest] = _solve(few[rest], many[rest], start[1][rest], tail, rises=False)
    place = place.reshape(k.shape)
    return lower[place], upper[place]


def _solve(k: FloatArray, n: FloatArray, start: FloatArray, tail: float, *, rises: bool) -> FloatArray:
    sign = 1.0 if rises else -1.0
    x = logit(np.clip(start, 1e-300, 1 - 1e-16))
    ways = log_choose(n, k)
    left = np.arange(len(x))
    for _ in range(STEPS):
        kk, nn, u = k[left], n[left], x[left]
        p, q = expit(u), expit(-u)
        mass, total = _tail(kk, nn, p, q, u, ways[left], rises)
        # In log odds the tail changes by mass (k q + (n - k) p) / 2, and that by the factor `bend`.
        sway = kk * q + (nn - kk) * p
        slope = sign * mass * sway / (2 * total)
        bend = kk - nn * p + (nn - 2 * kk) * p * q / sway
        newton = np.log(total / tail) / slope
        step = newton / np.clip(1 - newton * (bend - slope) / 2, 0.5, 2.0)
        x[left] = u - np.clip(step, -2.0, 2.0)
        left = left[np.abs(step) > 1e-6]  # the next step would be the cube of this one
        if not len(left):
            break
    return np.asarray(expit(x))


def _tail(
    k: FloatArray, n: FloatArray, p: FloatArray, q: FloatArray, u: FloatArray, ways: FloatArray, rises: bool
) -> tuple[FloatArray, FloatArray]:
    """Chance of k, and of the tail beyond it with half of that."""
    mass = np.exp(np.minimum(ways + k * u + n * np.log(q), 0.0))
    beyond = np.zeros_like(k)
    if rises:
        held = k < n
        beyond[held] = betainc(k[held] + 1, n[held] - k[held], p[held])
    else:
        held = k > 0
        beyond[held] = betaincc(k[held], n[held] - k[held] + 1, p[held])
    large = n > EXACT_CHOICES
    if large.any():  # the difference of two tails, where the formula has too few digits
        a, b, at = k[large], n[large] - k[large], p[large]
        wider = betainc(a, b + 1, at) if rises else betaincc(a + 1, b, at)
        mass[large] = np.maximum(wider - beyond[large], 1e-300)
    return mass, beyond + mass / 2
