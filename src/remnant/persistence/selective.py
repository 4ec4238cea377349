"""Whether stem cells are spared where progenitors are cleared.

Both slides of a sample are weighed together (`remnant.cytogenetics.compare`): they share the probe's errors,
and the progenitors that slipped into the stem sort. The answer is delta = logit(stem) - logit(progenitor),
whose posterior needs no normal approximation and exists for 0 of 10 nuclei. Each visit stands for itself;
what visits and patients have in common is in `remnant.persistence.joint`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from remnant.cytogenetics.fish.clone_fraction import ScoredClone
from remnant.cytogenetics.fish.compare import compare_pair
from remnant.study.estimate import Estimate


@dataclass(frozen=True)
class ScoredVisit:
    """The two compartments of one visit.

    Parameters
    ----------
    patient_id, sample_id : str
        The visit.
    day : int
        Days since the patient's anchor.
    treated : bool
        Whether treatment had begun before this day.
    in_remission : bool or None
        Whether the patient was in remission on this day; None where it cannot be told.
    stem, progenitor : ScoredClone or None
        None where a compartment was not scored at all.
    """

    patient_id: str
    sample_id: str
    day: int
    treated: bool
    in_remission: bool | None
    stem: ScoredClone | None
    progenitor: ScoredClone | None


@dataclass(frozen=True)
class SelectivePersistence:
    """Stem against progenitor compartment of one sample.

    Parameters
    ----------
    patient_id, sample_id : str
        The visit.
    day : int
        Days since the patient's anchor.
    treated : bool
        Whether treatment had begun before this day.
    in_remission : bool or None
        Whether the patient was in remission at this visit, so that the comparison answers the question; None
        where it cannot be told.
    stem, progenitor : Estimate
        Clone fraction of each compartment, corrected for probe and purity.
    log_odds : Estimate
        logit(stem) - logit(progenitor): median and equal-tailed interval; above 0 stem cells are spared.
    probability : float or None
        Posterior probability that `log_odds` is above 0.
    exact_p : float or None
        Two-sided Fisher test on the counts, for comparison; it knows no purity and no probe error.
    spared : bool or None
        Whether `probability` reaches the plan's level; None where it is not evaluable.
    """

    patient_id: str
    sample_id: str
    day: int
    treated: bool
    in_remission: bool | None
    stem: Estimate
    progenitor: Estimate
    log_odds: Estimate
    probability: float | None
    exact_p: float | None
    spared: bool | None


def compare(visit: ScoredVisit, *, confidence: float, probability: float) -> SelectivePersistence:
    """Compare the stem with the progenitor compartment of one visit.

    Parameters
    ----------
    visit : ScoredVisit
        The slides of both, scored with one probe.
    confidence : float
        Coverage of the interval, in (0, 1).
    probability : float
        Posterior probability from which stem cells are called spared.
    """
    if visit.stem is None or visit.progenitor is None:
        absent = "stem cells" if visit.stem is None else "progenitors"
        return _finding(visit, Estimate.not_done(f"{absent} were not scored"))
    pair = compare_pair(visit.stem, visit.progenitor, confidence=confidence)
    found = pair.comparison
    if pair.posterior is None or found.probability is None:
        return _finding(visit, found.log_odds)
    return replace(
        _finding(visit, found.log_odds),
        probability=found.probability,
        exact_p=found.exact_p,
        spared=found.probability >= probability,
    )


def _finding(visit: ScoredVisit, log_odds: Estimate) -> SelectivePersistence:
    stem, progenitor = (
        Estimate.not_done("not scored") if item is None else item.estimate.fraction
        for item in (visit.stem, visit.progenitor)
    )
    return SelectivePersistence(
        visit.patient_id,
        visit.sample_id,
        visit.day,
        visit.treated,
        visit.in_remission,
        stem,
        progenitor,
        log_odds,
        probability=None,
        exact_p=None,
        spared=None,
    )
