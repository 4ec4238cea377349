"""Where a patient stands at each visit, from what the clinic, the karyotype and the sorted cells say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from remnant.study.estimate import Estimate, Evidence


class State(StrEnum):
    """Where a patient stands, from no treatment to progression."""

    UNTREATED = "untreated"
    RESPONDING = "responding"
    NO_RESPONSE = "no response"
    REMISSION_PERSISTENT = "remission with stem-cell persistence"
    REMISSION_CLEAR = "remission without detected persistence"
    REMISSION_UNKNOWN = "remission, stem cells not evaluable"
    MOLECULAR_RECURRENCE = "molecular recurrence"
    CYTOGENETIC_RECURRENCE = "cytogenetic recurrence"
    PROGRESSION = "progression"
    NOT_EVALUABLE = "not evaluable"


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
    """

    patient_id: str
    sample_id: str
    day: int
    state: State
    in_remission: bool | None
    reasons: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class VisitFacts:
    """What is known at one visit, each None where it cannot be told.

    Parameters
    ----------
    patient_id, sample_id : str
        The visit.
    day : int
        Days since the patient's anchor.
    treated : bool
        Whether treatment had begun before this day.
    clinical : str or None
        Category of the response criteria, such as `CR`.
    independent : bool or None
        Whether the day lies in 56 days or more without red cells.
    improving : bool or None
        Any haematologic improvement, partial response or cytogenetic reduction.
    progression : str
        What shows relapse or progression by blood, marrow or transfusions; empty for nothing.
    cytogenetic : str or None
        `complete`, `partial` or `none`, by metaphases.
    cytogenetic_return : str
        What shows the return of the abnormality in metaphases; empty for nothing.
    clone_return : str
        What shows the return of the clone in sorted cells; empty for nothing.
    stem, bulk : Estimate
        Clone fraction of the stem compartment, and of all cells.
    """

    patient_id: str
    sample_id: str
    day: int
    treated: bool
    clinical: str | None
    independent: bool | None
    improving: bool | None
    progression: str
    cytogenetic: str | None
    cytogenetic_return: str
    clone_return: str
    stem: Estimate
    bulk: Estimate


def follow(visits: Sequence[VisitFacts]) -> tuple[Course, ...]:
    """Say the state of a patient at every visit.

    The order of weight: before treatment; progression by blood or marrow; return in metaphases; return in
    sorted cells; remission, split by what the stem compartment shows; response; none.
    """
    return tuple(_state(visit) for visit in visits)


def _state(visit: VisitFacts) -> Course:
    clone, reasons, missing = _weigh(visit)
    # A complete response asks for a haemoglobin that needs no red cells, so it stands in for a missing log.
    well = True if visit.clinical == "CR" else visit.independent
    remission = False if clone == "none" or well is False else None if clone is None else well

    def course(state: State, *because: str) -> Course:
        return Course(
            visit.patient_id, visit.sample_id, visit.day, state, remission, (*because, *reasons), missing
        )

    if not visit.treated:
        remission, reasons, missing = False, (), ()
        return course(State.UNTREATED, "drawn before treatment")
    if visit.progression:
        remission = False
        return course(State.PROGRESSION, visit.progression)
    if visit.cytogenetic_return:
        remission = False
        return course(State.CYTOGENETIC_RECURRENCE, visit.cytogenetic_return)
    if visit.clone_return:
        return course(State.MOLECULAR_RECURRENCE, visit.clone_return)
    if remission and clone == "complete":
        if visit.stem.evidence is Evidence.DETECTED:
            return course(State.REMISSION_PERSISTENT, "the clone is detected in stem cells")
        if visit.stem.evidence is Evidence.NOT_DETECTED:
            return course(State.REMISSION_CLEAR, "the clone is not detected in stem cells")
        return course(State.REMISSION_UNKNOWN, f"stem cells: {visit.stem.reason}")
    if visit.improving:
        return course(State.RESPONDING, "improved, not in complete clinical and cytogenetic remission")
    if remission is None and visit.improving is None:
        return course(State.NOT_EVALUABLE)
    return course(State.NO_RESPONSE, "no improvement by the criteria")


def _weigh(visit: VisitFacts) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    """Say the cytogenetic response, the facts, and what is missing; where bulk FISH stands in, say so."""
    reasons, missing = [], []
    if visit.clinical is not None:
        reasons.append(f"by blood and marrow: {visit.clinical}")
    if visit.independent is not None:
        reasons.append(
            "free of red cells for 56 days" if visit.independent else "not free of red cells for 56 days"
        )
    elif visit.clinical != "CR":
        missing.append("a complete transfusion log, or blood counts and marrow for the criteria")
    clone = visit.cytogenetic
    if clone is not None:
        reasons.append(f"cytogenetic response by metaphases: {clone}")
    elif visit.bulk.evidence is Evidence.NOT_DETECTED:
        clone = "complete"
        reasons.append("metaphases not assessable; bulk FISH below its cut-off stands in")
    else:
        missing.append("at least 20 metaphases here and at baseline")
    return clone, tuple(reasons), tuple(missing)
