"""Where a patient stands at each visit, from what the clinic, the karyotype and the sorted cells say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.persistence.state import PRECEDENCE, Standing, State
from remnant.persistence.visit import Shown, VisitFacts
from remnant.study.estimate import Evidence, Source


@dataclass(frozen=True)
class Course:
    """The state of a patient at one visit, and what it rests on.

    Parameters
    ----------
    patient_id, sample_id : str
        The visit.
    day : int
        Days since the patient's anchor.
    state : State
        Where the patient stands.
    in_remission : bool or None
        In clinical remission with a complete or partial cytogenetic response: the patients of the paper,
        in whom the compartments are compared. The states of remission ask for the complete one. None where
        it cannot be told.
    reasons : tuple of str
        The facts that led to the state, in the order in which they were weighed.
    missing : tuple of str
        What would be needed to say more.
    sources : tuple of Source
        The rows of all that was weighed.
    stem_evidence : Evidence or None
        Which kind of knowledge the stem cells are; None in results that were made before it was kept.
    stem_upper : float or None
        Where the clone is not detected in stem cells: the fraction above which it is excluded.
    """

    patient_id: str
    sample_id: str
    day: int
    state: State
    in_remission: bool | None
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    sources: tuple[Source, ...] = ()
    stem_evidence: Evidence | None = None
    stem_upper: float | None = None


def follow(visits: Sequence[VisitFacts]) -> tuple[Course, ...]:
    """Say the state of a patient at every visit.

    Parameters
    ----------
    visits : sequence of VisitFacts
        Of any number of patients, the visits of each in the order of time.

    Returns
    -------
    tuple of Course
        One for each visit, by the first line of `PRECEDENCE` that holds.
    """
    held: dict[str, bool] = {}
    courses = []
    for visit in visits:
        clone, reasons, missing = _weigh(visit)
        standing = Standing(visit, clone, _remission(visit, clone), held.get(visit.patient_id, False))
        course = _course(standing, reasons, missing)
        if course.in_remission is not None:
            held[visit.patient_id] = course.in_remission
        courses.append(course)
    return tuple(courses)


def _remission(visit: VisitFacts, clone: str | None) -> bool | None:
    # A complete response asks for a haemoglobin that needs no red cells, so it stands in for a missing log.
    well = True if visit.complete else visit.independent
    return False if clone == "none" or well is False else None if clone is None else well


def _course(standing: Standing, reasons: tuple[str, ...], missing: tuple[str, ...]) -> Course:
    visit = standing.visit
    line = next(line for line in PRECEDENCE if line.holds(standing))
    shown: tuple[Shown, ...] = visit.events
    told = (line.words, *(item.text for item in shown), *reasons)
    remission = standing.remission
    if line.state is State.UNTREATED:
        remission, told, missing, shown = False, (line.words,), (), ()
    elif any((visit.acute_leukaemia, visit.progression, visit.loss, visit.cytogenetic_return)):
        remission = False
    elif visit.clone_rise is not None and standing.remission is None:
        said = "in remission at the last visit that could tell" if standing.held else "not known to be"
        told += (f"whether in remission: cannot be told today; {said}",)
    weighed = [*shown, *(item for item in (visit.clinical, visit.cytogenetic) if item is not None)]
    rows = [row for item in weighed for row in item.sources] + [*visit.stem.sources, *visit.bulk.sources]
    if standing.stem in (Evidence.NOT_DONE, Evidence.NOT_EVALUABLE) and line.state is not State.UNTREATED:
        missing += (f"the clone in stem cells, {standing.stem}: {visit.stem.reason}",)
    upper = visit.stem.upper if standing.stem is Evidence.NOT_DETECTED else None
    if upper is not None and line.state is State.REMISSION_CLEAR:
        told += (f"excluded above {100 * upper:.3g} % of stem cells",)
    return Course(
        visit.patient_id,
        visit.sample_id,
        visit.day,
        line.state,
        remission,
        told,
        missing,
        tuple(dict.fromkeys(rows)),
        standing.stem,
        upper,
    )


def _weigh(visit: VisitFacts) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    """Say the cytogenetic response, the facts, and what is missing; where bulk FISH stands in, say so."""
    reasons, missing = [], []
    if visit.clinical is not None:
        reasons.append(f"by blood and marrow: {visit.clinical.text}")
    if visit.independent is not None:
        reasons.append(
            "free of red cells for 56 days" if visit.independent else "not free of red cells for 56 days"
        )
    elif not visit.complete:
        missing.append("a complete transfusion log, or blood counts and marrow for the criteria")
    clone = None if visit.cytogenetic is None else visit.cytogenetic.text
    if clone is not None:
        reasons.append(f"cytogenetic response by metaphases: {clone}")
        if clone == "complete" and visit.bulk.evidence is Evidence.DETECTED:
            reasons.append("discordant: bulk FISH is above its cut-off")
    elif visit.bulk.evidence is Evidence.NOT_DETECTED:
        clone = "complete"
        reasons.append("metaphases not assessable; bulk FISH below its cut-off stands in")
    else:
        missing.append("at least 20 metaphases here and at baseline")
    return clone, tuple(reasons), tuple(missing)
