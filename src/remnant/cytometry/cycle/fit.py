"""The DNA histogram of all viable singlets, fitted once, for every compartment to borrow its shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from remnant.cytometry.cycle.dna import COMPONENTS, EDGE_WIDTHS, LOWEST, DnaShape, bin_masses
from remnant.cytometry.cycle.histogram import histogram
from remnant.cytometry.cycle.mixture import fit_weights
from remnant.cytometry.cycle.peak import DnaPeak, PeakRefusal, PeakTrouble
from remnant.cytometry.cycle.plan import RATIO_LIMITS, CyclePlan

Floats = NDArray[np.float64]
_BIN = 0.005  # of the 2n peak; a quarter of the narrowest standard deviation, so that nothing is lost
_PRIOR = np.full(len(COMPONENTS), 0.5)  # half an event each
_PARAMETERS = ("peak", "cv", "ratio", "debris_rate")
_LIMITS = ((0.95, 1.05), (0.5, 1.6), RATIO_LIMITS, (2.0, 30.0))  # peak and CV over those of the left flank
_STEP = 1e-4
_OWN_S = 20.0  # cells in S that the borrowed shape is worth: a compartment may divide in its own way
_GROUPS = 40  # in which the misfit is counted
_RATIO_PRIOR = 0.1  # standard deviation: where few cells divide, the ratio is hardly known


@dataclass(frozen=True)
class DnaFit:
    """Dean-Jett model of the viable singlets of one tube.

    Parameters
    ----------
    shape : DnaShape
        Peaks and debris.
    weights : tuple of 6 floats
        Share of each of `COMPONENTS`.
    directions : tuple of (four shape parameters, three shares of S)
        Changes of the shape by one standard error, along its principal axes; the peak relative to itself.
        The shares of S may also differ between compartments.
    edges : tuple of (lowest, highest, bins)
        Of the histogram, in channel units.
    misfit : float
        Share of events that stand where the model does not expect them, beyond what chance misplaces.
    """

    shape: DnaShape
    weights: tuple[float, ...]
    directions: tuple[tuple[float, ...], ...]
    edges: tuple[float, float, int]
    misfit: float

    @property
    def bins(self) -> Floats:
        """Edges of the histogram; shape (bins + 1,)."""
        low, high, number = self.edges
        return np.linspace(low, high, number + 1)

    @property
    def s_shares(self) -> Floats:
        """Early, middle and late S, which add up to 1."""
        parts = np.array(self.weights[1:4])
        return np.asarray(parts / parts.sum())

    def components(self, direction: tuple[float, ...] | None = None, sign: float = 0.0) -> Floats:
        """Bin masses of 2n, S, 4n and debris, S in the proportions found; shape (bins, 4).

        Parameters
        ----------
        direction : tuple of 7 floats, optional
            One of `directions`, by which the shape is moved.
        sign : float
            How far, in standard errors.
        """
        shape, shares = self.shape, self.s_shares
        if direction is not None:
            moved = _vector(shape) + sign * np.array(direction[:4]) * [shape.peak, 1, 1, 1]
            near = [0.9 * shape.peak, 0.5 * shape.cv, *_low(2)], [1.1 * shape.peak, 2 * shape.cv, *_high(2)]
            shape = _shape(np.clip(moved, *near))
            shares = np.maximum(shares + sign * np.array(direction[4:]), 1e-6)
            shares = shares / shares.sum()
        masses = bin_masses(self.bins, shape)
        return np.column_stack([masses[:, 0], masses[:, 1:4] @ shares, masses[:, 4], masses[:, 5]])


def fit_dna(dna: Floats, peak: DnaPeak) -> DnaFit:
    """Fit the Dean-Jett model by maximum likelihood.

    Parameters
    ----------
    dna : ndarray, shape (events,)
        Viable singlets, in channel units; from `LOWEST` of the peak up.
    peak : DnaPeak
        Where to start.

    Returns
    -------
    DnaFit
    """
    low, high = LOWEST * peak.mode, RATIO_LIMITS[1] * (1 + EDGE_WIDTHS * peak.cv) * peak.mode
    number = round((high - low) / (_BIN * peak.mode))
    edges = np.linspace(low, high, number + 1)
    counts = histogram(dna, edges)
    unit = np.array([peak.mode, peak.cv, 1.0, 1.0])

    def loss(scaled: Floats) -> tuple[float, Floats]:
        masses = bin_masses(edges, _shape(scaled * unit))
        weights, _ = fit_weights(counts, masses, _PRIOR)
        expected = masses @ weights
        value = -counts @ np.log(expected) - _PRIOR @ np.log(weights)
        # At the best weights only the masses change the value (envelope theorem).
        slopes = _slopes(edges, scaled, unit) @ weights
        away = (scaled[2] - 1.95) / _RATIO_PRIOR**2
        gradient = -slopes @ (counts / expected) + np.array([0, 0, away, 0])
        return float(value + away * (scaled[2] - 1.95) / 2), gradient

    start = np.array([1.0, 1.0, 1.95, 5.0])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=_LIMITS, options={"maxiter": 200})
    shape = _shape(found.x * unit)
    masses = bin_masses(edges, shape)
    weights, _ = fit_weights(counts, masses, _PRIOR)
    directions = _directions(counts, edges, found.x, unit, weights)
    known = tuple(float(w) for w in weights)
    place = (float(low), float(high), number)
    return DnaFit(shape, known, directions, place, _misfit(counts, masses @ weights))


def _misfit(counts: Floats, expected: Floats) -> float:
    """Share of events to be moved to make the histogram that of the model, less what chance asks for."""
    events = counts.sum() * expected / expected.sum()
    # In coarse groups of equal expectation, so that chance is small beside a true misfit.
    group = np.minimum((np.cumsum(expected) / expected.sum() * _GROUPS).astype(int), _GROUPS - 1)
    seen, wanted = np.bincount(group, counts), np.bincount(group, events)
    chance = np.sqrt(2 / np.pi * wanted).sum()  # mean absolute deviation of Poisson counts
    return float(max(np.abs(seen - wanted).sum() - chance, 0.0) / (2 * max(counts.sum(), 1.0)))


def refuse_fit(fit: DnaFit, plan: CyclePlan) -> PeakRefusal | None:
    """Say why a model cannot be believed; None if it can.

    Another channel than DNA, DNA on a logarithm, or values of a few whole numbers have modes too.
    """
    cv, two_n = fit.shape.cv, fit.weights[0] / sum(fit.weights[:5])
    wide, narrow = f"at most {100 * plan.maximum_cv:g} %", f"less than {100 * plan.minimum_cv:g} %"
    if cv > plan.maximum_cv:
        found = f"the 2n peak has a CV of {100 * cv:.1f} % under the model; {wide} can be judged"
        return PeakRefusal(PeakTrouble.WIDE, found)
    if cv < plan.minimum_cv:
        found = f"the 2n peak has a CV of {100 * cv:.2f} %, {narrow}: is this measured DNA?"
        return PeakRefusal(PeakTrouble.NARROW, found)
    if two_n < plan.minimum_two_n:
        found = f"{100 * two_n:.1f} % of cells in the 2n peak; at least {100 * plan.minimum_two_n:g} %"
        return PeakRefusal(PeakTrouble.NOT_2N, f"{found} are needed: is this DNA, on a linear scale?")
    if fit.misfit > plan.maximum_misfit:
        found = f"{100 * fit.misfit:.0f} % of events stand where no cell cycle puts them"
        return PeakRefusal(PeakTrouble.MISFIT, f"{found}: is this DNA, on a linear scale?")
    return None


def _slopes(edges: Floats, scaled: Floats, unit: Floats) -> Floats:
    """Slope of the bin masses in each shape parameter; shape (4, bins, 6)."""
    slopes = []
    for place in range(len(_PARAMETERS)):
        step = np.zeros(len(_PARAMETERS))
        step[place] = _STEP
        ahead, behind = (bin_masses(edges, _shape((scaled + s * step) * unit)) for s in (1, -1))
        slopes.append((ahead - behind) / (2 * _STEP))
    return np.array(slopes)


def _directions(
    counts: Floats, edges: Floats, scaled: Floats, unit: Floats, weights: Floats
) -> tuple[tuple[float, ...], ...]:
    """Principal axes of the error of the shape and of the shares of S, each as long as its standard error."""
    masses = bin_masses(edges, _shape(scaled * unit))
    columns = np.column_stack([(_slopes(edges, scaled, unit) @ weights).T, masses])
    information = columns.T @ (columns * (counts / (masses @ weights) ** 2)[:, None])
    information += np.diag([0, 0, _RATIO_PRIOR**-2, 1e-2, *(_PRIOR / weights**2)])
    covariance = np.linalg.inv(information)
    total = covariance @ np.array([0.0] * 4 + [1.0] * 6)
    covariance -= np.outer(total, total) / total[4:].sum()  # the weights add up to 1
    s = weights[1:4].sum()
    turn = np.zeros((7, 10))
    turn[:4, :4] = np.diag([1.0, *unit[1:]])  # the peak in units of itself
    turn[4:, 5:8] = (np.eye(3) - weights[1:4, None] / s) / s
    error = turn @ covariance @ turn.T
    shares = weights[1:4] / s
    error[4:, 4:] += (np.diag(shares) - np.outer(shares, shares)) / (_OWN_S + 1)  # a Dirichlet's
    values, vectors = np.linalg.eigh(error)
    return tuple(
        tuple(float(x) for x in np.sqrt(value) * vector)
        for value, vector in zip(values, vectors.T, strict=True)
        if value > 0
    )


def _vector(shape: DnaShape) -> Floats:
    return np.array([getattr(shape, name) for name in _PARAMETERS])


def _shape(values: Floats) -> DnaShape:
    return DnaShape(*(float(value) for value in values))


def _low(start: int) -> list[float]:
    return [low for low, _ in _LIMITS[start:]]


def _high(start: int) -> list[float]:
    return [high for _, high in _LIMITS[start:]]
