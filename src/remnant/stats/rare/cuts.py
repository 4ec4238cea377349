"""The mean behind a count in a gate whose cuts are known to an interval.

Inside the cuts lie n events, so their mean is Gamma(n + 1/2) (Jeffreys). Had the cut been placed z of its
standard deviations away, the same tube would have shown n(z) events, and these were counted too. The mean
inside the right cut is thus a mixture over z ~ Normal(0, 1) of Gamma(n(z) + 1/2). n(z) + 1/2 is log-normal on
either side of n: `fewest` and `most`, the counts at the ends of the cut's interval, are its quantiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from scipy.special import gammaln, log_ndtr, ndtri

from remnant.stats.numerics.arrays import FloatArray

HALF = 0.5  # Jeffreys
_FAR = 7.0  # standard deviations of a cut
_REACH = 5.5  # of the root of a shape, whose standard deviation is 1/2
_NODES = 40


@dataclass(frozen=True)
class CutCount:
    """Events inside cuts, and how they move with the cuts.

    Parameters
    ----------
    events : float
        Inside the cuts as drawn, >= 0.
    fewest, most : float
        At the ends of the cuts' interval, 0 <= fewest <= events <= most.
    coverage : float, default 0.95
        Of that interval, in (0, 1).
    offset : float, default 0.5
        Added to a count: 1/2 is Jeffreys, 1 the exact upper limit of Garwood.
    """

    events: float
    fewest: float
    most: float
    coverage: float = 0.95
    offset: float = HALF

    def __post_init__(self) -> None:
        assert 0 <= self.fewest <= self.events <= self.most, "the drawn cuts lie within their interval"

    @property
    def fixed(self) -> bool:
        """Whether the count does not move with the cuts."""
        return self.fewest == self.events == self.most

    @property
    def shape(self) -> float:
        """Shape of the gamma distribution at the cuts as drawn."""
        return self.events + self.offset

    @cached_property
    def slopes(self) -> tuple[float, float]:
        """Change of log shape for one standard deviation of the cuts, towards fewest and towards most."""
        one = float(ndtri((1 + self.coverage) / 2))
        down, up = (np.log((end + self.offset) / self.shape) / one for end in (self.fewest, self.most))
        return float(down), float(up)

    @property
    def most_shape(self) -> float:
        """Shape that a cut at the far end of what is considered leaves."""
        return float(self.shape * np.exp(_FAR * self.slopes[1]))

    def log_density(self, log_mean: FloatArray) -> FloatArray:
        """Log density of the logarithm of the mean, shape of `log_mean`."""
        if self.fixed:
            return _gamma(log_mean, np.asarray(self.shape))
        return np.asarray(np.logaddexp(*(self._side(log_mean, slope) for slope in self.slopes)))

    def _side(self, log_mean: FloatArray, slope: float) -> FloatArray:
        """Half of the mixture: cuts on one side of those drawn."""
        if slope == 0:
            return np.asarray(np.log(0.5) + _gamma(log_mean, np.asarray(self.shape)))
        floor = np.log(self.offset / self.shape)  # no cut leaves fewer than no events
        last = min(_FAR, floor / slope) if slope < 0 else _FAR
        root, edge = np.sqrt(np.exp(log_mean) + HALF), self.shape * np.exp(slope * last)
        # A shape matters where its root is near that of the mean.
        nearest = np.clip(root, *sorted((np.sqrt(self.shape), np.sqrt(edge))))
        ends = [np.log(np.maximum(nearest + x, 1e-3) ** 2 / self.shape) / slope for x in (-_REACH, _REACH)]
        low, high = (np.clip(end, 0.0, last) for end in (np.minimum(*ends), np.maximum(*ends)))
        points, log_weights = _legendre()
        z = low[..., None] + (high - low)[..., None] * points
        value = _gamma(log_mean[..., None], self.shape * np.exp(slope * z)) - z**2 / 2 + log_weights
        with np.errstate(divide="ignore"):
            width = np.log(high - low)
        inside = np.logaddexp.reduce(value, axis=-1) + width - np.log(2 * np.pi) / 2
        if last == _FAR:
            return np.asarray(inside)
        return np.asarray(np.logaddexp(inside, log_ndtr(-last) + _gamma(log_mean, np.asarray(self.offset))))


def _gamma(log_mean: FloatArray, shape: FloatArray) -> FloatArray:
    """Log density of log x for x ~ Gamma(shape)."""
    return np.asarray(shape * log_mean - np.exp(log_mean) - gammaln(shape))


@cache
def _legendre() -> tuple[FloatArray, FloatArray]:
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    return (points + 1) / 2, np.log(weights / 2)
