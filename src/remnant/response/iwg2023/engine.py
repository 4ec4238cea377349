"""Response by the criteria of the International Working Group of 2023, visit by visit.

For higher-risk disease: below 5 % marrow blasts before treatment only CR equivalent and improvement can be
reached. Progression and relapse are not issued (OR38).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from remnant.response.cytogenetic.response import CytogeneticResponse
from remnant.response.iwg2018 import engine as improvement
from remnant.response.iwg2018.improvement import Iwg2018Options
from remnant.response.iwg2023 import limits
from remnant.response.iwg2023.decide import OVERALL_RESPONSE, Decision, decide
from remnant.response.iwg2023.explain import explain
from remnant.response.iwg2023.facts import Measured, counts_at, facts_of, karyotype_at, risen_blasts
from remnant.response.iwg2023.marrow import blast_tables
from remnant.response.record.history import History, Line
from remnant.response.rules.calls import ResponseCall

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
    return calls_of(improvement.judge_patient(history, options.improvement), karyotypes, options)


def calls_of(
    judged: improvement.Judged, karyotypes: Sequence[CytogeneticResponse], options: Iwg2023Options
) -> tuple[ResponseCall, ...]:
    """Judge what was already judged for improvement."""
    return tuple(_calls(judged, karyotypes, options))


@dataclass(frozen=True)
class Visit:
    """One day, judged and not yet written out."""

    day: improvement.ImprovementDay
    measured: Measured
    decision: Decision


def _calls(
    judged: improvement.Judged,
    karyotypes: Sequence[CytogeneticResponse],
    options: Iwg2023Options,
) -> Iterator[ResponseCall]:
    history, rising, first_dose = judged.case.history, judged.case.rising, judged.case.first_dose
    tables, patient = history.cohort.once(blast_tables), history.place
    base = tables.base(patient, first_dose)
    for one, remarks in zip(judged.days, judged.remarks, strict=True):
        day = one.day
        counts = {
            line: tuple(counts_at(history, line, rising[line], day, options.lead_days)) for line in Line
        }
        measured = Measured(
            base,
            tables.marrow(patient, day),
            counts,
            tables.blood_at(patient, day, first_dose),
            karyotype_at(karyotypes, day),
        )
        decision = decide(facts_of(measured, rising, improved=one.improved))
        risen = risen_blasts(measured.base, measured.marrow)[0]
        remarks = (*remarks, PROGRESSION_2006) if risen else remarks
        yield _call(judged, Visit(one, measured, decision), remarks, options)


def _call(
    judged: improvement.Judged, visit: Visit, remarks: tuple[str, ...], options: Iwg2023Options
) -> ResponseCall:
    day = visit.day
    return ResponseCall.deferred(
        _Explanation(judged, visit, options),
        patient_id=judged.case.history.patient_id,
        day=day.day,
        sample_id=day.sample_id,
        criteria=CRITERIA,
        category=visit.decision.category,
        confirmed=None,
        improvement=day.improvement,
        lost=day.lost,
        burden_class=judged.case.burden.name,
        remarks=remarks,
    )


@dataclass(frozen=True, slots=True)
class _Explanation:
    """Makes the rules of one call, and what is missing, when they are asked for."""

    judged: improvement.Judged
    visit: Visit
    options: Iwg2023Options

    def __call__(self, name: str) -> Any:
        visit = self.visit
        written = explain(
            self.judged, visit.day, visit.measured, visit.decision, lead_days=self.options.lead_days
        )
        return written[name == "missing"]


def is_overall_response(call: ResponseCall) -> bool:
    """Say whether a call counts as response overall: any category from CR to HI."""
    return call.category in OVERALL_RESPONSE
