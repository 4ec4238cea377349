"""Selective persistence over a whole study: every slide, compartment, visit and patient in one posterior.

The answers are read from the draws of `remnant.stats.joint`: the clone fraction of every compartment, each
patient's difference of stem and progenitor cells and its change from baseline, and the means over patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from remnant.cytogenetics.fish.probe import ProbeErrors
from remnant.errors import Fault, SettingError
from remnant.persistence.joint_counts import ROLES, JointVisit, evaluable, lay_out, phases_of
from remnant.persistence.joint_pool import (
    PooledPersistence,
    Sensitivity,
    chosen_visits,
    pool_patients,
    prior_sensitivity,
)
from remnant.persistence.selective import SelectivePersistence
from remnant.stats.fractions.error_rates import Beta
from remnant.stats.joint.convergence import Convergence, convergence
from remnant.stats.joint.fit import Draws, fit
from remnant.stats.joint.model import Prior
from remnant.stats.joint.sensitivity import other_priors, sensitivity
from remnant.stats.numerics.arrays import FloatArray
from remnant.study.estimate import Estimate

# "Virtually all" in Tehranchi et al. (2010); an earlier series of the group had at least 94 % in stem cells.
NEARLY_ALL = 0.90
REDUCED = 0.5  # of the baseline fraction


@dataclass(frozen=True)
class JointFraction:
    """Clone fraction of one compartment of one visit, in the light of the whole study.

    Parameters
    ----------
    patient_id, sample_id : str
    day : int
    phase, role : str
    abnormal, scored : int
        Nuclei as counted.
    fraction : Estimate
        Corrected for probe and purity, and drawn towards what patients have in common.
    """

    patient_id: str
    sample_id: str
    day: int
    phase: str
    role: str
    abnormal: int
    scored: int
    fraction: Estimate


@dataclass(frozen=True)
class JointDifference:
    """Stem against progenitor cells of one visit, in the light of the whole study.

    Parameters
    ----------
    patient_id, sample_id : str
    day : int
    phase : str
    log_odds : Estimate
        logit(stem) - logit(progenitor).
    probability : float
        That it is above 0.
    spared : bool
        Whether that reaches the plan's level.
    change : Estimate
        From the patient's last visit before treatment at which both compartments were scored.
    change_probability : float or None
        That the change is above 0.
    """

    patient_id: str
    sample_id: str
    day: int
    phase: str
    log_odds: Estimate
    probability: float
    spared: bool
    change: Estimate
    change_probability: float | None


@dataclass(frozen=True)
class PatientShare:
    """How many of the patients a statement holds in; probabilities are joint over patients.

    Parameters
    ----------
    statement : str
        `stem nearly all`, `progenitors nearly all` or `progenitors reduced`.
    patients, likely : int
        Patients that could be judged, and those in whom it more likely holds than not.
    most, fewest : float
        Probability that it holds in more than half of them, and in less than half.
    """

    statement: str
    patients: int
    likely: int
    most: float
    fewest: float


@dataclass(frozen=True)
class JointPersistence:
    """What the joint model says of a study.

    Parameters
    ----------
    fractions, differences, pooled, shares
        Its answers.
    sensitivity : tuple of Sensitivity
        The pooled answers under other priors.
    prior : str
        The prior, in words.
    r_hat, bulk, tail : float
        Worst convergence of the differences: split rank-normalised R-hat, effective draws.
    converged : bool
        Whether R-hat is at most 1.01 and at least 400 draws are effective; otherwise nothing is pooled.
    chains, draws : int
        Chains, and draws of each.
    """

    fractions: tuple[JointFraction, ...]
    differences: tuple[JointDifference, ...]
    pooled: tuple[PooledPersistence, ...]
    shares: tuple[PatientShare, ...]
    sensitivity: tuple[Sensitivity, ...]
    prior: str
    r_hat: float
    bulk: float
    tail: float
    converged: bool
    chains: int
    draws: int


def fit_jointly(
    visits: Sequence[JointVisit],
    pairs: Sequence[SelectivePersistence],
    *,
    confidence: float,
    probability: float,
    rng: np.random.Generator,
) -> JointPersistence | None:
    """Fit every slide of a study at once.

    Parameters
    ----------
    visits : sequence of JointVisit
        All visits, scored with one probe.
    pairs : sequence of SelectivePersistence
        The same visits one by one, for the sign test over patients.
    confidence : float
        Coverage of intervals, in (0, 1).
    probability : float
        Posterior probability from which stem cells are called spared.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    JointPersistence or None
        None where no nucleus was scored at all.

    Raises
    ------
    SettingError
        Where an error rate of the probe is a number and not a Beta, which no study can state.
    """
    kept = evaluable(visits)
    if not kept:
        return None
    prior, slides = _prior(kept[0].slides[0].scored.errors), lay_out(kept)
    draws = fit(slides, prior, rng=rng)
    found = convergence(draws.headline)
    own = {pair.sample_id: pair.log_odds.value for pair in pairs if pair.log_odds.value is not None}
    level = {"confidence": confidence, "probability": probability}
    pooled = pool_patients(kept, draws, own, prior=prior.in_words(), confidence=confidence, fit=found.fit)
    rows: tuple[Sensitivity, ...] = ()
    if any(effect.log_odds.known for effect in pooled):
        others = sensitivity(slides, prior, draws, other_priors(prior), rng=rng)
        rows = prior_sensitivity(others, pooled, phases_of(kept), **level)
    return JointPersistence(
        _fractions(kept, draws, confidence),
        _differences(kept, draws, **level),
        pooled,
        _shares(kept, draws),
        rows,
        prior.in_words(),
        *_numbers(found),
        found.fit,
        *draws.fp.shape,
    )


def _prior(errors: ProbeErrors) -> Prior:
    """What is believed of the probe: a Beta where a study says it, what a caller gives elsewhere."""
    fp, fn = errors.fp, errors.fn
    if isinstance(fp, Beta) and isinstance(fn, Beta):
        return Prior(fp, fn, errors.slide_correlation)
    given = {"false_positive": fp, "false_negative": fn}
    raise SettingError(
        Fault(
            "errors of the probe", None, name, "none" if rate is None else f"{rate:g}, taken as exact",
            "a Beta: the joint model takes error rates of a probe as uncertain",
            "leave the rate out, so that control slides and the prior of the study say what is known of it",
        )
        for name, rate in given.items()
        if not isinstance(rate, Beta)
    )  # fmt: skip


def _numbers(found: Convergence) -> tuple[float, float, float]:
    return round(found.r_hat, 4), round(found.bulk), round(found.tail)


def estimate(draws: FloatArray, reason: str, confidence: float) -> Estimate:
    """Median and equal-tailed interval of draws."""
    tail = (1 - confidence) / 2
    low, middle, high = np.quantile(draws, [tail, 0.5, 1 - tail])
    return Estimate.detected(middle, low, high, confidence=confidence, reason=reason)


def _fractions(visits: Sequence[JointVisit], draws: Draws, confidence: float) -> tuple[JointFraction, ...]:
    found = []
    for v, visit in enumerate(visits):
        for role, c in ROLES.items():
            if (count := visit.counted(role)) is not None:
                reason = f"{count[0]} of {count[1]} nuclei, joint model"
                fraction = estimate(expit(draws.log_odds[:, :, v, c]), reason, confidence)
                place = visit.patient_id, visit.sample_id, visit.day, visit.phase
                found.append(JointFraction(*place, role, *count, fraction))
    return tuple(found)


def _differences(
    visits: Sequence[JointVisit], draws: Draws, *, confidence: float, probability: float
) -> tuple[JointDifference, ...]:
    found = []
    before = chosen_visits(visits, "baseline")
    for v, visit in enumerate(visits):
        if not visit.paired:
            continue
        own = draws.difference[:, :, v]
        chance = float(np.mean(own > 0))
        change, up = Estimate.not_evaluable("no such pair before treatment"), None
        start = before.get(visit.patient_id)
        if not visit.treated:
            change = Estimate.not_done("before treatment")
        elif start is not None:
            moved = own - draws.difference[:, :, start]
            change, up = estimate(moved, "joint model", confidence), float(np.mean(moved > 0))
        found.append(
            JointDifference(
                visit.patient_id, visit.sample_id, visit.day, visit.phase,
                estimate(own, "joint model", confidence), chance, chance >= probability, change, up,
            )
        )  # fmt: skip
    return tuple(found)


def _shares(visits: Sequence[JointVisit], draws: Draws) -> tuple[PatientShare, ...]:
    """Judge the statements about single compartments, patient by patient and jointly over them."""
    fraction = expit(draws.log_odds).reshape(-1, len(visits), 3)
    before = {role: chosen_visits(visits, "baseline", roles=(role,)) for role in ("stem", "progenitor")}
    after = chosen_visits(visits, "remission", roles=("progenitor",))
    holds = {
        f"{name} nearly all": [fraction[:, v, ROLES[role]] > NEARLY_ALL for v in before[role].values()]
        for role, name in (("stem", "stem"), ("progenitor", "progenitors"))
    }
    holds["progenitors reduced"] = [
        fraction[:, after[who], 1] < REDUCED * fraction[:, v, 1]
        for who, v in before["progenitor"].items()
        if who in after
    ]
    found = []
    for name, each in holds.items():
        if each:
            table = np.array(each)
            count, half = table.sum(axis=0), len(each) / 2
            likely = int((table.mean(axis=1) > 0.5).sum())
            most, fewest = float(np.mean(count > half)), float(np.mean(count < half))
            found.append(PatientShare(name, len(each), likely, most, fewest))
    return tuple(found)
