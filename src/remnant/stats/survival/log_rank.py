"""Whether groups differ in when an event comes: log-rank, observed less expected events over all risk sets.

At each time t_i with d_i events among n_i at risk, group g with n_ig at risk expects d_i n_ig / n_i events,
and their hypergeometric covariance is d_i (n_i - d_i) / (n_i - 1) (n_ig / n_i) (1[g = h] - n_ih / n_i). The
test is Z' V^- Z, chi-square with one degree of freedom fewer than there are groups that expect any event.

With few subjects the chi-square law is far off. The exact test deals the group labels at random, within each
stratum, and asks how often the log-rank scores (event less cumulative hazard) part the groups as far as seen.

References
----------
Mantel (1966) Cancer Chemother Rep 50:163-170; Peto & Peto (1972) J R Stat Soc A 135:185-207.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.permutation import group_sums
from remnant.stats.survival.subjects import at_risk, count_at, ordered

MOST_ORDERED = 9  # subjects whose orders, 9! of them, are walked one by one
SAME = 1e-9  # assignments whose statistics differ less, relatively, part the groups as far as each other


@dataclass(frozen=True)
class LogRank:
    """A log-rank test.

    Parameters
    ----------
    groups : ndarray, shape (groups,)
        Labels, increasing.
    subjects, observed, expected : ndarray, shape (groups,)
        Subjects, events, and events expected were there no difference.
    chi_square : float
        0 where nothing can be compared.
    freedom : int
        Degrees of freedom; 0 where fewer than two groups were ever at risk of an event.
    p : float
        1 where nothing can be compared.
    """

    groups: FloatArray
    subjects: FloatArray
    observed: FloatArray
    expected: FloatArray
    chi_square: float
    freedom: int
    p: float


@dataclass(frozen=True)
class ExactTest:
    """A permutation test.

    Parameters
    ----------
    p : float
        Share of all assignments that part the groups at least as far as the one seen.
    smallest_p : float
        The least that any outcome could have given with these subjects.
    """

    p: float
    smallest_p: float


def log_rank(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    group: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    stratum: npt.ArrayLike | None = None,
) -> LogRank:
    """Compare groups.

    Parameters
    ----------
    time, event, entry
        As in `kaplan_meier`.
    group : array-like, shape (subjects,)
        Numeric labels.
    stratum : array-like, shape (subjects,), optional
        Numeric labels; only subjects of the same stratum are compared.

    Examples
    --------
    >>> found = log_rank([6, 7, 10, 15, 19, 25], [1, 0, 1, 1, 0, 1], [0, 0, 1, 0, 1, 1])
    >>> round(found.chi_square, 4), found.freedom
    (1.2737, 1)
    """
    begun, when, seen, label, layer = _sorted(time, event, group, entry, stratum)
    groups = np.unique(label)
    observed, expected = np.zeros(groups.size), np.zeros(groups.size)
    covariance = np.zeros((groups.size, groups.size))
    for name in np.unique(layer):
        mine = layer == name
        risk, events = _tables(begun[mine], when[mine], seen[mine], label[mine], groups)
        n, d = risk.sum(0), events.sum(0)
        share = risk / n
        observed += events.sum(1)
        expected += (share * d).sum(1)
        weight = d * (n - d) / np.maximum(n - 1, 1)
        covariance += np.diag((share * weight).sum(1)) - (share * weight) @ share.T
    subjects = np.array([(label == name).sum() for name in groups], float)
    chi_square, freedom = quadratic(observed - expected, covariance, expected > 0)
    p = float(chdtrc(freedom, chi_square)) if freedom else 1.0
    return LogRank(groups, subjects, observed, expected, chi_square, freedom, p)


def quadratic(
    difference: FloatArray, covariance: FloatArray, counted: npt.NDArray[np.bool_]
) -> tuple[float, int]:
    """Z' V^- Z over the counted groups, whose differences add up to nothing, and its degrees of freedom."""
    kept = np.flatnonzero(counted)[1:]
    if not kept.size:
        return 0.0, 0
    own = covariance[np.ix_(kept, kept)]
    # Single events in risk sets of one leave no variance, and nothing to compare.
    if np.linalg.matrix_rank(own, hermitian=True) < kept.size:
        inverse = np.asarray(np.linalg.pinv(own, hermitian=True), float)
        rank = int(np.linalg.matrix_rank(own, hermitian=True))
        return float(difference[kept] @ inverse @ difference[kept]), rank
    return float(difference[kept] @ np.linalg.solve(own, difference[kept])), int(kept.size)


def exact_log_rank(
    time: npt.ArrayLike, event: npt.ArrayLike, group: npt.ArrayLike, *, most: int = 2_000_000
) -> ExactTest | None:
    """Compare groups by permutation of their labels; None where there are too many assignments to list.

    It holds its level where censoring is alike in the groups. Groups are parted by the sum over groups of
    (observed - expected)^2 / size, where a subject's score is its event less its cumulative hazard.

    Examples
    --------
    >>> round(exact_log_rank([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1]).p, 6)
    0.1
    """
    begun, when, seen, label, _ = _sorted(time, event, group, None, None)
    score = seen - cumulative_hazard(begun, when, seen)
    groups, place = np.unique(label, return_inverse=True)
    sizes = np.bincount(place, minlength=groups.size).astype(float)
    law = group_sums(score, sizes, most=most)
    if law is None:
        return None
    sums, probability = law
    parted = (sums**2 / sizes).sum(axis=1)
    own = float((np.bincount(place, weights=score, minlength=groups.size) ** 2 / sizes).sum())
    return _tail(parted, probability, own)


def exact_trend(time: npt.ArrayLike, event: npt.ArrayLike, marker: npt.ArrayLike) -> ExactTest | None:
    """Ask by permutation whether a marker goes with earlier or later events; None above nine subjects.

    The log-rank test of a quantity: the sum of marker times log-rank score, over every order of the markers.
    It is the score test of Cox's model, without its chi-square law.

    Examples
    --------
    >>> found = exact_trend([1, 2, 3, 4], [1, 1, 1, 1], [4, 3, 2, 1])
    >>> round(found.p * 24), round(found.smallest_p * 24)
    (2, 2)
    """
    begun, when, seen, value = ordered(time, np.asarray(event, bool), marker)
    if when.size > MOST_ORDERED:
        return None
    score = seen - cumulative_hazard(begun, when, seen)
    orders = np.array(list(permutations(value - value.mean())))
    parted = np.abs(orders @ score)
    return _tail(parted, np.full(len(parted), 1 / len(parted)), float(abs(score @ (value - value.mean()))))


def _tail(parted: FloatArray, probability: FloatArray, own: float) -> ExactTest:
    far = float(parted.max(initial=0.0))
    near = SAME * max(far, 1e-300)
    p = float(probability[parted >= own - near].sum())
    return ExactTest(min(p, 1.0), min(float(probability[parted >= far - near].sum()), 1.0))


def cumulative_hazard(begun: FloatArray, when: FloatArray, seen: FloatArray) -> FloatArray:
    """Nelson-Aalen estimate at each subject's own time; subjects in the order of time."""
    steps = np.unique(when[seen == 1])
    rises = np.cumsum(count_at(when[seen == 1], steps) / at_risk(begun, when, steps))
    return np.asarray(np.concatenate([[0.0], rises])[np.searchsorted(steps, when, "right")])


def _sorted(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    group: npt.ArrayLike,
    entry: npt.ArrayLike | None,
    stratum: npt.ArrayLike | None,
) -> tuple[FloatArray, ...]:
    layer = np.zeros(np.shape(time)) if stratum is None else stratum
    return ordered(time, np.asarray(event, bool), group, layer, entry=entry)


def _tables(
    begun: FloatArray, when: FloatArray, seen: FloatArray, label: FloatArray, groups: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """At risk and events of each group at each time of an event, shape (groups, steps)."""
    steps = np.unique(when[seen == 1])
    risk = [at_risk(begun[label == name], when[label == name], steps) for name in groups]
    events = [count_at(when[(label == name) & (seen == 1)], steps) for name in groups]
    shape = groups.size, steps.size
    return np.array(risk).reshape(shape), np.array(events).reshape(shape)
