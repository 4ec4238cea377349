"""The axis of a plot: the scale that it is drawn on, its ends, its label, and where gate corners fall.

A gate with a transform is drawn on it. A gate without one is drawn on the scale of the file, and on a
fitted logicle where that would press nearly all events into a corner. This is a choice of drawing: no
count rests on it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.cytometry.fcs.layout import Channel
from remnant.cytometry.gates.events import TubeEvents
from remnant.cytometry.gates.gate import FROM_FILE, UNCOMPENSATED, Axis
from remnant.cytometry.signal.transform import Linear, Log, Transform, fit_logicle
from remnant.cytometry.strategy.binning import Floats
from remnant.cytometry.strategy.ticks import Tick, choose_ticks
from remnant.errors import ChannelError

_FITTED = 50_000  # events that a display scale and the lower end of an axis are fitted on
_STRAY = 0.0005  # share of events that may lie below the axis: a stray event must not shrink the rest
_REACH = 0.5  # of the span of the events: a corner farther away is drawn at the border
_LINEAR_ENDS, _BENT_ENDS = (-1e300, 1e300), (-1.0, 2.0)  # beyond them an exponential runs over
_WIDE = 1000.0  # a top of scale below it is no raw fluorescence
_SCATTER = re.compile(r"\s*(fsc|ssc|fs(?![a-z])|ss(?![a-z]))", re.IGNORECASE)


@dataclass(frozen=True)
class DisplayAxis:
    """One axis of a plot.

    Parameters
    ----------
    axis : Axis
        Of the gates; None of its events is moved.
    scale : Transform or None
        Scale of the plot; None for that of the file.
    low, high : float
        Ends of the plot, on that scale.
    label : str
        Marker and channel.
    ticks : tuple of Tick
        Along it.
    """

    axis: Axis
    scale: Transform | None
    low: float
    high: float
    label: str
    ticks: tuple[Tick, ...]

    @property
    def scale_name(self) -> str:
        """Name of the scale, in words."""
        name = "linear" if self.scale is None else type(self.scale).__name__.lower()
        return f"{name} (fitted for display)" if self.bends else name

    @property
    def bends(self) -> bool:
        """Whether a straight edge of a gate is bent on the plot."""
        return self.scale is not None and self.axis.transform is None

    def place(self, scaled: Floats) -> Floats:
        """Turn values on the scale of the gate into places: 0 at the low end of the axis, 1 at the high."""
        shown = self.scale.forward(scaled) if self.scale is not None and self.bends else scaled
        with np.errstate(over="ignore"):  # a corner at 1e300 is only far away
            return (shown - self.low) / (self.high - self.low)

    def unplace(self, places: Floats) -> Floats:
        """Undo `place`."""
        shown = self.low + places * (self.high - self.low)
        return self.scale.inverse(shown) if self.scale is not None and self.bends else shown


def display_axis(axis: Axis, tube: TubeEvents, values: Floats, corners: Sequence[float]) -> DisplayAxis:
    """Choose how an axis is drawn.

    Parameters
    ----------
    axis : Axis
        Of the gates.
    tube : TubeEvents
        The tube.
    values : ndarray, shape (events,)
        What will be drawn, on the scale of the file; NaN are left out.
    corners : sequence of float
        Finite corners of the gates on the axis, on their scale.
    """
    sample = values[:: len(values) // _FITTED + 1]
    sample = sample[np.isfinite(sample)]
    scale = axis.transform or _fitted(axis, tube, sample)
    marks = np.array(corners, dtype=float)
    if scale is not None and axis.transform is None:
        marks = scale.forward(marks)
    most = float(np.fmax.reduce(values, initial=-np.inf))
    if axis.denominator is not None and len(sample):
        # A ratio has no top of scale: one event can be anywhere.
        most = float(np.quantile(sample, 1 - _STRAY))
    ends = _event_ends(scale, sample, most)
    low, high = _ends(ends, marks, linear=scale is None or isinstance(scale, Linear))
    return DisplayAxis(axis, scale, low, high, axis_label(axis, tube), choose_ticks(scale, low, high))


def _event_ends(scale: Transform | None, sample: Floats, most: float) -> Floats:
    """Lower and upper end of the events, on the scale of the plot; none if there are no events."""
    if not len(sample):
        return np.empty(0)
    least = float(np.quantile(sample, _STRAY))
    if scale is None:
        return np.array([least, most])
    if isinstance(scale, Log):
        least = max(least, float(scale.inverse(0)))  # M decades below the top: a logarithm has no end
    ends = scale.forward(np.array([least, most]))
    return ends[np.isfinite(ends)]


def _ends(events: Floats, corners: Floats, *, linear: bool) -> tuple[float, float]:
    """Span of the events and of the corners near them, with a margin."""
    if not len(events):
        events = corners if len(corners) else np.array([0.0, 1.0])
    low, high = float(events.min()), float(events.max())
    reach = _REACH * (high - low)
    near = corners[(corners >= low - reach) & (corners <= high + reach)]
    low, high = float(min([low, *near])), float(max([high, *near]))
    least, most = _LINEAR_ENDS if linear else _BENT_ENDS
    low, high = min(max(low, least), most), min(max(high, least), most)
    pad = 0.03 * (high - low) or (0.05 * abs(high) or 0.5 if linear else 0.05)
    return low - pad, high + pad


def _fitted(axis: Axis, tube: TubeEvents, sample: Floats) -> Transform | None:
    """Logicle of a fluorescence channel; None, the scale of the file, for scatter, time and ratios."""
    top = float(sample.max()) if len(sample) else 0.0
    channel = _channel(axis, tube)
    dyed = any(axis.channel in matrix.dyes for matrix in tube.matrices.values())
    if axis.denominator is not None or (channel is not None and not _may_be_dyed(channel)):
        return None
    if channel is not None and channel.decades:
        return fit_logicle(sample, channel.offset * 10**channel.decades)
    if channel is not None and channel.range is not None:
        top = max(top, channel.range / channel.gain)
    return fit_logicle(sample, top) if (dyed and top > 0) or top >= _WIDE else None


def _may_be_dyed(channel: Channel) -> bool:
    """Whether a channel may be fluorescence: it is neither time nor scatter."""
    return not channel.is_time and _SCATTER.match(channel.name) is None


def _channel(axis: Axis, tube: TubeEvents) -> Channel | None:
    """Channel of the file; None for a dye of a spectrum matrix."""
    matrix = tube.matrices.get(axis.compensation)
    if axis.compensation != FROM_FILE and matrix is not None and axis.channel in matrix.dyes:
        return None
    try:
        return tube.file.channel(axis.channel)
    except ChannelError:
        return None


def axis_label(axis: Axis, tube: TubeEvents) -> str:
    """Marker and channel; a ratio, or the dye of a matrix, by what it is."""
    channel = _channel(axis, tube)
    if axis.denominator is not None:
        return f"{axis.channel} / {axis.denominator}"
    if channel is None:
        return f"{axis.channel} ({axis.compensation})"
    name = f"{channel.stain} ({channel.name})" if channel.stain else channel.name
    matrix = tube.matrices.get(axis.compensation)
    if matrix is not None and axis.channel in matrix.dyes:
        return name
    dyed = any(axis.channel in known.dyes for known in tube.matrices.values())
    return f"{name}, {UNCOMPENSATED}" if dyed else name
