"""The slides of a study as the joint model takes them: visits of each patient, their phases, their sorts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.cytogenetics.fish.clone_fraction import ScoredClone
from remnant.stats.joint.model import BULK, NOTHING, PROGENITOR, STEM, Slides

PHASES = ("baseline", "remission", "other")
ROLES = {"stem": STEM, "progenitor": PROGENITOR, "bulk": BULK}
# What a sort holds beside its own cells, where the table does not say.
CONTAMINANTS = {"stem": "progenitor", "progenitor": "bulk"}


@dataclass(frozen=True)
class SortedSlides:
    """The slides of one compartment of a visit.

    Parameters
    ----------
    role : str
        stem, progenitor or bulk.
    scored : ScoredClone
        Their counts.
    contaminant : str or None
        Role of the compartment that contaminates the sort, where the table says so.
    """

    role: str
    scored: ScoredClone
    contaminant: str | None = None


@dataclass(frozen=True)
class JointVisit:
    """Every scored compartment of one visit.

    Parameters
    ----------
    patient_id, sample_id : str
        The visit.
    day : int
        Days since the patient's anchor.
    treated : bool
        Whether treatment had begun before this day.
    in_remission : bool or None
        Whether the patient was in remission; None where it cannot be told.
    slides : tuple of SortedSlides
        At most one of each role.
    """

    patient_id: str
    sample_id: str
    day: int
    treated: bool
    in_remission: bool | None
    slides: tuple[SortedSlides, ...]

    @property
    def phase(self) -> str:
        """`baseline` before treatment, `remission` in it, else `other`."""
        if not self.treated:
            return "baseline"
        return "remission" if self.in_remission else "other"

    def counted(self, role: str) -> tuple[int, int] | None:
        """Abnormal and scored nuclei of a compartment; None where none was scored."""
        counts = (x.scored.slides for x in self.slides if x.role == role and x.scored.slides.scored)
        return next(((x.abnormal, x.scored) for x in counts), None)

    @property
    def paired(self) -> bool:
        """Whether nuclei of both stem cells and progenitors were scored."""
        return self.counted("stem") is not None and self.counted("progenitor") is not None


def evaluable(visits: Sequence[JointVisit]) -> list[JointVisit]:
    """Leave visits without a scored nucleus out, and put those of a patient together."""
    order = list(dict.fromkeys(visit.patient_id for visit in visits))
    kept = [visit for visit in visits if any(visit.counted(role) for role in ROLES)]
    return sorted(kept, key=lambda visit: (order.index(visit.patient_id), visit.day))


def phases_of(visits: Sequence[JointVisit]) -> tuple[str, ...]:
    """Name the phases that were seen, in the order in which the model counts them."""
    return tuple(phase for phase in PHASES if any(visit.phase == phase for visit in visits))


def lay_out(visits: Sequence[JointVisit]) -> Slides:
    """Lay `evaluable` visits out as arrays, slide by slide."""
    patients = list(dict.fromkeys(visit.patient_id for visit in visits))
    phases = phases_of(visits)
    rows: list[tuple[int, int, int, int]] = []
    inside, events = np.zeros((2, len(visits), 3), int)
    contaminant = np.full((len(visits), 3), NOTHING)
    for v, one in enumerate(visits):
        for item in one.slides:
            own, slides = ROLES[item.role], item.scored.slides
            if slides.scored == 0:
                continue
            each = slides.counts or ((slides.abnormal, slides.scored),)
            rows += [(v, own, k, n) for k, n in each if n]
            other = item.contaminant or CONTAMINANTS.get(item.role)
            if slides.purity is not None and other is not None and other != item.role:
                inside[v, own], events[v, own] = slides.purity
                contaminant[v, own] = ROLES[other]
    visit, compartment, abnormal, scored = np.array(sorted(rows), int).reshape(-1, 4).T
    return Slides(
        np.array([patients.index(item.patient_id) for item in visits]),
        np.array([item.day for item in visits], float),
        np.array([phases.index(item.phase) for item in visits]),
        visit,
        compartment,
        abnormal,
        scored,
        inside,
        events,
        contaminant,
    )
