"""Beta-binomial counts: slides that differ in more than the luck of the draw.

k of n with a rate that varies between slides as Beta(mu s, (1 - mu) s), s = 1/rho - 1; rho in [0, 1] is the
correlation of two cells of one slide. rho = 0 is the binomial, and at rho = 1 every slide is all or nothing.

The chance of k of n is written as products (Griffiths 1973), exact at both ends of rho:

    prod_{j<k} (mu (1 - rho) + j rho) prod_{j<n-k} ((1 - mu)(1 - rho) + j rho) / prod_{j<n} (1 - rho + j rho).

For a given rho its logarithm is concave in mu, so each has one best mean; rho is the root of the score along
these, next to the best of a grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from numpy.polynomial.legendre import leggauss
from scipy.optimize import brentq
from scipy.special import expit, xlog1py, xlogy

from remnant.stats.fractions.count import risen
from remnant.stats.fractions.next_slide import binomial_quantile, predictive_quantile
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.log_mass import log_choose
from remnant.stats.numerics.roots import falling_root

GRID, FINER = 48, 17  # correlations looked at over all, and then around the best of them
ALL_OR_NOTHING = 1e-9  # size of the Beta that stands for a correlation of 1
EXACT_STEPS, PANEL_NODES = 20_000, 8  # factors of one slide that are taken one by one; nodes over later ones


@dataclass(frozen=True)
class BetaBinomial:
    """Fitted rate and spread.

    Parameters
    ----------
    mean : float
        Rate over all slides, in [0, 1].
    correlation : float
        Of two cells of one slide, rho, in [0, 1]; 0 where slides vary no more than a binomial, 1 where every
        slide is all or nothing.
    log_likelihood, binomial_log_likelihood : float
        With and without the spread.
    """

    mean: float
    correlation: float
    log_likelihood: float
    binomial_log_likelihood: float

    @property
    def shape(self) -> tuple[float, float] | None:
        """A and b of the rate's Beta distribution, very small ones for its limit; None for the binomial."""
        if self.correlation == 0:
            return None
        size = max(1 / self.correlation - 1, ALL_OR_NOTHING)
        return self.mean * size, (1 - self.mean) * size

    def quantile(self, n: int, probability: float) -> int:
        """Smallest count that a further slide of `n` cells stays at or below with `probability`."""
        if self.shape is None:
            return binomial_quantile(n, self.mean, probability)
        return predictive_quantile(n, *self.shape, probability)


def log_likelihood(k: FloatArray, n: FloatArray, mean: float, correlation: float) -> float:
    """Beta-binomial log-likelihood of all slides, with its constant."""
    value = log_choose(n, k) + xlogy(k, mean) + xlog1py(n - k, -mean)
    if correlation > 0:
        size = max(1 / correlation - 1, ALL_OR_NOTHING)
        value = value + risen(mean * size, k) + risen((1 - mean) * size, n - k) - risen(size, n)
    return float(np.sum(value))


def heterogeneity(k: npt.ArrayLike, n: npt.ArrayLike) -> tuple[float | None, int]:
    """Pearson's chi-square of slides against their pooled rate, and its degrees of freedom.

    None where no cell or every cell is marked: slides cannot differ there.
    """
    k, n = np.atleast_1d(np.asarray(k, float)), np.atleast_1d(np.asarray(n, float))
    rate = k.sum() / n.sum()
    freedom = len(k) - 1
    if rate in (0.0, 1.0):
        return None, freedom
    return float(np.sum((k - n * rate) ** 2 / (n * rate * (1 - rate)))), freedom


def fit(k: npt.ArrayLike, n: npt.ArrayLike) -> BetaBinomial:
    """Fit slides by maximum likelihood.

    Parameters
    ----------
    k, n : array-like of int, shape (slides,)
        Marked and counted on each slide; at least one cell in all.

    Returns
    -------
    BetaBinomial
        With correlation 0 where no positive one is more likely, and wherever no cell or every cell is
        marked; with correlation 1, the limit, where every slide is all or nothing and they differ.

    References
    ----------
    Griffiths (1973) Biometrics 29:637-648, doi:10.2307/2529131.

    Examples
    --------
    >>> found = fit([0, 0, 0, 200], [200] * 4)
    >>> found.mean, found.correlation
    (0.25, 1.0)
    """
    k, n = np.atleast_1d(np.asarray(k, float)), np.atleast_1d(np.asarray(n, float))
    k, n = k[n > 0], n[n > 0]
    pooled = float(k.sum() / n.sum())
    base = log_likelihood(k, n, pooled, 0.0)
    binomial = BetaBinomial(pooled, 0.0, base, base)
    if pooled in (0.0, 1.0) or len(k) < 2 or n.max() == 1:
        return binomial
    if np.all((k == 0) | (k == n)):  # each factor of the likelihood only rises with the correlation
        share = float(np.mean(k == n))
        return BetaBinomial(share, 1.0, log_likelihood(k, n, share, 1.0), base)
    slides = _Score(*(_factors(counts) for counts in (k, n - k, n)))

    def best(odds: float) -> tuple[float, float]:
        """The most likely mean at a correlation, and its log-likelihood."""
        rho = float(expit(odds))
        mean = slides.best_mean(rho, pooled)
        return mean, log_likelihood(k, n, mean, rho)

    odds = np.linspace(-20.0, 12.0, GRID)
    for _ in range(2):
        place = int(np.argmax([best(x)[1] for x in odds]))
        low, high = float(odds[max(place - 1, 0)]), float(odds[min(place + 1, len(odds) - 1)])
        odds = np.linspace(low, high, FINER)

    def slope(odds: float) -> float:
        return slides.slope(best(odds)[0], float(expit(odds)))

    if slope(low) <= 0:  # it falls from the binomial on
        return binomial
    found = float(brentq(slope, low, high, xtol=1e-13, rtol=1e-14))
    mean, value = best(found)
    return BetaBinomial(mean, float(expit(found)), value, base) if value > base + 1e-9 else binomial


Factors = tuple[FloatArray, FloatArray]  # the j of the products, and how often each stands


@dataclass(frozen=True)
class _Score:
    """Slopes of the log-likelihood, from the products over the marked, the clear and all cells of a slide."""

    marked: Factors
    clear: Factors
    all: Factors

    def best_mean(self, rho: float, start: float) -> float:
        """Mean at which this correlation is most likely."""
        (j, times), (i, others) = self.marked, self.clear

        def score(mean: FloatArray) -> tuple[FloatArray, FloatArray]:
            up, down = mean * (1 - rho) + j * rho, (1 - mean) * (1 - rho) + i * rho
            bend = np.sum(times / up**2) + np.sum(others / down**2)
            return np.asarray(np.sum(times / up) - np.sum(others / down)), np.asarray(-(1 - rho) * bend)

        end = np.array(1e-12)
        return float(falling_root(score, end, 1 - end, start=np.array(start), tolerance=1e-15))

    def slope(self, mean: float, rho: float) -> float:
        """Slope in rho at a given mean."""
        value = 0.0
        for (j, times), share, sign in (
            (self.marked, mean, 1),
            (self.clear, 1 - mean, 1),
            (self.all, 1.0, -1),
        ):
            value += sign * float(np.sum(times * (j - share) / (share * (1 - rho) + j * rho)))
        return value


def _factors(counts: FloatArray) -> Factors:
    """Each j below the largest count, with the number of counts above it.

    Late ones change slowly: sums over these are integrals from half a step before, by Gauss nodes.
    """
    j = np.arange(min(counts.max(), EXACT_STEPS))
    parts = [(j, len(counts) - np.searchsorted(np.sort(counts), j, side="right"))]
    if counts.max() > EXACT_STEPS:
        doubling = EXACT_STEPS * 2.0 ** np.arange(np.log2(counts.max() / EXACT_STEPS))
        ends = np.unique([*doubling, *counts[counts > EXACT_STEPS]])
        x, weight = leggauss(PANEL_NODES)
        for low, high in pairwise(ends):
            nodes = (low + high - 1 + (high - low) * x) / 2
            parts.append((nodes, weight * (high - low) / 2 * np.sum(counts > low)))
    at, times = (np.concatenate(part) for part in zip(*parts, strict=True))
    return at, times
