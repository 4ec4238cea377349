"""What a planned plate may show: every outcome where they are few, simulated plates where they are many."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from scipy.special import chdtri, xlogy
from scipy.stats import binom

from remnant.planning.doses import Dose
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.wells import dilution, limits

ENUMERATED = 20_000  # outcomes beyond which plates are simulated
PLATES = 4000


@dataclass(frozen=True)
class Outcomes:
    """Positive wells of a plate, with their chances.

    Parameters
    ----------
    positive : ndarray, shape (outcomes, doses)
        Positive wells of each dose.
    weight : ndarray, shape (outcomes,)
        Chances; they sum to 1.
    simulated : int or None
        Plates drawn; None where every outcome is there.
    """

    positive: FloatArray
    weight: FloatArray
    simulated: int | None

    def mean(self, value: FloatArray) -> float:
        """Mean of what each outcome gives."""
        return float(self.weight @ value)

    def error(self, value: FloatArray) -> float:
        """Monte Carlo standard error of that mean; 0 where nothing was drawn."""
        if self.simulated is None:
            return 0.0
        spread = self.mean(value**2) - self.mean(value) ** 2
        return float(np.sqrt(max(spread, 0.0) / self.simulated))


def possible(
    hits: FloatArray,
    wells: FloatArray,
    *,
    rng: np.random.Generator,
    plates: int = PLATES,
    enumerated: int = ENUMERATED,
) -> Outcomes:
    """Outcomes of a plate with `hits` expected a well of each dose.

    Parameters
    ----------
    hits, wells : ndarray, shape (doses,)
        Expected units a well, and wells.
    rng : numpy.random.Generator
        Of the simulation, where the outcomes are many.
    plates : int
        Plates to simulate then.
    enumerated : int
        Outcomes beyond which they are many.
    """
    chance = -np.expm1(-hits)
    if prod(int(n) + 1 for n in wells) <= enumerated:
        grids = np.meshgrid(*(np.arange(int(n) + 1) for n in wells), indexing="ij")
        positive = np.stack([grid.ravel() for grid in grids], axis=-1).astype(float)
        weight = np.prod(binom.pmf(positive, wells, chance), axis=-1)
        kept = weight > 1e-14
        return Outcomes(positive[kept], weight[kept] / weight[kept].sum(), None)
    drawn = rng.binomial(wells.astype(int), chance, size=(plates, len(wells)))
    positive, times = np.unique(drawn, axis=0, return_counts=True)
    return Outcomes(positive.astype(float), times / plates, plates)


@dataclass(frozen=True)
class Expectation:
    """What to expect of a plate at one frequency.

    Parameters
    ----------
    frequency : float
        Units per cell.
    fold : float or None
        Geometric mean, over plates with an interval, of the distance from its middle to its ends, as a
        factor; None where hardly any plate has one.
    fold_error : float
        Monte Carlo standard error of `fold`; 0 where every outcome was enumerated.
    large_sample : float
        The same by the information alone.
    narrow : float
        Chance of an interval within the wished factor of its estimate, on both sides.
    coverage : float
        Chance that the interval, or the one-sided bound, holds the frequency.
    all_negative, all_positive : float
        Chance of a plate that only bounds the frequency, from above or from below; exact.
    efficiency : float
        Information against that of the best single dose.
    simulated : int or None
        Plates drawn; None where every outcome was enumerated.
    """

    frequency: float
    fold: float | None
    fold_error: float
    large_sample: float
    narrow: float
    coverage: float
    all_negative: float
    all_positive: float
    efficiency: float
    simulated: int | None


def expect(
    frequency: float,
    doses: tuple[Dose, ...],
    *,
    precision: float,
    confidence: float,
    rng: np.random.Generator,
) -> Expectation:
    """Say what a plate will tell of a frequency.

    Parameters
    ----------
    frequency : float
        True units per cell.
    doses : tuple of Dose
        The plate.
    precision : float
        Wished factor, above 1.
    confidence : float
        Of the interval.
    rng : numpy.random.Generator
        Where outcomes are too many to enumerate.
    """
    d, n = plate_arrays(doses)
    hits = frequency * d
    seen = possible(hits, n, rng=rng)
    s = seen.positive
    none, every = s.sum(-1) == 0, (s == n).all(-1)
    some = ~none & ~every
    lower, upper, best = np.zeros(len(s)), np.full(len(s), np.inf), np.ones(len(s))
    best[some] = dilution.maximum_likelihood(d, n, s[some])
    lower[some], upper[some] = limits.profile_limits(best[some], d, n, s[some], confidence=confidence)
    upper[none] = limits.upper_when_all_negative(d, n, confidence=confidence)
    lower[every] = limits.lower_when_all_positive(d, n, confidence=confidence)
    held = (lower <= frequency) & (frequency <= upper)
    half = np.zeros(len(s))
    half[some] = np.log(upper[some] / lower[some]) / 2
    narrow = np.zeros(len(s))
    narrow[some] = (upper[some] / best[some] <= precision) & (best[some] / lower[some] <= precision)
    share = float(seen.weight @ some)
    fold = error = None
    if share > 1e-3:
        fold = float(np.exp(seen.mean(half) / share))
        centred = np.where(some, half - np.log(fold), 0.0)
        error = fold * seen.error(centred) / share
    information = dilution.information(np.asarray(frequency), d, n)
    z = np.sqrt(chdtri(1, 1 - confidence))
    return Expectation(
        frequency,
        fold,
        error or 0.0,
        float(np.exp(min(z / np.sqrt(information), 700.0))),
        seen.mean(narrow),
        seen.mean(held.astype(float)),
        float(np.exp(-(n * hits).sum())),
        float(np.exp(xlogy(n, -np.expm1(-hits)).sum())),
        float(information / (n.sum() * 0.6476102378919284)),
        seen.simulated,
    )


def plate_arrays(doses: tuple[Dose, ...]) -> tuple[FloatArray, FloatArray]:
    """Cells per well and wells of each dose."""
    return np.array([x.cells for x in doses], float), np.array([x.wells for x in doses], float)
