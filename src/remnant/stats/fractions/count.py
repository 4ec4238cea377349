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
TABLE_POINTS = 385  # angles at which an averaged likelihood is tabled, for up to 10,000 cells a slide
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


def _powers(k: int, clear: int, fraction: FloatArray) -> FloatArray:
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
    value = len(k) * (gammaln(size) - gammaln(a) - gammaln(b)) - gammaln(size + n[:, None]).sum(0)
    for marked, counted in zip(k, n, strict=True):
        value += gammaln(a + marked) + gammaln(b + counted - marked)
    return np.asarray(value)


@lru_cache(maxsize=256)
def _table(slides: tuple[tuple[int, int], ...], mean: float) -> CubicSpline:
    """Log-likelihood over the angle, less the powers of p and 1 - p that take it to minus infinity."""
    k, n = (np.array(x, float) for x in zip(*slides, strict=True))
    rho, log_weight = correlation_nodes(slides, mean)
    finer = int(np.ceil(max(1.0, np.sqrt(n.sum() / 1e4))))
    angle = np.linspace(0, np.pi / 2, finer * (TABLE_POINTS - 1) + 1)
    # At the very ends a limit is taken: the powers are divided out a little way inside.
    fraction = np.clip(np.sin(angle) ** 2, 1e-12, 1 - 1e-12)
    value = _slides(k, n, fraction, 1 / rho - 1) + log_weight
    top = value.max(1)
    averaged = top + np.log(np.exp(value - top[:, None]).sum(1))
    averaged -= np.sum(k > 0) * np.log(fraction) + np.sum(k < n) * np.log1p(-fraction)
    return CubicSpline(angle, averaged - averaged.max())
