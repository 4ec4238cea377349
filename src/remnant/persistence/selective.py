"""Whether stem cells are spared where progenitors are cleared.

Both slides of a sample are weighed together (`remnant.cytogenetics.compare`): they share the probe's errors,
and the progenitors that slipped into the stem sort. The answer is delta = logit(stem) - logit(progenitor),
whose posterior needs no normal approximation and exists for 0 of 10 nuclei. Patients are pooled by a normal
random effect on delta (`remnant.stats.tables.random_effect`), each through its exact likelihood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from remnant.cytogenetics.clone_fraction import ScoredClone
from remnant.cytogenetics.compare import compare_pair
from remnant.stats.tables.paired import sign_test
from remnant.stats.tables.random_effect import difference_grid, pool
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


@dataclass(frozen=True)
class Comparison:
    """A comparison with what pooling needs of it, which no table keeps.

    Parameters
    ----------
    finding : SelectivePersistence
        What the report shows.
    likelihood : ndarray or None, shape (len(difference_grid()),)
        Likelihood of the log-odds difference.
    """

    finding: SelectivePersistence
    likelihood: npt.NDArray[np.float64] | None


@dataclass(frozen=True)
class PooledPersistence:
    """The mean effect over the patients of a study, one visit of each.

    Parameters
    ----------
    phase : str
        `baseline` or `remission`.
    patients : int
        Patients with an evaluable comparison in this phase.
    visits : tuple of str
        The sample of each that was used.
    log_odds : Estimate
        Mean of logit(stem) - logit(progenitor) over patients, median and interval.
    spread : float or None
        Posterior median of the standard deviation between patients, on the log-odds scale.
    probability : float or None
        Posterior probability that the mean is above 0.
    above, below : int
        Patients whose own posterior median is above 0, and below.
    sign_p : float or None
        Exact two-sided sign test over patients.
    smallest_p : float or None
        The smallest p that the sign test could give with so many patients.
    prior : str
        Prior of the mean and the spread, in words.
    """

    phase: str
    patients: int
    visits: tuple[str, ...]
    log_odds: Estimate
    spread: float | None
    probability: float | None
    above: int
    below: int
    sign_p: float | None
    smallest_p: float | None
    prior: str


def compare(visit: ScoredVisit, *, confidence: float, probability: float) -> Comparison:
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
        return Comparison(_finding(visit, Estimate.not_done(f"{absent} were not scored")), None)
    pair = compare_pair(visit.stem, visit.progenitor, confidence=confidence)
    found = pair.comparison
    if pair.posterior is None or found.probability is None:
        return Comparison(_finding(visit, found.log_odds), None)
    finding = replace(
        _finding(visit, found.log_odds),
        probability=found.probability,
        exact_p=found.exact_p,
        spared=found.probability >= probability,
    )
    return Comparison(finding, pair.posterior.difference_likelihood(difference_grid()))


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


def pool_patients(comparisons: Sequence[Comparison], *, phase: str, confidence: float) -> PooledPersistence:
    """Pool one visit of each patient: the last before treatment, or the first evaluable one in remission.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Of all visits, in the order of time within a patient.
    phase : str
        `baseline` or `remission`.
    confidence : float
        Coverage of the interval, in (0, 1).
    """
    chosen: dict[str, Comparison] = {}
    for item in comparisons:
        finding = item.finding
        if item.likelihood is None:
            continue
        if phase == "baseline" and not finding.treated:
            chosen[finding.patient_id] = item
        if phase == "remission" and finding.in_remission:
            chosen.setdefault(finding.patient_id, item)
    visits = tuple(item.finding.sample_id for item in chosen.values())
    if not chosen:
        why = Estimate.not_evaluable(f"no patient has both compartments scored ({phase})")
        return PooledPersistence(phase, 0, (), why, None, None, 0, 0, None, None, "")
    effect = pool(np.array([item.likelihood for item in chosen.values()]))
    tail = (1 - confidence) / 2
    low, middle, high = (float(x) for x in effect.mean.quantile([tail, 0.5, 1 - tail]))
    medians = [item.finding.log_odds.value or 0.0 for item in chosen.values()]
    above, below = sum(x > 0 for x in medians), sum(x < 0 for x in medians)
    sign = sign_test(above, below)
    few = "; fewer than 6 patients, so the prior weighs heavily" if len(chosen) < 6 else ""
    sources = tuple(source for item in chosen.values() for source in item.finding.log_odds.sources)
    reason = f"normal random effect over {len(chosen)} patients{few}"
    return PooledPersistence(
        phase,
        len(chosen),
        visits,
        Estimate.detected(middle, low, high, confidence=confidence, reason=reason, sources=sources),
        float(effect.spread.quantile(0.5)),
        effect.mean.probability_above(0.0),
        above,
        below,
        float(sign.p_two_sided),
        float(sign.smallest_p),
        f"mean ~ Normal(0, {effect.mean_scale:g}), spread ~ half-Normal({effect.spread_scale:g}), log odds",
    )
