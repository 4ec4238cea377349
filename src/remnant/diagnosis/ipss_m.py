"""IPSS-M: sum of beta (x - mean) over ln 2, under the best, the mean and the worst of what is missing.

Arrays hold one number a patient; NaN is missing, which is not zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from remnant.diagnosis import ipss_m_weights as published
from remnant.diagnosis.rounding import to_hundredths
from remnant.stats.numerics.arrays import FloatArray

SCENARIOS = ("best", "mean", "worst")
LOST_ABOVE = 0.55  # variant fraction of a TP53 mutation above which the other copy must be lost


@dataclass(frozen=True)
class IpssMScores:
    """IPSS-M of many patients, the three scenarios in the order of `SCENARIOS`.

    Parameters
    ----------
    values : ndarray, shape (n, 22)
        The variables in the order of `VARIABLES`, NaN where one is missing. Of the residual genes, the
        number that is known to be mutated, at most 2.
    contributions : ndarray, shape (3, n, 22)
        What each adds to the raw score.
    raw, score : ndarray, shape (3, n)
        Before and after rounding to two decimals.
    category : ndarray of int, shape (3, n)
        Places in `ipss_m_weights.CATEGORIES`, of the rounded score.
    residual : ndarray, shape (3, n)
        Residual genes that each scenario counts.
    """

    values: FloatArray
    contributions: FloatArray
    raw: FloatArray
    score: FloatArray
    category: npt.NDArray[np.int64]
    residual: FloatArray

    @property
    def narrow(self) -> npt.NDArray[np.bool_]:
        """Whether best and worst lie at most 1 apart, in exact hundredths, so that the mean stands."""
        best, _, worst = np.rint(100 * self.score)
        return np.asarray(worst - best <= published.WIDEST)


def three_valued(yes: npt.NDArray[np.bool_], no: npt.NDArray[np.bool_]) -> FloatArray:
    """Return 1 where the answer is yes, 0 where it is no, and NaN where it is neither."""
    assert not (yes & no).any(), "an answer is both yes and no"
    return np.select([yes, no], [1.0, 0.0], np.nan)


def tp53_multihit(mutations: FloatArray, vaf: FloatArray, lost: FloatArray, del17p: FloatArray) -> FloatArray:
    """Say whether both copies of TP53 are hit.

    Two mutations; or one with the other copy lost: found so, or read from a variant fraction above 55 %, or
    from a deletion of 17p. A deletion without a mutation is one hit. One mutation without word of the other
    copy is missing: a variant fraction of 55 % or less does not show that it is there.

    Parameters
    ----------
    mutations : ndarray, shape (n,)
        0, 1, or 2 for two or more.
    vaf : ndarray, shape (n,)
        Highest variant fraction, in [0, 1].
    lost, del17p : ndarray, shape (n,)
        1 for loss of heterozygosity, and for -17 or del(17p); 0 for none.
    """
    gone = (lost == 1) | (vaf > LOST_ABOVE) | (del17p == 1)
    yes = (mutations >= 2) | ((mutations == 1) & gone)
    return three_valued(yes, (mutations == 0) | ((mutations == 1) & (lost == 0) & ~gone))


def sf3b1_with_del5q(
    sf3b1: FloatArray, del5q: FloatArray, del7: FloatArray, complex_: FloatArray
) -> FloatArray:
    """Say whether SF3B1 is mutated beside del(5q), without -7 or del(7q) and not in a complex karyotype."""
    yes = (sf3b1 == 1) & (del5q == 1) & (del7 == 0) & (complex_ == 0)
    return three_valued(yes, (sf3b1 == 0) | (del5q == 0) | (del7 == 1) | (complex_ == 1))


def sf3b1_alone(sf3b1: FloatArray, with_del5q: FloatArray, companions: FloatArray) -> FloatArray:
    """Say whether SF3B1 is mutated neither with del(5q) nor with one of `COMPANIONS`, shape (n, 6)."""
    yes = (sf3b1 == 1) & (with_del5q == 0) & (companions == 0).all(axis=1)
    return three_valued(yes, (sf3b1 == 0) | (with_del5q == 1) | (companions == 1).any(axis=1))


def residual_genes(genes: FloatArray) -> FloatArray:
    """Count the mutated residual genes, at most 2, in each scenario.

    With S mutated among those tested and a share m missing, the mean case adds m (2 - S)/2 of the published
    mean: all of it where none was tested, nothing where two were found.

    Parameters
    ----------
    genes : ndarray, shape (n, 15)
        In the order of `RESIDUAL`.

    Returns
    -------
    ndarray, shape (3, n)
    """
    found, missing = np.nansum(genes, axis=1), np.isnan(genes).sum(axis=1)
    best, worst = np.minimum(found, 2), np.minimum(found + missing, 2)
    share = np.maximum((2 - found) / 2, 0) * (missing / genes.shape[1])
    return np.stack([best, best + share * published.WEIGHTS[-1].mean, worst])


def ipss_m(
    *,
    haemoglobin: FloatArray,
    platelets: FloatArray,
    blasts: FloatArray,
    cytogenetics: FloatArray,
    tp53: FloatArray,
    with_del5q: FloatArray,
    genes: Mapping[str, FloatArray],
) -> IpssMScores:
    """Score patients.

    Parameters
    ----------
    haemoglobin : ndarray, shape (n,)
        In g/dL; taken into 4 to 20.
    platelets : ndarray, shape (n,)
        In 1e9/L; at most 250 count.
    blasts : ndarray, shape (n,)
        Of nucleated marrow cells, in percent; at most 20 count.
    cytogenetics : ndarray, shape (n,)
        IPSS-R group, 0 very good to 4 very poor.
    tp53, with_del5q : ndarray, shape (n,)
        As from `tp53_multihit` and `sf3b1_with_del5q`.
    genes : Mapping of str to ndarray, shape (n,)
        1 mutated, 0 not, for each of `GENES`.

    References
    ----------
    Bernard et al. (2022) NEJM Evid 1(7), doi:10.1056/EVIDoa2200008.
    """
    companions = np.stack([genes[name] for name in published.COMPANIONS], axis=1)
    residual = residual_genes(np.stack([genes[name] for name in published.RESIDUAL], axis=1))
    of = dict(genes) | {
        "HB": np.clip(haemoglobin, 4, 20),
        "PLT/100": np.minimum(platelets, 250) / 100,
        "BM_BLAST/5": np.minimum(blasts, 20) / 5,
        "CYTO_IPSSR": cytogenetics,
        "TP53multi": tp53,
        "SF3B1_5q": with_del5q,
        "SF3B1_alpha": sf3b1_alone(genes["SF3B1"], with_del5q, companions),
        "Nres2": residual[0],
    }
    values = np.stack([of[name] for name in published.VARIABLES], axis=1)
    filled = np.stack(
        [
            np.where(np.isnan(values), fill, values)
            for fill in (published.BEST, published.MEAN, published.WORST)
        ]
    )
    filled[:, :, -1] = residual
    contributions = (filled - published.MEAN) * published.BETA / np.log(2)
    raw = _sum(contributions)
    score = to_hundredths(raw)
    category = np.searchsorted(published.CUTS, score, side="left")
    return IpssMScores(values, contributions, raw, score, category, residual)


def _sum(terms: FloatArray) -> FloatArray:
    """Sum the last axis as if with twice the digits: the last one of the score decides half a hundredth."""
    total, lost = np.zeros(terms.shape[:-1]), np.zeros(terms.shape[:-1])
    for place in range(terms.shape[-1]):
        term = terms[..., place]
        more = total + term
        back = more - total
        lost += (total - (more - back)) + (term - back)
        total = more
    return np.asarray(total + lost)
