"""The whole journey: which patients in remission still carry malignant stem cells, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from remnant.analysis import associations, compartments, courses
from remnant.analysis.cell_cycle import phase_readings
from remnant.analysis.clone_courses import clone_courses
from remnant.analysis.clone_series import clone_series
from remnant.analysis.cultures import culture_changes
from remnant.analysis.diagnosis import diagnoses
from remnant.analysis.events import event_intervals, interval_times, leads
from remnant.analysis.falls import burden_falls
from remnant.analysis.findings import Findings, TubeResult
from remnant.analysis.fish_metaphases import fish_answers
from remnant.analysis.haematopoiesis import haematopoiesis
from remnant.analysis.karyotype_courses import karyotype_courses
from remnant.analysis.karyotypes import metaphase_counts, read_karyotypes
from remnant.analysis.leukaemia import blast_looks
from remnant.analysis.monitoring import monitoring
from remnant.analysis.origin import origin
from remnant.analysis.plan import Plan
from remnant.analysis.resistance import resistances
from remnant.analysis.timeline import timelines
from remnant.analysis.tubes import count_tubes
from remnant.culture import count_colonies, estimate_frequencies
from remnant.errors import Fault, RemnantError, StudyError
from remnant.persistence import (
    Relapse,
    ReturnIncidence,
    associate,
    compare,
    fit_jointly,
    follow,
    return_incidence,
    statements,
    time_to_event,
)
from remnant.response import CRITERIA, classify_all, histories, transformations
from remnant.scale import Executor, Serial
from remnant.store import Cache
from remnant.study.study import Study

KINDS = ("clinical", "cytogenetic", "clone")

Answer = TypeVar("Answer")


def _nothing() -> None:
    """Do nothing: the default of `done`."""


def analyse(
    study: Study,
    plan: Plan | None = None,
    *,
    executor: Executor | None = None,
    cache: Cache | None = None,
    done: Callable[[], None] = _nothing,
) -> Findings:
    """Analyse a study.

    Parameters
    ----------
    study : Study
        What was measured, checked.
    plan : Plan, optional
        Every choice; the study's own by default.
    executor : Executor, optional
        Who does the work on the event files; it cannot change an answer. By default this process.
    cache : Cache, optional
        Answers of an earlier run, by content.
    done : callable
        Called as the counts of each tube are there.

    Returns
    -------
    Findings
        The same for the same study, plan and version, on any engine.

    Raises
    ------
    StudyError
        With every file and every string of the study that cannot be read, all at once.
    """
    plan = plan or Plan.of(study.config)
    confidence, level = plan.analysis.confidence, plan.analysis.persistence_probability
    faults: list[Fault] = []
    karyotypes = _tried(lambda: read_karyotypes(study, plan), faults)
    slides = _tried(lambda: compartments.score_slides(study, plan), faults)
    tubes = _tried(
        lambda: count_tubes(study, plan, executor=executor or Serial(), cache=cache or Cache(), done=done),
        faults,
    )
    patients = {item.patient_id: item for item in histories(study)}
    markers = _tried(lambda: associations.baseline_markers(study, patients), faults)
    if karyotypes is None or slides is None or tubes is None or markers is None:
        raise StudyError(faults)
    scored, clones = slides
    criteria = dict.fromkeys((plan.analysis.criteria, *CRITERIA))
    responses, *beside = classify_all(study, criteria=criteria, metaphases=metaphase_counts(karyotypes))
    answers = courses.answers_of(patients, responses)
    first_doses = {name: item.treatment.first_dose for name, item in patients.items()}
    series = clone_series(study, plan, clones, first_doses)
    blasts = blast_looks(study)
    returns = courses.relapses(study, answers, series)
    facts = courses.visit_facts(study, plan, clones, answers, series, karyotypes, blasts)
    intervals = event_intervals(study, answers, responses.independence, series, returns, blasts)
    each_lead, pooled_leads = leads(intervals, confidence=confidence)
    stations = follow(facts)
    treated = {item.sample_id: item.treated for item in facts}
    remission = {item.sample_id: item.in_remission for item in stations}
    pairs = tuple(
        compare(visit, confidence=confidence, probability=level)
        for visit in compartments.scored_visits(study, plan, clones, treated=treated, remission=remission)
    )
    joint = fit_jointly(
        compartments.joint_visits(study, plan, clones, treated=treated, remission=remission),
        pairs,
        confidence=confidence,
        probability=level,
        rng=plan.generator("persistence", "joint"),
    )
    burdens = compartments.burdens(study, plan, compartments.count_compartments(study, tubes), clones, tubes)
    frequencies = estimate_frequencies(study["dilution_plates"], confidence=confidence)
    colonies = count_colonies(study["colonies"], confidence=confidence)
    cultures, cultures_pooled = culture_changes(study, plan, frequencies, answers, stations)
    by_fish = fish_answers(study, plan, clones, karyotypes, patients)
    return Findings(
        plan=plan,
        timelines=timelines(study),
        tubes=tubes,
        karyotypes=karyotypes,
        clones=tuple(item.estimate for item in scored),
        frequencies=frequencies,
        colonies=colonies,
        responses=responses,
        burdens=tuple(item.estimate for item in burdens),
        selective=pairs,
        pooled=() if joint is None else joint.pooled,
        courses=stations,
        relapses=returns,
        time_to_event=tuple(time_to_event(kind, returns, confidence=confidence) for kind in KINDS),
        statements=statements(joint, returns, probability=level),
        notes=_notes(study, tubes),
        origin=origin(study, plan),
        phases=phase_readings(study, plan, tubes),
        falls=burden_falls(study, plan, burdens, answers, stations),
        incidence=_incidence(study, returns, confidence),
        associations=associate(
            markers,
            associations.responders(answers),
            associations.remission_times(returns),
            confidence=confidence,
        ),
        joint=joint,
        cultures=cultures,
        cultures_pooled=cultures_pooled,
        haematopoiesis=haematopoiesis(
            study, plan, patients, colonies, in_remission=[s.sample_id for s in stations if s.in_remission]
        ),
        fish_responses=by_fish.responses,
        discordances=by_fish.discordances,
        evolutions=karyotype_courses(karyotypes, confidence=confidence),
        diagnoses=diagnoses(study, patients, karyotypes),
        beside=tuple(beside),
        transformations=tuple(one for history in patients.values() for one in transformations(history)),
        event_intervals=intervals,
        interval_times=interval_times(intervals, confidence=confidence),
        lead_times=each_lead,
        pooled_leads=pooled_leads,
        monitoring=monitoring(series, first_doses, confidence=confidence),
        resistances=resistances(study, answers, series, probability=level),
        clone_courses=clone_courses(study, series, first_doses, confidence=confidence),
    )


def count_work(study: Study) -> int:
    """Count the pieces of work that `analyse` calls `done` for: the stained tubes."""
    return int((study["events"]["tube"] == "stained").sum())


def _tried(read: Callable[[], Answer], faults: list[Fault]) -> Answer | None:
    """Call a reader; keep its faults, so that those of the next one can be said with them."""
    try:
        return read()
    except RemnantError as error:
        faults += error.faults
        return None


def _incidence(study: Study, returns: tuple[Relapse, ...], confidence: float) -> tuple[ReturnIncidence, ...]:
    """Set each kind of return against death without it."""
    rows = study["patients"].select("patient_id", "died", "last_contact_day").iter_rows()
    deaths = {patient: day for patient, died, day in rows if died and day is not None}
    return tuple(return_incidence(kind, returns, deaths, confidence=confidence) for kind in KINDS)


def _notes(study: Study, tubes: tuple[TubeResult, ...]) -> tuple[str, ...]:
    """Say what a reader of every page must know: notes of the reader, and the warnings of the gates."""
    warnings: dict[str, list[str]] = {}
    for result in tubes:
        for text in (*result.tube.warnings, *(result.cycle.warnings if result.cycle else ())):
            warnings.setdefault(text, []).append(result.sample_id)
    said = [
        f"{text} ({len(samples)} of {len(tubes)} tubes)" if len(samples) > 1 else f"{samples[0]}: {text}"
        for text, samples in warnings.items()
    ]
    return (*study.notes, *said, *_cuts(tubes))


def _cuts(tubes: tuple[TubeResult, ...]) -> list[str]:
    """Say in which tubes the acquisition changed over time."""
    proposed = [tube.sample_id for tube in tubes if tube.evidence and tube.evidence.quality.cut]
    if not proposed:
        return []
    named = ", ".join(dict.fromkeys(proposed))
    return [f"acquisition changed over time, and a cut is proposed but not applied: {named}"]
