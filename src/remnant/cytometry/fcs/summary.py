"""What the stored values of each channel come to, in one pass and bounded memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.fcs.layout import Channel

BEYOND_RANGE = 1e3  # a value this many times the range of its channel was not measured
ABSURD = 1e30  # nor is this, whatever the range


@dataclass(frozen=True)
class ChannelSummary:
    """Stored values of one channel: masked, but without gain, logarithm or time step.

    Parameters
    ----------
    number : int
        Position, from 1.
    name : str
        `$PnN`.
    measured : int
        Events whose value is finite; the rest of the summary is over them.
    minimum, maximum, mean : float or None
        None where nothing was measured, or where the sum of the values is beyond a double.
    above_range : int
        Events above what `$PnR` allows.
    absurd : int
        Events so far beyond any range that no cytometer measured them.
    backward : int
        On the Time channel, events earlier than the one before; 0 on others.
    masked : int
        Events with bits above those that `$PnR` allows, which count for nothing.
    """

    number: int
    name: str
    measured: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    above_range: int
    absurd: int
    backward: int
    masked: int


def summarise(file: EventFile, channels: Iterable[str | int] | None = None) -> tuple[ChannelSummary, ...]:
    """Sum up channels, all by default, reading the file once and a block at a time."""
    chosen = file.channels if channels is None else [file.channel(name) for name in channels]
    tallies = [_Tally(channel) for channel in chosen]
    for begin, end in file.spans():
        for tally in tallies:
            tally.add(file.raw(tally.channel.number, begin, end))
            tally.masked += file.count_masked(tally.channel.number, begin, end)
    return tuple(tally.summary() for tally in tallies)


@dataclass
class _Tally:
    """Counts one channel, block after block."""

    channel: Channel
    measured: int = 0
    low: float = inf
    high: float = -inf
    total: float = 0.0
    above: int = 0
    absurd: int = 0
    backward: int = 0
    masked: int = 0
    _last: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def add(self, values: NDArray[np.float64]) -> None:
        """Take in the values of one block."""
        if self.channel.is_time:
            times = np.concatenate([self._last, values])
            self.backward += int(np.count_nonzero(times[1:] < times[:-1]))
            self._last = values[-1:]
        low, high = float(values.min()), float(values.max())
        if not (isfinite(low) and isfinite(high)):
            values = values[np.isfinite(values)]
            if not len(values):
                return
            low, high = float(values.min()), float(values.max())
        self.measured += len(values)
        self.low, self.high = min(self.low, low), max(self.high, high)
        with np.errstate(over="ignore"):
            self.total += float(values.sum())
        self._count_beyond(values, low, high)

    def _count_beyond(self, values: NDArray[np.float64], low: float, high: float) -> None:
        top = self.channel.range
        # An integer of range 1024 goes to 1023; a float may reach its range.
        if top is not None and high >= top:
            above = values >= top if self.channel.datatype == "I" else values > top
            self.above += int(np.count_nonzero(above))
        limit = ABSURD if top is None else min(BEYOND_RANGE * top, ABSURD)
        if max(-low, high) > limit:
            self.absurd += int(np.count_nonzero(np.abs(values) > limit))

    def summary(self) -> ChannelSummary:
        """Close the count."""
        known = self.measured > 0
        mean = self.total / self.measured if known else inf
        return ChannelSummary(
            self.channel.number,
            self.channel.name,
            self.measured,
            self.low if known else None,
            self.high if known else None,
            mean if isfinite(mean) else None,
            self.above,
            self.absurd,
            self.backward,
            self.masked,
        )
