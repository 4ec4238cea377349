"""A posterior held on a grid: moments, quantiles and tail probabilities by spline quadrature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.fft import dct, idct
from scipy.interpolate import CubicSpline, PPoly
from scipy.special import xlog1py, xlogy

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.roots import falling_root

STRIDE = 4  # points of a grid from one at which a likelihood is worked out to the next


@dataclass(frozen=True)
class LinePosterior:
    """A density on a line.

    Parameters
    ----------
    grid : ndarray, shape (points,)
        Increasing; beyond its ends there is nothing.
    density : ndarray, shape (points,)
        Not negative, in any unit; smooth at the scale of the grid.
    """

    grid: FloatArray
    density: FloatArray

    @cached_property
    def _cumulative(self) -> PPoly:
        return CubicSpline(self.grid, self.density).antiderivative()

    @cached_property
    def _at_nodes(self) -> FloatArray:
        # The spline may dip below zero by rounding in the tails; a distribution function may not.
        return np.maximum.accumulate(np.asarray(self._cumulative(self.grid)))

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Probability of at most `x`."""
        inside = np.clip(x, self.grid[0], self.grid[-1])
        return np.asarray(np.clip(self._cumulative(inside) / self._at_nodes[-1], 0.0, 1.0))

    def rise(self, x: npt.ArrayLike) -> FloatArray:
        """Slope of `cdf`: the density at `x`, in its own unit."""
        x = np.asarray(x, float)
        inside = np.clip(x, self.grid[0], self.grid[-1])
        return np.asarray(np.where(x == inside, self._cumulative(inside, 1) / self._at_nodes[-1], 0.0))

    def probability_above(self, x: float) -> float:
        """Probability of more than `x`."""
        return float(1 - self.cdf(x))

    def quantile(self, probability: npt.ArrayLike) -> FloatArray:
        """Value that the quantity stays below with `probability`, in (0, 1)."""
        wanted = np.asarray(probability, float) * self._at_nodes[-1]
        cell = np.clip(np.searchsorted(self._at_nodes, wanted, side="right") - 1, 0, len(self.grid) - 2)

        def short(x: FloatArray) -> tuple[FloatArray, FloatArray]:
            return wanted - self._cumulative(x), -self._cumulative(x, 1)

        return falling_root(short, self.grid[cell], self.grid[cell + 1], tolerance=1e-14)

    def mean(self, of: Callable[[FloatArray], FloatArray] = lambda x: x) -> float:
        """Posterior mean of a smooth function of the quantity, by default of itself."""
        total = CubicSpline(self.grid, of(self.grid) * self.density).integrate(self.grid[0], self.grid[-1])
        return float(total / self._at_nodes[-1])


@dataclass(frozen=True)
class GridPosterior:
    """The posterior of a fraction, on an angle grid.

    A fraction pi is held as its angle, pi = sin^2(angle), in which a Jeffreys prior is flat and a density
    stays finite at pi = 0 and 1.

    Parameters
    ----------
    grid : ndarray, shape (points,)
        Fractions, increasing, in [0, 1].
    density : ndarray, shape (points,)
        Density per unit of angle, in any unit.
    """

    grid: FloatArray
    density: FloatArray

    @cached_property
    def line(self) -> LinePosterior:
        """The same posterior, of the angle."""
        return LinePosterior(fraction_to_angle(self.grid), self.density)

    def cdf(self, fraction: npt.ArrayLike) -> FloatArray:
        """Probability that the fraction is at most this."""
        return self.line.cdf(fraction_to_angle(fraction))

    def probability_above(self, fraction: float) -> float:
        """Probability that the fraction exceeds this."""
        return float(1 - self.cdf(fraction))

    def quantile(self, probability: npt.ArrayLike) -> FloatArray:
        """Fraction that it stays below with `probability`, in (0, 1)."""
        return angle_to_fraction(self.line.quantile(probability))

    def mean(self) -> float:
        """Posterior mean of the fraction."""
        return self.line.mean(angle_to_fraction)

    def median(self) -> float:
        """Posterior median of the fraction."""
        return float(self.quantile(0.5))

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Equal-tailed interval."""
        low, high = self.quantile([(1 - confidence) / 2, (1 + confidence) / 2])
        return float(low), float(high)


def angle_to_fraction(angle: npt.ArrayLike) -> FloatArray:
    """sin^2(angle), for angles from 0 to pi/2."""
    return np.asarray(np.sin(angle) ** 2)


def fraction_to_angle(fraction: npt.ArrayLike) -> FloatArray:
    """The angle in [0, pi/2] whose squared sine is `fraction`."""
    fraction = np.asarray(fraction, float)
    return np.asarray(np.arctan2(np.sqrt(fraction), np.sqrt(1 - fraction)))


def support(log_density: Callable[[FloatArray], FloatArray], *, points: int = 513) -> FloatArray:
    """Angles that hold all but 1e-15 of a density, evenly spaced.

    Parameters
    ----------
    log_density : callable
        Log density per unit of angle, up to a constant, at an array of angles.
    points : int, default 1025
        Of the returned grid.
    """
    low, high = 0.0, np.pi / 2
    for _ in range(3):  # each pass narrows at most 30-fold: enough for 1e8 cells
        coarse = np.linspace(low, high, 65)
        value = log_density(coarse)
        held = np.flatnonzero(value > value.max() - 38.0)
        low, high = coarse[max(held[0] - 1, 0)], coarse[min(held[-1] + 1, 64)]
    return np.linspace(low, high, points)


def fill(values: FloatArray) -> FloatArray:
    """Fill an even grid up, STRIDE - 1 points between two, by the cosine series of each column.

    For likelihoods on an angle grid: they are even about 0 and a quarter turn, and gone at any other end.
    """
    cells = len(values) - 1
    series = dct(values, type=1, axis=0) * STRIDE
    series[-1] /= 2  # the fastest wave stands for itself and its mirror image, until there are faster ones
    return np.asarray(idct(series, type=1, axis=0, n=STRIDE * cells + 1))


def beta_posterior(a: float, b: float, *, points: int = 513) -> GridPosterior:
    """Hold a Beta(a, b) distribution on a grid.

    Examples
    --------
    >>> round(beta_posterior(12.5, 28.5).mean(), 6)  # 12.5 / 41
    0.304878
    """

    def log_density(angle: FloatArray) -> FloatArray:
        return log_beta_density(angle, a, b)

    angles = support(log_density, points=points)
    value = log_density(angles)
    return GridPosterior(angle_to_fraction(angles), np.exp(value - value.max()))


def log_beta_density(angle: npt.ArrayLike, a: float, b: float) -> FloatArray:
    """Log Beta(a, b) density per unit of angle, up to a constant: flat for a = b = 1/2."""
    fraction = angle_to_fraction(angle)
    with np.errstate(divide="ignore"):
        return np.asarray(xlogy(a - 0.5, fraction) + xlog1py(b - 0.5, -fraction))
