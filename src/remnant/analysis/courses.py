"""What is known of each patient at each visit, from every room, and when each kind of return came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remnant.analysis.clinical_course import (
    Level,
    clinical_return,
    in_remission,
    level,
    loss,
    progression,
    responds,
    rows_of,
)
from remnant.analysis.clone_series import CloneSeries, followed_series
from remnant.analysis.compartments import NOT_SCORED, Clones
from remnant.analysis.cytogenetic_course import evolution, fish_return, metaphase_return
from remnant.analysis.karyotypes import KaryotypeResult
from remnant.analysis.leukaemia import BlastLook, leukaemia_at
from remnant.analysis.plan import Plan
from remnant.persistence import Relapse, Shown, VisitFacts, clone_return
from remnant.response import CytogeneticResponse, History, ResponseCall, Responses, independent_on
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
    calls: defaultdict[str, list[ResponseCall]] = defaultdict(list)
    karyotypes: defaultdict[str, list[CytogeneticResponse]] = defaultdict(list)
    for call in responses.calls:
        calls[call.patient_id].append(call)
    for item in responses.cytogenetic:
        karyotypes[item.patient_id].append(item)
    return {
        patient: PatientAnswers(history, tuple(calls[patient]), tuple(karyotypes[patient]))
        for patient, history in histories.items()
    }


def relapses(
    study: Study,
    answers: Mapping[str, PatientAnswers],
    series: Mapping[str, Sequence[CloneSeries]],
) -> tuple[Relapse, ...]:
    """Find every kind of return of every patient."""
    found: list[Relapse] = []
    for patient in study.patients:
        mine = answers[patient]
        best = followed_series(series[patient])
        found.append(clinical_return(patient, mine.calls))
        found.append(_cytogenetic(patient, mine.cytogenetic))
        found.append(
            clone_return(
                patient,
                () if best is None else best.followed.readings,
                treated_from=mine.history.treatment.first_dose,
                probability=0.95 if best is None else best.probability,
            )
        )
    return tuple(found)


def _cytogenetic(patient: str, found: Sequence[CytogeneticResponse]) -> Relapse:
    """Return of the abnormality in metaphases after a complete response."""
    until = found[-1].day if found else None
    place = next((n for n, item in enumerate(found) if item.response == "complete"), None)
    if place is None:
        return Relapse(patient, "cytogenetic", None, None, None, until, "no complete cytogenetic response")
    start = found[place].day
    scored = [item for item in found if item.scored]
    before = [item.day for item in scored if item.day < start and item.abnormal]
    not_before = before[-1] if before else None
    back = next((item for item in found if item.relapse and item.day > start), None)
    clear = [item.day for item in scored if not item.abnormal and (back is None or item.day < back.day)]
    if back is None:
        reason = "no abnormal metaphase since, or none that the next sample confirmed"
        return Relapse(patient, "cytogenetic", start, None, None, until, reason, (), clear[-1], not_before)
    later = next((item for item in found if item.day > back.day and item.scored), None)
    confirmed = None if later is None else later.abnormal > 0
    reason = f"{back.abnormal} of {back.scored} metaphases abnormal"
    return Relapse(
        patient, "cytogenetic", start, back.day, confirmed, until, reason, back.sources, clear[-1], not_before
    )


def visit_facts(
    study: Study,
    plan: Plan,
    clones: Clones,
    answers: Mapping[str, PatientAnswers],
    series: Mapping[str, Sequence[CloneSeries]],
    karyotypes: Sequence[KaryotypeResult],
    blasts: Mapping[str, tuple[BlastLook, ...]],
) -> tuple[VisitFacts, ...]:
    """Gather what is known at every visit, patients in order, samples in time."""
    stem, bulk = plan.with_role("stem"), plan.with_role("bulk")
    facts = []
    for patient, sample, day in study.visits():
        mine = answers[patient]
        first = mine.history.treatment.first_dose
        call, metaphases = mine.call_at(day, sample), mine.cytogenetic_at(sample)
        fractions = [
            clone.estimate.fraction if (clone := clones.get((sample, name or ""))) else NOT_SCORED
            for name in (stem, bulk)
        ]
        own = [item for item in karyotypes if item.patient_id == patient]
        facts.append(
            VisitFacts(
                patient,
                sample,
                day,
                treated=first is not None and day > first,
                clinical=None if call is None else Shown(call.category, rows_of(call)),
                complete=None
                if call is None or level(call) is Level.UNKNOWN
                else level(call) is Level.COMPLETE,
                # Free days may reach past the last dose: who stopped in remission is still in it.
                independent=independent_on(mine.history, day, until=mine.history.last_day),
                improving=_improving(call, metaphases),
                cytogenetic=_assessable(metaphases),
                stem=fractions[0],
                bulk=fractions[1],
                acute_leukaemia=_leukaemia(blasts, patient, day, sample),
                progression=_shown(call, "" if call is None else progression(call)),
                evolution=evolution(own, sample, first, marker=plan.clone.marker),
                loss=_loss(mine.calls, call),
                cytogenetic_return=metaphase_return(mine.cytogenetic, day)
                or fish_return(series[patient], day),
                clone_rise=_rise(series[patient], day),
            )
        )
    return tuple(facts)


def _shown(call: ResponseCall | None, words: str) -> Shown | None:
    return Shown(words, rows_of(call)) if call is not None and words else None


def _loss(calls: Sequence[ResponseCall], call: ResponseCall | None) -> Shown | None:
    if call is None:
        return None
    remitted = any(in_remission(item) for item in calls if item.day < call.day)
    return _shown(call, loss(call, after_remission=remitted))


def _leukaemia(
    blasts: Mapping[str, tuple[BlastLook, ...]], patient: str, day: int, sample: str
) -> Shown | None:
    found = leukaemia_at(blasts, patient, day, sample)
    return None if found is None else Shown(found.text, found.sources)


def _rise(series: Sequence[CloneSeries], day: int) -> Shown | None:
    """Every series in which the clone has risen by a day and not fallen since, the surest first."""
    found = [(item, rise) for item in series if (rise := item.risen(day)) is not None]
    if not found:
        return None
    words = []
    for item, rise in sorted(found, key=lambda pair: not pair[1].confirmed):
        sure = "" if rise.confirmed else ", which the next sample must confirm"
        words.append(
            f"{item.name}: {100 * rise.earlier:.2g} % to {100 * rise.later:.2g} % by day {rise.day}{sure}"
        )
    rows = (row for _, rise in found for row in rise.sources)
    return Shown("; ".join(words), tuple(dict.fromkeys(rows)))


def _assessable(found: CytogeneticResponse | None) -> Shown | None:
    return (
        None if found is None or found.response == "not assessable" else Shown(found.response, found.sources)
    )


def _improving(call: ResponseCall | None, metaphases: CytogeneticResponse | None) -> bool | None:
    if call is not None and responds(call):
        return True
    if metaphases is not None and metaphases.response in ("complete", "partial"):
        return True
    return None if call is None or level(call) is Level.UNKNOWN else False
