"""A rare population times the part of it that is clonal: malignant stem cells per cell of marrow.

The compartment is a of A cells, so its frequency is Gamma(a + 1/2) / A (Jeffreys); the clone's part of it
is a fraction with a posterior of its own. For independent f and pi,

    P(f pi <= x) = E over pi of P(f <= x / pi),

one integral along the grid of pi. The delta method has no answer where no abnormal cell was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import gammainc, gammaln

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.posterior import GridPosterior
from remnant.stats.numerics.roots import falling_root


@dataclass(frozen=True)
class ProductPosterior:
    """Posterior of frequency times fraction.

    Parameters
    ----------
    events, total : float
        Cells of the compartment, among all cells counted.
    fraction : GridPosterior
        Part of the compartment that is clonal.
    """

    events: float
    total: float
    fraction: GridPosterior

    def cdf(self, value: npt.ArrayLike) -> FloatArray:
        """Probability that the clone's cells are at most `value` per cell counted."""
        below = gammainc(self.events + 0.5, self._cells(np.asarray(value, float)))
        below = np.where(np.isnan(below), 1.0, below)  # no clone (0/0): certainly at most nothing
        return np.asarray(np.clip(below @ self._weights, 0.0, 1.0))

    def _cells(self, value: FloatArray) -> FloatArray:
        """Cells of the compartment that `value` takes at each fraction, shape (..., points)."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.asarray(value[..., None] * self.total / self.fraction.grid)

    @cached_property
    def _weights(self) -> FloatArray:
        """Probability that each grid point of the fraction stands for, by trapezia.

        In the angle a fraction's density is even about 0 and pi/2, so the rule converges spectrally.
        """
        line = self.fraction.line
        step = np.gradient(line.grid)
        step[[0, -1]] /= 2
        weight = line.density * step
        return np.asarray(weight / weight.sum())

    def quantile(self, probability: npt.ArrayLike) -> FloatArray:
        """Clonal cells per cell counted that the truth stays below with `probability`, in (0, 1)."""
        wanted = np.asarray(probability, float)
        top = np.log((self.events + 40 + 10 * np.sqrt(self.events + 1)) / self.total)
        shape = self.events + 0.5

        def short(log_value: FloatArray) -> tuple[FloatArray, FloatArray]:
            value = np.exp(log_value)
            cells = self._cells(value)
            # d gammainc(a, y) / d log y = y^a exp(-y) / Gamma(a); nothing at y = infinity.
            with np.errstate(divide="ignore", invalid="ignore"):
                rise = np.exp(shape * np.log(cells) - cells - gammaln(shape))
            return wanted - self.cdf(value), -(np.nan_to_num(rise, nan=0.0) @ self._weights)

        low, high = np.full(wanted.shape, top - 120.0), np.full(wanted.shape, top)
        near = np.full(wanted.shape, np.log(self.mean()))
        return np.asarray(np.exp(falling_root(short, low, high, start=near, tolerance=1e-14)))

    def mean(self) -> float:
        """Posterior mean: the factors are independent."""
        return (self.events + 0.5) / self.total * self.fraction.mean()


def product_posterior(events: int, total: int, fraction: GridPosterior) -> ProductPosterior:
    """Multiply `events` of `total` by a clone fraction.

    Examples
    --------
    >>> from remnant.stats.numerics.posterior import beta_posterior
    >>> low, high = product_posterior(45, 1_000_000, beta_posterior(12.5, 28.5)).quantile([0.025, 0.975])
    >>> round(float(low) * 1e5, 2), round(float(high) * 1e5, 2)
    (0.73, 2.24)
    """
    assert 0 <= events <= total, "the compartment is a part of the cells counted"
    assert total > 0, "nothing was counted"
    return ProductPosterior(float(events), float(total), fraction)
