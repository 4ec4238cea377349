"""Mean events of a population: counting, what leaked in, and the place of the cuts, in one density.

The events of a gate have mean m = s + b: s of the population and b leaked in. The gate tells of m, with the
place of its cuts (`remnant.stats.rare.cuts`), and controls tell of b, a gamma distribution
(`remnant.stats.rare.background`), independently of each other. What is known besides is that s >= 0, so

    f(s) = C x integral over b of p(b) h(s + b) db,    h the density of m, p that of b.

For fixed cuts and a known b this is the posterior of s under the prior of Jeffreys, (s + b)^(-1/2), and
P(s > x) = Q(n + 1/2, x + b) / Q(n + 1/2, b): the upper tail of a count taken relative to that of no
population, as exact limits take it (Read). Without background, and with fixed cuts, s is Gamma(n + 1/2).

References
----------
Read (2002) J Phys G 28:2693-2704. Gelman et al. (2013) Bayesian Data Analysis, section 2.8.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import gammainc, gammainccinv, gammaincinv, gammaln

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.posterior import LinePosterior
from remnant.stats.rare.background import NONE, Background
from remnant.stats.rare.cuts import CutCount

_HELD = 30.0  # log density below its peak that still counts: 1e-13
_BODY = 9.0
_LOWEST = 75.0  # in log: Gamma(1/2) holds 1e-13 of itself below exp(-60)
_COARSE = 49
_POINTS = (97, 321, 49)  # of the lower tail, of the body, of the upper tail
_TOTAL_POINTS = (97, 385, 97)
_LEAKED = 48
# Probabilities between which a distribution is as smooth as a polynomial. Those below: a factor of ten each.
_RISING = np.array([1e-13, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.5])
_FALLING = np.array([0.1, 1e-2, 1e-5, 1e-13])


class Signal(Protocol):
    """What is known of the mean events of a population."""

    def cdf(self, events: FloatArray) -> FloatArray:
        """Probability of at most so many mean events."""

    def rise(self, events: FloatArray) -> FloatArray:
        """Slope of `cdf` in the logarithm of `events`."""

    def quantile(self, probability: float) -> float:
        """Mean events that the truth stays below with `probability`, in (0, 1)."""

    def mean(self) -> float:
        """Posterior mean, in events."""

    def edges(self) -> FloatArray:
        """Events between which `cdf` is smooth, from next to its 0 to next to its 1, increasing."""


@dataclass(frozen=True)
class GammaSignal:
    """A count without background inside fixed cuts: Gamma(shape).

    Parameters
    ----------
    shape : float
        Above 0: events + 1/2.
    """

    shape: float

    def cdf(self, events: FloatArray) -> FloatArray:
        """Probability of at most so many mean events."""
        return np.asarray(gammainc(self.shape, events))

    def rise(self, events: FloatArray) -> FloatArray:
        """Slope of `cdf` in the logarithm of `events`: y^a exp(-y) / Gamma(a)."""
        # Nothing at y = infinity.
        with np.errstate(divide="ignore", invalid="ignore"):
            rise = np.exp(self.shape * np.log(events) - events - gammaln(self.shape))
        return np.asarray(np.nan_to_num(rise, nan=0.0))

    def quantile(self, probability: float) -> float:
        """Mean events that the truth stays below with `probability`, in (0, 1)."""
        return float(gammaincinv(self.shape, probability))

    def mean(self) -> float:
        """Posterior mean, in events."""
        return self.shape

    def edges(self) -> FloatArray:
        """Events between which `cdf` is smooth, from next to its 0 to next to its 1, increasing."""
        return np.concatenate([gammaincinv(self.shape, _RISING), gammainccinv(self.shape, _FALLING)])


@dataclass(frozen=True)
class LineSignal:
    """Mean events held on a grid.

    Parameters
    ----------
    line : LinePosterior
        Of the logarithm of the mean events.
    """

    line: LinePosterior

    def cdf(self, events: FloatArray) -> FloatArray:
        """Probability of at most so many mean events."""
        with np.errstate(divide="ignore"):
            return self.line.cdf(np.log(events))

    def rise(self, events: FloatArray) -> FloatArray:
        """Slope of `cdf` in the logarithm of `events`."""
        with np.errstate(divide="ignore"):
            return self.line.rise(np.log(events))

    def quantile(self, probability: float) -> float:
        """Mean events that the truth stays below with `probability`, in (0, 1)."""
        return float(np.exp(self.line.quantile(probability)))

    def mean(self) -> float:
        """Posterior mean, in events."""
        return self.line.mean(np.exp)

    def edges(self) -> FloatArray:
        """Events between which `cdf` is smooth, from next to its 0 to next to its 1, increasing."""
        inner = self.line.quantile(np.concatenate([_RISING[1:], 1 - _FALLING[:-1]]))
        return np.asarray(np.exp(np.concatenate([self.line.grid[:1], inner, self.line.grid[-1:]])))


def signal_posterior(count: CutCount, leaked: Background = NONE) -> Signal:
    """Find what a gate and its controls tell of the mean events of a population.

    Parameters
    ----------
    count : CutCount
        Events inside the gate, and how they move with its cuts.
    leaked : Background
        Expected events of the background; none by default.

    Returns
    -------
    Signal

    Examples
    --------
    >>> signal_posterior(CutCount(45, 45, 45)).mean()
    45.5
    >>> leaky = signal_posterior(CutCount(45, 45, 45), Background(20.0, 2.0, 21.0, 2.1))
    >>> round(leaky.mean(), 1)
    25.0
    """
    mean, deviation = leaked.middle
    top = float(np.log(count.most_shape + 40 + 10 * np.sqrt(count.most_shape)))
    if mean == 0:
        if count.fixed:
            return GammaSignal(count.shape)
        return LineSignal(_on_line(count.log_density, top - _LOWEST, top))
    nodes, log_weights = _leaked(mean, deviation, count)
    total = _total(count, np.log(nodes[0]), np.logaddexp(top, np.log(nodes[-1])))

    def log_density(log_signal: FloatArray) -> FloatArray:
        log_mean = np.logaddexp(log_signal[:, None], np.log(nodes))
        # A density of log m becomes one of m, and so of s.
        value = total(log_mean) - log_mean + log_weights
        return np.asarray(np.logaddexp.reduce(value, axis=-1) + log_signal)

    return LineSignal(_on_line(log_density, top - _LOWEST, top))


def _total(count: CutCount, low: float, high: float) -> Callable[[FloatArray], FloatArray]:
    """Log density of the logarithm of all events inside the gate, quick to evaluate often."""
    if count.fixed:
        return count.log_density
    first, last = _held(count.log_density, low, high)
    grid = _pieces((low, first, last, high), _TOTAL_POINTS)
    return CubicSpline(grid, count.log_density(grid))


def _leaked(mean: float, deviation: float, count: CutCount) -> tuple[FloatArray, FloatArray]:
    """Expected backgrounds and the logarithm of the probability of each, by trapezia.

    Doubly exponential towards 0, where a gamma density may be infinite.
    """
    if deviation <= 1e-9 * mean:
        return np.array([mean]), np.zeros(1)
    shape = (mean / deviation) ** 2

    def log_weight(t: FloatArray) -> FloatArray:
        log_share = t - np.exp(-t)
        return shape * (log_share - np.exp(log_share)) + np.log1p(np.exp(-t))

    def pulled(t: FloatArray) -> FloatArray:
        # A count below its background pulls it down: the chance of so few events is about exp(-rate).
        many = mean * np.exp(t - np.exp(-t))
        most = count.most_shape
        rate = np.where(many > most, many - most - most * np.log(many / most), 0.0)
        return np.asarray(log_weight(t) - rate)

    spans = [_held(weight, -4.5, 6.0) for weight in (log_weight, pulled)]
    t = np.linspace(min(low for low, _ in spans), max(high for _, high in spans), _LEAKED)
    return mean * np.exp(t - np.exp(-t)), log_weight(t) + shape


def _held(log_density: Callable[[FloatArray], FloatArray], low: float, high: float) -> tuple[float, float]:
    """Narrow a range to what holds all but 1e-13 of a density."""
    for _ in range(4):
        grid = np.linspace(low, high, _COARSE)
        value = log_density(grid)
        inside = np.flatnonzero(value > value.max() - _HELD)
        low, high = grid[max(inside[0] - 1, 0)], grid[min(inside[-1] + 1, _COARSE - 1)]
    return float(low), float(high)


def _on_line(log_density: Callable[[FloatArray], FloatArray], low: float, high: float) -> LinePosterior:
    """Hold a density on a grid that is fine where most of it lies."""
    low, high = _held(log_density, low, high)
    grid = np.linspace(low, high, 2 * _COARSE)
    value = log_density(grid)
    body = np.flatnonzero(value > value.max() - _BODY)
    ends = low, grid[max(body[0] - 1, 0)], grid[min(body[-1] + 1, len(grid) - 1)], high
    grid = _pieces(ends, _POINTS)
    value = log_density(grid)
    return LinePosterior(grid, np.exp(value - value.max()))


def _pieces(ends: tuple[float, ...], points: tuple[int, ...]) -> FloatArray:
    """Grid that is even between each two ends, with its own number of points."""
    spans = zip(ends[:-1], ends[1:], points, strict=True)
    pieces = [np.linspace(start, end, many)[:-1] for start, end, many in spans if end > start]
    return np.concatenate([*pieces, [ends[-1]]])
