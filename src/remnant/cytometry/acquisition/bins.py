"""Bins of time: runs of equally many events, as they were acquired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.acquisition.findings import EventRange, QualityRule, merge
from remnant.cytometry.fcs.file import EventFile

Floats = NDArray[np.float64]
BLOCK_EVENTS = 8_000_000  # events of one channel held at once: 64 MB


@dataclass(frozen=True)
class Bins:
    """Bins of equally many events; the last also holds what is left over, fewer events than there are bins.

    Parameters
    ----------
    events : int
        Events of the tube.
    size : int
        Events of each bin.
    number : int
        Bins.
    """

    events: int
    size: int
    number: int

    def range(self, index: int) -> EventRange:
        """Return the events of one bin."""
        end = self.events if index == self.number - 1 else (index + 1) * self.size
        return EventRange(index * self.size, end)

    def ranges(self, flagged: Iterable[int], margin: int = 0) -> tuple[EventRange, ...]:
        """Return the events of some bins and of `margin` bins on each side, joined."""
        near = {
            i for at in flagged for i in range(max(at - margin, 0), min(at + margin, self.number - 1) + 1)
        }
        return merge([self.range(i) for i in near])


def cut_bins(events: int, rule: QualityRule) -> Bins | None:
    """Divide a tube into bins; None where it is too small for any change over time to be judged."""
    number = min(rule.bins, events // rule.fewest_bin_events)
    return Bins(events, events // number, number) if number >= rule.fewest_bins else None


def medians(values: Floats, size: int) -> Floats:
    """Median of each whole bin of `values`; NaN is left out, and a bin of NaN alone has none.

    Parameters
    ----------
    values : ndarray, shape (events,)
        In the order of acquisition.
    size : int
        Events of a bin; what is left over at the end is not looked at.

    Returns
    -------
    ndarray, shape (events // size,)
    """
    rows = values[: len(values) // size * size].reshape(-1, size)
    middle = (size - 1) // 2  # of an even number the lower of the two: partitioned once, not twice
    missing = np.isnan(rows).sum(axis=1)
    if not missing.any():
        return np.asarray(np.partition(rows, middle, axis=1)[:, middle])
    found = np.full(len(rows), np.nan)
    for at in np.flatnonzero(missing < size):
        good = rows[at][~np.isnan(rows[at])]
        found[at] = np.partition(good, (len(good) - 1) // 2)[(len(good) - 1) // 2]
    return found


def above(values: Floats, size: int, split: float) -> tuple[Floats, Floats]:
    """Count what lies above `split` in each whole bin, half of what lies on it, and what has a value.

    Returns
    -------
    above, evaluable : ndarray, shape (events // size,)
    """
    rows = values[: len(values) // size * size].reshape(-1, size)
    higher = np.count_nonzero(rows > split, axis=1)
    lower = np.count_nonzero(rows < split, axis=1)
    evaluable = size - np.count_nonzero(np.isnan(rows), axis=1)
    return (higher + evaluable - lower) / 2, evaluable.astype(float)


def read_range(file: EventFile, channel: int, begin: int, end: int) -> Floats:
    """Read one channel for a range of events; the one place where quality control touches the file."""
    return file.column(channel, begin, end)


def blocks(bins: Bins) -> Iterator[EventRange]:
    """Yield ranges of whole bins that are small enough to hold; the last also has what is left over."""
    step = max(BLOCK_EVENTS // bins.size, 1) * bins.size
    whole = bins.size * bins.number
    for begin in range(0, whole, step):
        yield EventRange(begin, bins.events if begin + step >= whole else begin + step)
