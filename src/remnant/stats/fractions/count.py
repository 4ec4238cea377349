"""What one compartment's slides say of the fraction that scores abnormal, whether or not slides vary.

Nuclei of one slide share its stain and its reader, so k of n is beta-binomial around the fraction p, with rho
the correlation of two nuclei of one slide. What is known of rho is its prior,

    rho ~ Beta(1, 1 / mean - 1):  densest at 0, falling nearly as an exponential, with the given mean,

and what several slides of the compartment tell. It is averaged out by quadrature; mean 0 is the binomial.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.interpolate import CubicSpline
from scipy.special import gammaln

from remnant.stats.numerics.arrays import FloatArray

RHO_NODES, RHO_COARSE = 24, 65
TABLE_POINTS = 513  # angles at which an averaged likelihood is tabled, crowded where it is sharp
SERIES_FROM = 10.0  # argument from which Stirling's series of log gamma is exact to the last digits
SHARPEST = 8.0  # slides that vary are as sharp as this many cells over the mean correlation, at most
NEGLIGIBLE = 32.0  # log units below its largest where a density is left out


@dataclass(frozen=True)
class Count:
    """Abnormal of scored cells on the slides of one compartment.

    Parameters
    ----------
    abnormal, scored : int
        Over all slides.
    slides : tuple of (int, int)
        Of each slide; one slide where empty.
    correlation : float, default 0
        Prior mean of the correlation of two cells of one slide, in [0, 1); 0: they are independent.
    """

    abnormal: int
    scored: int
    slides: tuple[tuple[int, int], ...] = ()
    correlation: float = 0.0

    def log_likelihood(self, fraction: FloatArray) -> FloatArray:
        """Log chance of the slides where `fraction` of cells score abnormal, up to a constant."""
        each = tuple(slide for slide in self.slides or ((self.abnormal, self.scored),) if slide[1])
        assert sum(k for k, _ in each) == self.abnormal, "the slides do not add up to the abnormal cells"
        assert sum(n for _, n in each) == self.scored, "the slides do not add up to the scored cells"
        # One cell has no other to agree with.
        if self.correlation == 0 or all(n == 1 for _, n in each):
            return _powers(self.abnormal, self.scored - self.abnormal, fraction)
        table = _table(each, self.correlation)
        start, end = sum(k > 0 for k, _ in each), sum(k < n for k, n in each)
        angle = np.arcsin(np.sqrt(np.minimum(fraction, 1.0)))
        return np.asarray(_powers(start, end, fraction) + table(angle))

    @property
    def sharpness(self) -> float:
        """Independent cells that would tell as finely between fractions: how dense a quadrature must be."""
        limit = self.correlation / SHARPEST
        return float(sum(n / (1 + n * limit) for _, n in self.slides or ((self.abnormal, self.scored),)))

    @property
    def peak(self) -> float:
        """Fraction at which the likelihood is largest, or near it."""
        return self.abnormal / self.scored if self.scored else 0.5


def correlation_nodes(slides: tuple[tuple[int, int], ...], mean: float) -> tuple[FloatArray, FloatArray]:
    """Quadrature over the correlation: nodes, and the log weight of each under its prior."""
    k, n = (np.array(x, float) for x in zip(*slides, strict=True))
    # Where anything is left of the prior after the slides, at their pooled rate.
    pooled = (k.sum() + 0.5) / (n.sum() + 1)
    coarse = np.linspace(0, 1, RHO_COARSE)[1:-1] ** 2
    size = 1 / coarse - 1
    left = (1 / mean - 2) * np.log1p(-coarse) + _slides(k, n, np.array([pooled]), size)[0]
    held = np.flatnonzero(left > left.max() - NEGLIGIBLE)
    top = coarse[min(held[-1] + 1, len(coarse) - 1)]
    x, weight = leggauss(RHO_NODES)
    v = (x + 1) / 2
    rho = top * v**2  # crowded towards the binomial, which changes fastest
    return rho, np.log(weight * top * v) + (1 / mean - 2) * np.log1p(-rho)


def _powers(k: float, clear: float, fraction: FloatArray) -> FloatArray:
    value = np.zeros_like(fraction)
    # Plain logarithms, not xlogy: here they are most of the work, and 0 log 0 is a term left out.
    with np.errstate(divide="ignore"):
        if k > 0:
            value += k * np.log(fraction)
        if clear > 0:
            value += clear * np.log1p(-fraction)
    return value


def _slides(k: FloatArray, n: FloatArray, fraction: FloatArray, size: FloatArray) -> FloatArray:
    """Beta-binomial log-likelihood of all slides, shape (fractions, sizes)."""
    a, b = fraction[:, None] * size, (1 - fraction)[:, None] * size
    value = np.broadcast_to(_powers(k.sum(), (n - k).sum(), fraction)[:, None], a.shape).copy()
    for marked, counted in zip(k, n, strict=True):
        value += risen(a, marked) + risen(b, counted - marked) - risen(size, counted)
    return value


def risen(a: FloatArray | float, k: FloatArray | float) -> FloatArray:
    """Log of a (a + 1) ... (a + k - 1) over a^k: what correlation adds to the chance of k cells alike.

    By Stirling's series where `a` is large, since there the two log gammas agree in nearly all their digits.
    """
    large = np.maximum(a, SERIES_FROM)
    x = k / large
    series = large * (np.log1p(x) - x) + (k - 0.5) * np.log1p(x) + _stirling(large + k) - _stirling(large)
    small = np.minimum(a, SERIES_FROM)
    return np.where(
        np.asarray(a) < SERIES_FROM, gammaln(small + k) - gammaln(small) - k * np.log(small), series
    )


def _stirling(z: FloatArray) -> FloatArray:
    """What log gamma is above (z - 1/2) log z - z + log(2 pi) / 2."""
    w = 1 / (z * z)
    return np.asarray((1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w / 1188)))) / z)


@lru_cache(maxsize=256)
def _table(slides: tuple[tuple[int, int], ...], mean: float) -> CubicSpline:
    """Log-likelihood over the angle, less the powers of p and 1 - p that take it to minus infinity."""
    k, n = (np.array(x, float) for x in zip(*slides, strict=True))
    rho, log_weight = correlation_nodes(slides, mean)
    angle = _crowded(np.arcsin(np.sqrt(k.sum() / n.sum())), 0.5 / np.sqrt(n.sum()))
    # At the very ends a limit is taken: the powers are divided out a little way inside.
    fraction = np.clip(np.sin(angle) ** 2, 1e-12, 1 - 1e-12)
    value = _slides(k, n, fraction, 1 / rho - 1) + log_weight
    top = value.max(1)
    averaged = top + np.log(np.exp(value - top[:, None]).sum(1))
    averaged -= np.sum(k > 0) * np.log(fraction) + np.sum(k < n) * np.log1p(-fraction)
    return CubicSpline(angle, averaged - averaged.max())


def _crowded(centre: float, width: float) -> FloatArray:
    """Angles whose steps grow with their distance from the pooled rate, where alone slides are sharp."""
    u = np.linspace(np.arcsinh(-centre / width), np.arcsinh((np.pi / 2 - centre) / width), TABLE_POINTS)
    angle = centre + width * np.sinh(u)
    angle[0], angle[-1] = 0.0, np.pi / 2
    return np.asarray(angle)
