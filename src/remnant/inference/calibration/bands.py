r"""Between which bounds a distribution function of uniform ranks stays, everywhere at once.

With N ranks the count C(z) at or below z is binomial, and from z to z' it rises by Binomial(N - C(z),
(z' - z) / (1 - z)): a Markov chain. So the chance to stay within pointwise bounds of level gamma at every z
is found exactly, step by step, and gamma is lowered until that chance is the confidence asked for. The chain
is walked with Poisson rises, given their sum, which makes every step a convolution.

References
----------
Säilynoja, Bürkner & Vehtari (2022) Stat Comput 32:32, doi:10.1007/s11222-022-10090-6: the band.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.stats import binom, poisson

from remnant.inference.calibration.ranks import counted, levels

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
HALVINGS = 40


@dataclass(frozen=True)
class Band:
    """Bounds of the counts at or below each level.

    Parameters
    ----------
    size : int
        Number of ranks.
    levels : ndarray, shape (K,)
        Rising, within (0, 1).
    lower, upper : ndarray of int, shape (K,)
        Counts within the band, ends included.
    pointwise : float
        Level gamma of the bounds at one place.
    """

    size: int
    levels: FloatArray
    lower: IntArray
    upper: IntArray
    pointwise: float

    def holds(self, counts: IntArray) -> bool:
        """Say whether a distribution function stays inside everywhere."""
        return bool(np.all((counts >= self.lower) & (counts <= self.upper)))


@dataclass(frozen=True)
class Uniformity:
    """What ranks say of the posterior that they come from.

    Parameters
    ----------
    size, draws : int
        Number of ranks, and the largest that one can be.
    inside : bool
        Whether their distribution function stays inside its simultaneous band.
    p_value : float
        Chance that uniform ranks leave a band as narrow as the one they just touch.
    difference : float
        Farthest from uniform, as a share of the ranks.
    shift : float
        Mean rank in standard errors from the middle; above 0, the posterior is too low.
    spread : float
        Variance of the ranks relative to uniform; above 1, the posterior is too narrow.
    """

    size: int
    draws: int
    inside: bool
    p_value: float
    difference: float
    shift: float
    spread: float


@lru_cache(maxsize=64)
def simultaneous_band(size: int, draws: int, confidence: float = 0.95) -> Band:
    """Return the band for `size` ranks among `draws` draws.

    Parameters
    ----------
    size : int
        Number of independent ranks, at least 1.
    draws : int
        Ranks are from 0 to this number.
    confidence : float, default 0.95
        Least chance that uniform ranks stay inside at every level; just above it, since counts are whole.
    """
    assert size >= 1, "a band is for some ranks"
    assert draws >= 1, "a rank is among some draws"
    assert 0 < confidence < 1, "the confidence is within (0, 1)"
    at = levels(draws)
    low, high = 0.0, 1 - confidence
    if stays(size, at, *_bounds(size, at, high)) >= confidence:
        low = high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        within = stays(size, at, *_bounds(size, at, middle)) >= confidence
        low, high = (middle, high) if within else (low, middle)
    return Band(size, at, *_bounds(size, at, low), low)


def uniformity(rank: npt.ArrayLike, draws: int, *, confidence: float = 0.95) -> Uniformity:
    """Ask whether ranks are uniform on 0..draws.

    Parameters
    ----------
    rank : array-like of int, shape (N,)
        Independent of each other.
    draws : int
        The largest that a rank can be.
    confidence : float, default 0.95
        Of the simultaneous band.
    """
    given = np.asarray(rank, int)
    size, counts, at = len(given), counted(given, draws), levels(draws)
    touched = float(np.minimum(1.0, 2 * np.minimum(*_tails(size, at, counts)).min()))
    # Bounds just narrow enough to be left: the chance to leave them is the p-value.
    p_value = 1 - stays(size, at, *_bounds(size, at, touched * (1 + 1e-9)))
    middle, variance = draws / 2, draws * (draws + 2) / 12
    return Uniformity(
        size,
        draws,
        simultaneous_band(size, draws, confidence).holds(counts),
        float(np.clip(p_value, 0.0, 1.0)),
        float(np.abs(counts / size - at).max()),
        float((given.mean() - middle) / np.sqrt(variance / size)),
        float(((given - middle) ** 2).mean() / variance),
    )


def stays(size: int, at: FloatArray, lower: IntArray, upper: IntArray) -> float:
    """Return the chance that counts of `size` uniform numbers stay within bounds at all levels `at`."""
    if np.any(lower > upper):
        return 0.0
    start, chance = 0, np.ones(1)  # chance of each count from `start` on
    for low, high, rate in zip(lower, upper, size * np.diff(at, prepend=0.0), strict=True):
        rises = poisson.pmf(np.arange(high - start + 1), rate)
        start, chance = low, np.convolve(chance, rises)[low - start : high - start + 1]
    last = poisson.pmf(size - start - np.arange(len(chance)), size * (1 - at[-1]))
    return float((chance * last).sum() / poisson.pmf(size, size))


def _bounds(size: int, at: FloatArray, pointwise: float) -> tuple[IntArray, IntArray]:
    """Return the least and the largest count whose tails exceed half the level."""
    lower = binom.ppf(pointwise / 2, size, at)
    upper = binom.isf(pointwise / 2, size, at)
    return np.maximum(lower, 0).astype(int), np.minimum(upper, size).astype(int)


def _tails(size: int, at: FloatArray, counts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the chance of so few, and of so many."""
    return np.asarray(binom.cdf(counts, size, at)), np.asarray(binom.sf(counts - 1, size, at))
