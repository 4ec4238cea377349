"""What is known of each patient at each visit, from every room, and when each kind of return came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remnant.analysis.compartments import NOT_SCORED, Clones, followed_compartment, readings
from remnant.analysis.plan import Plan
from remnant.persistence import Relapse, VisitFacts, clone_return
from remnant.response import (
    EVENTS,
    NOT_EVALUABLE,
    REMISSIONS,
    CytogeneticResponse,
    History,
    ResponseCall,
    Responses,
    independent_on,
)
from remnant.study.study import Study


@dataclass(frozen=True)
class PatientAnswers:
    """The response of one patient, as the rooms of floor 1 give it.

    Parameters
    ----------
    history : History
        What the response was judged from.
    calls : tuple of ResponseCall
        In the order of days.
    cytogenetic : tuple of CytogeneticResponse
        In the order of days.
    """

    history: History
    calls: tuple[ResponseCall, ...]
    cytogenetic: tuple[CytogeneticResponse, ...]

    def call_at(self, day: int, sample_id: str) -> ResponseCall | None:
        """Return the call of a sample, else the last one of that day."""
        own = [call for call in self.calls if call.sample_id == sample_id]
        same = [call for call in self.calls if call.day == day]
        found = own or same
        return found[-1] if found else None

    def cytogenetic_at(self, sample_id: str) -> CytogeneticResponse | None:
        """Return the cytogenetic response of a sample."""
        return next((item for item in self.cytogenetic if item.sample_id == sample_id), None)


def answers_of(histories: Mapping[str, History], responses: Responses) -> dict[str, PatientAnswers]:
    """Sort responses by patient."""
    return {
        patient: PatientAnswers(
            history,
            tuple(call for call in responses.calls if call.patient_id == patient),
            tuple(item for item in responses.cytogenetic if item.patient_id == patient),
        )
        for patient, history in histories.items()
    }


def relapses(
    study: Study, plan: Plan, clones: Clones, answers: Mapping[str, PatientAnswers]
) -> tuple[Relapse, ...]:
    """Find every kind of return of every patient."""
    found: list[Relapse] = []
    for patient in study.patients:
        mine = answers[patient]
        compartment = followed_compartment(study, plan, clones, patient)
        found.append(_clinical(patient, mine.calls))
        found.append(_cytogenetic(patient, mine.cytogenetic))
        found.append(
            clone_return(
                patient,
                readings(study, clones, patient, compartment),
                treated_from=mine.history.treatment.first_dose,
                probability=plan.analysis.persistence_probability,
            )
        )
    return tuple(found)


def _clinical(patient: str, calls: Sequence[ResponseCall]) -> Relapse:
    """Loss of a response: a category of relapse or progression, or a line of improvement that is lost.

    It begins with the first remission of the criteria; in a patient who had none, with the first improvement.
    """
    remission = (call.day for call in calls if call.category in REMISSIONS)
    start = next(remission, next((call.day for call in calls if _responds(call)), None))
    until = calls[-1].day if calls else None
    if start is None:
        return Relapse(patient, "clinical", None, None, None, until, "no response by the criteria")
    later = [call for call in calls if call.day > start]
    for place, call in enumerate(later):
        if lost := _lost(call):
            after = later[place + 1 :]
            confirmed = bool(_lost(after[0])) if after else None
            rows = tuple(dict.fromkeys(row for rule in call.rules for row in rule.rows))
            return Relapse(patient, "clinical", start, call.day, confirmed, until, lost, rows)
    return Relapse(patient, "clinical", start, None, None, until, "no loss of response by the criteria")


def _responds(call: ResponseCall) -> bool:
    return call.category in REMISSIONS or bool(call.improvement)


def _lost(call: ResponseCall) -> str:
    """Say what shows relapse or progression at a call; nothing where it shows none."""
    if call.category in EVENTS:
        return f"{call.category} by {call.criteria}"
    if call.lost and not call.improvement:
        return f"loss of {', '.join(call.lost)} by {call.criteria}"
    return ""


def _cytogenetic(patient: str, found: Sequence[CytogeneticResponse]) -> Relapse:
    """Return of the abnormality in metaphases after a complete response."""
    start = next((item.day for item in found if item.response == "complete"), None)
    until = found[-1].day if found else None
    if start is None:
        return Relapse(patient, "cytogenetic", None, None, None, until, "no complete cytogenetic response")
    back = next((item for item in found if item.relapse and item.day > start), None)
    if back is None:
        reason = "no abnormal metaphase since, or none that the next sample confirmed"
        return Relapse(patient, "cytogenetic", start, None, None, until, reason)
    later = next((item for item in found if item.day > back.day and item.scored), None)
    confirmed = None if later is None else later.abnormal > 0
    reason = f"{back.abnormal} of {back.scored} metaphases abnormal"
    return Relapse(patient, "cytogenetic", start, back.day, confirmed, until, reason, back.sources)


def visit_facts(
    study: Study,
    plan: Plan,
    clones: Clones,
    answers: Mapping[str, PatientAnswers],
    returns: Sequence[Relapse],
) -> tuple[VisitFacts, ...]:
    """Gather what is known at every visit, patients in order, samples in time."""
    stem, bulk = plan.with_role("stem"), plan.with_role("bulk")
    by_kind = {(item.patient_id, item.kind): item for item in returns}
    facts = []
    for patient, sample, day in study.visits():
        mine = answers[patient]
        first = mine.history.treatment.first_dose
        call, metaphases = mine.call_at(day, sample), mine.cytogenetic_at(sample)
        fractions = [
            clone.estimate.fraction if (clone := clones.get((sample, name or ""))) else NOT_SCORED
            for name in (stem, bulk)
        ]
        facts.append(
            VisitFacts(
                patient,
                sample,
                day,
                treated=first is not None and day > first,
                clinical=None if call is None else call.category,
                # Free days may reach past the last dose: who stopped in remission is still in it.
                independent=independent_on(mine.history, day, until=mine.history.last_day),
                improving=_improving(call, metaphases),
                progression="" if call is None else _lost(call),
                cytogenetic=None
                if metaphases is None or metaphases.response == "not assessable"
                else metaphases.response,
                cytogenetic_return=_seen(by_kind[patient, "cytogenetic"], day),
                clone_return=_seen(by_kind[patient, "clone"], day),
                stem=fractions[0],
                bulk=fractions[1],
            )
        )
    return tuple(facts)


def _seen(relapse: Relapse, day: int) -> str:
    """Say what shows a return that has come by `day`."""
    return relapse.reason if relapse.day is not None and relapse.day <= day else ""


def _assessable(found: CytogeneticResponse | None) -> str | None:
    return None if found is None or found.response == "not assessable" else found.response


def _improving(call: ResponseCall | None, metaphases: CytogeneticResponse | None) -> bool | None:
    if call is not None and _responds(call):
        return True
    if metaphases is not None and metaphases.response in ("complete", "partial"):
        return True
    known = call is not None and call.category != NOT_EVALUABLE
    return False if known else None
