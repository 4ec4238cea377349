"""Karyotypes become metaphase counts of the clone, and what is new since the patient's earlier samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.analysis.plan import Plan
from remnant.cytogenetics import Karyotype, cells_with, changes, new_abnormalities, read_karyotype
from remnant.errors import Fault, RemnantError, StudyError
from remnant.response import MetaphaseCount
from remnant.study.estimate import Source
from remnant.study.study import Study

FILE = "karyotypes.csv"


@dataclass(frozen=True)
class KaryotypeResult:
    """One karyotype, read for the clone.

    Parameters
    ----------
    patient_id, sample_id : str
        The visit.
    day : int
        Days since the patient's anchor.
    iscn : str
        The string as it stands.
    abnormal, scored : int or None
        Metaphases with the clone's abnormality, of so many; None where the string does not say.
    uncertain : bool
        Whether a composite clone, missing breakpoints or an unread part may hide or feign cells.
    abnormalities : tuple of str
        Every abnormality that is clonal, or whose cells are not counted.
    new : tuple of str
        Those among them that no earlier sample of the patient had; empty for the first.
    remarks : tuple of str
        What was read leniently, or not at all, with its position.
    source : Source
        Its row.
    """

    patient_id: str
    sample_id: str
    day: int
    iscn: str
    abnormal: int | None
    scored: int | None
    uncertain: bool
    abnormalities: tuple[str, ...]
    new: tuple[str, ...]
    remarks: tuple[str, ...]
    source: Source


def read_karyotypes(study: Study, plan: Plan) -> tuple[KaryotypeResult, ...]:
    """Read every karyotype of a study, patients in order, samples in time.

    Raises
    ------
    StudyError
        With every string that cannot be read, and its position.
    """
    rows = {row["sample_id"]: row for row in study["karyotypes"].iter_rows(named=True)}
    earlier: dict[str, list[Karyotype]] = {}
    results: list[KaryotypeResult] = []
    faults: list[Fault] = []
    for patient, sample, day in study.visits():
        if sample not in rows:
            continue
        row = rows[sample]
        try:
            karyotype = read_karyotype(row["iscn"], source=FILE, line=row["line"])
            count = cells_with(karyotype, plan.clone.marker)
        except RemnantError as error:
            faults += error.faults
            continue
        before = earlier.setdefault(patient, [])
        kept = [item.abnormality for item in changes(karyotype) if item.clonal is not False]
        fresh = [{change.abnormality for change in new_abnormalities(known, karyotype)} for known in before]
        results.append(
            KaryotypeResult(
                patient,
                sample,
                day,
                row["iscn"],
                count.abnormal,
                count.scored,
                count.uncertain,
                tuple(kept),
                tuple(text for text in kept if before and all(text in unknown for unknown in fresh)),
                tuple(f"position {item.position}: {item.reading}" for item in karyotype.remarks),
                Source(FILE, row["line"]),
            )
        )
        before.append(karyotype)
    if faults:
        raise StudyError(faults)
    return tuple(results)


def metaphase_counts(karyotypes: Sequence[KaryotypeResult]) -> dict[str, tuple[MetaphaseCount, ...]]:
    """Return what a cytogenetic response is judged from, by patient.

    A string without cell numbers counts as 0 of 0 metaphases: it is there, and not assessable.
    """
    counts: dict[str, list[MetaphaseCount]] = {}
    for item in karyotypes:
        known = item.abnormal is not None and item.scored is not None
        abnormal, scored = (item.abnormal or 0, item.scored or 0) if known else (0, 0)
        count = MetaphaseCount(item.sample_id, item.day, abnormal, scored, item.new, item.source)
        counts.setdefault(item.patient_id, []).append(count)
    return {patient: tuple(mine) for patient, mine in counts.items()}
