"""SYNTHETIC tubes of DNA and Ki-67, whose phases are known: what a cytometer records of cycling cells.

The DNA content of a nucleus and how it is measured are those of the model that is fitted
(`remnant.cytometry.cycle.dna`), so that simulator and model cannot drift apart. Ki-67 is a background that
every cell has, FMO and quiescent cells alike, plus a log-normal amount in cells that cycle. Doublets, debris
and dead cells are there to be gated away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.cycle.dna import BETA, LOWEST, DnaShape
from remnant.cytometry.fcs.write import ChannelSpec, write_fcs

Array = NDArray[np.float64]
CHANNELS = (
    ChannelSpec("FSC-A"),
    ChannelSpec("FSC-H"),
    ChannelSpec("SSC-A"),
    ChannelSpec("DAPI-A", "DNA"),
    ChannelSpec("DAPI-H"),
    ChannelSpec("APC-A", "Ki-67"),
    ChannelSpec("PE-A", "CD34"),
    ChannelSpec("BV510-A", "viability"),
)
NAMES = tuple(channel.name for channel in CHANNELS)
G0, G1, S, G2M, DEBRIS = range(5)
SHAPE = DnaShape(50_000, 0.05, 1.95, 6.0)


@dataclass(frozen=True)
class CyclingCells:
    """One population of a synthetic tube.

    Parameters
    ----------
    events : int
        Cells.
    fractions : tuple of 4 floats
        G0, G1, S and G2/M; they add up to 1.
    cd34 : float
        Median of CD34, in channel units.
    """

    events: int
    fractions: tuple[float, float, float, float]
    cd34: float


@dataclass(frozen=True)
class CycleAssay:
    """What the stain and the cytometer do.

    Parameters
    ----------
    shape : DnaShape
        Peaks and debris of the DNA stain.
    s_shares : tuple of 3 floats
        Early, middle and late S; they add up to 1.
    debris, doublets, dead : float
        Per cell: how many further events are debris or dead, and what share pairs up.
    ki67 : tuple of 2 floats
        Median of Ki-67 in G1 and in S/G2/M, above background.
    ki67_spread : float
        Standard deviation of its natural logarithm.
    """

    shape: DnaShape = SHAPE
    s_shares: tuple[float, float, float] = (0.4, 0.3, 0.3)
    debris: float = 0.1
    doublets: float = 0.05
    dead: float = 0.03
    ki67: tuple[float, float] = (1500.0, 4000.0)
    ki67_spread: float = 0.5


@dataclass(frozen=True)
class CycleTube:
    """A synthetic tube and its truth.

    Parameters
    ----------
    events : ndarray, shape (events, channels)
        In the order of `CHANNELS`.
    phase : ndarray of int, shape (events,)
        G0, G1, S, G2M or DEBRIS; that of the first cell of a doublet.
    population : ndarray of int, shape (events,)
        Place among the populations; -1 for debris.
    single, alive : ndarray of bool, shape (events,)
    """

    events: Array
    phase: NDArray[np.intp]
    population: NDArray[np.intp]
    single: NDArray[np.bool_]
    alive: NDArray[np.bool_]

    def column(self, name: str) -> Array:
        """Return one channel; shape (events,)."""
        return self.events[:, NAMES.index(name)]


def simulate_dna(
    phase: NDArray[np.intp], shape: DnaShape, s_shares: tuple[float, ...], *, rng: np.random.Generator
) -> Array:
    """Draw the measured DNA of nuclei of known phase; shape (events,), in channel units."""
    third = rng.choice(len(BETA), size=len(phase), p=s_shares)
    through = rng.beta(*np.array(BETA, dtype=float)[third].T)
    content = np.choose(phase, [1.0, 1.0, 1 + (shape.ratio - 1) * through, shape.ratio, np.nan])
    measured = content * (1 + shape.cv * rng.standard_normal(len(phase)))
    debris = phase == DEBRIS
    measured[debris] = 0.5 * LOWEST + rng.exponential(1 / shape.debris_rate, debris.sum())
    return np.asarray(shape.peak * np.maximum(measured, 1e-3))


def simulate_cycle(
    populations: Mapping[str, CyclingCells],
    assay: CycleAssay,
    *,
    without_ki67: bool = False,
    rng: np.random.Generator,
) -> CycleTube:
    """Draw one tube.

    Parameters
    ----------
    populations : mapping of str to CyclingCells
        By name.
    assay : CycleAssay
        Stain and cytometer.
    without_ki67 : bool
        Whether this is the FMO tube.
    rng : numpy.random.Generator
        Source of chance.
    """
    cells = list(populations.values())
    phase = np.concatenate([rng.choice(4, size=cell.events, p=cell.fractions) for cell in cells])
    population = np.repeat(np.arange(len(cells)), [cell.events for cell in cells])
    order = rng.permutation(len(phase))
    phase, population = phase[order], population[order]
    pieces = int(rng.poisson(assay.debris * len(phase)))
    phase = np.concatenate([phase, np.full(pieces, DEBRIS)])
    population = np.concatenate([population, np.full(pieces, -1)])
    dna = simulate_dna(phase, assay.shape, assay.s_shares, rng=rng)
    height = dna / 1.1 * np.exp(0.03 * rng.standard_normal(len(dna)))
    ki67 = _background(len(phase), rng)
    if not without_ki67:
        median = np.choose(phase, [0.0, assay.ki67[0], assay.ki67[1], assay.ki67[1], 0.0])
        ki67 += median * np.exp(assay.ki67_spread * rng.standard_normal(len(phase)))
    cd34 = np.array([*(cell.cd34 for cell in cells), 1.0])[population]
    cd34 = cd34 * np.exp(0.3 * rng.standard_normal(len(cd34))) + 30 * rng.standard_normal(len(cd34))
    forward = np.where(phase == DEBRIS, 2e4, 9e4) * np.exp(0.12 * rng.standard_normal(len(phase)))
    side = forward / 4
    # Neighbours pair up: areas add, the height is that of the larger, and one event is recorded.
    pairs = np.flatnonzero(rng.random(sum(c.events for c in cells) // 2) < assay.doublets) * 2
    single = np.ones(len(phase), dtype=bool)
    single[pairs] = False
    for amount in (dna, ki67, cd34, forward):
        amount[pairs] += amount[pairs + 1]
    height[pairs] = np.maximum(height[pairs], height[pairs + 1]) * 1.04
    alive = rng.random(len(phase)) >= assay.dead
    dye = np.where(alive, 100.0, 9000.0) * np.exp(0.3 * rng.standard_normal(len(phase)))
    events = np.column_stack([forward, forward * 0.9, side, dna, height, ki67, cd34, dye])
    kept = np.ones(len(phase), dtype=bool)
    kept[pairs + 1] = False
    order = rng.permutation(np.flatnonzero(kept))
    return CycleTube(events[order], phase[order], population[order], single[order], alive[order])


def _background(n: int, rng: np.random.Generator) -> Array:
    """Draw the light that a cell without Ki-67 gives."""
    return np.asarray(100 * np.exp(0.4 * rng.standard_normal(n)) + 30 * rng.standard_normal(n))


def write_cycle_tube(path: Path, tube: CycleTube) -> None:
    """Write a tube as an FCS 3.1 file that says it is synthetic."""
    told = {"$CYT": "remnant synthetic cytometer", "$COM": "SYNTHETIC data, simulated by remnant"}
    write_fcs(path, tube.events, CHANNELS, keywords=told | {"REMNANT SYNTHETIC": "true"})
