"""Fractions with their limits: exact for counts, and for estimates that know less than their count.

An estimated fraction p with variance v is worth a sample of size p (1 - p) / v, in which p was counted
without error; the exact limits of that sample carry the counting and the classification error both. Where
every cell is told with certainty the size is the count itself, and the limits are those of Clopper-Pearson.

References
----------
Korn & Graubard (1998) Survey Methodology 24:193-201.
Clopper & Pearson (1934) Biometrika 26:404-413, doi:10.1093/biomet/26.4.404.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.cytometry.cycle.record import Phase, PhaseFraction
from remnant.stats.fractions.proportion import clopper_pearson, upper_bound
from remnant.study.estimate import Estimate, Source

_NOTHING = 0.5  # events, expected or counted, below which a phase was not detected


@dataclass(frozen=True)
class Share:
    """A fraction that was estimated.

    Parameters
    ----------
    value : float
        In [0, 1].
    size : float
        Cells that a count without classification error would need to know it as well.
    """

    value: float
    size: float

    @property
    def hits(self) -> float:
        """How many of `size` cells it stands for."""
        return min(self.value * self.size, self.size)


def worth(value: float, variance: float, events: float) -> float:
    """Size of the sample that an estimate is worth; never above the events that it rests on."""
    return events if variance <= 0 else min(events, value * (1 - value) / variance)


def phase_fraction(
    phase: Phase,
    shares: Sequence[Share],
    events: float,
    *,
    confidence: float,
    reason: str = "",
    sources: tuple[Source, ...] = (),
) -> PhaseFraction:
    """Give a phase its limits.

    Parameters
    ----------
    phase : Phase
    shares : sequence of Share
        The estimate, and others that are as good in principle: the interval spans them all.
    events : float
        Cells that the fraction is of.
    confidence : float
        Coverage, in (0, 1).
    reason : str
        How it was made.
    sources : tuple of Source
        Rows that it was made from.
    """
    value = shares[0].value
    lower, upper = _span(shares, confidence)
    low, high = _span(shares, 1 - (1 - confidence) / len(Phase))
    if value * events < _NOTHING:
        bound = max(float(upper_bound(s.hits, s.size, confidence=confidence)) for s in shares)
        alone = Estimate.not_detected(bound, confidence=confidence, reason=reason, sources=sources)
    else:
        alone = Estimate.detected(value, lower, upper, confidence=confidence, reason=reason, sources=sources)
    return PhaseFraction(phase, float(value * events), alone, low, high)


def _span(shares: Sequence[Share], confidence: float) -> tuple[float, float]:
    limits = [clopper_pearson(s.hits, s.size, confidence=confidence) for s in shares]
    lower, upper = min(float(low) for low, _ in limits), max(float(high) for _, high in limits)
    return min(lower, shares[0].value), max(upper, shares[0].value)
