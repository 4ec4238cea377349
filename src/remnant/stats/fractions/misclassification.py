"""A counting assay that errs: observed fraction = pi (1 - fn) + (1 - pi) fp.

fp is the chance that a normal cell looks abnormal and fn that an abnormal one looks normal. Rogan-Gladen
turns the equation round and may leave [0, 1]; the posterior below cannot, and carries the uncertainty of
fp and fn. Sort impurity comes first: the slide holds h = purity pi + (1 - purity) contaminant.

An assay with fp + fn >= 1 carries no sign of the fraction: turning it round is not a number there. The
posterior needs no such rule: where the rates may be so bad, it returns towards its prior.

References
----------
Rogan & Gladen (1978) Am J Epidemiol 107:71-76, doi:10.1093/oxfordjournals.aje.a112510.
Lang & Reiczigel (2014) Prev Vet Med 113:13-22, doi:10.1016/j.prevetmed.2013.09.015.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline
from scipy.special import betaln, ndtri

from remnant.stats.fractions.count import Count
from remnant.stats.fractions.error_rates import JEFFREYS, Beta, ErrorNodes, Rate, error_nodes
from remnant.stats.fractions.proportion import Limits
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.log_mass import log_choose
from remnant.stats.numerics.posterior import (
    STRIDE,
    GridPosterior,
    angle_to_fraction,
    fill,
    log_beta_density,
    support,
)

__all__ = [
    "JEFFREYS",
    "Beta",
    "abnormal_probability",
    "delta_error",
    "fraction_posterior",
    "impure",
    "known_rates_error",
    "lang_reiczigel",
    "log_evidence",
    "purified",
    "rogan_gladen",
]


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
    fp = np.asarray(fp, float)
    return np.asarray((np.asarray(observed, float) - fp) / _sign(fp, fn))


def known_rates_error(k: npt.ArrayLike, n: npt.ArrayLike, fp: npt.ArrayLike, fn: npt.ArrayLike) -> FloatArray:
    """Standard error of `rogan_gladen` where the rates are known; 0 for none and for all of n."""
    observed = np.asarray(k, float) / np.asarray(n, float)
    return np.asarray(np.sqrt(observed * (1 - observed) / n) / _sign(fp, fn))


def delta_error(
    k: npt.ArrayLike,
    n: npt.ArrayLike,
    false_positives: tuple[npt.ArrayLike, npt.ArrayLike],
    false_negatives: tuple[npt.ArrayLike, npt.ArrayLike],
) -> FloatArray:
    """Standard error of `rogan_gladen` where the rates were counted, by the delta method; poor near 0.

    Parameters
    ----------
    k, n : array-like of int
        Abnormal and scored.
    false_positives : (k, n)
        Of normal cells, those that looked abnormal.
    false_negatives : (k, n)
        Of abnormal cells, those that looked normal.
    """
    observed = np.asarray(k, float) / np.asarray(n, float)
    (fp, fp_variance), (fn, fn_variance) = (_rate(*pair) for pair in (false_positives, false_negatives))
    fraction = rogan_gladen(observed, fp, fn)
    own = observed * (1 - observed) / n
    spread = own + (1 - fraction) ** 2 * fp_variance + fraction**2 * fn_variance
    return np.asarray(np.sqrt(spread) / _sign(fp, fn))


def lang_reiczigel(
    k: npt.ArrayLike,
    n: npt.ArrayLike,
    false_positives: tuple[npt.ArrayLike, npt.ArrayLike],
    false_negatives: tuple[npt.ArrayLike, npt.ArrayLike],
    *,
    confidence: float = 0.95,
) -> tuple[FloatArray, Limits]:
    """Estimate and limits for counted rates, clipped to [0, 1]: Lang & Reiczigel (2014), eqs 7 to 10.

    Parameters as in `delta_error`; two normal cells and two abnormal cells are added to the counts of the
    rates, one of each read wrong, and the nuclei themselves are centred as in Agresti-Coull.
    """
    z = ndtri((1 + confidence) / 2)
    n = np.asarray(n, float)
    observed, more = (np.asarray(k, float) + z**2 / 2) / (n + z**2), n + z**2
    (fp, fp_variance), (fn, fn_variance) = (
        _rate(np.asarray(x, float) + 1, np.asarray(m, float) + 2)
        for x, m in (false_positives, false_negatives)
    )
    sign = _sign(fp, fn)
    fraction = (observed - fp) / sign
    shift = 2 * z**2 * (fraction * fn_variance - (1 - fraction) * fp_variance)
    own = observed * (1 - observed) / more
    half = z * np.sqrt(own + (1 - fraction) ** 2 * fp_variance + fraction**2 * fn_variance) / sign
    lower, middle, upper = (
        np.clip(x, 0.0, 1.0) for x in (fraction + shift - half, fraction, fraction + shift + half)
    )
    return np.asarray(middle), (np.asarray(lower), np.asarray(upper))


def _rate(k: npt.ArrayLike, n: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Rate of a count, and its variance."""
    n = np.asarray(n, float)
    rate = np.asarray(k, float) / n
    return np.asarray(rate), np.asarray(rate * (1 - rate) / n)


def _sign(fp: npt.ArrayLike, fn: npt.ArrayLike) -> FloatArray:
    """How much of the fraction the assay shows, 1 - fp - fn; not a number where it shows nothing."""
    left = 1 - np.asarray(fp, float) - np.asarray(fn, float)
    return np.where(left > 0, left, np.nan)


def impure(fraction: npt.ArrayLike, contaminant: npt.ArrayLike, purity: npt.ArrayLike) -> FloatArray:
    """Fraction of abnormal cells on a slide of sorted cells, of which 1 - purity are contaminant."""
    purity = np.asarray(purity, float)
    return np.asarray(purity * np.asarray(fraction) + (1 - purity) * np.asarray(contaminant))


def purified(observed: npt.ArrayLike, contaminant: npt.ArrayLike, purity: npt.ArrayLike) -> FloatArray:
    """Turn `impure` round; raw, so a value below 0 says that the contaminant explains more than was seen."""
    purity = np.asarray(purity, float)
    return np.asarray((np.asarray(observed, float) - (1 - purity) * np.asarray(contaminant)) / purity)


def fraction_posterior(
    abnormal: int | Count,
    scored: int | None = None,
    *,
    fp: Rate,
    fn: Rate,
    prior: Beta = JEFFREYS,
    nodes: tuple[int, int] | None = None,
) -> GridPosterior:
    """Posterior of the true fraction behind `abnormal` of `scored`.

    Parameters
    ----------
    abnormal : int or Count
        Abnormal cells, or the counts of slides that may vary more than a binomial.
    scored : int, optional
        Counted cells, beside a whole number; 0 of 0 returns the prior.
    fp, fn : Beta, float or None
        What is known of the two error rates; a number is taken as exact, None as no such error.
    prior : Beta, default Jeffreys
        Of the fraction; a and b at least 1/2.
    nodes : (int, int), optional
        Gauss nodes over fp and fn, in place of those that suit the counts.

    Returns
    -------
    GridPosterior
        Quantiles good to 1e-7.
    """
    angles, density, _ = _density(_count(abnormal, scored), fp, fn, prior, nodes)
    return GridPosterior(angle_to_fraction(angles), density)


def log_evidence(abnormal: int, scored: int, *, fp: Rate, fn: Rate, prior: Beta = JEFFREYS) -> float:
    """Log chance of `abnormal` of `scored` before the slide was read: fraction and errors averaged out."""
    angles, density, top = _density(Count(abnormal, scored), fp, fn, prior, None)
    area = float(CubicSpline(angles, density).integrate(angles[0], angles[-1]))
    # A Beta density per unit of angle is twice its powers of sine and cosine.
    return float(log_choose(scored, abnormal) + np.log(2 * area) + top - betaln(prior.a, prior.b))


def _count(abnormal: int | Count, scored: int | None) -> Count:
    if isinstance(abnormal, Count):
        return abnormal
    assert scored is not None, "abnormal of how many?"
    return Count(abnormal, scored)


@lru_cache(maxsize=16)  # the evidence is asked for beside the posterior
def _density(
    count: Count, fp: Rate, fn: Rate, prior: Beta, nodes: tuple[int, int] | None
) -> tuple[FloatArray, FloatArray, float]:
    """Angles that hold the likelihood, the posterior density there, and the log of its unit."""
    errors = error_nodes(fp, fn, (count,), nodes=nodes)

    few = errors.thinned

    def log_density(angle: FloatArray) -> FloatArray:
        return log_likelihood(count, angle_to_fraction(angle), few)

    angles = support(log_density)
    value = log_likelihood(count, angle_to_fraction(angles[::STRIDE]), errors)
    top = float(value.max())
    likelihood = np.maximum(fill(np.exp(value - top)), 0.0)
    return angles, likelihood * np.exp(log_beta_density(angles, prior.a, prior.b)), top


def node_log_likelihood(count: Count, fraction: FloatArray, errors: ErrorNodes) -> FloatArray:
    """Log-likelihood of the slides, up to a constant, shape (fractions, nodes)."""
    return count.log_likelihood(abnormal_probability(np.asarray(fraction)[:, None], errors.fp, errors.fn))


def log_likelihood(count: Count, fraction: FloatArray, errors: ErrorNodes) -> FloatArray:
    """The same, averaged over the error rates, shape (fractions,)."""
    value = node_log_likelihood(count, fraction, errors)
    top = value.max()
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(value - top) @ errors.weight) + top)
