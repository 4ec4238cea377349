"""A compensation control: the events of a tube stained with one dye, or with none, that can be judged.

Saturated events are left out: their true light is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.channels import find_scatter
from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.fcs.layout import Channel

Floats = NDArray[np.float64]


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
