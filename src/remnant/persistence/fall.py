"""How far the clone fell in stem cells and in progenitors, from before treatment to remission.

Each burden has a posterior, so their ratio has one (`remnant.stats.rare.change`). The burdens of two visits
are taken as independent: what they share, the errors of the probe, moves both the same way and mostly
cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.persistence.burden import ScoredBurden
from remnant.stats.numerics.posterior import LinePosterior
from remnant.stats.rare.change import log_ratio, probability_greater
from remnant.study.estimate import Estimate, Evidence

NO_BASELINE = "no burden before treatment"
NO_REMISSION = "no burden in remission"
ROLES = ("stem", "progenitor")
NOTHING_TO_FALL = "not detected before treatment: there is nothing to fall from"


@dataclass(frozen=True)
class BurdenFall:
    """Burden in remission over burden before treatment, of one patient.

    Parameters
    ----------
    patient_id : str
        The patient.
    before_sample, after_sample : str
        The last sample before treatment and the first in remission that have a burden; empty where none has.
    before_day, after_day : int or None
        Their days.
    stem, progenitor : Estimate
        Burden after over burden before; 0.01 is a hundredfold fall. Where nothing was detected after, the
        bound of the ratio: it fell at least that far.
    probability_stem_less : float or None
        Posterior probability that the burden fell less in stem cells than in progenitors; None where either
        fall is unknown.
    """

    patient_id: str
    before_sample: str
    before_day: int | None
    after_sample: str
    after_day: int | None
    stem: Estimate
    progenitor: Estimate
    probability_stem_less: float | None


def measure_fall(
    patient_id: str, before: Sequence[ScoredBurden], after: Sequence[ScoredBurden], *, confidence: float
) -> BurdenFall:
    """Compare the burdens of two visits of a patient.

    Parameters
    ----------
    patient_id : str
        The patient.
    before, after : sequence of ScoredBurden
        Every compartment of a visit before treatment and of one in remission; empty where there is none.
    confidence : float
        Coverage, in (0, 1).
    """
    changes = {role: _change(_of(role, before), _of(role, after), confidence) for role in ROLES}
    (stem, stem_line), (progenitor, progenitor_line) = (changes[role] for role in ROLES)
    less = None
    if stem_line is not None and progenitor_line is not None:
        less = probability_greater(stem_line, progenitor_line)
    first, last = (visit[0].estimate if visit else None for visit in (before, after))
    return BurdenFall(
        patient_id,
        first.sample_id if first else "",
        first.day if first else None,
        last.sample_id if last else "",
        last.day if last else None,
        stem,
        progenitor,
        less,
    )


def _of(role: str, visit: Sequence[ScoredBurden]) -> ScoredBurden | None:
    return next((item for item in visit if item.estimate.role == role), None)


def _change(
    before: ScoredBurden | None, after: ScoredBurden | None, confidence: float
) -> tuple[Estimate, LinePosterior | None]:
    """Ratio of two burdens, with the posterior of its logarithm."""
    for item, absent in ((before, NO_BASELINE), (after, NO_REMISSION)):
        if item is None:
            return Estimate.not_done(absent), None
        if item.posterior is None:
            said = item.estimate.per_million
            reason = f"{absent}: {said.reason}"
            if said.evidence is Evidence.NOT_DONE:
                return Estimate.not_done(reason), None
            return Estimate.not_evaluable(reason, said.sources), None
    assert before is not None
    assert after is not None
    assert before.posterior is not None
    assert after.posterior is not None
    sources = before.estimate.per_million.sources + after.estimate.per_million.sources
    if before.estimate.per_million.evidence is not Evidence.DETECTED:
        return Estimate.not_evaluable(NOTHING_TO_FALL, sources), None
    line = log_ratio(before.posterior.line, after.posterior.line)
    if after.estimate.per_million.evidence is not Evidence.DETECTED:
        bound = _bounded(line, after, confidence)
        return Estimate.not_detected(bound, confidence=confidence, sources=sources), line
    tail = (1 - confidence) / 2
    lower, middle, upper = np.exp(line.quantile([tail, 0.5, 1 - tail]))
    how = "posterior median of the ratio of two burdens"
    ratio = Estimate.detected(middle, lower, upper, confidence=confidence, reason=how, sources=sources)
    return ratio, line


def _bounded(line: LinePosterior, after: ScoredBurden, confidence: float) -> float:
    """Bound of a ratio, as much above its posterior's as the bound of the burden is above its own."""
    assert after.posterior is not None
    bound = float(np.exp(line.quantile(confidence)))
    claimed, own = after.estimate.per_million.upper, 1e6 * float(after.posterior.quantile(confidence))
    return bound * max(1.0, (claimed or 0.0) / own)
