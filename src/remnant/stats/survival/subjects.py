"""Subjects in one order, and times that differ by rounding alone as the tie that they are.

Every estimator of this room sorts its subjects before it adds anything up, so that its answer is the same,
to the last bit, however the rows came. A time computed as 0.3 and one computed as 0.1 + 0.2 are one time.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from remnant.stats.numerics.arrays import FloatArray

TIE = 1e-9  # relative to the latest time: far below a minute in a century, far above rounding


def ordered(
    time: npt.ArrayLike, *others: npt.ArrayLike, entry: npt.ArrayLike | None = None
) -> tuple[FloatArray, ...]:
    """Sort subjects by time and, within a tie, by everything else that is known of them.

    Parameters
    ----------
    time : array-like, shape (subjects,)
        Time of the event or of the last look, at least 0.
    *others : array-like, shape (subjects,) or (subjects, columns)
        Whatever else describes a subject, sorted along.
    entry : array-like, shape (subjects,), optional
        When each came under observation, before `time`; 0 for all by default.

    Returns
    -------
    entry, time, *others : tuple of ndarray
        Each with its subjects in the same order.

    Examples
    --------
    >>> _, time, group = ordered([0.3, 0.1, 0.1 + 0.2], [2, 0, 1])
    >>> time.tolist(), group.tolist()
    ([0.1, 0.3, 0.3], [0.0, 1.0, 2.0])
    """
    until, *rest = (np.asarray(values, float) for values in (time, *others))
    begun = np.full(until.shape, -1.0) if entry is None else np.asarray(entry, float)
    assert until.ndim == 1, "one time for each subject"
    assert all(len(values) == len(until) for values in (begun, *rest)), "every column has every subject"
    assert all(np.isfinite(values).all() for values in (begun, until, *rest)), "no number is missing"
    assert (begun < until).all() or entry is None, "observation begins before it ends"
    assert (until >= 0).all(), "no time is negative"
    begun, until = _tied(np.stack([begun, until]))
    keys = [column for values in (until, begun, *rest) for column in np.atleast_2d(values.T)]
    order = np.lexsort(keys[::-1])
    return begun[order], until[order], *(values[order] for values in rest)


def at_risk(entry: FloatArray, time: FloatArray, when: FloatArray) -> FloatArray:
    """Count subjects under observation just before each time: entered before it, and not gone."""
    gone, come = np.sort(time), np.sort(entry)
    return (np.searchsorted(come, when, "left") - np.searchsorted(gone, when, "left")).astype(float)


def count_at(time: FloatArray, when: FloatArray) -> FloatArray:
    """Count how many of `time`, which is sorted, are equal to each of `when`."""
    return (np.searchsorted(time, when, "right") - np.searchsorted(time, when, "left")).astype(float)


def _tied(times: FloatArray) -> FloatArray:
    """Give times that differ by rounding alone the earliest of their values."""
    values, place = np.unique(times, return_inverse=True)
    if not values.size:
        return times
    apart = np.diff(values, prepend=-np.inf) > TIE * np.abs(values).max()
    first = np.maximum.accumulate(np.where(apart, np.arange(values.size), 0))
    return np.asarray(values[first][place].reshape(times.shape))
