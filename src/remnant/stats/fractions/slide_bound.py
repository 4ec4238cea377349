"""Exact one-sided upper limit of a fraction where nuclei of one slide are correlated.

The limit is the fraction at which so few abnormal nuclei, or fewer, are seen with the chance that is left,

    E_rho [ P(K <= k | fraction, rho) ] = 1 - confidence,

with rho averaged over its prior as in `count`. Independent nuclei make it the Clopper-Pearson limit.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import betaln

from remnant.stats.fractions.count import Count, correlation_nodes
from remnant.stats.fractions.next_slide import at_most
from remnant.stats.fractions.proportion import upper_bound
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.log_mass import log_choose

SUMMED = 1000  # marked cells up to which the chances of single counts are added up


def slide_upper_bound(count: Count, *, confidence: float = 0.95) -> float:
    """Upper limit of the fraction that scores abnormal; at least the Clopper-Pearson limit.

    Parameters
    ----------
    count : Count
        At least one cell in all.
    confidence : float, default 0.95
        Coverage, averaged over the prior of the correlation.

    Examples
    --------
    >>> [round(slide_upper_bound(Count(0, 200, (), rho)), 4) for rho in (0.0, 0.005)]
    [0.0149, 0.0217]
    """
    exact = float(upper_bound(count.abnormal, count.scored, confidence=confidence))
    slides = tuple(slide for slide in count.slides or ((count.abnormal, count.scored),) if slide[1])
    if count.correlation == 0 or exact == 1 or all(n == 1 for _, n in slides):
        return exact
    rho, log_weight = correlation_nodes(slides, count.correlation)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    wanted = np.log1p(-confidence)

    def over(fraction: float) -> float:
        return float(np.log(_at_most(count.abnormal, slides, fraction, 1 / rho - 1) @ weight) - wanted)

    top = 1 - 1e-12
    return exact if over(exact) <= 0 else float(brentq(over, exact, top)) if over(top) < 0 else 1.0


def _at_most(k: int, slides: tuple[tuple[int, int], ...], fraction: float, size: FloatArray) -> FloatArray:
    """Chance of at most k over all slides, shape (sizes,)."""
    if len(slides) == 1 and k > SUMMED:
        return at_most(k, slides[0][1], fraction * size, (1 - fraction) * size)
    a, b = (part * size[:, None] for part in (fraction, 1 - fraction))
    total = np.zeros((len(size), k + 1))
    total[:, 0] = 1.0
    for _, n in slides:
        x = np.arange(min(k, n) + 1, dtype=float)
        mass = np.exp(log_choose(n, x) + betaln(a + x, b + n - x) - betaln(a, b))
        total = np.array([np.convolve(t, m)[: k + 1] for t, m in zip(total, mass, strict=True)])
    return np.asarray(total.sum(1))
