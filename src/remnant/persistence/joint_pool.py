"""The mean over patients from the joint posterior, how it changed, and how far it rests on the prior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remnant.persistence.joint_counts import JointVisit, phases_of
from remnant.stats.joint.fit import Draws
from remnant.stats.joint.model import DIFFERENCE
from remnant.stats.joint.sensitivity import Alternative
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.tables.paired import sign_test
from remnant.study.estimate import Estimate

POOLED = ("baseline", "remission", "change")
FEW = 6  # patients, below which a spread between them is mostly its prior


@dataclass(frozen=True)
class PooledPersistence:
    """The mean effect over the patients of a study.

    Parameters
    ----------
    phase : str
        `baseline`, `remission`, or `change` from the one to the other.
    patients : int
        Patients with both compartments scored in this phase, or in both.
    visits : tuple of str
        One sample of each, for the sign test: the last before treatment, or the first in remission.
    log_odds : Estimate
        Mean of logit(stem) - logit(progenitor) over patients, median and interval.
    spread : float or None
        Posterior median of the standard deviation between patients, on the log-odds scale.
    probability : float or None
        Posterior probability that the mean is above 0.
    above, below : int
        Patients whose own posterior median, by their slides alone, is above 0, and below.
    sign_p : float or None
        Exact two-sided sign test over patients.
    smallest_p : float or None
        The smallest p that the sign test could give with so many patients.
    prior : str
        The prior, in words.
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


@dataclass(frozen=True)
class Sensitivity:
    """A pooled answer under another prior.

    Parameters
    ----------
    phase : str
        As in `PooledPersistence`.
    prior : str
        What differs.
    log_odds : Estimate
        Mean over patients.
    probability : float
        That it is above 0.
    same_verdict : bool
        Whether it stands on the same side of the plan's level.
    refitted : bool
        Whether the study was fitted anew, and not its draws weighted.
    pareto_k : float or None
        Shape of the weights' tail, at most 0.7 where they are used; None for a new fit.
    """

    phase: str
    prior: str
    log_odds: Estimate
    probability: float
    same_verdict: bool
    refitted: bool
    pareto_k: float | None


def chosen_visits(
    visits: Sequence[JointVisit], phase: str, *, roles: tuple[str, ...] = ("stem", "progenitor")
) -> dict[str, int]:
    """Choose one visit of each patient at which `roles` were scored: the last at baseline, else the first."""
    chosen: dict[str, int] = {}
    for v, visit in enumerate(visits):
        if visit.phase == phase and all(visit.counted(role) for role in roles):
            if phase == "baseline":
                chosen[visit.patient_id] = v
            chosen.setdefault(visit.patient_id, v)
    return chosen


def pool_patients(
    visits: Sequence[JointVisit],
    draws: Draws,
    own: Mapping[str, float],
    *,
    prior: str,
    confidence: float,
    fit: bool,
) -> tuple[PooledPersistence, ...]:
    """Read the means over patients from the draws.

    Parameters
    ----------
    visits : sequence of JointVisit
        As they were fitted.
    draws : Draws
        Of them.
    own : Mapping of str to float
        Log-odds difference of each sample by its own slides, for the sign test.
    prior : str
        In words.
    confidence : float
        Coverage, in (0, 1).
    fit : bool
        Whether the chains agree.
    """
    spread = draws.spread[:, :, DIFFERENCE]
    mean = draws.mean[:, :, DIFFERENCE].reshape(-1, spread.shape[-1])
    found = []
    for phase in POOLED:
        chosen = _samples(visits, phase)
        value = pooled_draws(mean, phases_of(visits), phase)
        why = _why_not(phase, len(chosen), fit)
        if why or value is None:
            nothing = Estimate.not_evaluable(why or f"no visit ({phase})")
            samples = tuple(sample for _, sample in chosen)
            found.append(
                PooledPersistence(phase, len(chosen), samples, nothing, None, None, 0, 0, None, None, prior)
            )
            continue
        gaps = [own[sample] - (own[start] if start else 0.0) for start, sample in chosen]
        above, below = sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps)
        sign = sign_test(above, below)
        few = f"; fewer than {FEW} patients, so the prior weighs heavily" if len(chosen) < FEW else ""
        width = None
        if phase in phases_of(visits):
            width = float(np.median(spread[:, :, phases_of(visits).index(phase)]))
        found.append(
            PooledPersistence(
                phase,
                len(chosen),
                tuple(sample for _, sample in chosen),
                _estimate(
                    np.quantile(value, _tails(confidence)),
                    f"joint model over {len(chosen)} patients{few}",
                    confidence,
                ),
                width,
                float(np.mean(value > 0)),
                above,
                below,
                float(sign.p_two_sided),
                float(sign.smallest_p),
                prior,
            )
        )
    return tuple(found)


def pooled_draws(mean: FloatArray, phases: tuple[str, ...], phase: str) -> FloatArray | None:
    """Pick the mean of a phase, or the change of it, from draws of shape (draws, phases)."""
    needed = ("remission", "baseline") if phase == "change" else (phase,)
    if not set(needed) <= set(phases):
        return None
    first = mean[:, phases.index(needed[0])]
    return first - mean[:, phases.index("baseline")] if phase == "change" else first


def prior_sensitivity(
    others: Sequence[Alternative],
    pooled: Sequence[PooledPersistence],
    phases: tuple[str, ...],
    *,
    confidence: float,
    probability: float,
) -> tuple[Sensitivity, ...]:
    """Say each pooled answer under each other prior."""
    found = []
    for effect in pooled:
        if effect.probability is None:
            continue
        for other in others:
            value = pooled_draws(other.mean, phases, effect.phase)
            assert value is not None, "what was pooled has its phases"
            chance = other.weights.probability_above(value, 0.0)
            how = "fitted anew" if other.refitted else "draws weighted"
            found.append(
                Sensitivity(
                    effect.phase,
                    other.name,
                    _estimate(other.weights.quantile(value, _tails(confidence)), how, confidence),
                    chance,
                    (chance >= probability) == (effect.probability >= probability),
                    other.refitted,
                    None if other.refitted else max(round(other.weights.shape, 3), -1.0),
                )
            )
    return tuple(found)


def _samples(visits: Sequence[JointVisit], phase: str) -> list[tuple[str, str]]:
    """Pair the sample of each patient with the one that it is compared with, if any."""
    if phase != "change":
        return [("", visits[v].sample_id) for v in chosen_visits(visits, phase).values()]
    before, after = (chosen_visits(visits, name) for name in ("baseline", "remission"))
    return [(visits[before[who]].sample_id, visits[v].sample_id) for who, v in after.items() if who in before]


def _why_not(phase: str, patients: int, fit: bool) -> str:
    """Say why nothing is pooled, if so."""
    if patients == 0:
        return f"no patient has both compartments scored ({phase})"
    if patients == 1:
        return f"one patient ({phase}): a mean over patients would be its prior"
    return "" if fit else "the chains of the joint model do not agree"


def _tails(confidence: float) -> list[float]:
    return [(1 - confidence) / 2, 0.5, (1 + confidence) / 2]


def _estimate(quantiles: FloatArray, reason: str, confidence: float) -> Estimate:
    low, middle, high = (float(x) for x in quantiles)
    return Estimate.detected(middle, low, high, confidence=confidence, reason=reason)
