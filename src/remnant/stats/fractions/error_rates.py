"""What is known of an assay's two error rates, and the quadrature that averages over it.

fp is the chance that a normal cell looks abnormal, fn that an abnormal one looks normal. Each is a Beta
distribution (from control cells and a prior), a known number, or nothing (no such error).

Nodes lie where prior and slides together leave something, on the angle scale in which every count is as sharp
as its number of cells: so rates counted in 100,000 nuclei and slides of 10,000 are as exact as small ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.linalg import eigh_tridiagonal
from scipy.special import betaincc, betaln

from remnant.stats.fractions.count import NEGLIGIBLE, Count
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.posterior import angle_to_fraction, log_beta_density


@dataclass(frozen=True)
class Beta:
    """A Beta(a, b) distribution of a rate; a and b above 0."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        """Mean of the rate."""
        return self.a / (self.a + self.b)

    def updated(self, marked: int, counted: int) -> Beta:
        """The posterior after `marked` of `counted`."""
        return Beta(self.a + marked, self.b + counted - marked)


MOST_NODES, FEWEST = 300, 12
FEW = 100  # pairs of nodes that are not thinned
NEAR = 0.1  # of the width of what is left
ENDS = 0.5 ** np.arange(6, 14)  # of a quarter turn: a count of none or all leaves rates within 1e-8 of 0 or 1
FIRST_LOOK = np.pi / 2 * np.unique(np.concatenate([ENDS, np.linspace(0, 1, 65), 1 - ENDS]))
Rate = Beta | float | None  # what is known of it; a number is taken as exact, None as no such error
JEFFREYS = Beta(0.5, 0.5)


@dataclass(frozen=True)
class ErrorNodes:
    """Weighted pairs of error rates: a quadrature over what is known of them.

    Parameters
    ----------
    fp, fn, weight : ndarray, shape (nodes,)
        Weights sum to 1 where nothing of the prior is left out.
    """

    fp: FloatArray
    fn: FloatArray
    weight: FloatArray

    @property
    def thinned(self) -> ErrorNodes:
        """A third of them, from all over: enough to see where a likelihood lies."""
        step = 3 if len(self.fp) > FEW else 1
        return ErrorNodes(self.fp[::step], self.fn[::step], self.weight[::step])


def error_nodes(
    fp: Rate, fn: Rate, counts: tuple[Count, ...] = (), *, nodes: tuple[int, int] | None = None
) -> ErrorNodes:
    """Cross the quadratures of the two rates; pairs of no weight are left out.

    Parameters
    ----------
    fp, fn : Beta, float or None
        What is known of the rates.
    counts : tuple of Count
        Slides that the nodes are for: rates that these rule out are passed over.
    nodes : (int, int), optional
        That many Gauss nodes for the whole of each prior instead, whatever the slides.
    """
    if nodes is not None:
        (x, u), (y, v) = (beta_nodes(rate, count) for rate, count in zip((fp, fn), nodes, strict=True))
    else:
        (x, u), (y, v) = _placed(fp, fn, counts, False), _placed(fn, fp, counts, True)
    weight = (u[:, None] * v).ravel()
    kept = weight > 1e-18 * weight.max()
    return ErrorNodes(np.repeat(x, len(y))[kept], np.tile(y, len(x))[kept], weight[kept])


@lru_cache(maxsize=256)  # the slides of one probe share them
def _placed(
    rate: Rate, other: Rate, counts: tuple[Count, ...], misses: bool
) -> tuple[FloatArray, FloatArray]:
    """Nodes of one rate: Gauss-Legendre over the angles that its prior and the slides leave likely."""
    if not isinstance(rate, Beta) or min(rate.a, rate.b) < 0.5:
        return beta_nodes(rate, 64)

    def left(angle: FloatArray) -> FloatArray:
        """Log prior, and of the slides the most that any fraction could make of this rate."""
        value = log_beta_density(angle, rate.a, rate.b)
        x = angle_to_fraction(angle)
        # Where the two rates add to more than 1, the assay says the opposite: any count can be reached.
        reversed_odds = _log_above(other, 1 - x)
        for count in counts:
            best = np.minimum(1 - x, count.peak) if misses else np.maximum(x, count.peak)
            top = count.log_likelihood(np.array([count.peak]))
            value = value + np.maximum(count.log_likelihood(np.asarray(best)), top + reversed_odds)
        return value

    coarse = FIRST_LOOK
    for _ in range(3):
        value = left(coarse)
        held = np.flatnonzero(value > value.max() - NEGLIGIBLE)
        low, high = float(coarse[max(held[0] - 1, 0)]), float(coarse[min(held[-1] + 1, len(coarse) - 1)])
        coarse = np.linspace(low, high, 65)
    # Near an end the density is still a power of the angle from there, which even steps would not see.
    low = 0.0 if low < NEAR * (high - low) else low
    high = np.pi / 2 if np.pi / 2 - high < NEAR * (high - low) else high
    # In units of the spread that prior and slides together have on this scale.
    wide = (high - low) * 2 * np.sqrt(rate.a + rate.b + sum(count.sharpness for count in counts))
    if low > 0.0 and high < np.pi / 2:  # nothing at either end: even steps converge fastest
        angle = np.linspace(low, high, int(np.clip(1.25 * wide, 12, MOST_NODES)) + 1)
        weight = np.full(len(angle), angle[1] - angle[0])
    else:
        # A density that ends in a low power wants nodes crowded towards that end, and more of them.
        broken = (low == 0.0 and rate.a < 2.5) or (high == np.pi / 2 and rate.b < 2.5)
        x, weight = leggauss(int(np.clip(FEWEST + (2.0 if broken else 0.9) * wide, 16, MOST_NODES)))
        v = (x + 1) / 2
        angle = low + (high - low) * (v**2 * (3 - 2 * v) if broken else v)
        weight = (high - low) * weight * (3 * v * (1 - v) if broken else 0.5)
    log_weight = log_beta_density(angle, rate.a, rate.b)
    # Normalised by the Beta function in full: the nodes need not hold the whole of the prior.
    return angle_to_fraction(angle), 2 * weight * np.exp(log_weight - betaln(rate.a, rate.b))


def _log_above(rate: Rate, x: FloatArray) -> FloatArray:
    """Log chance that a rate exceeds x."""
    with np.errstate(divide="ignore"):
        if isinstance(rate, Beta):
            return np.asarray(np.log(betaincc(rate.a, rate.b, x)))
        return np.log(np.where((rate or 0.0) > x, 1.0, 0.0))


def beta_nodes(rate: Rate, count: int) -> tuple[FloatArray, FloatArray]:
    """Gauss quadrature for a Beta weight: nodes and weights, exact to degree 2 count - 1.

    From the recurrence of the Jacobi polynomials (Golub & Welsch 1969, Math Comp 23:221-230), which holds
    for every a and b, where the textbook formula for the weights overflows.
    """
    if not isinstance(rate, Beta):
        return np.full(1, rate or 0.0), np.ones(1)
    alpha, beta = rate.b - 1, rate.a - 1
    i = np.arange(1, count, dtype=float)
    total = 2 * i + alpha + beta
    centre = np.empty(count)
    centre[0] = (beta - alpha) / (alpha + beta + 2)
    centre[1:] = (beta**2 - alpha**2) / (total * (total + 2))
    # The first step is written out: its general form is 0/0 where alpha + beta = -1.
    above = 4 * i * (i + alpha) * (i + beta) * (i + alpha + beta)
    square = np.divide(above, total**2 * (total**2 - 1), out=np.zeros_like(i), where=i > 1)
    square[:1] = 4 * (1 + alpha) * (1 + beta) / ((alpha + beta + 2) ** 2 * (alpha + beta + 3))
    x, vectors = eigh_tridiagonal(centre, np.sqrt(square))
    return np.clip((x + 1) / 2, 0.0, 1.0), vectors[0] ** 2
