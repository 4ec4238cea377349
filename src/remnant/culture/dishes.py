"""Dishes that differ: limits of a yield and of a fraction where replicates vary more than chance.

The counts of dishes are negative binomial. The limits of their rate come from the profile likelihood over the
dispersion, with the critical value that gives n normal observations of unknown variance their exact t limits:
2 (l_max - l) = n log(1 + t^2 / (n - 1)). For many dishes this is chi-square.
"""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtrit

from remnant.stats.fractions import overdispersion
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.rare import negative_binomial
from remnant.study.estimate import Estimate

DISPERSIONS = np.concatenate([[0.0], np.geomspace(1e-4, negative_binomial.MOST_DISPERSED, 200)])


def dispersed_limits(
    counts: FloatArray, cells: FloatArray, *, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Rate per cell of three or more dishes, with limits that carry their spread.

    Parameters
    ----------
    counts, cells : ndarray, shape (dishes,)
        Colonies and cells plated; at least one colony.
    confidence : float, default 0.95
        Coverage, in (0, 1).

    Returns
    -------
    value, lower, upper : float
        Colonies per cell.
    """
    found = negative_binomial.fit(counts, cells)
    dishes = len(counts)
    t = float(stdtrit(dishes - 1, (1 + confidence) / 2))
    floor = found.log_likelihood - dishes * log(1 + t**2 / (dishes - 1)) / 2

    def above(log_rate: float) -> float:
        means = np.broadcast_to(exp(log_rate) * cells, (len(DISPERSIONS), dishes))
        return float(negative_binomial.log_likelihood(counts, means, DISPERSIONS[:, None]).max()) - floor

    best = log(found.rate)
    ends = []
    for side in (-1, 1):
        step = 0.5
        while above(best + side * step) > 0 and step < 50:
            step *= 2
        ends.append(exp(best + side * step) if step > 50 else exp(brentq(above, best, best + side * step)))
    return found.rate, ends[0], ends[1]


def effective_counts(kind: FloatArray, typed: FloatArray) -> tuple[float, float]:
    """Colonies of a kind and colonies typed, as many as independent ones would tell as much.

    The correlation of two colonies of a dish is that of a beta-binomial fit.
    """
    correlation = overdispersion.fit(kind, typed).correlation
    share = float(kind.sum() / typed.sum())
    size = float(np.sum(typed / (1 + np.maximum(typed - 1, 0) * correlation)))
    return share * size, size


def product_limits(one: Estimate, two: Estimate) -> tuple[float, float, float]:
    """Product of two independent estimates, their limits joined on the log scale.

    Each limit keeps its own distance from its estimate, so that skew carries over (the method of variance
    estimates recovery of Zou & Donner 2008, Stat Med 27:1693-1702).
    """
    numbers = [(e.value, e.lower, e.upper) for e in (one, two)]
    value = exp(sum(log(v) for v, _, _ in numbers if v))
    far = [
        sqrt(sum(log(v / bound) ** 2 for v, bound in pairs if v and bound))
        for pairs in (((v, low) for v, low, _ in numbers), ((v, high) for v, _, high in numbers))
    ]
    lower = 0.0 if any(not low for _, low, _ in numbers) else value * exp(-far[0])
    return value, lower, value * exp(far[1])
