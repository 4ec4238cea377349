"""How fast a fraction changes: logit(pi(t)) = a + b t, with what each look says of pi as its likelihood.

The looks' own likelihoods are used, so errors of the assay and slides that vary are in the interval. The
profile likelihood of b, the largest over a, gives the estimate and its limits: 2 (l_max - l(b)) <=
chi-square(1). Where nothing was seen at all looks, or everything, no slope is more likely than the others
beyond some point, and the limit on that side is infinite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import chi2

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.posterior import GridPosterior, fraction_to_angle
from remnant.stats.series.looks import log_likelihood

ANGLES = np.linspace(0, np.pi / 2, 16_385)
HEIGHTS, SLOPES, PASSES = 61, 61, 4
STEEPEST, FARTHEST = 60.0, 16.0  # log odds over the whole span; log odds from one half


@dataclass(frozen=True)
class Trend:
    """Slope of the log odds per unit of time, with its limits, infinite where there is none.

    Parameters
    ----------
    slope, lower, upper : float
        `slope` is None where the looks do not bound it on the side to which they point.
    log_ratio : float
        Twice the log-likelihood that the best slope is ahead of no slope.
    """

    slope: float | None
    lower: float
    upper: float
    log_ratio: float


def trend(
    time: Sequence[float], posteriors: Sequence[GridPosterior], *, confidence: float = 0.95
) -> Trend | None:
    """Estimate the slope of the log odds of a fraction; None with less than two different times.

    Parameters
    ----------
    time : sequence of float
        Of each look.
    posteriors : sequence of GridPosterior
        Of the fraction at each, under the Jeffreys prior.
    confidence : float, default 0.95
        Coverage, in (0, 1).
    """
    when = np.asarray(time, float)
    assert when.shape == (len(posteriors),), "a time for each look"
    if when.size < 2 or np.ptp(when) == 0:
        return None
    span = float(np.ptp(when))
    at = (when - when.mean()) / span
    likelihood = _Likelihood(at, posteriors)
    drop = float(chi2.ppf(confidence, 1)) / 2
    slopes = np.linspace(-STEEPEST, STEEPEST, SLOPES)
    value = likelihood.profile(slopes)
    for _ in range(PASSES):
        near = np.flatnonzero(value >= value.max() - 2 * drop)
        low, high = slopes[max(near[0] - 1, 0)], slopes[min(near[-1] + 1, slopes.size - 1)]
        fresh = np.setdiff1d(np.linspace(low, high, SLOPES), slopes)
        if not fresh.size:
            break
        order = np.argsort(np.concatenate([slopes, fresh]))
        value = np.concatenate([value, likelihood.profile(fresh)])[order]
        slopes = np.concatenate([slopes, fresh])[order]
    within = np.flatnonzero(value >= value.max() - drop)
    lower = -np.inf if within[0] == 0 else _crossing(slopes, value, within[0] - 1, value.max() - drop)
    last = within[-1]
    upper = np.inf if last == slopes.size - 1 else _crossing(slopes, value, last, value.max() - drop)
    best = float(slopes[value.argmax()])
    none = float(likelihood.profile(np.zeros(1))[0])
    open_ended = not (np.isfinite(lower) and np.isfinite(upper))
    return Trend(
        None if open_ended else best / span,
        float(lower) / span,
        float(upper) / span,
        max(2 * (float(value.max()) - none), 0.0),
    )


def _crossing(slopes: FloatArray, value: FloatArray, place: int, level: float) -> float:
    """Where the profile passes `level` between a point and the next."""
    x, y = slopes[place : place + 2], value[place : place + 2]
    return float(np.interp(level, np.sort(y), x[np.argsort(y)]))


class _Likelihood:
    """Log-likelihood of lines in log odds."""

    def __init__(self, at: FloatArray, posteriors: Sequence[GridPosterior]) -> None:
        self.at = at
        self.curves: list[FloatArray] = []
        for each in posteriors:
            self.curves.append(log_likelihood(ANGLES, fraction_to_angle(each.grid), each.density))

    def profile(self, slopes: FloatArray) -> FloatArray:
        """Largest over the height of the line, for each slope."""
        low, high = np.full(slopes.size, -FARTHEST), np.full(slopes.size, FARTHEST)
        low, high = low - np.abs(slopes) / 2, high + np.abs(slopes) / 2
        for _ in range(PASSES):
            step = np.linspace(0, 1, HEIGHTS)[:, None]
            heights = low + (high - low) * step
            value = self._of(heights, slopes)
            best = value.argmax(axis=0)
            width = (high - low) / (HEIGHTS - 1)
            centre = heights[best, np.arange(slopes.size)]
            low, high = centre - 2 * width, centre + 2 * width
        return np.asarray(value.max(axis=0))

    def _of(self, heights: FloatArray, slopes: FloatArray) -> FloatArray:
        total = np.zeros_like(heights)
        for at, value in zip(self.at, self.curves, strict=True):
            total += np.interp(fraction_to_angle(expit(heights + slopes * at)), ANGLES, value)
        return total
