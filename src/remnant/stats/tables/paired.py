"""Exact tests over patients: one difference for each, as likely of either sign if nothing differs.

All three give every pattern of signs the same chance, 2^-n, so n patients can give no two-sided p below 2^(1
- n): with four or five, nothing reaches 0.05. That smallest p stands beside each answer. A difference of 0 is
left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, bdtrc
from scipy.stats import rankdata

from remnant.stats.numerics.arrays import FloatArray

TIE = 12  # decimals to which differences are told apart
MOST_FLIPPED = 40  # patients; two halves of 2^20 sums


@dataclass(frozen=True)
class SignTest:
    """Exact sign test.

    Parameters
    ----------
    above, below : int
        Patients whose difference is positive, negative; ties are left out.
    p_two_sided, p_greater : float
        Exact; 1 without patients.
    smallest_p : float
        The least two-sided p that so many patients can give, 2^(1 - n): whether the study could have
        shown anything at all.
    """

    above: int
    below: int
    p_two_sided: float
    p_greater: float
    smallest_p: float


@dataclass(frozen=True)
class SignFlipTest:
    """Exact test of a statistic over all patterns of signs.

    Parameters
    ----------
    statistic : float
        Sum of the ranks of positive differences, or mean difference.
    patients : int
        Patients with a difference other than 0.
    p_two_sided, p_greater : float
        Exact; 1 without patients.
    smallest_p : float
        The least two-sided p that so many patients can give.
    """

    statistic: float
    patients: int
    p_two_sided: float
    p_greater: float
    smallest_p: float


def sign_test(above: int, below: int) -> SignTest:
    """Test that a difference is as often positive as negative.

    Examples
    --------
    >>> sign_test(5, 0).p_two_sided, sign_test(4, 1).smallest_p
    (0.0625, 0.0625)
    """
    n = above + below
    greater = float(bdtrc(above - 1, n, 0.5)) if above else 1.0
    less = float(bdtr(above, n, 0.5))
    return SignTest(above, below, min(1.0, 2 * min(greater, less)), greater, _smallest(n))


def wilcoxon_signed_rank(differences: npt.ArrayLike) -> SignFlipTest:
    """Test by the ranks of the differences, ties at their middle rank, over all patterns of signs.

    Parameters
    ----------
    differences : array-like, shape (patients,)
        Finite; those that differ by less than 1e-12 tie.

    References
    ----------
    Wilcoxon (1945) Biometrics Bull 1:80-83; ties: Pratt & Gibbons (1981) Concepts of Nonparametric Theory.

    Examples
    --------
    >>> wilcoxon_signed_rank([0.4, 0.1, 0.3, 0.2]).p_two_sided
    0.125
    """
    d = _other_than_zero(differences)
    doubled = np.round(2 * rankdata(np.abs(d))).astype(int)
    chance = np.ones(1)
    for rank in doubled:
        chance = np.concatenate([chance, np.zeros(rank)]) + np.concatenate([np.zeros(rank), chance])
        chance /= 2
    seen = int(doubled[d > 0].sum())
    greater, less = float(chance[seen:].sum()), float(chance[: seen + 1].sum())
    two_sided = min(1.0, 2 * min(greater, less))
    return SignFlipTest(seen / 2, len(d), two_sided, min(greater, 1.0), _smallest(len(d)))


def sign_flip(differences: npt.ArrayLike) -> SignFlipTest | None:
    """Test the mean difference over all patterns of signs; None above 40 patients, where 2^n is too many.

    Parameters
    ----------
    differences : array-like, shape (patients,)
        Finite.

    References
    ----------
    Fisher (1935) The Design of Experiments, section 21.

    Examples
    --------
    >>> sign_flip([0.4, 0.1, 0.3, 0.2]).p_two_sided
    0.125
    """
    everyone = np.atleast_1d(np.asarray(differences, float))
    d = _other_than_zero(everyone)
    if len(d) > MOST_FLIPPED:
        return None
    total, slack = float(d.sum()), 1e-9 * float(np.abs(d).sum())
    half = len(d) // 2
    some, others = _all_sums(d[:half]), np.sort(_all_sums(d[half:]))

    def at_least(sum_: float) -> float:
        below = np.searchsorted(others, sum_ - slack - some)
        return float((len(others) - below).sum()) / 2.0 ** len(d)

    # Signs all turned over give minus the sum, so both tails are alike.
    two_sided = 1.0 if abs(total) <= slack else min(1.0, 2 * at_least(abs(total)))
    mean = total / max(len(everyone), 1)
    return SignFlipTest(mean, len(d), two_sided, at_least(total), _smallest(len(d)))


def _all_sums(d: FloatArray) -> FloatArray:
    """Sum of the differences under each pattern of signs."""
    sums = np.zeros(1)
    for size in d:
        sums = np.concatenate([sums + size, sums - size])
    return sums


def _other_than_zero(differences: npt.ArrayLike) -> FloatArray:
    d = np.round(np.atleast_1d(np.asarray(differences, float)), TIE)
    assert np.isfinite(d).all(), "a difference is finite"
    return np.asarray(d[d != 0])


def _smallest(patients: int) -> float:
    return min(1.0, 2.0 ** (1 - patients))
