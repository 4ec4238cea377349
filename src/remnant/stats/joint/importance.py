"""Draws of one posterior, weighted to stand for another: importance weights with a Pareto tail.

The largest weights are replaced by the expected order statistics of a generalised Pareto distribution fitted
to them; its shape k says whether the two posteriors are near enough (Vehtari, Simpson, Gelman, Yao & Gabry
2024, J Mach Learn Res 25:72; Zhang & Stephens 2009, Technometrics 51:316-325).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from remnant.stats.numerics.arrays import FloatArray

MOST_SHAPE = 0.7  # above it the authors find weighted means unreliable at any feasible number of draws


@dataclass(frozen=True)
class Weights:
    """Weights of draws.

    Parameters
    ----------
    weight : ndarray, shape (draws,)
        Sum to 1.
    shape : float
        k of the Pareto tail; minus infinity where all weights are equal.
    """

    weight: FloatArray
    shape: float

    @property
    def reliable(self) -> bool:
        """Whether k is at most 0.7."""
        return self.shape <= MOST_SHAPE

    def quantile(self, values: FloatArray, probability: npt.ArrayLike) -> FloatArray:
        """Weighted quantile of a quantity, one value per draw."""
        order = np.argsort(values, kind="stable")
        weight = self.weight[order]
        return np.asarray(
            np.interp(np.asarray(probability, float), np.cumsum(weight) - weight / 2, values[order])
        )

    def probability_above(self, values: FloatArray, x: float) -> float:
        """Probability that a quantity is above `x`."""
        return float(self.weight @ (values > x))


def smoothed_weights(log_ratio: FloatArray) -> Weights:
    """Normalise and smooth importance weights.

    Parameters
    ----------
    log_ratio : ndarray, shape (draws,)
        Log of the target's density over that of the draws, up to a constant.
    """
    log_weight = np.asarray(log_ratio, float) - np.max(log_ratio)
    draws = len(log_weight)
    weight, shape = np.exp(log_weight), -np.inf
    tail = int(min(0.2 * draws, 3 * np.sqrt(draws)))
    order = np.argsort(log_weight, kind="stable")
    top = order[draws - tail :]
    threshold = weight[order[draws - tail - 1]]
    beyond = weight[top] - threshold
    if tail >= 5 and beyond[0] < beyond[-1] and beyond[-1] > 1e-10:
        shape, scale = _fit_pareto(np.maximum(beyond, 1e-300))
        place = (np.arange(tail) + 0.5) / tail
        rise = -np.log1p(-place) if abs(shape) < 1e-8 else np.expm1(-shape * np.log1p(-place)) / shape
        weight[top] = np.minimum(threshold + scale * rise, 1.0)
    return Weights(weight / weight.sum(), float(shape))


def _fit_pareto(beyond: FloatArray) -> tuple[float, float]:
    """Shape and scale of exceedances, sorted, by the empirical Bayes estimate of Zhang & Stephens."""
    n = len(beyond)
    m = 30 + int(np.sqrt(n))
    quarter = beyond[int(n / 4 + 0.5) - 1]
    grid = 1 / beyond[-1] + (1 - np.sqrt(m / (np.arange(m) + 0.5))) / (3 * quarter)
    shape = np.mean(np.log1p(-grid[:, None] * beyond), axis=1)
    profile = n * (np.log(-grid / shape) - shape - 1)
    weight = np.exp(profile - profile.max())
    best = float(grid @ weight / weight.sum())
    k = float(np.mean(np.log1p(-best * beyond)))
    scale = -k / best
    # Drawn towards 0.5 by ten more observations, as the authors of the smoothing do.
    return (k * n + 5) / (n + 10), scale
