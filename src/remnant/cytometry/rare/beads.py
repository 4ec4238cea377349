"""Counting beads among the events of a tube: bright in two channels, alike in scatter, alone or in pairs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.acquisition.signal import robust_spread
from remnant.cytometry.fcs.channels import find_scatter
from remnant.cytometry.fcs.file import EventFile
from remnant.errors import Fault, GatingError

Floats = NDArray[np.float64]
BRIGHT = 0.05  # of the range: beads outshine stained cells in channels chosen for them
CELL = 0.03  # side of a cell of the density, in log10
WIDTHS = 5.0  # half-width of the gate, in robust standard deviations
WIDEST = 0.08  # log10: beads of one kind vary by less than 20 %
LOG2 = float(np.log10(2))


@dataclass(frozen=True)
class BeadGate:
    """Beads of a tube.

    Parameters
    ----------
    channels : tuple of str
        The two bright channels.
    singlets, doublets : int
        Events that are one bead, and two.
    centre, spread : tuple of float
        Median and robust standard deviation of log10 in each bright channel.
    scatter : str
        Side or forward scatter that the beads share; empty where the file has none.
    """

    channels: tuple[str, str]
    singlets: int
    doublets: int
    centre: tuple[float, float]
    spread: tuple[float, float]
    scatter: str

    @property
    def doublet_share(self) -> float:
        """Share of bead events that are two beads."""
        total = self.singlets + self.doublets
        return self.doublets / total if total else 0.0


def find_beads(file: EventFile, first: str | int, second: str | int, *, bright: float = BRIGHT) -> BeadGate:
    """Find the beads of a tube.

    The densest place among events that are bright in both channels, then everything within five robust
    standard deviations of it, and of its scatter; doublets lie one doubling higher in both channels.

    Parameters
    ----------
    file : EventFile
        The tube.
    first, second : str or int
        Channels in which the beads shine and cells hardly do.
    bright : float
        Where bright begins, as a fraction of the range of the channel.

    Returns
    -------
    BeadGate

    Raises
    ------
    GatingError
        If no event is that bright, or the densest place is no tight cluster.
    ChannelError
        If a channel is not there.
    """
    channels = file.channel(first), file.channel(second)
    values = [file.column(channel.number) for channel in channels]
    floors = [bright * (channel.range or np.nanmax(column, initial=1.0)) / channel.gain
              for channel, column in zip(channels, values, strict=True)]  # fmt: skip
    rows = np.flatnonzero((values[0] > floors[0]) & (values[1] > floors[1]))
    names = channels[0].name, channels[1].name
    if len(rows) < 10:
        raise _no_beads(file, names, f"{len(rows)} events as bright as beads")
    points = np.log10(np.column_stack([column[rows] for column in values]))
    near = _densest(points)
    centre, spread = np.median(points[near], axis=0), _spreads(points[near])
    if spread.max() > WIDEST:
        raise _no_beads(file, names, f"a densest place as wide as {spread.max():.2f} decades")
    singlet = np.all(np.abs(points - centre) <= WIDTHS * spread, axis=1)
    doublet = np.all(np.abs(points - centre - LOG2) <= WIDTHS * spread, axis=1) & ~singlet
    scatter = find_scatter(file)
    side = scatter.side or scatter.forward
    if side is not None:
        light = file.column(side.number)[rows]
        middle, width = np.median(light[singlet]), robust_spread(light[singlet])
        singlet &= np.abs(light - middle) <= WIDTHS * width
        # Two beads scatter more than one, and not more than twice and a half as much.
        doublet &= (light > middle - WIDTHS * width) & (light < 2.5 * middle + WIDTHS * width)
    return BeadGate(
        names,
        int(singlet.sum()),
        int(doublet.sum()),
        (float(centre[0]), float(centre[1])),
        (float(spread[0]), float(spread[1])),
        side.name if side is not None else "",
    )


def find_free_beads(file: EventFile, panel: Mapping[str, str]) -> BeadGate:
    """Find the beads of a stained tube in two channels that carry no marker.

    A tight cluster in a stained channel may be cells; where no dye was put, only beads are bright and alike.

    Parameters
    ----------
    file : EventFile
        The tube.
    panel : mapping of str to str
        Marker to channel, by `$PnN` or `$PnS`.

    Returns
    -------
    BeadGate
        Of the first two channels that show beads, in the order of the file.

    Raises
    ------
    GatingError
        If fewer than two channels are free, or none of their pairs shows beads.
    """
    marked = {_detector(name) for name in panel.values()}
    marked |= {_detector(channel.name) for channel in file.channels if channel.stain}
    free: dict[str, str] = {}
    for channel in file.channels:
        detector = _detector(channel.name)
        if not channel.is_time and detector not in marked and not _SCATTER.match(detector):
            free.setdefault(detector, channel.name)
    if len(free) < 2:
        raise _no_beads(file, ("channels", "without a marker"), f"{len(free)} of 2 such channels")
    refused = None
    for first, second in combinations(free.values(), 2):
        try:
            return find_beads(file, first, second)
        except GatingError as error:
            refused = refused or error
    assert refused is not None
    raise refused


_SCATTER = re.compile(r"fsc?|ssc?|fs ?lin|ss ?lin", re.IGNORECASE)


def _detector(name: str) -> str:
    """Name what a channel measures, without the pulse: area, height and width are one detector."""
    return re.sub(r"[-_. ]?(area|height|width|[ahw])$", "", name.strip().lower())


def _densest(points: Floats) -> NDArray[np.bool_]:
    """Return the events within some cells of the fullest cell of a square grid."""
    low = points.min(axis=0)
    cells = np.floor((points - low) / CELL).astype(np.int64)
    width = int(cells[:, 1].max()) + 1
    _, at, sizes = np.unique(cells[:, 0] * width + cells[:, 1], return_inverse=True, return_counts=True)
    mode = np.median(points[sizes[at] == sizes.max()], axis=0)
    return np.asarray(np.all(np.abs(points - mode) <= LOG2 / 2, axis=1))


def _spreads(points: Floats) -> Floats:
    # Beads of identical value (at the top of scale) have no width: one step of 0.5 % is allowed.
    return np.maximum([robust_spread(points[:, axis]) for axis in range(points.shape[1])], 0.002)


def _no_beads(file: EventFile, names: tuple[str, str], found: str) -> GatingError:
    hint = "name the two channels in which the beads shine, or give a gate of beads"
    where = f"beads in {names[0]} and {names[1]}"
    return GatingError([Fault(file.path.name, None, where, found, "a tight bright cluster", hint)])
