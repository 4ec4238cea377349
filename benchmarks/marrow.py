"""A synthetic marrow of any size and its gates, for benchmarks: 12 float channels, 8 of them with spill."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from remnant.cytometry import ChannelSpec, write_fcs

SCATTER = ("FSC-A", "FSC-H", "SSC-A")
DYES = ("CD34", "CD38", "CD90", "CD45", "CD45RA", "CD123", "CD117", "7-AAD")
# Share of events, FSC, SSC, and decades of each dye in the order of DYES.
_CELLS = (
    (0.45, 120e3, 110e3, (1.0, 2.3, 1.0, 3.9, 1.5, 1.5, 1.0, 1.0)),
    (0.25, 65e3, 18e3, (1.0, 2.8, 1.0, 4.5, 3.0, 1.0, 1.0, 1.0)),
    (0.10, 110e3, 45e3, (1.0, 3.4, 1.0, 4.3, 1.8, 2.0, 1.5, 1.0)),
    (0.098, 58e3, 20e3, (1.0, 3.0, 1.0, 3.0, 1.0, 1.0, 2.0, 1.0)),
    (0.014, 90e3, 26e3, (4.1, 3.9, 1.0, 3.6, 1.5, 2.5, 3.2, 1.0)),
    (0.00005, 72e3, 20e3, (4.25, 1.4, 3.4, 3.5, 1.0, 1.5, 2.8, 1.0)),
    (0.05, 52e3, 34e3, (1.5, 2.2, 1.5, 3.6, 1.5, 1.5, 1.5, 4.2)),
    (0.03795, 14e3, 9e3, (1.0, 1.0, 1.0, 1.5, 1.0, 1.0, 1.0, 1.2)),
)


def write_marrow(path: Path, events: int) -> None:
    """Write a tube of synthetic events as float32."""
    rng = np.random.default_rng(20100909)
    kind = rng.choice(len(_CELLS), events, p=[cell[0] for cell in _CELLS])
    forward = np.array([cell[1] for cell in _CELLS])[kind] * np.exp(0.13 * rng.standard_normal(events))
    side = np.array([cell[2] for cell in _CELLS])[kind] * np.exp(0.22 * rng.standard_normal(events))
    dyes = 10 ** (np.array([cell[3] for cell in _CELLS])[kind] + 0.2 * rng.standard_normal((events, 8)))
    light = dyes @ spillover() + rng.normal(0, 40, (events, 8))
    height = forward / 1.1 * rng.normal(1, 0.025, events)
    time = np.arange(events) / 25.0
    rows = np.column_stack([forward, height, side, light, time]).astype(np.float32)
    channels = [ChannelSpec(name) for name in (*SCATTER, *DYES, "Time")]
    keywords = {"$COM": "SYNTHETIC data for a benchmark"}
    write_fcs(path, rows, channels, spillover=(DYES, spillover()), keywords=keywords)


def spillover() -> np.ndarray:
    """Return an invented matrix with a few per cent of spill between neighbours."""
    apart = np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    return np.where(apart == 0, 1.0, 0.06 * 0.5**apart)


def gates() -> str:
    """Return six gates as Gating-ML: cells, singlets, viable, CD34+, CD38+ and CD38-/low CD90+."""
    cells = [(30e3, 2e3), (60e3, 1e3), (200e3, 5e3), (240e3, 90e3), (235e3, 240e3), (120e3, 250e3),
             (45e3, 120e3), (28e3, 40e3)]  # fmt: skip
    singlets = [(2e3, 1.5e3), (200e3, 168e3), (260e3, 220e3), (255e3, 250e3), (180e3, 182e3), (2e3, 2.2e3)]
    stem = [(0.45, 0.62), (0.62, 0.58), (0.82, 0.60), (0.84, 0.95), (0.60, 1.0), (0.42, 0.90)]
    scale = (
        '<transforms:transformation transforms:id="L"><transforms:logicle transforms:T="262144" '
        'transforms:W="0.5" transforms:M="4.5" transforms:A="0"/></transforms:transformation>'
    )
    return (
        '<gating:Gating-ML xmlns:gating="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
        'xmlns:transforms="http://www.isac-net.org/std/Gating-ML/v2.0/transformations" '
        'xmlns:data-type="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">'
        + scale
        + _polygon("cells", "", ("FSC-A", "SSC-A"), cells, fluorescence=False)
        + _polygon("singlets", "cells", ("FSC-A", "FSC-H"), singlets, fluorescence=False)
        + _rectangle("viable", "singlets", {"7-AAD": 'gating:max="0.6"'})
        + _polygon("CD34pos", "viable", ("CD45", "CD34"), stem, fluorescence=True)
        + _rectangle("CD38pos", "CD34pos", {"CD38": 'gating:min="0.6"'})
        + _rectangle("stem", "CD34pos", {"CD38": 'gating:max="0.5"', "CD90": 'gating:min="0.5"'})
        + "</gating:Gating-ML>"
    )


def _dimension(channel: str, bounds: str, *, fluorescence: bool) -> str:
    how = (
        'gating:compensation-ref="FCS" gating:transformation-ref="L"'
        if fluorescence
        else 'gating:compensation-ref="uncompensated"'
    )
    source = f'<data-type:fcs-dimension data-type:name="{channel}"/>'
    return f"<gating:dimension {how} {bounds}>{source}</gating:dimension>"


def _polygon(
    name: str,
    parent: str,
    channels: tuple[str, str],
    corners: list[tuple[float, float]],
    *,
    fluorescence: bool,
) -> str:
    axes = "".join(_dimension(channel, "", fluorescence=fluorescence) for channel in channels)
    points = ""
    for corner in corners:
        places = "".join(f'<gating:coordinate data-type:value="{v}"/>' for v in corner)
        points += f"<gating:vertex>{places}</gating:vertex>"
    return f'<gating:PolygonGate gating:id="{name}" {_inside(parent)}>{axes}{points}</gating:PolygonGate>'


def _rectangle(name: str, parent: str, bounds: dict[str, str]) -> str:
    axes = "".join(_dimension(channel, text, fluorescence=True) for channel, text in bounds.items())
    return f'<gating:RectangleGate gating:id="{name}" {_inside(parent)}>{axes}</gating:RectangleGate>'


def _inside(parent: str) -> str:
    return f'gating:parent_id="{parent}"' if parent else ""
