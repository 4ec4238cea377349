"""Response by the criteria of the International Working Group of 2023, visit by visit.

For higher-risk disease: below 5 % marrow blasts before treatment only CR equivalent and improvement can be
reached. Progression and relapse are not issued (OR38).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.response.calls import ResponseCall
from remnant.response.cytogenetic import CytogeneticResponse
from remnant.response.history import History, Marrow
from remnant.response.iwg2018 import engine as improvement
from remnant.response.iwg2018.improvement import Case, Iwg2018Options, case_of
from remnant.response.iwg2023 import limits
from remnant.response.iwg2023.decide import OVERALL_RESPONSE, Decision, decide
from remnant.response.iwg2023.explain import explain
from remnant.response.iwg2023.facts import Measured, facts_of, measured_on, risen_blasts

CRITERIA = "IWG 2023"
PROGRESSION_2006 = "disease progression by the blast rules of IWG 2006"


@dataclass(frozen=True)
class Iwg2023Options:
    """Readings of IWG 2023 that can be switched.

    Parameters
    ----------
    lead_days : int, default 14
        Days without transfusion or growth factor before a count (OR37); the vignettes of the paper use up
        to 28.
    improvement : Iwg2018Options
        How haematologic improvement is judged.
    """

    lead_days: int = limits.LEAD_DAYS
    improvement: Iwg2018Options = improvement.DEFAULTS


DEFAULTS = Iwg2023Options()


@dataclass(frozen=True)
class Visit:
    """One day, judged and not yet written out."""

    day: improvement.ImprovementDay
    measured: Measured
    decision: Decision


def classify_patient(
    history: History,
    karyotypes: Sequence[CytogeneticResponse] = (),
    options: Iwg2023Options = DEFAULTS,
) -> tuple[ResponseCall, ...]:
    """Classify one patient after the first dose, in the order of days.

    Parameters
    ----------
    history : History
        The patient.
    karyotypes : sequence of CytogeneticResponse
        Cytogenetic responses of the patient: CR equivalent rests on them.
    options : Iwg2023Options, optional
        Readings that can be switched.

    Returns
    -------
    tuple of ResponseCall
        Category `CR`, `CR equivalent`, `PR`, `CRuni`, `CRbi`, `CRh`, `HI`, `no response category` or
        `not evaluable`; lines of improvement and burden as by IWG 2018.

    References
    ----------
    Zeidan et al. (2023) Blood 141:2047.
    """
    first = history.treatment.first_dose
    if first is None:
        return improvement.untreated(history, CRITERIA)
    case = case_of(history, first, options.improvement)
    recent = [one for one in history.marrows if first - limits.MARROW_BASELINE_DAYS <= one.day <= first]
    base = recent[-1] if recent else None
    marrows = {one.day: one for one in history.marrows}
    calls = []
    for day in improvement.improvement_days(case):
        measured = measured_on(
            history, day.day,
            base=base, marrow=marrows.get(day.day), karyotypes=karyotypes, first_dose=first,
            lead_days=options.lead_days,
        )  # fmt: skip
        decision = decide(facts_of(measured, improved=day.improved))
        calls.append(_call(case, Visit(day, measured, decision), base, options))
    return tuple(calls)


def _call(case: Case, visit: Visit, base: Marrow | None, options: Iwg2023Options) -> ResponseCall:
    day = visit.day
    rules, missing = explain(case, day, visit.measured, visit.decision, lead_days=options.lead_days)
    remarks = improvement.remarks(case, day)
    if risen_blasts(base, visit.measured.marrow)[0]:
        remarks += (PROGRESSION_2006,)
    return ResponseCall(
        case.history.patient_id,
        day.day,
        day.sample_id,
        CRITERIA,
        visit.decision.category,
        None,
        day.improvement,
        day.lost,
        rules,
        missing,
        case.burden.name,
        remarks,
    )


def is_overall_response(call: ResponseCall) -> bool:
    """Say whether a call counts as response overall: any category from CR to HI."""
    return call.category in OVERALL_RESPONSE
