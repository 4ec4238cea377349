"""Exact permutation: the law of group sums of scores, when labels are dealt to subjects at random.

All assignments are walked at once: scores are dealt one distinct value after the other, and what was dealt so
far is a state (how many each group has, and their sum). States that agree are one, so whole or half numbers,
such as ranks, stay few however many the subjects.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
from scipy.special import gammaln, logsumexp

from remnant.stats.numerics.arrays import FloatArray

BITS = 40  # of a score, relative to the largest: sums that differ less are one, and half ranks are exact
MOST = 2_000_000  # states beyond which enumeration is refused


def group_sums(
    score: FloatArray, sizes: FloatArray, *, most: int = MOST
) -> tuple[FloatArray, FloatArray] | None:
    """List every vector of group sums with its probability; None where there are too many to list.

    Parameters
    ----------
    score : ndarray, shape (subjects,)
        Of each subject.
    sizes : ndarray of int, shape (groups,)
        Subjects in each group; together all of them.

    Returns
    -------
    sums : ndarray, shape (outcomes, groups)
    probability : ndarray, shape (outcomes,)

    Examples
    --------
    >>> sums, probability = group_sums(np.array([1.0, 2, 3]), np.array([1, 2]))
    >>> sums[:, 0].tolist(), probability.round(3).tolist()
    ([1.0, 2.0, 3.0], [0.333, 0.333, 0.333])
    """
    assert sizes.sum() == len(score), "every subject is in one group"
    unit = 2.0 ** (np.frexp(np.abs(score).max(initial=0.0))[1] - BITS)
    counts = np.zeros((1, len(sizes)))
    sums, log_ways = np.zeros((1, len(sizes))), np.zeros(1)
    for value, many in zip(*np.unique(np.round(score / unit), return_counts=True), strict=True):
        hands = np.array(list(_hands(int(many), len(sizes))), float)
        if len(hands) * len(counts) > most:
            return None
        dealt = (counts[:, None, :] + hands).reshape(-1, len(sizes))
        total = (sums[:, None, :] + hands * value).reshape(-1, len(sizes))
        ways = (log_ways[:, None] + (gammaln(many + 1) - gammaln(hands + 1).sum(1))).ravel()
        fits = (dealt <= sizes).all(axis=1)
        counts, sums, log_ways = _merged(dealt[fits], total[fits], ways[fits])
    return sums * unit, np.exp(log_ways - logsumexp(log_ways))


def _hands(many: int, groups: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to share `many` alike among groups."""
    for head in product(range(many + 1), repeat=groups - 1):
        if sum(head) <= many:
            yield (*head, many - sum(head))


def _merged(counts: FloatArray, sums: FloatArray, log_ways: FloatArray) -> tuple[FloatArray, ...]:
    """Make states that agree one, their ways added; of the last group all is told by the others."""
    others = max(counts.shape[1] - 1, 1)  # of one group, itself
    keys = np.concatenate([counts[:, :others], sums[:, :others]], axis=1)
    order = np.lexsort(keys.T)
    fresh = np.ones(len(order), bool)
    fresh[1:] = (np.diff(keys[order], axis=0) != 0).any(axis=1)
    first = np.flatnonzero(fresh)
    top = float(log_ways.max(initial=0.0))
    ways = np.add.reduceat(np.exp(log_ways[order] - top), first)
    return counts[order][first], sums[order][first], np.asarray(np.log(ways) + top)
