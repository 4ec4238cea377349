"""One table by large-sample methods: the difference of two fractions, chi-square, the log odds ratio.

They stand beside the exact answers because readers expect them; where a count is small the exact ones rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from remnant.stats.fractions.proportion import wilson
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.tables.strata import strata


def newcombe_difference(
    k1: int, n1: int, k2: int, n2: int, *, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Difference of two fractions, first less second, with limits joined from two Wilson intervals.

    References
    ----------
    Newcombe (1998) Stat Med 17:873-890, method 10.

    Examples
    --------
    >>> [round(x, 3) for x in newcombe_difference(18, 40, 4, 200)]
    [0.43, 0.284, 0.582]
    """
    p1, p2 = k1 / n1, k2 / n2
    (l1, u1), (l2, u2) = (wilson(k, n, confidence=confidence) for k, n in ((k1, n1), (k2, n2)))
    below = np.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2)
    above = np.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)
    return p1 - p2, float(p1 - p2 - below), float(p1 - p2 + above)


@dataclass(frozen=True)
class ChiSquare:
    """Pearson's test of equal fractions, 1 degree of freedom.

    Parameters
    ----------
    value, p : float
        Without correction for continuity.
    yates, yates_p : float
        With Yates' correction, which takes no more than the distance itself.
    """

    value: float
    p: float
    yates: float
    yates_p: float


def chi_square(k1: int, n1: int, k2: int, n2: int) -> ChiSquare | None:
    """Test equal fractions; None where a margin is empty, for nothing is then expected anywhere.

    Examples
    --------
    >>> round(chi_square(18, 40, 4, 200).yates, 4)
    68.9475
    """
    table = strata(k1, n1, k2, n2)
    if not table.informative.all():
        return None
    distance = abs(table.k1 - table.n1 * table.column / table.total)
    other = table.total - table.column
    scale = table.total**3 / (table.n1 * table.n2 * table.column * other)
    plain, yates = (float((distance - gap)[0] ** 2 * scale[0]) for gap in (0.0, np.minimum(0.5, distance)))
    return ChiSquare(plain, float(chdtrc(1, plain)), yates, float(chdtrc(1, yates)))


def haldane_log_odds(
    k1: npt.ArrayLike, n1: npt.ArrayLike, k2: npt.ArrayLike, n2: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Log odds ratio of each table with half a nucleus added to each cell, and its standard error.

    It is always finite, which makes it fit to be pooled; with 0 of 15 against 0 of 100 it is 1.9 and not 0,
    which makes it unfit to be believed alone.

    References
    ----------
    Haldane (1956) Ann Hum Genet 20:309-311; Gart & Zweifel (1967) Biometrika 54:181-187.
    """
    cells = strata(k1, n1, k2, n2).cells + 0.5
    log_odds = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    return np.asarray(log_odds), np.asarray(np.sqrt((1 / cells).sum(axis=0)))
