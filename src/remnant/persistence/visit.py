"""What is known of a patient at one visit, from every room, before it gets a name."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.study.estimate import Estimate, Source


@dataclass(frozen=True)
class Shown:
    """Something that a visit shows, in words, with the rows behind it."""

    text: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class VisitFacts:
    """What is known at one visit; None where it is not shown, or where it cannot be told.

    Parameters
    ----------
    patient_id, sample_id : str
        The visit.
    day : int
        Days since the patient's anchor.
    treated : bool
        Whether treatment had begun before this day.
    clinical : Shown or None
        Category of the response criteria, such as `CR`; None where none could be given.
    complete : bool or None
        Whether that is complete remission by its criteria.
    independent : bool or None
        Whether the day lies in 56 days or more without red cells.
    improving : bool or None
        Any haematologic improvement, partial response or cytogenetic reduction.
    cytogenetic : Shown or None
        `complete`, `partial` or `none`, by metaphases; None where not assessable.
    stem, bulk : Estimate
        Clone fraction of the stem compartment, and of all cells.
    acute_leukaemia : Shown or None
        Blasts of 20 % or more.
    progression : Shown or None
        Progression or failure by the criteria.
    evolution : Shown or None
        A clonal abnormality that no karyotype before treatment had.
    loss : Shown or None
        Relapse or loss of response by the criteria.
    cytogenetic_return : Shown or None
        The abnormality is back in metaphases, or in bulk FISH, after it was gone.
    clone_rise : Shown or None
        The clone has risen beyond assay noise: sorted cells, marrow, blood or reads.
    """

    patient_id: str
    sample_id: str
    day: int
    treated: bool
    clinical: Shown | None
    complete: bool | None
    independent: bool | None
    improving: bool | None
    cytogenetic: Shown | None
    stem: Estimate
    bulk: Estimate
    acute_leukaemia: Shown | None = None
    progression: Shown | None = None
    evolution: Shown | None = None
    loss: Shown | None = None
    cytogenetic_return: Shown | None = None
    clone_rise: Shown | None = None

    @property
    def events(self) -> tuple[Shown, ...]:
        """Everything that counts against the patient, the gravest first."""
        told = (
            self.acute_leukaemia,
            self.progression,
            self.evolution,
            self.loss,
            self.cytogenetic_return,
            self.clone_rise,
        )
        return tuple(item for item in told if item is not None)
