"""What the next slide of a normal person may show, given control slides: rate and spread both uncertain.

A slide of n nuclei shows k false positives, beta-binomial around the rate mu with the correlation rho of two
nuclei of one slide. Ten or twenty control slides leave both uncertain, so a quantile at their most likely
values is passed too often; here they are averaged out over their posterior, with the prior

    mu ~ Jeffreys;   sqrt(rho) ~ half-normal with scale 0.2 on (0, 1).

It is densest where slides do not vary, has its median near rho = 0.02 and hardly anything above 0.2: so one
control slide is enough to ask (and then says little), and a few that agree are believed. The scale is the
smallest of those tried at which false calls keep to their level for rho up to 0.02 with ten control slides
of 200 (0.1 and 0.17 pass it there).

References
----------
Gelman (2006) Bayesian Anal 1:515-534, doi:10.1214/06-BA117A (half-normal and half-t priors of a spread).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.polynomial.legendre import leggauss
from scipy.special import gammaln

from remnant.stats.fractions.error_rates import Beta, Rate, beta_nodes
from remnant.stats.fractions.next_slide import SUMMED, at_most, least_count
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.log_mass import log_choose

PRIOR_SCALE = 0.2  # of the square root of the correlation
ANGLES, SPREADS = 40, 32
SCALES_HELD = 5.0  # beyond so many scales the prior holds less than 1e-6
CHUNK = 32  # counts added up at a time


@dataclass(frozen=True)
class SlideRates:
    """Posterior of rate and spread on quadrature nodes.

    Parameters
    ----------
    a, b : ndarray, shape (nodes,)
        Of the Beta distribution of one slide's rate.
    weight : ndarray, shape (nodes,)
        Sums to 1.
    """

    a: FloatArray
    b: FloatArray
    weight: FloatArray

    def quantile(self, n: int, probability: float) -> int:
        """Smallest count that a slide of `n` cells stays at or below with `probability`."""
        if n > SUMMED:
            return least_count(lambda k: float(at_most(k, n, self.a, self.b) @ self.weight), n, probability)
        ends = gammaln(self.a + self.b) - gammaln(self.a) - gammaln(self.b) - gammaln(self.a + self.b + n)
        below = 0.0
        for start in range(0, n + 1, CHUNK):
            x = np.arange(start, min(start + CHUNK, n + 1), dtype=float)[:, None]
            mass = np.exp(log_choose(n, x) + gammaln(self.a + x) + gammaln(self.b + n - x) + ends)
            held = below + np.cumsum(mass @ self.weight)
            # The comparison forgives rounding in the sum, not in the answer.
            if held[-1] >= probability - 1e-10:
                return start + int(np.argmax(held >= probability - 1e-10))
            below = float(held[-1])
        return n

    def quantiles(self, most: int, probability: float) -> npt.NDArray[np.int64]:
        """Return `quantile` of slides of 1, 2, ..., `most` cells in one walk, shape (most,).

        With one cell more, P(X <= k) falls by the chance that k were marked and the new one is too; where
        that brings it below `probability`, k rises by one.
        """
        counts = np.empty(most, np.int64)
        log_mass, below, k = np.zeros(self.a.shape), 1.0, 0  # of exactly k, and of at most k
        for n in range(most):
            every = self.a + self.b + n
            below -= float((np.exp(log_mass) * (self.a + k) / every) @ self.weight)
            log_mass += np.log((n + 1) / (n + 1 - k) * ((self.b + n - k) / every))
            while below < probability - 1e-10 and k <= n:
                log_mass += np.log((n + 1 - k) / (k + 1) * ((self.a + k) / (self.b + n - k)))
                k += 1
                below += float(np.exp(log_mass) @ self.weight)
            counts[n] = k
        return counts


def slide_rates(k: npt.ArrayLike, n: npt.ArrayLike) -> SlideRates:
    """Learn rate and spread from control slides.

    Parameters
    ----------
    k, n : array-like of int, shape (slides,)
        Marked and counted on each; at least one slide, each with at least one cell.

    Examples
    --------
    >>> slide_rates([3, 5, 2, 6, 4, 3, 7, 1, 4, 5], [200] * 10).quantile(200, 0.95)
    9
    """
    k, n = np.atleast_1d(np.asarray(k, float)), np.atleast_1d(np.asarray(n, float))
    rho, weight = _correlations(PRIOR_SCALE)
    size = 1 / rho - 1
    slides = _repeated(k), _repeated(n - k), _repeated(n)
    low, high = 0.0, np.pi / 2
    for _ in range(2):
        coarse = np.linspace(low, high, 41)
        value = _log_likelihood(slides, coarse, size).max(1)
        held = np.flatnonzero(value > value.max() - 28.0)
        low, high = coarse[max(held[0] - 1, 0)], coarse[min(held[-1] + 1, 40)]
    x, gauss = leggauss(ANGLES)
    angle = low + (high - low) * (x + 1) / 2
    value = _log_likelihood(slides, angle, size)
    mass = np.exp(value - value.max()) * gauss[:, None] * weight
    kept = mass > 1e-9 * mass.max()
    mean = np.sin(angle[:, None]) ** 2
    a, b = (np.broadcast_to(part * size, mass.shape)[kept] for part in (mean, 1 - mean))
    return SlideRates(a, b, mass[kept] / mass[kept].sum())


def believed_rates(rate: Rate, correlation: float) -> SlideRates:
    """What is known without control slides: a prior or a given rate, and the prior mean of the correlation.

    Parameters
    ----------
    rate : Beta, float or None
        As in `error_nodes`.
    correlation : float
        Prior mean, above 0, as in `Count`.
    """
    mean, share = beta_nodes(rate, ANGLES)
    rho, weight = beta_nodes(Beta(1.0, 1 / correlation - 1), SPREADS)
    size = 1 / rho - 1
    mean = np.clip(mean, 1e-12, 1 - 1e-12)[:, None]
    mass = share[:, None] * weight
    kept = mass > 1e-12
    a, b = (np.broadcast_to(part * size, mass.shape)[kept] for part in (mean, 1 - mean))
    return SlideRates(a, b, mass[kept] / mass[kept].sum())


def _correlations(scale: float) -> tuple[FloatArray, FloatArray]:
    """Nodes of the correlation, and their weights: Gauss-Legendre over its square root."""
    x, weight = leggauss(SPREADS)
    most = min(SCALES_HELD * scale, 1.0)
    root = most * (x + 1) / 2
    return root**2, weight * np.exp(-(root**2) / (2 * scale**2))


def _repeated(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Each value once, and how often it stands."""
    found, times = np.unique(values, return_counts=True)
    return found, times.astype(float)


def _log_likelihood(
    slides: tuple[tuple[FloatArray, FloatArray], ...], angle: FloatArray, size: FloatArray
) -> FloatArray:
    """Beta-binomial log-likelihood of all slides, shape (angles, sizes)."""
    # A rate of exactly 0 or 1 has no Beta; a little way inside, it is its limit.
    mean = np.clip(np.sin(angle) ** 2, 1e-12, 1 - 1e-12)[:, None]
    a, b = mean * size, (1 - mean) * size
    value = np.zeros(a.shape)
    for shape, (found, times), sign in zip((a, b, size[None]), slides, (1, 1, -1), strict=True):
        added = gammaln(shape[..., None] + found) - gammaln(shape)[..., None]
        value = value + sign * (added @ times)
    return value
