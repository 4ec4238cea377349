"""The events of a tube as gates see them: each channel on its scale, compensated where an axis asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.gates.gate import FROM_FILE, UNCOMPENSATED, Axis
from remnant.cytometry.signal.compensate import SpilloverMatrix, compensate_one, read_spillover, weights_of

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Terms = tuple[tuple[int, float], ...]
Column = Callable[[str, str], Floats]  # of a channel and a compensation


@dataclass(frozen=True)
class TubeEvents:
    """Columns of one tube, read and compensated when first asked for.

    Parameters
    ----------
    file : EventFile
        The tube.
    matrices : mapping of str to SpilloverMatrix
        By id; `FCS` is the matrix of the file, if it has one.
    """

    file: EventFile
    matrices: Mapping[str, SpilloverMatrix]
    _cache: dict[tuple[str, str], Floats] = field(default_factory=dict, repr=False, compare=False)
    _terms: dict[tuple[str, str], Terms] = field(default_factory=dict, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Number of events."""
        return self.file.events

    def terms(self, channel: str, compensation: str) -> Terms:
        """Return the numbers of the channels behind a channel, compensated or not, with their weights.

        Raises
        ------
        ChannelError
            If the file has none, or more than one, of a name.
        """
        key = (channel, compensation)
        if key not in self._terms:
            matrix = self.matrices.get(compensation)
            mixed = matrix is not None and channel in matrix.dyes
            pairs = weights_of(matrix, channel) if matrix is not None and mixed else ((channel, 1.0),)
            self._terms[key] = tuple((self.file.channel(name).number, weight) for name, weight in pairs)
        return self._terms[key]

    def column(self, channel: str, compensation: str = UNCOMPENSATED) -> Floats:
        """Return a channel, compensated or not; shape (events,); not to be written to."""
        key = (channel, compensation)
        if key not in self._cache:
            self._cache[key] = self._compute(channel, compensation)
            self._cache[key].flags.writeable = False
        return self._cache[key]

    def _compute(self, channel: str, compensation: str) -> Floats:
        matrix = self.matrices.get(compensation)
        if matrix is not None and channel in matrix.dyes:
            return compensate_one(self.column, matrix, channel)
        return self.file.column(channel)

    def values(self, axis: Axis, rows: Rows | slice = slice(None)) -> Floats:
        """Return the events of `rows` on `axis`, before its transform."""
        return axis_values(axis, lambda channel, compensation: self.column(channel, compensation)[rows])


@dataclass(frozen=True)
class EventBlock:
    """A range of the events of one tube; only what is asked for is computed.

    Parameters
    ----------
    stored : ndarray, shape (events, columns)
        The events as they lie in the file, or some channels on their scale.
    places : mapping of int to int
        Number of a channel to its column.
    factors : mapping of int to float
        What a channel is still to be multiplied with: seconds a tick.
    tube : TubeEvents
        The whole tube, for its channels and matrices.
    """

    stored: NDArray[np.floating]
    places: Mapping[int, int]
    factors: Mapping[int, float]
    tube: TubeEvents

    @property
    def size(self) -> int:
        """Number of events."""
        return len(self.stored)

    def values(self, axis: Axis, rows: Rows | slice = slice(None)) -> Floats:
        """Return the events of `rows` on `axis`, before its transform: to the bit as `TubeEvents` does."""
        return axis_values(axis, lambda channel, compensation: self._column(channel, compensation, rows))

    def _column(self, channel: str, compensation: str, rows: Rows | slice) -> Floats:
        (number, weight), *others = self.tube.terms(channel, compensation)
        mixed = self._measured(number, rows)
        if others or weight != 1.0:
            mixed *= weight
        for number, weight in others:
            mixed += weight * self._measured(number, rows)
        return mixed

    def _measured(self, number: int, rows: Rows | slice) -> Floats:
        values = self.stored[rows, self.places[number]].astype(np.float64)
        if (factor := self.factors.get(number, 1.0)) != 1.0:
            values *= factor
        values[~np.isfinite(values)] = np.nan
        return values


Events = TubeEvents | EventBlock


def open_tube(
    file: EventFile,
    matrices: Mapping[str, SpilloverMatrix] | None = None,
    *,
    spillover: SpilloverMatrix | None = None,
) -> TubeEvents:
    """Make the columns of `file` available to gates.

    Parameters
    ----------
    file : EventFile
        The tube.
    matrices : mapping of str to SpilloverMatrix, optional
        Spectrum matrices by id.
    spillover : SpilloverMatrix, optional
        Taken in place of the matrix that the file carries.
    """
    own = spillover or read_spillover(file)
    return TubeEvents(file, dict(matrices or {}) | ({FROM_FILE: own} if own else {}))


def axis_values(axis: Axis, column: Column) -> Floats:
    """Return events on `axis`, before its transform: one channel, or the ratio of two."""
    values = column(axis.channel, axis.compensation)
    if axis.denominator is None:
        return values
    scale, x0, y0 = axis.ratio
    lower = column(axis.denominator, axis.compensation) - y0
    ratio = np.full(values.shape, np.nan)
    # Gating-ML leaves out only y = C; a negative denominator has its ratio.
    np.divide(scale * (values - x0), lower, out=ratio, where=lower != 0)
    return ratio if axis.ratio_bounds == (None, None) else np.clip(ratio, *axis.ratio_bounds)


def scale_values(axis: Axis, values: Floats) -> Floats:
    """Apply the transform and the bounds of `axis`."""
    scaled = values if axis.transform is None else axis.transform.forward(values)
    return scaled if axis.bounds == (None, None) else np.clip(scaled, *axis.bounds)
