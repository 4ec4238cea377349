"""The states of a course, and the one rule that names them.

`PRECEDENCE` is the whole rule: its lines are tried in order, and the first that holds gives the state. What
is graver stands higher, so nothing that counts against a patient can give a milder state; and the last line
always holds, so there is no visit without one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from remnant.persistence.visit import VisitFacts
from remnant.study.estimate import Evidence


class State(StrEnum):
    """Where a patient stands, from no treatment to acute leukaemia."""

    UNTREATED = "untreated"
    RESPONDING = "responding"
    NO_RESPONSE = "no response"
    REMISSION_PERSISTENT = "remission with stem-cell persistence"
    REMISSION_CLEAR = "remission without detected persistence"
    REMISSION_UNKNOWN = "remission, stem cells not evaluable"
    REMISSION_NOT_DONE = "remission, stem cells not done"
    MOLECULAR_RECURRENCE = "molecular recurrence"
    CYTOGENETIC_RECURRENCE = "cytogenetic recurrence"
    CLINICAL_RECURRENCE = "clinical recurrence"
    EXPANSION = "expansion of the clone"
    CLINICAL_PROGRESSION = "clinical progression"
    CYTOGENETIC_PROGRESSION = "cytogenetic progression"
    PROGRESSION = "clinical and cytogenetic progression"
    AML = "acute myeloid leukaemia"
    NOT_EVALUABLE = "not evaluable"


@dataclass(frozen=True)
class Standing:
    """A visit with what follows from it and from those before.

    Parameters
    ----------
    visit : VisitFacts
    clone : str or None
        Cytogenetic response: `complete`, `partial` or `none`.
    remission : bool or None
        As `Course.in_remission`, before anything that counts against it.
    held : bool
        Whether the last visit that could tell was in remission.
    """

    visit: VisitFacts
    clone: str | None
    remission: bool | None
    held: bool

    @property
    def complete(self) -> bool:
        """In clinical remission with a complete cytogenetic response."""
        return self.remission is True and self.clone == "complete"

    @property
    def stem(self) -> Evidence:
        """What kind of knowledge the stem cells are."""
        return self.visit.stem.evidence


@dataclass(frozen=True)
class Line:
    """One line of the rule: a state, how grave it is, when it holds, and what the course then says.

    Parameters
    ----------
    state : State
    gravity : int or None
        From 0, the best; None for a state that says what is not known.
    holds : callable
        Of a standing.
    words : str
        Why, in the words of a report.
    """

    state: State
    gravity: int | None
    holds: Callable[[Standing], bool]
    words: str


_IN_REMISSION = "in complete clinical and cytogenetic remission"
PRECEDENCE: tuple[Line, ...] = (
    Line(State.UNTREATED, None, lambda s: not s.visit.treated, "drawn before treatment"),
    Line(State.AML, 10, lambda s: s.visit.acute_leukaemia is not None, "blasts of 20 % or more"),
    Line(
        State.PROGRESSION,
        9,
        lambda s: s.visit.progression is not None and s.visit.evolution is not None,
        "progression by the criteria, with a new clonal abnormality",
    ),
    Line(
        State.CLINICAL_PROGRESSION,
        8,
        lambda s: s.visit.progression is not None,
        "progression by the criteria",
    ),
    Line(
        State.CYTOGENETIC_PROGRESSION,
        7,
        lambda s: s.visit.evolution is not None,
        "clonal evolution: an abnormality that no karyotype before treatment had",
    ),
    Line(
        State.CLINICAL_RECURRENCE,
        6,
        lambda s: s.visit.loss is not None,
        "relapse or loss of response by the criteria",
    ),
    Line(
        State.CYTOGENETIC_RECURRENCE,
        5,
        lambda s: s.visit.cytogenetic_return is not None,
        "the abnormality is back where it was gone",
    ),
    Line(
        State.MOLECULAR_RECURRENCE,
        4,
        lambda s: (
            s.visit.clone_rise is not None and (s.remission is True or (s.remission is None and s.held))
        ),
        "the clone rises beyond assay noise, in clinical and cytogenetic remission",
    ),
    Line(
        State.EXPANSION,
        4,
        lambda s: s.visit.clone_rise is not None,
        "the clone rises beyond assay noise, and the patient is not known to be in remission",
    ),
    Line(
        State.NO_RESPONSE,
        3,
        lambda s: s.remission is not True and s.visit.improving is False,
        "no improvement by the criteria",
    ),
    Line(
        State.RESPONDING,
        2,
        lambda s: not s.complete and (s.remission is True or s.visit.improving is True),
        "improved, not in complete clinical and cytogenetic remission",
    ),
    Line(
        State.REMISSION_PERSISTENT,
        1,
        lambda s: s.complete and s.stem is Evidence.DETECTED,
        f"{_IN_REMISSION}; the clone is detected in stem cells",
    ),
    Line(
        State.REMISSION_CLEAR,
        0,
        lambda s: s.complete and s.stem is Evidence.NOT_DETECTED,
        f"{_IN_REMISSION}; the clone is not detected in stem cells",
    ),
    Line(
        State.REMISSION_UNKNOWN,
        None,
        lambda s: s.complete and s.stem is Evidence.NOT_EVALUABLE,
        f"{_IN_REMISSION}; stem cells could not be judged",
    ),
    Line(
        State.REMISSION_NOT_DONE,
        None,
        lambda s: s.complete and s.stem is Evidence.NOT_DONE,
        f"{_IN_REMISSION}; nobody looked at stem cells",
    ),
    Line(State.NOT_EVALUABLE, None, lambda _: True, "neither remission nor improvement can be judged"),
)
GRAVITY = {line.state: line.gravity for line in PRECEDENCE}
