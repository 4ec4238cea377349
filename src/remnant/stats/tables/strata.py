"""Paired counts: k1 of n1 nuclei in one compartment and k2 of n2 in the other, a stratum for each patient.

A stratum speaks of the odds ratio only where both compartments were scored and its nuclei are neither all
normal nor all abnormal: otherwise its margins leave one table alone. Given the margins, the sum of the first
cells lies between `lowest` and `highest`; at either end every likelihood of a common odds ratio with a free
intercept for each patient still rises towards 0 or infinity, so that there is no finite estimate
(separation).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from remnant.stats.numerics.arrays import FloatArray


class Separation(IntEnum):
    """Whether the log odds ratio that fits best is finite, or where it runs to."""

    TO_MINUS_INFINITY = -1
    NONE = 0
    TO_INFINITY = 1
    NOTHING_TO_COMPARE = 2


@dataclass(frozen=True)
class Strata:
    """Counts of two compartments, patient by patient.

    Parameters
    ----------
    k1, n1, k2, n2 : ndarray, shape (strata,)
        Abnormal and scored nuclei of the first and of the second compartment.
    """

    k1: FloatArray
    n1: FloatArray
    k2: FloatArray
    n2: FloatArray

    @property
    def total(self) -> FloatArray:
        """Nuclei scored."""
        return self.n1 + self.n2

    @property
    def column(self) -> FloatArray:
        """Abnormal nuclei."""
        return self.k1 + self.k2

    @property
    def cells(self) -> FloatArray:
        """The four cells, shape (4, strata): abnormal and normal of the first, then of the second."""
        return np.array([self.k1, self.n1 - self.k1, self.k2, self.n2 - self.k2])

    @property
    def informative(self) -> npt.NDArray[np.bool_]:
        """Which strata leave any choice within their margins."""
        return (self.n1 > 0) & (self.n2 > 0) & (self.column > 0) & (self.column < self.total)

    @property
    def lowest(self) -> FloatArray:
        """Smallest first cell that the margins allow."""
        return np.maximum(0.0, self.column - self.n2)

    @property
    def highest(self) -> FloatArray:
        """Largest first cell that the margins allow."""
        return np.minimum(self.n1, self.column)

    @property
    def separation(self) -> Separation:
        """Whether a common odds ratio, each patient with an intercept of its own, has a finite best fit."""
        if not self.informative.any():
            return Separation.NOTHING_TO_COMPARE
        if self.k1.sum() == self.highest.sum():
            return Separation.TO_INFINITY
        return Separation.TO_MINUS_INFINITY if self.k1.sum() == self.lowest.sum() else Separation.NONE

    def only(self, these: npt.NDArray[np.bool_]) -> Strata:
        """Return some of the strata."""
        return Strata(self.k1[these], self.n1[these], self.k2[these], self.n2[these])


def strata(k1: npt.ArrayLike, n1: npt.ArrayLike, k2: npt.ArrayLike, n2: npt.ArrayLike) -> Strata:
    """Gather counts, of one patient or of many.

    Parameters
    ----------
    k1, n1, k2, n2 : int or array-like of int, shape (strata,)
        Abnormal and scored nuclei of each compartment; 0 <= k <= n, whole numbers.

    Examples
    --------
    >>> strata([5, 3], [20, 15], [0, 0], [100, 200]).separation
    <Separation.TO_INFINITY: 1>
    """
    table = [np.atleast_1d(np.asarray(counts, float)) for counts in (k1, n1, k2, n2)]
    assert len({counts.shape for counts in table}) == 1, "one count of each kind for each patient"
    assert all(np.all(counts == np.round(counts)) for counts in table), "counts are whole"
    for k, n in (table[:2], table[2:]):
        assert np.all((k >= 0) & (k <= n)), "needs 0 <= k <= n"
    return Strata(*table)
