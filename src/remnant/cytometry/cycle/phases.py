"""Phases of one compartment: a mixture whose shape all viable singlets lend, split at the cut of Ki-67.

Each event has DNA x and lies below or above the cut. With f the densities of 2n, S, 4n and debris, the
weights of the eight kinds maximise the likelihood prod sum_k w_k f_k(x). A cell of 2n below the cut is in
G0; of the cells without Ki-67 the share 1 - q lies above a cut at quantile q of its control, and so
G0 = w(2n, below) / q.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from remnant.cytometry.cycle.fit import DnaFit
from remnant.cytometry.cycle.histogram import histogram
from remnant.cytometry.cycle.limits import Share, worth
from remnant.cytometry.cycle.mixture import fit_weights
from remnant.cytometry.cycle.record import Phase

Floats = NDArray[np.float64]
_BARE = np.full(4, 1e-3)  # pseudo-counts of the estimate: none to speak of
_SOFT = np.full(4, 0.25)  # of its error, so that a phase without events still has one
_CELLS = np.array([1.0, 1.0, 1.0, 0.0])  # debris is none


@dataclass(frozen=True)
class Cut:
    """A cut of Ki-67 with its limits, and the share of cells without Ki-67 that lie below it."""

    value: float
    lower: float
    upper: float
    below: float = 1.0


@dataclass(frozen=True)
class PhaseShares:
    """Fractions of one compartment at one cut.

    Parameters
    ----------
    cells : float
        Events that are cells, from 2n to 4n.
    shares : dict of Phase to Share
    """

    cells: float
    shares: dict[Phase, Share]


def estimate_phases(dna: Floats, marker: Floats, cut: Cut, fit: DnaFit, confidence: float) -> PhaseShares:
    """Estimate the fractions in G0, G1 and S/G2/M.

    Parameters
    ----------
    dna, marker : ndarray, shape (events,)
        One compartment, finite; DNA in channel units.
    cut : Cut
        Where Ki-67 is cut; infinite for a compartment that is not cut.
    fit : DnaFit
        Shape of the DNA histogram, with its error.
    confidence : float
        Coverage of the limits of the cut.

    Returns
    -------
    PhaseShares
        The size of each share carries the error of counting, of telling 2n from S, of the shape that is
        borrowed, and of the cut.
    """
    groups = _histograms(dna, marker, cut.value, fit)
    masses = fit.components()
    values, cells = _fractions(groups, masses, cut.below)
    variance = _variance(groups, masses, cut.below)
    for direction in fit.directions:
        ahead, behind = (
            _fractions(groups, fit.components(direction, sign), cut.below)[0] for sign in (1.0, -1.0)
        )
        variance = variance + ((ahead - behind) / 2) ** 2
    if cut.lower < cut.upper:
        high, low = (
            _fractions(_histograms(dna, marker, place, fit), masses, cut.below)[0]
            for place in (cut.upper, cut.lower)
        )
        variance = variance + ((high - low) / (2 * ndtri((1 + confidence) / 2))) ** 2
    soft = _fractions(groups, masses, cut.below, _SOFT)[0]
    soft = np.clip(soft, 0.5 / (cells + 1), 1 - 0.5 / (cells + 1))
    shares = {
        phase: Share(float(values[i]), worth(float(soft[i]), float(variance[i]), cells))
        for i, phase in enumerate(Phase)
    }
    return PhaseShares(cells, shares)


def fractions_at(dna: Floats, marker: Floats, cut: float, below: float, fit: DnaFit) -> Floats:
    """Fractions in G0, G1 and S/G2/M with the cut at another place; shape (3,)."""
    return _fractions(_histograms(dna, marker, cut, fit), fit.components(), below)[0]


def _histograms(dna: Floats, marker: Floats, cut: float, fit: DnaFit) -> Floats:
    """Histograms of DNA below and above the cut; shape (2, bins)."""
    negative = marker < cut
    return np.array([histogram(dna[side], fit.bins) for side in (negative, ~negative)])


def _fractions(groups: Floats, masses: Floats, below: float, prior: Floats = _BARE) -> tuple[Floats, float]:
    """Fractions in G0, G1 and S/G2/M, and the number of cells that they are of."""
    weights = np.array([_weigh(counts, masses, prior)[0] for counts in groups])
    cells = float((weights @ _CELLS).sum())
    g0, g1 = weights[0, 0] / below, weights[1, 0] - weights[0, 0] * (1 / below - 1)
    g0, g1 = (g0, g1) if g1 >= 0 else (weights[:, 0].sum(), 0.0)
    found = np.array([g0, g1, weights[:, 1:3].sum()]) / cells
    return np.clip(found, 0, 1), cells - float(2 * prior @ _CELLS)


def _weigh(counts: Floats, masses: Floats, prior: Floats) -> tuple[Floats, Floats]:
    """Weights of one side of the cut, in events, and the Hessian in these units."""
    weights, hessian = fit_weights(counts, masses, prior)
    events = counts.sum() + prior.sum()
    return weights * events, hessian / events**2


def _variance(groups: Floats, masses: Floats, below: float) -> Floats:
    """Variance of the fractions from counting and from telling 2n, S and 4n; shape (3,)."""
    weights, hessians = zip(*(_weigh(counts, masses, _SOFT) for counts in groups), strict=True)
    w = np.concatenate(weights)
    covariance = np.zeros((8, 8))
    for place, hessian in enumerate(hessians):
        side = slice(4 * place, 4 * place + 4)
        covariance[side, side] = np.linalg.inv(hessian)
    covariance -= np.outer(w, w) / w.sum()
    rows = np.zeros((3, 8))
    rows[0, 0] = 1 / below
    rows[1, [4, 0]] = 1, 1 - 1 / below
    rows[2, [1, 2, 5, 6]] = 1
    cells = np.tile(_CELLS, 2)
    total = cells @ w
    slopes = (rows - np.outer(rows @ w / total, cells)) / total
    return np.asarray(np.einsum("ij,jk,ik->i", slopes, covariance, slopes))
