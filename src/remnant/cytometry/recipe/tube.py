"""What automatic gating says about one tube, as records for the store and the report."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.cytometry.fcs.header import Repair
from remnant.cytometry.recipe.population import (
    BothWays,
    CutComparison,
    PopulationCount,
    ReferenceMedian,
    Sweep,
    Threshold,
)

__all__ = ["GateStep", "GateView", "GatedTube", "PopulationCount", "Threshold"]


@dataclass(frozen=True)
class GateStep:
    """One step on the way to the compartments.

    Parameters
    ----------
    name, parent : str
        Population that the step leaves, and the one that it starts from.
    rule : str
        The gate in a sentence, or why it was not applied.
    events : int
        Events that it leaves.
    evaluable, not_evaluable : int
        Events of the parent that could and could not be judged.
    """

    name: str
    parent: str
    rule: str
    events: int
    evaluable: int
    not_evaluable: int


@dataclass(frozen=True)
class GateView:
    """One scatter plot, small enough for a report: bins for the many, points for the few.

    Parameters
    ----------
    title, x_label, y_label : str
        Words on the plot.
    x_scale, y_scale : str
        `linear` or `logicle`.
    x_range, y_range : tuple of two floats
        Display coordinates of the outer edges of the bins.
    bins_x, bins_y : int
        Number of bins.
    counts : tuple of (x bin, y bin, events)
        Bins that hold events, from 0.
    x_ticks, y_ticks : tuple of (position, label)
        In display coordinates.
    outline : tuple of (x, y)
        Corners of the gate in display coordinates; empty if the step was not applied.
    points : tuple of (x, y)
        Up to 400 single events of the rare population, in display coordinates.
    points_label : str
        What the points are.
    """

    title: str
    x_label: str
    y_label: str
    x_scale: str
    y_scale: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    bins_x: int
    bins_y: int
    counts: tuple[tuple[int, int, int], ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    outline: tuple[tuple[float, float], ...]
    points: tuple[tuple[float, float], ...]
    points_label: str


@dataclass(frozen=True)
class GatedTube:
    """Everything that automatic gating says about one tube.

    Parameters
    ----------
    file : str
        Name of the FCS file.
    events : int
        Events in it.
    cells : int or None
        Viable nucleated single cells, the denominator of every burden; None if they are not evaluable.
    steps : tuple of GateStep
    thresholds : tuple of Threshold
    populations : tuple of PopulationCount
        In the order asked for.
    views : tuple of GateView
    warnings : tuple of str
        What a reader must know before believing the counts.
    repairs : tuple of Repair
        What was mended in the files, the controls included.
    doublets : float or None
        Share of the cells that the singlet steps took away; None where no step could be applied.
    comparisons : tuple of CutComparison
        Every `-/low` compartment with its marker cut on the control and below the progenitors.
    sweeps : tuple of Sweep
        Every `-/low` compartment over a range of shares called low.
    medians : tuple of ReferenceMedian
        Where populations lie that should not move from visit to visit.
    both_ways : tuple of BothWays
        The compartments by the tube's own thresholds and by those of the patient's first visit.
    """

    file: str
    events: int
    cells: int | None
    steps: tuple[GateStep, ...]
    thresholds: tuple[Threshold, ...]
    populations: tuple[PopulationCount, ...]
    views: tuple[GateView, ...]
    warnings: tuple[str, ...]
    repairs: tuple[Repair, ...]
    doublets: float | None = None
    comparisons: tuple[CutComparison, ...] = ()
    sweeps: tuple[Sweep, ...] = ()
    medians: tuple[ReferenceMedian, ...] = ()
    both_ways: tuple[BothWays, ...] = ()
