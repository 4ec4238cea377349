"""Groups of limiting-dilution wells, and whether they share one frequency.

Groups whose wells all agree take part: their log frequency is infinite, their likelihood is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.wells.dilution import information, log_likelihood, maximum_likelihood, score

ROUNDING = 1e-13  # of a log-likelihood: less is no difference


@dataclass(frozen=True)
class GroupDifference:
    """Tests that all groups share one frequency.

    Parameters
    ----------
    statistic : float
        Twice the gain of log-likelihood when each group has its own frequency.
    df : int
        Groups with wells, less one.
    p : float
        From chi-square; 1 with a single group.
    score_statistic, score_p : float
        The efficient score test at the common frequency; better where a group has few positive wells.
    """

    statistic: float
    df: int
    p: float
    score_statistic: float
    score_p: float


@dataclass(frozen=True)
class GroupedWells:
    """Doses with wells, and the fitted frequency of the group of each.

    Parameters
    ----------
    dose, tested, positive, frequency : ndarray, shape (doses,)
        `frequency` is 0 where no well of the group is positive and infinite where all are.
    group : ndarray of int, shape (doses,)
        Numbers of the groups, from 0.
    """

    dose: FloatArray
    tested: FloatArray
    positive: FloatArray
    group: npt.NDArray[np.intp]
    frequency: FloatArray

    @classmethod
    def fit(
        cls,
        dose: npt.ArrayLike,
        tested: npt.ArrayLike,
        positive: npt.ArrayLike,
        group: npt.ArrayLike | None = None,
    ) -> GroupedWells:
        """Fit a frequency to each group; without `group` there is one."""
        d, n, s = (np.atleast_1d(np.asarray(x, float)) for x in (dose, tested, positive))
        given = np.zeros(d.shape, int) if group is None else np.asarray(group)
        kept = (n > 0) & (d > 0)  # a dose without wells, or without cells, says nothing
        d, n, s = d[kept], n[kept], s[kept]
        labels = np.unique(given[kept], return_inverse=True)[1]
        frequency = np.zeros_like(d)
        for label in range(labels.max(initial=-1) + 1):
            own = labels == label
            frequency[own] = maximum_likelihood(d[own], n[own], s[own])
        return cls(d, n, s, labels, frequency)

    @property
    def groups(self) -> int:
        """How many groups have wells."""
        return int(self.group.max(initial=-1)) + 1

    @property
    def informative(self) -> npt.NDArray[np.bool_]:
        """Doses in groups whose wells disagree: the rest fit perfectly and carry no information."""
        return np.asarray((self.frequency > 0) & np.isfinite(self.frequency))

    def select(self, kept: npt.NDArray[np.bool_]) -> GroupedWells:
        """Return some of the doses, with their fit."""
        labels = np.unique(self.group[kept], return_inverse=True)[1]
        columns = (self.dose[kept], self.tested[kept], self.positive[kept])
        return GroupedWells(*columns, labels, self.frequency[kept])


def group_difference(
    dose: npt.ArrayLike, tested: npt.ArrayLike, positive: npt.ArrayLike, group: npt.ArrayLike
) -> GroupDifference:
    """Test that all groups share one frequency.

    Parameters
    ----------
    dose, tested, positive : array-like, shape (doses,)
        Cells per well, wells scored, wells with a colony.
    group : array-like, shape (doses,)
        Group of each dose.

    References
    ----------
    Hu & Smyth (2009) J Immunol Methods 347:70-78, doi:10.1016/j.jim.2009.06.008 (likelihood ratio).
    """
    wells = GroupedWells.fit(dose, tested, positive, group)
    common = maximum_likelihood(wells.dose, wells.tested, wells.positive)
    df = max(wells.groups - 1, 0)
    if df == 0 or common == 0 or not np.isfinite(common):
        return GroupDifference(0.0, df, 1.0, 0.0, 1.0)
    apart, scores = 0.0, 0.0
    for label in range(wells.groups):
        own = wells.group == label
        d, n, s = wells.dose[own], wells.tested[own], wells.positive[own]
        frequency = wells.frequency[own][0]
        if 0 < frequency < np.inf:
            apart += float(log_likelihood(frequency, d, n, s))
        # A group far from the common frequency can carry no expected information there at all.
        known = max(float(information(common, d, n)), np.finfo(float).tiny)
        scores += float(score(common, d, n, s)) ** 2 / known
    together = float(log_likelihood(common, wells.dose, wells.tested, wells.positive))
    gain = apart - together
    statistic = 2 * gain if gain > ROUNDING * max(1.0, abs(together)) else 0.0
    return GroupDifference(statistic, df, float(chdtrc(df, statistic)), scores, float(chdtrc(df, scores)))
