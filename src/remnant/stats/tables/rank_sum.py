"""Whether a quantity is higher in one group: Wilcoxon's rank-sum test, exact under ties.

Given the ranks (the mean of those that tied values share), every deal of them to the two groups is as likely
as the next. All deals are counted, so p is exact; with few subjects it can only take few values, and the
smallest of them is said beside it.

References
----------
Wilcoxon (1945) Biometrics Bull 1:80-83; Mann & Whitney (1947) Ann Math Stat 18:50-60; Lehmann, Nonparametrics
(1975), section 1.4 (ties).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import erfc
from scipy.stats import rankdata

from remnant.stats.numerics.permutation import group_sums

MOST = 20_000  # deals that differ in size and sum, beyond which the normal law stands in: about 46 subjects


@dataclass(frozen=True)
class RankSum:
    """A rank-sum test.

    Parameters
    ----------
    p : float
        Two-sided: share of all deals whose rank sum lies at least as far from its mean.
    smallest_p : float
        The least that any outcome could have given with these values and group sizes.
    superiority : float
        Chance that a subject of the group has a higher value than one of the others, ties counting half.
    exact : bool
        Whether p counts all deals; otherwise it is from the normal law, with its variance less for ties.
    """

    p: float
    smallest_p: float
    superiority: float
    exact: bool


def rank_sum(values: npt.ArrayLike, inside: npt.ArrayLike) -> RankSum:
    """Compare the values of a group with those of all others.

    Parameters
    ----------
    values : array-like, shape (subjects,)
    inside : array-like of bool, shape (subjects,)
        Who is in the group; somebody is, and somebody is not.

    Examples
    --------
    >>> found = rank_sum([0.2, 0.3, 0.5, 0.6, 0.9, 1.1], [0, 0, 0, 1, 1, 1])
    >>> round(found.p, 3), round(found.smallest_p, 3), found.superiority
    (0.1, 0.1, 1.0)
    """
    value, group = np.asarray(values, float), np.asarray(inside, bool)
    many, n = int(group.sum()), group.size
    assert 0 < many < n, "two groups are compared"
    ranks = np.asarray(rankdata(value), float)
    seen, mean = float(ranks[group].sum()), many * (n + 1) / 2
    superiority = (seen - many * (many + 1) / 2) / (many * (n - many))
    few = min(many, n - many) * many * (n - many) <= MOST
    law = group_sums(ranks, np.array([many, n - many], float)) if few else None
    if law is None:
        spread = many * (n - many) * float(ranks.var()) / (n - 1)
        p = float(erfc(abs(seen - mean) / np.sqrt(2 * spread)))
        return RankSum(p, 0.0, superiority, exact=False)
    sums, probability = law
    far = np.abs(sums[:, 0] - mean)
    p = float(probability[far >= abs(seen - mean) - 1e-6].sum())
    return RankSum(
        min(p, 1.0), min(float(probability[far >= far.max() - 1e-6].sum()), 1.0), superiority, True
    )
