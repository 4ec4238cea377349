"""A counting assay that errs: observed fraction = pi (1 - fn) + (1 - pi) fp.

fp is the chance that a normal cell looks abnormal and fn that an abnormal one looks normal. Rogan-Gladen
turns the equation round and may leave [0, 1]; the posterior below cannot, and carries the uncertainty of
fp and fn. Sort impurity comes first: the slide holds h = purity pi + (1 - purity) contaminant.

References
----------
Rogan & Gladen (1978) Am J Epidemiol 107:71-76, doi:10.1093/oxfordjournals.aje.a112510.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh_tridiagonal
from scipy.special import betaln

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.posterior import (
    GridPosterior,
    angle_to_fraction,
    log_beta_density,
    support,
)


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


JEFFREYS = Beta(0.5, 0.5)


def abnormal_probability(fraction: npt.ArrayLike, fp: npt.ArrayLike, fn: npt.ArrayLike) -> FloatArray:
    """Chance that a cell scores abnormal, when `fraction` of cells are."""
    fraction = np.asarray(fraction, float)
    return np.asarray(fraction * (1 - np.asarray(fn)) + (1 - fraction) * np.asarray(fp))


def rogan_gladen(observed: npt.ArrayLike, fp: npt.ArrayLike, fn: npt.ArrayLike) -> FloatArray:
    """Fraction that would show as `observed`; raw: it may leave [0, 1], clip it for display.

    Examples
    --------
    >>> round(float(rogan_gladen(3 / 200, fp=0.03, fn=0.05)), 4)
    -0.0163
    """
    fp, fn = np.asarray(fp, float), np.asarray(fn, float)
    assert np.all(fp + fn < 1), "an assay that errs more often than not carries no sign of the fraction"
    return np.asarray((np.asarray(observed, float) - fp) / (1 - fp - fn))


def impure(fraction: npt.ArrayLike, contaminant: npt.ArrayLike, purity: npt.ArrayLike) -> FloatArray:
    """Fraction of abnormal cells on a slide of sorted cells, of which 1 - purity are contaminant."""
    purity = np.asarray(purity, float)
    return np.asarray(purity * np.asarray(fraction) + (1 - purity) * np.asarray(contaminant))


def purified(observed: npt.ArrayLike, contaminant: npt.ArrayLike, purity: npt.ArrayLike) -> FloatArray:
    """Turn `impure` round; raw, so a value below 0 says that the contaminant explains more than was seen."""
    purity = np.asarray(purity, float)
    return np.asarray((np.asarray(observed, float) - (1 - purity) * np.asarray(contaminant)) / purity)


def fraction_posterior(
    abnormal: int,
    scored: int,
    *,
    fp: Beta | None,
    fn: Beta | None,
    prior: Beta = JEFFREYS,
    nodes: tuple[int, int] | None = None,
) -> GridPosterior:
    """Posterior of the true fraction behind `abnormal` of `scored`.

    Parameters
    ----------
    abnormal, scored : int
        Counted cells; 0 of 0 returns the prior.
    fp, fn : Beta or None
        What is known of the two error rates; None where the assay is taken as free of that error.
    prior : Beta, default Jeffreys
        Of the fraction.
    nodes : (int, int), optional
        Quadrature nodes over fp and fn; more of them by default for many cells.

    Returns
    -------
    GridPosterior
        Quantiles good to 1e-7, for up to some thousand cells.
    """
    errors = error_nodes(fp, fn, nodes or ((72, 40) if scored > 1000 else (32, 24)))

    def log_density(angle: FloatArray) -> FloatArray:
        value = log_likelihood(abnormal, scored, angle_to_fraction(angle), errors)
        return value + log_beta_density(angle, prior.a, prior.b)

    angles = support(log_density)
    value = log_density(angles)
    return GridPosterior(angle_to_fraction(angles), np.exp(value - value.max()))


@dataclass(frozen=True)
class ErrorNodes:
    """Weighted pairs of error rates: a quadrature over what is known of them.

    Parameters
    ----------
    fp, fn, weight : ndarray, shape (nodes,)
        Weights sum to 1.
    """

    fp: FloatArray
    fn: FloatArray
    weight: FloatArray


@lru_cache(maxsize=64)  # the slides of one probe share them
def error_nodes(fp: Beta | None, fn: Beta | None, nodes: tuple[int, int] = (32, 24)) -> ErrorNodes:
    """Cross the quadratures of the two rates; pairs of no weight are left out."""
    (x, u), (y, v) = (beta_nodes(rate, count) for rate, count in zip((fp, fn), nodes, strict=True))
    weight = (u[:, None] * v).ravel()
    kept = weight > 1e-16
    crossed = np.repeat(x, len(y))[kept], np.tile(y, len(x))[kept], weight[kept]
    for array in crossed:
        array.flags.writeable = False
    return ErrorNodes(*crossed)


def beta_nodes(rate: Beta | None, count: int) -> tuple[FloatArray, FloatArray]:
    """Gauss quadrature for a Beta weight: nodes and weights, exact to degree 2 count - 1.

    From the recurrence of the Jacobi polynomials (Golub & Welsch 1969, Math Comp 23:221-230), which holds
    for every a and b, where the textbook formula for the weights overflows.
    """
    if rate is None:
        return np.zeros(1), np.ones(1)
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


def node_log_likelihood(abnormal: int, scored: int, fraction: FloatArray, errors: ErrorNodes) -> FloatArray:
    """Binomial log-likelihood, up to a constant, shape (fractions, nodes)."""
    observed = abnormal_probability(np.asarray(fraction)[:, None], errors.fp, errors.fn)
    value = np.zeros_like(observed)
    # Plain logarithms, not xlogy: here they are most of the work, and 0 log 0 is a term left out.
    with np.errstate(divide="ignore"):
        if abnormal > 0:
            value += abnormal * np.log(observed)
        if scored > abnormal:
            value += (scored - abnormal) * np.log1p(-observed)
    return value


def log_likelihood(abnormal: int, scored: int, fraction: FloatArray, errors: ErrorNodes) -> FloatArray:
    """The same, averaged over the error rates, shape (fractions,)."""
    value = node_log_likelihood(abnormal, scored, fraction, errors)
    top = value.max()
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(value - top) @ errors.weight) + top)


def log_evidence(
    abnormal: int, scored: int, *, fp: Beta | None, fn: Beta | None, prior: Beta = JEFFREYS
) -> float:
    """Log chance of `abnormal` of `scored` before the slide was read: fraction and errors averaged out."""
    errors = error_nodes(fp, fn)
    x, weight = beta_nodes(prior, 200)
    value = log_likelihood(abnormal, scored, x, errors)
    choose = -betaln(abnormal + 1, scored - abnormal + 1) - np.log(scored + 1)
    return float(choose + np.log(np.exp(value - value.max()) @ weight) + value.max())
