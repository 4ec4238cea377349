"""The joint model of slides: every compartment, visit and patient of a study in one hierarchy.

    abnormal ~ BetaBinomial(scored, q, rho),   q = fp + (1 - fp - fn) h
    h = purity pi + (1 - purity) pi_contaminant                                  what the sort holds
    logit pi_stem = c + delta/2,  logit pi_progenitor = c - delta/2,  logit pi_bulk = logit pi_progenitor + b

Each series of a patient's visits, the level c, the difference delta and the offset b, is Gaussian: the mean
and the spread belong to the phase of treatment, and two visits of one patient are correlated by

    (1 - NUGGET) exp(-days apart / length) (r where their phases differ).

The difference is set against the midpoint, so that neither compartment is favoured: swapping the slides
turns the sign of delta and changes nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.stats.fractions.misclassification import Beta
from remnant.stats.numerics.arrays import FloatArray

STEM, PROGENITOR, BULK = 0, 1, 2
LEVEL, DIFFERENCE, OFFSET = 0, 1, 2
NUGGET = 0.05  # part of a spread that belongs to one visit alone: two marrows of one day differ too
NOTHING = -1


@dataclass(frozen=True)
class Slides:
    """Counts of a study as arrays: V visits, each patient's together, and L slides.

    Parameters
    ----------
    patient : ndarray of int, shape (V,)
        Patient of each visit, 0, 1, ... in this order.
    day : ndarray, shape (V,)
        Days on any common clock of a patient.
    phase : ndarray of int, shape (V,)
        Phase of treatment, from 0; phases share their means and spreads.
    visit, compartment, abnormal, scored : ndarray of int, shape (L,)
        Of each slide, in the order of visits; `compartment` is STEM, PROGENITOR or BULK.
    inside, events : ndarray of int, shape (V, 3)
        Re-run of each sort: events inside the gate, of those re-run; 0 of 0 where none was made, and the
        sort is then taken as pure.
    contaminant : ndarray of int, shape (V, 3)
        Compartment that the rest of each sort belongs to; NOTHING for none.
    """

    patient: np.ndarray
    day: FloatArray
    phase: np.ndarray
    visit: np.ndarray
    compartment: np.ndarray
    abnormal: np.ndarray
    scored: np.ndarray
    inside: np.ndarray
    events: np.ndarray
    contaminant: np.ndarray

    def __post_init__(self) -> None:
        assert np.isin(np.diff(self.patient), (0, 1)).all(), "visits of a patient together, patients from 0"
        assert len(self.patient) > 0, "a study of no visit has no posterior"
        assert self.patient[0] == 0, "patients from 0"
        assert (np.diff(self.visit) >= 0).all(), "slides in the order of visits"
        assert ((self.abnormal >= 0) & (self.abnormal <= self.scored)).all(), "abnormal of scored"
        assert ((self.inside >= 0) & (self.inside <= self.events)).all(), "inside of re-run"

    @property
    def phases(self) -> int:
        """How many phases there are."""
        return int(self.phase.max()) + 1

    @property
    def impure(self) -> np.ndarray:
        """Whether each sort is known to hold another compartment, shape (V, 3)."""
        return np.asarray((self.events > 0) & (self.contaminant != NOTHING))

    @property
    def series(self) -> int:
        """2, or 3 where mature cells were scored or contaminate a sort that was."""
        scored = np.zeros((len(self.patient), 3), bool)
        scored[self.visit, self.compartment] = True
        held = self.impure & scored & (self.contaminant == BULK)
        return 3 if bool((self.compartment == BULK).any() or held.any()) else 2


@dataclass(frozen=True)
class Scales:
    """Prior of one series: its phase means ~ Normal(0, mean), its spreads ~ half-Normal(spread); log odds."""

    mean: float
    spread: float


@dataclass(frozen=True)
class Prior:
    """What is believed before the slides are read; weakly informative, and symmetric in the difference.

    Parameters
    ----------
    fp, fn : Beta
        Error rates of the probe, control slides included.
    correlation : float
        Mean of rho, the correlation of two nuclei of a slide; rho ~ Beta(1, 1 / mean - 1). 0: rho is 0.
    level, difference, offset : Scales
        Of c, delta and b.
    length_days : float
        Median of the length over which visits resemble each other; log-normal, a factor e either way.
    """

    fp: Beta
    fn: Beta
    correlation: float = 0.005
    level: Scales = Scales(3.0, 1.5)
    # Of the spreads tried on simulated studies, .8 holds both coverage (96.5 %) and false calls (under 5 %).
    difference: Scales = Scales(2.5, 0.8)
    offset: Scales = Scales(2.5, 1.0)
    length_days: float = 365.0

    @property
    def scales(self) -> FloatArray:
        """Scales of means and spreads, shape (3, 2)."""
        return np.array([[x.mean, x.spread] for x in (self.level, self.difference, self.offset)])

    def in_words(self) -> str:
        """Say the prior, for the report."""
        named = (
            ("level", self.level),
            ("difference", self.difference),
            ("offset of mature cells", self.offset),
        )
        series = "; ".join(
            f"{name}: mean ~ Normal(0, {x.mean:g}), spread ~ half-Normal({x.spread:g})" for name, x in named
        )
        slides = f"Beta(1, {1 / self.correlation - 1:g})" if self.correlation else "0"
        return (
            f"log odds; {series}; fp ~ Beta({self.fp.a:g}, {self.fp.b:g}), fn ~ Beta({self.fn.a:g}, "
            f"{self.fn.b:g}), slide correlation ~ {slides}; visits correlated over ~ log-Normal"
            f"({self.length_days:g} days, 1), phases by ~ Uniform(0, 1)"
        )


def correlation_matrix(day: FloatArray, phase: np.ndarray, *, length: float, between: float) -> FloatArray:
    """Correlation of one series over the visits of a patient, shape (visits, visits)."""
    apart = np.abs(day[:, None] - day)
    matrix = (1 - NUGGET) * np.exp(-apart / length) * np.where(phase[:, None] == phase, 1.0, between)
    np.fill_diagonal(matrix, 1.0)
    return np.asarray(matrix)


def log_odds(series: FloatArray) -> FloatArray:
    """Log odds of stem, progenitor and bulk from level, difference and offset, over the last axis."""
    level, difference, offset = np.moveaxis(series, -1, 0)
    progenitor = level - difference / 2
    return np.stack([level + difference / 2, progenitor, progenitor + offset], axis=-1)
