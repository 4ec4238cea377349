"""IPSS-R, IPSS-RA and IPSS-M of many patients at once, from plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from remnant.diagnosis.ipss_m import (
    IpssMScores,
    ipss_m,
    sf3b1_with_del5q,
    tp53_multihit,
)
from remnant.diagnosis.ipss_r import (
    ipss_r_category,
    ipss_r_points,
    ipss_r_range,
    ipss_ra,
)
from remnant.stats.numerics.arrays import FloatArray

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RiskInputs:
    """What the three scores ask of n patients; NaN is missing, which is not zero.

    Parameters
    ----------
    haemoglobin : ndarray, shape (n,)
        In g/dL.
    platelets, neutrophils : ndarray, shape (n,)
        In 1e9/L.
    blasts : ndarray, shape (n,)
        Of nucleated marrow cells, in percent.
    age : ndarray, shape (n,)
        In years.
    cytogenetics : ndarray, shape (n,)
        IPSS-R group, 0 very good to 4 very poor.
    del5q, del7, del17p, complex_ : ndarray, shape (n,)
        1 for del(5q); for -7 or del(7q); for -17 or del(17p); for three or more abnormalities. 0 for none.
    tp53_mutations : ndarray, shape (n,)
        0, 1, or 2 for two or more.
    tp53_vaf : ndarray, shape (n,)
        Highest variant fraction, in [0, 1].
    tp53_loss : ndarray, shape (n,)
        1 for loss of heterozygosity at TP53, 0 for none.
    genes : Mapping of str to ndarray, shape (n,)
        1 mutated, 0 not, for each of `ipss_m_weights.GENES`.
    """

    haemoglobin: FloatArray
    platelets: FloatArray
    neutrophils: FloatArray
    blasts: FloatArray
    age: FloatArray
    cytogenetics: FloatArray
    del5q: FloatArray
    del7: FloatArray
    del17p: FloatArray
    complex_: FloatArray
    tp53_mutations: FloatArray
    tp53_vaf: FloatArray
    tp53_loss: FloatArray
    genes: Mapping[str, FloatArray]

    def only(self, place: int) -> RiskInputs:
        """Return the patient at `place` alone."""
        values = {name: value[place : place + 1] for name, value in vars(self).items() if name != "genes"}
        genes = {name: value[place : place + 1] for name, value in self.genes.items()}
        return RiskInputs(**values, genes=genes)


@dataclass(frozen=True)
class RiskScores:
    """The scores of n patients; where an item is missing, the range that it leaves open.

    Parameters
    ----------
    points : ndarray, shape (n, 5)
        IPSS-R by item, in the order of `ipss_r.ITEMS`; NaN where an item is missing.
    lowest, highest : ndarray, shape (n,)
        IPSS-R; the two are equal where nothing is missing.
    lowest_category, highest_category : ndarray of int, shape (n,)
        Places in `ipss_r.CATEGORIES`.
    adjusted_lowest, adjusted_highest : ndarray, shape (n,)
        IPSS-RA; NaN where the age is missing.
    adjusted_lowest_category, adjusted_highest_category : ndarray of int, shape (n,)
        Places in `ipss_r.CATEGORIES`; without meaning where the age is missing.
    ipss_m : IpssMScores
        Best, mean and worst case.
    """

    points: FloatArray
    lowest: FloatArray
    highest: FloatArray
    lowest_category: IntArray
    highest_category: IntArray
    adjusted_lowest: FloatArray
    adjusted_highest: FloatArray
    adjusted_lowest_category: IntArray
    adjusted_highest_category: IntArray
    ipss_m: IpssMScores


def score(given: RiskInputs) -> RiskScores:
    """Score patients by IPSS-R, IPSS-RA and IPSS-M.

    Examples
    --------
    >>> from remnant.diagnosis.risk_patient import risk_inputs
    >>> one = risk_inputs(haemoglobin=9.1, platelets=210, blasts=3, neutrophils=1.4, cytogenetics="Good")
    >>> score(one).highest.tolist()
    [3.0]
    """
    points = ipss_r_points(
        given.cytogenetics, given.blasts, given.haemoglobin, given.platelets, given.neutrophils
    )
    lowest, highest = ipss_r_range(points)
    # The adjusted score rises with the score at every age below 270.
    adjusted_lowest, adjusted_highest = ipss_ra(lowest, given.age), ipss_ra(highest, given.age)
    return RiskScores(
        points,
        lowest,
        highest,
        ipss_r_category(lowest),
        ipss_r_category(highest),
        adjusted_lowest[0],
        adjusted_highest[0],
        adjusted_lowest[1],
        adjusted_highest[1],
        ipss_m(
            haemoglobin=given.haemoglobin,
            platelets=given.platelets,
            blasts=given.blasts,
            cytogenetics=given.cytogenetics,
            tp53=tp53_multihit(given.tp53_mutations, given.tp53_vaf, given.tp53_loss, given.del17p),
            with_del5q=sf3b1_with_del5q(given.genes["SF3B1"], given.del5q, given.del7, given.complex_),
            genes=given.genes,
        ),
    )
