"""Malignant stem cells below a target, by more cells sorted or by more nuclei scored.

Malignant stem cells per cell = compartment frequency x clone fraction. With a = f N events of the compartment
among N cells and k abnormal of n nuclei, their posterior is Gamma(a + 1/2) / N x Beta(k + 1/2, n - k + 1/2).
More cells alone cannot bring its upper limit below f times that of the clone, and nuclei come from the sort,
so each number of nuclei has the cells that it needs; the split with the least bench time is the best one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.optimize import brentq

from remnant.planning.acquisition import MOST_CELLS
from remnant.stats.numerics.posterior import beta_posterior
from remnant.stats.rare.product import product_posterior
from remnant.stats.rare.signal import GammaSignal

MOST_NUCLEI = 5000


@dataclass(frozen=True)
class SplitRow:
    """One way to reach the target.

    Parameters
    ----------
    nuclei, abnormal : int
        Nuclei to score, and abnormal ones expected among them.
    cells : int
        Cells to acquire.
    limited_by : str
        `target`, or `nuclei` where the sort must first yield them.
    hours : float
        Bench time, acquiring and scoring.
    upper : float
        Upper limit that is then expected, per cell.
    """

    nuclei: int
    abnormal: int
    cells: int
    limited_by: str
    hours: float
    upper: float


@dataclass(frozen=True)
class Split:
    """Ways to bound malignant stem cells below a target.

    Parameters
    ----------
    target : float
        Malignant stem cells per cell acquired.
    clone : float
        Clone fraction expected of the compartment; 0: none abnormal is expected.
    recovered : float
        Part of the sorted events that become nuclei.
    cells_per_second, seconds_per_nucleus : float
        Bench time.
    fewest_nuclei : int or None
        With fewer, no number of cells suffices; None: no number of nuclei does either.
    best : SplitRow or None
        The way of least time.
    rows : tuple of SplitRow
        Others, from few nuclei to many.
    """

    target: float
    clone: float
    recovered: float
    cells_per_second: float
    seconds_per_nucleus: float
    fewest_nuclei: int | None
    best: SplitRow | None
    rows: tuple[SplitRow, ...]


def plan_split(
    frequency: float,
    target: float,
    *,
    clone: float = 0.0,
    recovered: float = 0.5,
    cells_per_second: float = 5000.0,
    seconds_per_nucleus: float = 20.0,
    confidence: float = 0.95,
) -> Split:
    """Plan cells and nuclei so that the upper limit of their product is below `target`.

    Parameters
    ----------
    frequency : float
        Of the compartment, per cell acquired, in (0, 1).
    target : float
        Malignant stem cells per cell acquired, above 0.
    clone : float, default 0
        Clone fraction expected of the compartment.
    recovered, cells_per_second, seconds_per_nucleus : float
        Of the bench.
    confidence : float, default 0.95
        Of the upper limit, one-sided.
    """

    def row(nuclei: int) -> SplitRow | None:
        k = round(clone * nuclei)
        yielding = ceil(nuclei / (frequency * recovered))
        cells, limited_by = yielding, "nuclei"
        if _upper(frequency, k, nuclei, yielding, confidence) > target:
            found = _cells(frequency, k, nuclei, target, confidence)
            if found is None:
                return None
            cells, limited_by = found, "target"
        hours = (cells / cells_per_second + nuclei * seconds_per_nucleus) / 3600
        upper = _upper(frequency, k, nuclei, cells, confidence)
        return SplitRow(nuclei, k, cells, limited_by, hours, upper)

    bench = (target, clone, recovered, cells_per_second, seconds_per_nucleus)
    fewest = _fewest(frequency, clone, target, confidence)
    if fewest is None:
        return Split(*bench, None, None, ())
    wide = np.geomspace(fewest, min(8 * fewest, MOST_NUCLEI), 48).astype(int)
    grid = np.unique([*range(fewest, fewest + 8), *wide])
    found = [item for n in grid if (item := row(int(n))) is not None]
    if not found:
        return Split(*bench, fewest, None, ())
    best = min(found, key=lambda item: item.hours)
    shown = {item.nuclei: item for item in [*found[:8:2], *found[8::6], best]}
    return Split(*bench, fewest, best, tuple(shown[n] for n in sorted(shown)))


def _fewest(frequency: float, clone: float, target: float, confidence: float) -> int | None:
    """Fewest nuclei with which some number of cells suffices: a coarse look, then every number before it."""
    coarse = [int(n) for n in np.unique(np.geomspace(1, MOST_NUCLEI, 80).astype(int))]
    before = 0
    for n in coarse:
        if _reachable(frequency, clone, n, target, confidence):
            between = range(before + 1, n + 1)
            return next(m for m in between if _reachable(frequency, clone, m, target, confidence))
        before = n
    return None


def _reachable(frequency: float, clone: float, nuclei: int, target: float, confidence: float) -> bool:
    """Whether ever more cells bring the limit below the target: the compartment is then known."""
    k = round(clone * nuclei)
    return frequency * float(beta_posterior(k + 0.5, nuclei - k + 0.5).quantile(confidence)) < target


def _cells(frequency: float, k: int, nuclei: int, target: float, confidence: float) -> int | None:
    if not _reachable(frequency, k / nuclei, nuclei, target, confidence):
        return None

    def above(log_cells: float) -> float:
        return float(np.log(_upper(frequency, k, nuclei, float(np.exp(log_cells)), confidence) / target))

    low, high = float(np.log(nuclei)), float(np.log(MOST_CELLS))
    if above(high) > 0:
        return None
    if above(low) <= 0:
        return nuclei
    return ceil(float(np.exp(brentq(above, low, high, xtol=1e-9))) * (1 - 1e-9))


def _upper(frequency: float, k: int, nuclei: int, cells: float, confidence: float) -> float:
    clone = beta_posterior(k + 0.5, nuclei - k + 0.5)
    return float(product_posterior(GammaSignal(frequency * cells + 0.5), cells, clone).quantile(confidence))
