"""Markers of a panel to channels of a file: named by the lab, never guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.fcs.layout import Channel
from remnant.errors import ChannelError, Fault

# What a mass cytometer writes, as in CD34_Nd148: the marker, then the isotope that carries it.
_MARKER_METAL = re.compile(r"(?P<marker>.+)_(?P<metal>[A-Z][a-z]?\d{2,3})")
VIABILITY = ("viability", "live/dead", "livedead", "dead", "7-aad", "7aad", "dapi", "pi")
_SCATTER = {
    "forward_area": ("fsca", "fscarea", "fsarea", "fsaint", "fsint"),
    "forward_height": ("fsch", "fscheight", "fsheight", "fspeak", "fsh"),
    "forward_width": ("fscw", "fscwidth", "fswidth", "fstof", "fsw"),
    "side_area": ("ssca", "sscarea", "ssarea", "ssint"),
    "side_height": ("ssch", "sscheight", "ssheight", "sspeak", "ssh"),
    "forward_plain": ("fsc", "fs", "fslin", "fsclin"),
    "side_plain": ("ssc", "ss", "sslin", "ssclin"),
}


@dataclass(frozen=True)
class Scatter:
    """Light-scatter channels of a file; None where there is none, or more than one of that name.

    Parameters
    ----------
    forward, side : Channel or None
        Area, else height, else the plain name.
    forward_area, forward_height, forward_width : Channel or None
        The pulse, which tells singlets.
    """

    forward: Channel | None
    side: Channel | None
    forward_area: Channel | None
    forward_height: Channel | None
    forward_width: Channel | None


def find_scatter(file: EventFile) -> Scatter:
    """Find light scatter by its standard names, whatever their case and dashes: `FSC-A`, `fsc_a`, `FSC.A`."""
    found: dict[str, Channel | None] = {}
    for role, names in _SCATTER.items():
        same = [c for c in file.channels if re.sub(r"[^a-z0-9]", "", c.name.lower()) in names]
        found[role] = same[0] if len(same) == 1 else None
    forward = found["forward_area"] or found["forward_height"] or found["forward_plain"]
    side = found["side_area"] or found["side_height"] or found["side_plain"]
    return Scatter(forward, side, found["forward_area"], found["forward_height"], found["forward_width"])


def resolve_panel(file: EventFile, panel: Mapping[str, str]) -> dict[str, Channel]:
    """Find the channel of every marker.

    Parameters
    ----------
    file : EventFile
        The tube.
    panel : mapping of str to str
        Marker to channel, by `$PnN` or `$PnS`; of a mass cytometer's `CD34_Nd148` the marker is enough.

    Returns
    -------
    dict of str to Channel
        In the order of the panel.

    Raises
    ------
    ChannelError
        With every marker whose channel is absent or ambiguous, or is given to two markers.
    """
    faults: list[Fault] = []
    channels: dict[str, Channel] = {}
    for marker, name in panel.items():
        try:
            channels[marker] = _carrying(file, name) or file.channel(name)
        except ChannelError as error:
            old = error.faults[0]
            faults.append(Fault(old.source, None, f"channel of {marker}", old.found, old.expected, old.hint))
            continue
        others = [m for m in channels if m != marker and channels[m] == channels[marker]]
        if others:
            found = f"{channels[marker].name}, as for {others[0]}"
            where = f"channel of {marker}"
            faults.append(
                Fault(file.path.name, None, where, found, "a channel of its own", "check the panel")
            )
    if faults:
        raise ChannelError(faults)
    return channels


def _carrying(file: EventFile, name: str) -> Channel | None:
    """Find the one channel `name_Metal` of a mass cytometer; None if there is none, or several."""
    if any(name in (channel.name, channel.stain) for channel in file.channels):
        return None
    parts = ((channel, _MARKER_METAL.fullmatch(channel.name)) for channel in file.channels)
    found = [channel for channel, part in parts if part and part["marker"].lower() == name.lower()]
    return found[0] if len(found) == 1 else None


def marker_named(panel: Mapping[str, object], *names: str) -> str | None:
    """Return the marker of a panel that carries one of `names`, in any case; None if it has none."""
    return next((marker for marker in panel if marker.lower() in {name.lower() for name in names}), None)
