"""Karyotypes over the visits of each patient: clonal evolution, and the table of clones behind its figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from remnant.analysis.karyotypes import KaryotypeResult
from remnant.cytogenetics import (
    ClonalEvolution,
    EvolutionStrip,
    Karyotype,
    evolution_strip,
    evolve,
    read_karyotype,
)
from remnant.cytogenetics.iscn.no_result import is_no_result


@dataclass(frozen=True)
class KaryotypeCourse:
    """All karyotypes of one patient.

    Parameters
    ----------
    patient_id : str
        The patient.
    since_previous, since_first : tuple of ClonalEvolution
        Each karyotype but the first against the one before it, and against the first.
    strip : EvolutionStrip
        Clones by visits. A sample without a result is left out: nothing was seen, not nothing.
    """

    patient_id: str
    since_previous: tuple[ClonalEvolution, ...]
    since_first: tuple[ClonalEvolution, ...]
    strip: EvolutionStrip


def karyotype_courses(
    results: Sequence[KaryotypeResult], *, confidence: float = 0.95
) -> tuple[KaryotypeCourse, ...]:
    """Compare the karyotypes of every patient over time.

    Parameters
    ----------
    results : sequence of KaryotypeResult
        As `read_karyotypes` returns them: patients together, samples in time.
    confidence : float, default 0.95
        Of the one-sided bound on a clone that is no longer seen, in (0, 1).
    """
    courses = []
    for patient, group in groupby(results, key=lambda result: result.patient_id):
        visits = [
            (result.sample_id, result.day, read_karyotype(result.iscn))
            for result in group
            if not is_no_result(result.iscn)
        ]
        if visits:
            courses.append(_course(patient, visits, confidence))
    return tuple(courses)


def _course(patient: str, visits: Sequence[tuple[str, int, Karyotype]], confidence: float) -> KaryotypeCourse:
    def compared(before: int, after: int) -> ClonalEvolution:
        return evolve(
            visits[before][2],
            visits[after][2],
            earlier=[karyotype for _, _, karyotype in visits[:before]],
            between=[karyotype for _, _, karyotype in visits[before + 1 : after]],
            samples=(visits[before][0], visits[after][0]),
            confidence=confidence,
        )

    later = range(1, len(visits))
    return KaryotypeCourse(
        patient,
        tuple(compared(place - 1, place) for place in later),
        tuple(compared(0, place) for place in later),
        evolution_strip(visits, confidence=confidence),
    )
