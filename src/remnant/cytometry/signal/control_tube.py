"""A compensation control: the events of a tube stained with one dye, or with none, that can be judged.

Saturated events are left out: their true light is unknown. Positives and negatives are compared within
the same window of scatter, so that debris and doublets stay out and autofluorescence is that of like cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.channels import find_scatter
from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.fcs.layout import Channel
from remnant.cytometry.signal.robust_location import spread

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
WINDOW = 3.0  # half-width of the scatter window, in robust standard deviations of the positives
NARROWEST = 0.02  # on the log scale: a window is never tighter than 3 x 2 %
CLEAR = 5.0  # robust standard deviations of the negatives, from which on an event is positive
BRIGHT = 0.1  # and it has at least this share of the light of bright positives (their upper decile)
_EXTREME = 50  # so many events at either end may be outliers


@dataclass(frozen=True)
class ControlTube:
    """Events of a control, as recorded.

    Parameters
    ----------
    source : str
        Name of the file.
    detectors : tuple of str
        Fluorescence detectors.
    light : ndarray, shape (events, detectors)
        Uncompensated; only events that are finite and below the top of every detector.
    scatter : ndarray, shape (events, k)
        Logarithms of forward and side scatter and of the forward area to height ratio, as far as recorded.
    saturated, not_evaluable : int
        Events left out: at the top of a detector, or without a value.
    """

    source: str
    detectors: tuple[str, ...]
    light: Floats
    scatter: Floats
    saturated: int
    not_evaluable: int


def make_control(
    source: str, detectors: Sequence[str], light: Floats, scatter: Floats, ceilings: Sequence[float]
) -> ControlTube:
    """Make a control of arrays.

    Parameters
    ----------
    source : str
        Name to use in errors.
    detectors : sequence of str
        One per column of `light`.
    light : ndarray, shape (events, detectors)
        Uncompensated.
    scatter : ndarray, shape (events, k)
        Any scatter that tells debris and doublets from cells; positive. `k` may be 0.
    ceilings : sequence of float
        Per detector, the value from which on an event is saturated; infinite if there is none.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.asarray(scatter, float))
    good = np.isfinite(light).all(axis=1) & np.isfinite(logs).all(axis=1)
    top = good & (light >= np.asarray(ceilings)).any(axis=1)
    kept = good & ~top
    return ControlTube(
        source, tuple(detectors), light[kept], logs[kept], int(np.sum(top)), int(np.sum(~good))
    )


def read_control(file: EventFile, detectors: Sequence[str]) -> ControlTube:
    """Read a control tube.

    Parameters
    ----------
    file : EventFile
        The tube.
    detectors : sequence of str
        Its fluorescence detectors, by `$PnN` or `$PnS`.

    Raises
    ------
    ChannelError
        If the file lacks one.
    """
    channels = [file.channel(name) for name in detectors]
    light = file.matrix([channel.number for channel in channels])
    found = find_scatter(file)
    scatter = [file.column(c.number) for c in (found.forward, found.side) if c is not None]
    if found.forward_area is not None and found.forward_height is not None:
        height = file.column(found.forward_height.number)
        with np.errstate(divide="ignore", invalid="ignore"):
            scatter.append(file.column(found.forward_area.number) / height)
    columns = np.column_stack(scatter) if scatter else np.empty((file.events, 0))
    names = tuple(channel.name for channel in channels)
    return make_control(file.path.name, names, light, columns, [_ceiling(channel) for channel in channels])


def _ceiling(channel: Channel) -> float:
    """Return the value at the top of `$PnR`, on the scale of `EventFile.column`."""
    if channel.range is None:
        return np.inf
    if channel.decades:
        return float(channel.offset * 10 ** (channel.decades * (channel.range - 1) / channel.range))
    return (channel.range - 1) / channel.gain


def find_positives(light: Floats, negatives: Floats) -> Mask:
    """Say which events are positive in one detector.

    Parameters
    ----------
    light, negatives : ndarray, shape (events,)
        The detector in the stained tube, and in the negatives.
    """
    if not len(negatives):
        return np.zeros(len(light), bool)
    middle = float(np.median(negatives))
    above: Mask = light > middle + CLEAR * float(spread(negatives[:, None])[0])
    if above.any():
        above &= light - middle > BRIGHT * (np.quantile(light[above], 0.9) - middle)
    return above


def find_negatives(light: Floats) -> Mask:
    """Say which events of a stained tube are negative in one detector; shape (events,).

    From the middle between the dimmest and the brightest events, on a logarithmic scale, the border moves
    to `CLEAR` robust standard deviations above the median of what lies beneath it, until it rests.
    """
    if len(light) <= 2 * _EXTREME:
        return np.zeros(len(light), bool)
    low, high = np.partition(light, [_EXTREME, -_EXTREME])[[_EXTREME, -_EXTREME]]
    unit = max(abs(low), abs(high) / 1000, 1e-9)
    border = unit * np.sinh((np.arcsinh(low / unit) + np.arcsinh(high / unit)) / 2)
    for _ in range(50):
        below = light[light <= border]
        if not len(below):
            break
        moved = np.median(below) + CLEAR * spread(below[:, None])[0]
        if moved == border:
            break
        border = moved
    return np.asarray(light <= border)


def scatter_window(positives: Floats) -> tuple[Floats, Floats]:
    """Return centre and half-width, per scatter column, of the window that holds the positives."""
    if not len(positives):
        return np.zeros(positives.shape[1]), np.full(positives.shape[1], np.inf)
    return np.median(positives, axis=0), WINDOW * np.maximum(spread(positives), NARROWEST)


def within_window(scatter: Floats, window: tuple[Floats, Floats]) -> Mask:
    """Say which events lie in a window; all of them if no scatter was recorded."""
    return np.asarray((np.abs(scatter - window[0]) <= window[1]).all(axis=1))
