"""Beta-binomial counts: slides that differ in more than the luck of the draw.

k of n with a rate that varies between slides as Beta(mu/rho', (1 - mu)/rho'); rho in [0, 1) is the
correlation of two cells of one slide, and rho = 0 is the binomial.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import betaln, expit, gammaln, logit, xlog1py, xlogy

from remnant.stats.numerics.arrays import FloatArray


@dataclass(frozen=True)
class BetaBinomial:
    """Fitted rate and spread.

    Parameters
    ----------
    mean : float
        Rate over all slides, in [0, 1].
    correlation : float
        Of two cells of one slide, rho, in [0, 1); 0 where slides vary no more than a binomial.
    log_likelihood, binomial_log_likelihood : float
        With and without the spread.
    """

    mean: float
    correlation: float
    log_likelihood: float
    binomial_log_likelihood: float

    @property
    def shape(self) -> tuple[float, float] | None:
        """A and b of the rate's Beta distribution; None for the binomial."""
        if self.correlation == 0:
            return None
        size = 1 / self.correlation - 1
        return self.mean * size, (1 - self.mean) * size


def log_likelihood(k: FloatArray, n: FloatArray, mean: float, correlation: float) -> float:
    """Beta-binomial log-likelihood of all slides, with its constant."""
    choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    if correlation == 0:
        return float(np.sum(choose + xlogy(k, mean) + xlog1py(n - k, -mean)))
    size = 1 / correlation - 1
    a, b = mean * size, (1 - mean) * size
    return float(np.sum(choose + betaln(a + k, b + n - k) - betaln(a, b)))


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
        marked.

    References
    ----------
    Griffiths (1973) Biometrics 29:637-648, doi:10.2307/2529131.
    """
    k, n = np.atleast_1d(np.asarray(k, float)), np.atleast_1d(np.asarray(n, float))
    pooled = float(k.sum() / n.sum())
    base = log_likelihood(k, n, pooled, 0.0)
    binomial = BetaBinomial(pooled, 0.0, base, base)
    if pooled in (0.0, 1.0) or len(k) < 2:
        return binomial

    def best_mean(correlation: float) -> tuple[float, float]:
        centre = logit(pooled)
        found = minimize_scalar(
            lambda x: -log_likelihood(k, n, float(expit(x)), correlation),
            bounds=(centre - 4, centre + 4),
            method="bounded",
            options={"xatol": 1e-9},
        )
        return float(expit(found.x)), -float(found.fun)

    # A grid first: the profile can have a flat shoulder towards 0.
    grid = np.linspace(np.log(1e-6), np.log(0.95), 40)
    start = int(np.argmax([best_mean(float(np.exp(x)))[1] for x in grid]))
    found = minimize_scalar(
        lambda x: -best_mean(float(np.exp(x)))[1],
        bounds=(grid[max(start - 1, 0)], grid[min(start + 1, len(grid) - 1)]),
        method="bounded",
        options={"xatol": 1e-9},
    )
    correlation = float(np.exp(found.x))
    mean, value = best_mean(correlation)
    if value <= base + 1e-9 or start == 0:
        return binomial
    return BetaBinomial(mean, correlation, value, base)


def predictive_quantile(n: int, a: float, b: float, probability: float) -> int:
    """Smallest count that a slide of `n` cells stays at or below with `probability`, rate ~ Beta(a, b).

    Examples
    --------
    >>> predictive_quantile(200, 40.5, 1960.5, 0.95)
    8
    """
    x = np.arange(n + 1, dtype=float)
    log_mass = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1) + betaln(a + x, b + n - x) - betaln(a, b)
    # The comparison forgives rounding in the sum, not in the answer: 1e-12 is far below any step.
    return int(np.argmax(np.cumsum(np.exp(log_mass)) >= probability - 1e-12))


def binomial_quantile(n: int, rate: float, probability: float) -> int:
    """Smallest count that a slide of `n` cells stays at or below with `probability`, at a known rate."""
    x = np.arange(n + 1, dtype=float)
    choose = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    mass = np.exp(choose + xlogy(x, rate) + xlog1py(n - x, -rate))
    return int(np.argmax(np.cumsum(mass) >= probability - 1e-12))
