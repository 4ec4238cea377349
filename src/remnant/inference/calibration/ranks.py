"""Ranks of the truth among draws of its posterior: uniform on 0..L, if draws and likelihood are right.

Who draws the truth from the prior, data from the truth, and L draws from the posterior, has L + 1
exchangeable numbers, whatever the data are worth. A posterior that is too narrow has the truth too often at
its ends, one that is too wide too often in its middle, and one that is too high has it too often low.

References
----------
Cook, Gelman & Rubin (2006) J Comput Graph Stat 15:675-692; Talts et al. (2018) arXiv:1804.06788.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def thinned(draws: FloatArray, keep: int) -> FloatArray:
    """Take `keep` draws at equal distances, since neighbours of one chain are alike.

    Parameters
    ----------
    draws : ndarray, shape (draws, ...)
        In the order in which they were drawn, chain after chain.
    keep : int
        How many, from 1 to all.

    Examples
    --------
    >>> thinned(np.arange(10.0), 3).tolist()
    [1.0, 5.0, 8.0]
    """
    assert 1 <= keep <= len(draws), "only what was drawn can be kept"
    kept: FloatArray = draws[((np.arange(keep) + 0.5) * len(draws) / keep).astype(int)]
    return kept


def ranks(truth: npt.ArrayLike, draws: FloatArray, *, rng: np.random.Generator) -> IntArray:
    """Count the draws below the truth; among draws equal to it, its place is chance.

    Parameters
    ----------
    truth : array-like, shape (...)
        Infinite where something never happens.
    draws : ndarray, shape (draws, ...)
        Of the posterior.
    rng : numpy.random.Generator
        Breaks ties: a day of relapse that is "never" may equal many draws.

    Returns
    -------
    ndarray of int, shape (...)
        From 0 to the number of draws.

    Examples
    --------
    >>> int(ranks(2.5, np.array([1.0, 2.0, 3.0]), rng=np.random.default_rng(1)))
    2
    """
    true = np.asarray(truth, float)
    assert not np.isnan(true).any(), "a truth that is missing has no rank"
    assert not np.isnan(draws).any(), "a draw that is missing has no place"
    below, equal = (draws < true).sum(axis=0), (draws == true).sum(axis=0)
    return np.asarray(below + rng.integers(0, equal + 1), np.int64)


def place(truth: npt.ArrayLike, draws: FloatArray, *, rng: np.random.Generator) -> FloatArray:
    """Turn ranks into numbers that are exactly uniform on (0, 1): the randomised PIT; as `ranks`."""
    rank = ranks(truth, draws, rng=rng)
    return np.asarray((rank + rng.random(rank.shape)) / (len(draws) + 1))


def counted(rank: npt.ArrayLike, draws: int) -> IntArray:
    """Count the ranks at or below each of 0..draws-1, shape (draws,): their distribution function."""
    each = np.bincount(np.asarray(rank, int).ravel(), minlength=draws + 1)
    assert len(each) == draws + 1, "a rank is at most the number of draws"
    return np.asarray(np.cumsum(each)[:-1], np.int64)


def levels(draws: int) -> FloatArray:
    """Return what a distribution function of uniform ranks is at 0..draws-1."""
    return np.arange(1, draws + 1) / (draws + 1)
