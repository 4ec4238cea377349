"""What of a panel tells the cell cycle: a DNA dye, and Ki-67 or pyronin Y.

Markers are known by their names in the panel, in any case and however they are punctuated (`Ki-67`, `KI67`).
Propidium iodide and 7-AAD are not among the DNA dyes, for most tubes hold them to find dead cells: a lab
that stains DNA by them calls the marker `DNA`. DAPI alone may be a viability dye too, so a panel is taken for
one of the cell cycle only if it names both a DNA dye and a marker of proliferation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

DNA_DYES = (
    "DNA", "DNA content", "DAPI", "Hoechst", "Hoechst 33342", "Hoechst 33258", "FxCycle", "FxCycle Violet",
    "FxCycle Far Red", "DRAQ5", "DyeCycle Violet", "Vybrant DyeCycle Violet",
)  # fmt: skip
PROLIFERATION = ("Ki-67", "MKI67", "pyronin", "pyronin Y")


@dataclass(frozen=True)
class CycleMarkers:
    """Markers of a panel that tell the cell cycle, spelt as there."""

    dna: str
    proliferation: str


@dataclass(frozen=True)
class CycleDoubt:
    """Why it cannot be told which markers of a panel are meant."""

    reason: str


def find_cycle_markers(panel: Mapping[str, str]) -> CycleMarkers | CycleDoubt | None:
    """Find the DNA dye and the marker of proliferation of a panel.

    Parameters
    ----------
    panel : mapping of str to str
        Marker to channel.

    Returns
    -------
    CycleMarkers, CycleDoubt or None
        None if one of both is not in the panel; a doubt if there are two of a kind.

    Examples
    --------
    >>> find_cycle_markers({"CD34": "PE-A", "Ki67": "APC-A", "dapi": "DAPI-A"})
    CycleMarkers(dna='dapi', proliferation='Ki67')
    >>> find_cycle_markers({"CD34": "PE-A", "DAPI": "DAPI-A"}) is None
    True
    """
    kinds = [_named(panel, names) for names in (DNA_DYES, PROLIFERATION)]
    if not all(kinds):
        return None
    for kind, found in zip(("DNA dyes", "markers of proliferation"), kinds, strict=True):
        if len(found) > 1:
            return CycleDoubt(f"the panel names {len(found)} {kind}: {', '.join(found)}")
    (dna,), (proliferation,) = kinds
    return CycleMarkers(dna, proliferation)


def _named(panel: Mapping[str, str], names: tuple[str, ...]) -> list[str]:
    known = {_letters(name) for name in names}
    return [marker for marker in panel if _letters(marker) in known]


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
