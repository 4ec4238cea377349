"""Two counts of nuclei against each other: two compartments of a patient, or one before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from remnant.cytogenetics.fish.slides import Slides
from remnant.stats.tables.exact import OddsRatio, odds_ratio
from remnant.stats.tables.large_sample import (
    ChiSquare,
    chi_square,
    haldane_log_odds,
    newcombe_difference,
)
from remnant.stats.tables.multiplicity import holm

Counts = tuple[int, int, int, int]


@dataclass(frozen=True)
class TwoSlides:
    """Everything that two counts say of each other.

    Parameters
    ----------
    counts : (int, int, int, int)
        k1 of n1 abnormal against k2 of n2, with nuclei in both.
    exact : OddsRatio
        Conditional odds ratio, limits and tests.
    difference : (float, float, float)
        Difference of the fractions with Newcombe limits.
    chi_square : ChiSquare or None
        None where nothing abnormal, or nothing normal, was seen at all.
    haldane : (float, float)
        Log odds ratio with half a nucleus added to each cell, and its standard error.
    p_holm : float or None
        `exact.p_two_sided` adjusted by Holm for the comparisons made beside this one; None for one that the
        counts leave without a choice, which costs the others nothing.
    """

    counts: Counts
    exact: OddsRatio
    difference: tuple[float, float, float]
    chi_square: ChiSquare | None
    haldane: tuple[float, float]
    p_holm: float | None = None


@dataclass(frozen=True)
class ChangeFromBaseline:
    """One compartment of one patient, later against first.

    Parameters
    ----------
    patient, compartment, probe, baseline, visit : str
        What was compared.
    found : TwoSlides
        The later slide against the first: an odds ratio below 1 is a fall of the clone.
    """

    patient: str
    compartment: str
    probe: str
    baseline: str
    visit: str
    found: TwoSlides


def compare_counts(counts: Sequence[Counts], *, confidence: float = 0.95) -> tuple[TwoSlides, ...]:
    """Compare several pairs of counts, and adjust p for their number.

    Parameters
    ----------
    counts : sequence of (int, int, int, int)
        k1, n1, k2, n2 of each; nuclei in both.
    confidence : float, default 0.95
        Coverage of each interval by itself, in (0, 1).
    """
    found = [
        TwoSlides(
            each,
            odds_ratio(*each, confidence=confidence),
            newcombe_difference(*each, confidence=confidence),
            chi_square(*each),
            _haldane(each),
        )
        for each in counts
    ]
    adjusted = holm([item.exact.p_two_sided if item.exact.informative else np.nan for item in found])
    return tuple(
        replace(item, p_holm=None if np.isnan(p) else float(p))
        for item, p in zip(found, adjusted, strict=True)
    )


def changes_from_baseline(
    slides: Sequence[tuple[str, str, Slides]], *, confidence: float = 0.95
) -> tuple[ChangeFromBaseline, ...]:
    """Compare every later slide with the first of its patient, compartment and probe.

    Parameters
    ----------
    slides : sequence of (str, str, Slides)
        Patient, visit and slides, in the order of the visits; without nuclei they are passed over.
    confidence : float, default 0.95
        Coverage of each interval by itself, in (0, 1).
    """
    first: dict[tuple[str, str, str], tuple[str, Slides]] = {}
    pairs = []
    for patient, visit, later in slides:
        if later.scored == 0:
            continue
        key = patient, later.compartment, later.probe
        baseline, before = first.setdefault(key, (visit, later))
        if before is not later:
            pairs.append(
                ((*key, baseline, visit), (later.abnormal, later.scored, before.abnormal, before.scored))
            )
    found = compare_counts([counts for _, counts in pairs], confidence=confidence)
    return tuple(ChangeFromBaseline(*names, each) for (names, _), each in zip(pairs, found, strict=True))


def _haldane(counts: Counts) -> tuple[float, float]:
    log_odds, error = haldane_log_odds(*counts)
    return float(log_odds[0]), float(error[0])
