"""A stained tube: what a cytometer records of cells of known populations.

Each cell carries an amount of every dye (log-normal in its population) and autofluorescence. Dyes spill
through the matrix of the instrument; light arrives as photons, so its noise grows as the root of the signal;
the electronics add noise of their own. After compensation, cells without a dye therefore scatter around zero
and below it, as real ones do. Doublets, unlysed red cells, dead cells and debris are there to be gated away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.write import ChannelSpec, write_fcs

Array = NDArray[np.float64]

PANEL = {
    "CD34": "APC-A",
    "CD38": "PE-Cy7-A",
    "CD90": "BV421-A",
    "CD45": "BV786-A",
    "lineage": "FITC-A",
    "viability": "7-AAD-A",
}
MARKERS = tuple(PANEL)
SCATTER = ("FSC-A", "FSC-H", "FSC-W", "SSC-A")
CHANNELS = (
    *(ChannelSpec(name) for name in SCATTER),
    *(ChannelSpec(channel, marker) for marker, channel in PANEL.items()),
    ChannelSpec("Time"),
)

# Row: what share of the dye of a marker is seen in each channel, in the order of PANEL. An invented
# instrument with the overlaps that these dyes have: 7-AAD into PE-Cy7, BV786 into BV421, FITC into little.
SPILLOVER = np.array(
    [
        [1.000, 0.018, 0.000, 0.024, 0.000, 0.035],
        [0.012, 1.000, 0.004, 0.046, 0.002, 0.020],
        [0.000, 0.001, 1.000, 0.031, 0.006, 0.000],
        [0.022, 0.028, 0.062, 1.000, 0.000, 0.003],
        [0.000, 0.004, 0.003, 0.001, 1.000, 0.009],
        [0.041, 0.110, 0.000, 0.015, 0.004, 1.000],
    ]
)
CEILING = 262143.0
AUTOFLUORESCENCE = 45.0  # median, in channel units
PHOTON_GAIN = 4.0  # variance per unit of signal, in channel units
BASELINE_NOISE = 32.0  # standard deviation of the electronics
DOUBLETS = 0.035
DOUBLET = -1  # in place of a population
TICKS_PER_SECOND, EVENTS_PER_SECOND = 100.0, 2500.0
_ROWS = 4096


@dataclass(frozen=True)
class Population:
    """How cells of one kind look.

    Parameters
    ----------
    name : str
        The kind.
    forward, side : float
        Medians of FSC-A and SSC-A.
    dyes : tuple of float
        Median of log10 of each dye, in the order of PANEL; 0 for a cell that binds none.
    spreads : tuple of float
        Standard deviation of log10 of each dye.
    """

    name: str
    forward: float
    side: float
    dyes: tuple[float, ...]
    spreads: tuple[float, ...]


#            FSC      SSC      CD34  CD38  CD90  CD45  lin   7-AAD
POPULATIONS = (
    Population("stem", 72e3, 20e3, (4.25, 1.50, 3.35, 3.55, 0.9, 0.8), (0.15, 0.35, 0.20, 0.12, 0.3, 0.3)),
    Population("early", 78e3, 22e3, (4.20, 1.65, 0.90, 3.60, 0.9, 0.8), (0.16, 0.35, 0.35, 0.12, 0.3, 0.3)),
    Population(
        "progenitor", 88e3, 27e3, (4.10, 3.95, 0.95, 3.65, 1.0, 0.8), (0.18, 0.24, 0.40, 0.13, 0.3, 0.3)
    ),
    Population(
        "lymphocyte", 64e3, 17e3, (0.8, 2.70, 1.10, 4.55, 4.0, 0.8), (0.3, 0.45, 0.40, 0.10, 0.2, 0.3)
    ),
    Population("monocyte", 112e3, 48e3, (0.9, 3.50, 0.90, 4.35, 3.9, 0.8), (0.3, 0.20, 0.30, 0.10, 0.2, 0.3)),
    Population(
        "granulocyte", 122e3, 125e3, (0.9, 2.30, 0.90, 3.85, 3.9, 0.8), (0.3, 0.35, 0.30, 0.14, 0.2, 0.3)
    ),
    Population("erythroid", 58e3, 22e3, (0.8, 3.05, 0.90, 3.05, 3.7, 0.8), (0.3, 0.30, 0.30, 0.16, 0.2, 0.3)),
    Population("red_cell", 40e3, 11e3, (0.6, 1.1, 0.6, 0.90, 0.9, 0.8), (0.3, 0.30, 0.30, 0.30, 0.3, 0.3)),
    Population("dead", 52e3, 34e3, (1.6, 2.2, 1.6, 3.60, 3.2, 4.2), (0.5, 0.5, 0.4, 0.40, 0.5, 0.2)),
    Population("debris", 14e3, 9e3, (0.6, 1.0, 0.6, 1.50, 1.4, 1.2), (0.5, 0.5, 0.4, 0.60, 0.6, 0.7)),
)
NAMES = tuple(population.name for population in POPULATIONS)
VIABLE = NAMES[:7]


def simulate_events(
    counts: NDArray[np.integer], *, without: str | None = None, rng: np.random.Generator
) -> Array:
    """Draw the events of one tube, as `simulate_labelled` does, without what each of them is."""
    return simulate_labelled(counts, without=without, rng=rng)[0]


def simulate_labelled(
    counts: NDArray[np.integer], *, without: str | None = None, rng: np.random.Generator
) -> tuple[Array, NDArray[np.intp]]:
    """Draw the events of one tube, and say what each of them is.

    Parameters
    ----------
    counts : ndarray of int, shape (populations,)
        Events of each of POPULATIONS, before some pair up as doublets.
    without : str, optional
        Marker left out, for an FMO tube.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    events : ndarray, shape (events, channels)
        As recorded, in the order of CHANNELS and of time; uncompensated.
    kind : ndarray of int, shape (events,)
        Place of the population in POPULATIONS, or DOUBLET for two cells that passed together.
    """
    kind = rng.permutation(np.repeat(np.arange(len(POPULATIONS)), counts))
    forward, side, height, signal = _cells(kind, without, rng)
    # Neighbours in the permuted order pass together: a doublet adds areas, its height is that of the larger.
    pairs = np.flatnonzero(rng.random(len(kind) // 2) < DOUBLETS) * 2
    height[pairs] = np.maximum(height[pairs], height[pairs + 1]) * 1.04
    for amount in (forward, side, signal):
        amount[pairs] += amount[pairs + 1]
    kept = np.ones(len(kind), bool)
    kept[pairs + 1] = False
    forward, side, height, signal = forward[kept], side[kept], height[kept], signal[kept]
    n = len(forward)
    width = 65536 * forward / (height * 1.1) * rng.normal(1, 0.02, n)
    seconds = n / EVENTS_PER_SECOND
    time = np.sort(np.floor(rng.random(n) * seconds * TICKS_PER_SECOND))
    columns = (forward, height, width, side, *signal.T, time)
    events: Array = np.minimum(np.column_stack(columns), CEILING)
    events[:, -1] = time
    kind[pairs] = DOUBLET
    return events, kind[kept]


def _cells(
    kind: NDArray[np.intp], without: str | None, rng: np.random.Generator
) -> tuple[Array, Array, Array, Array]:
    """Draw scatter and light of single cells."""
    n = len(kind)
    medians = np.array([population.dyes for population in POPULATIONS])[kind]
    spreads = np.array([population.spreads for population in POPULATIONS])[kind]
    dyes = np.exp(np.log(10) * (medians + spreads * rng.standard_normal(medians.shape)))
    if without is not None:
        dyes[:, MARKERS.index(without)] = 0.0
    glow = AUTOFLUORESCENCE * np.exp(0.3 * rng.standard_normal((n, 1)))
    # In blocks of rows, for a product this thin is slower on several threads than on one.
    blocks = np.array_split(dyes, n // _ROWS + 1)
    light = np.concatenate([block @ SPILLOVER for block in blocks]) + glow
    noise = np.sqrt(PHOTON_GAIN * light + BASELINE_NOISE**2) * rng.standard_normal(light.shape)
    scatter = np.array([(population.forward, population.side) for population in POPULATIONS])[kind]
    spread = np.where(np.array(NAMES)[kind] == "debris", 0.45, 0.13)
    forward = scatter[:, 0] * np.exp(spread * rng.standard_normal(n))
    side = scatter[:, 1] * np.exp(1.7 * spread * rng.standard_normal(n))
    height = forward / 1.1 * rng.normal(1, 0.025, n)
    return forward, side, height, light + noise


def write_tube(path: Path, events: Array, *, keywords: Mapping[str, str]) -> None:
    """Write the events of a tube as an FCS 3.1 file that says it is synthetic."""
    told = {"$CYT": "remnant synthetic cytometer", "$COM": "SYNTHETIC data, simulated by remnant"}
    told |= {"REMNANT SYNTHETIC": "true"} | dict(keywords)
    write_fcs(
        path,
        events,
        CHANNELS,
        spillover=(tuple(PANEL.values()), SPILLOVER),
        keywords=told,
        timestep=1 / TICKS_PER_SECOND,
    )
