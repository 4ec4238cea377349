"""Cytogenetic response: complete, partial or none by metaphases, with what the count could have missed.

Metaphases only. A FISH remission is another statement and is never written as this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from remnant.response.cytogenetic.metaphase_count import CLONE_METAPHASES, check_metaphases, without_bands
from remnant.response.cytogenetic.metaphase_count import MetaphaseCount as MetaphaseCount
from remnant.response.cytogenetic.metaphase_power import MetaphasePower, metaphase_power
from remnant.response.rules.thresholds import Threshold
from remnant.stats.fractions.proportion import clopper_pearson
from remnant.study.estimate import Estimate, Source

SOURCE = "Cheson 2006, Blood 108:419, table 3"
ADEQUATE_METAPHASES = 20
ADEQUATE = Threshold(
    "metaphases scored",
    ">=",
    str(ADEQUATE_METAPHASES),
    "metaphases",
    "Pitchford 2010; Mayo test catalogue MDSDF",
    "OR40, OR42: with fewer, at baseline or now, a response is not assessable",
)
PARTIAL = Threshold(
    "reduction of the abnormal fraction", ">=", "50", "%", SOURCE, "OR42: k/n now against k/n at baseline"
)

HALF = PARTIAL.limit / 100


@dataclass(frozen=True)
class CytogeneticResponse:
    """Cytogenetic response at one sample.

    Parameters
    ----------
    patient_id, sample_id : str
        The sample.
    day : int
        Days since the patient's anchor.
    response : str
        `complete`, `partial`, `none` or `not assessable`.
    abnormal, scored : int
        Metaphases of the clone, of so many.
    fraction : Estimate
        Fraction of metaphases in the clone, with its interval or bound.
    excluded_above : float or None
        With no abnormal metaphase: clones above this fraction are excluded (one-sided); None otherwise.
    reduction : float or None
        1 - (k/n) / (k0/n0); negative where the clone grew; None without an adequate baseline.
    new_abnormalities : tuple of str
        Clonal abnormalities that no earlier sample had.
    clonal_evolution : bool
        Whether there are any, new here or still there from an earlier sample on treatment.
    relapse : bool or None
        Whether the abnormality is back after a complete response; None where one metaphase awaits the next
        sample.
    reason : str
        What the response rests on.
    missing : tuple of str
        What would be needed to say more.
    sources : tuple of Source
        This sample and its baseline.
    excluded_above_two_sided : float or None
        As `excluded_above`, by the upper end of a two-sided interval.
    power : MetaphasePower or None
        What so many metaphases can find; None without one, and in results of earlier versions.
    persisting : tuple of str
        Clonal abnormalities first seen in an earlier sample on treatment that this one still has.
    """

    patient_id: str
    sample_id: str
    day: int
    response: str
    abnormal: int
    scored: int
    fraction: Estimate
    excluded_above: float | None
    reduction: float | None
    new_abnormalities: tuple[str, ...]
    clonal_evolution: bool
    relapse: bool | None
    reason: str
    missing: tuple[str, ...]
    sources: tuple[Source, ...]
    excluded_above_two_sided: float | None = None
    power: MetaphasePower | None = None
    persisting: tuple[str, ...] = ()


def cytogenetic_responses(
    patient_id: str, counts: Sequence[MetaphaseCount], *, first_dose: int, confidence: float = 0.95
) -> tuple[CytogeneticResponse, ...]:
    """Judge every sample after the first dose against the last one up to it.

    Parameters
    ----------
    patient_id : str
        The patient.
    counts : sequence of MetaphaseCount
        The patient's samples, in any order.
    first_dose : int
        Day of the first dose; a marrow of that day is taken to be drawn before it.
    confidence : float, default 0.95
        Coverage of intervals and one-sided bounds, in (0, 1).

    Returns
    -------
    tuple of CytogeneticResponse
        In the order of days.

    Raises
    ------
    SettingError
        If a count is not 0 <= abnormal <= scored.

    References
    ----------
    Cheson et al. (2006) Blood 108:419-425, doi:10.1182/blood-2005-10-4149, table 3.
    """
    check_metaphases(counts)
    ordered = sorted(counts, key=lambda one: (one.day, one.sample_id))
    before = [one for one in ordered if one.day <= first_dose]
    adequate = [one for one in before if one.scored >= ADEQUATE_METAPHASES]
    baseline = next(reversed(adequate or before), None)
    known = any(one.abnormal >= CLONE_METAPHASES for one in before)
    responses: list[CytogeneticResponse] = []
    evolved: set[str] = set()  # abnormalities that came on treatment
    complete = False  # since the last complete response
    for place, now in enumerate(ordered):
        if now.day <= first_dose:
            continue
        after = next((one for one in ordered[place + 1 :] if one.scored), None)
        persisting = tuple(text for text in now.present or () if without_bands(text) in evolved)
        persisting = tuple(text for text in persisting if text not in now.new_abnormalities)
        response = _response(
            patient_id,
            now,
            baseline,
            after,
            confidence,
            known=known,
            was_complete=complete,
            persisting=persisting,
        )
        evolved |= {without_bands(text) for text in now.new_abnormalities}
        complete = complete or response.response == "complete"
        known = known or now.abnormal >= CLONE_METAPHASES
        responses.append(response)
    return tuple(responses)


def _response(
    patient_id: str,
    now: MetaphaseCount,
    baseline: MetaphaseCount | None,
    after: MetaphaseCount | None,
    confidence: float,
    *,
    known: bool,
    was_complete: bool,
    persisting: tuple[str, ...],
) -> CytogeneticResponse:
    reduction = _reduction(now, baseline)
    evolution = (*now.new_abnormalities, *persisting)
    response, reason, missing = _judge(now, baseline, reduction, known=known, evolved=bool(evolution))
    if evolution:
        reason += f"; clonal evolution: {', '.join(evolution)}"
    power = metaphase_power(now.scored, confidence=confidence) if now.scored else None
    bound = power if not now.abnormal else None
    return CytogeneticResponse(
        patient_id,
        now.sample_id,
        now.day,
        response,
        now.abnormal,
        now.scored,
        _fraction(now, confidence),
        bound.one_sided if bound else None,
        None if reduction is None else float(reduction),
        now.new_abnormalities,
        bool(evolution),
        _relapse(now, after, was_complete=was_complete),
        reason,
        missing,
        (now.source,) if baseline is None else (now.source, baseline.source),
        bound.two_sided if bound else None,
        power,
        persisting,
    )


def _judge(
    now: MetaphaseCount,
    baseline: MetaphaseCount | None,
    reduction: Fraction | None,
    *,
    known: bool,
    evolved: bool,
) -> tuple[str, str, tuple[str, ...]]:
    """Return the response, what it rests on, and what is missing."""
    found = f"{now.abnormal} of {now.scored} metaphases"
    if not now.scored:
        return "not assessable", "not evaluable: no metaphase", ("metaphases",)
    if now.scored < ADEQUATE_METAPHASES:
        seen = "; the clone is present" if now.abnormal else ""
        return (
            "not assessable",
            f"{found}: fewer than {ADEQUATE.value}{seen}",
            (f"{ADEQUATE.value} metaphases",),
        )
    if not known:
        return "not assessable", f"{found}; no clone on record before", ("an abnormal karyotype at baseline",)
    if not now.abnormal and not evolved:
        return "complete", found, ()
    if reduction is None or baseline is None:
        missing = (f"a baseline with the clone in {ADEQUATE.value} or more metaphases",)
        return "not assessable", f"{found}; no adequate baseline", missing
    against = f"{found}, {baseline.abnormal} of {baseline.scored} at baseline"
    return "partial" if reduction >= HALF else "none", against, ()


def _reduction(now: MetaphaseCount, baseline: MetaphaseCount | None) -> Fraction | None:
    """Return 1 - (k/n) / (k0/n0), exactly; both counts must be adequate and the clone there at baseline."""
    if baseline is None or not baseline.abnormal:
        return None
    if min(now.scored, baseline.scored) < ADEQUATE_METAPHASES:
        return None
    before, after = baseline.abnormal * now.scored, now.abnormal * baseline.scored
    return Fraction(before - after, before)


def _relapse(now: MetaphaseCount, after: MetaphaseCount | None, *, was_complete: bool) -> bool | None:
    """Two metaphases are a relapse; one needs the next sample (OR44)."""
    if not was_complete or not now.abnormal:
        return False
    if now.abnormal >= CLONE_METAPHASES:
        return True
    return None if after is None else after.abnormal > 0


def _fraction(now: MetaphaseCount, confidence: float) -> Estimate:
    if not now.scored:
        return Estimate.not_evaluable("no metaphase could be scored", (now.source,))
    if not now.abnormal:
        bound = metaphase_power(now.scored, confidence=confidence).one_sided
        return Estimate.not_detected(
            bound, confidence=confidence, reason="exact binomial", sources=(now.source,)
        )
    lower, upper = _interval(now.abnormal, now.scored, confidence)
    value = now.abnormal / now.scored
    return Estimate.detected(
        value,
        lower,
        upper,
        confidence=confidence,
        reason="Clopper-Pearson",
        sources=(now.source,),
    )


@lru_cache(maxsize=4096)
def _interval(abnormal: int, scored: int, confidence: float) -> tuple[float, float]:
    """Limits of one count; the counts of a study are few, and each is solved once."""
    lower, upper = clopper_pearson(abnormal, scored, confidence=confidence)
    return float(lower), float(upper)
