"""Karyotypes become metaphase counts of the clone, and what is new since the patient's earlier samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.analysis.plan import Plan
from remnant.cytogenetics import (
    CellCount,
    ClonalChange,
    Complexity,
    DeletedRegion,
    IpssRGroup,
    Karyotype,
    MonosomalKaryotype,
    any_loss_of_5q,
    cells_with,
    changes,
    complexity,
    deleted_regions,
    ipss_r_group,
    monosomal,
    new_abnormalities,
    read_karyotype,
)
from remnant.cytogenetics.iscn.no_result import NO_RESULT, is_no_result
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
    ipss_r : IpssRGroup or None
        The cytogenetic group of the IPSS-R, the groups that the report allows, and the rule; None in results
        that were made before it, as for all that follows.
    complexity : Complexity or None
        How many abnormalities it holds, at least or exactly, and how each counts.
    monosomal : MonosomalKaryotype or None
        Whether it is monosomal.
    deleted_regions : tuple of DeletedRegion
        What is lost of 5q, with the commonly deleted regions.
    loss_of_5q : bool or None
        Whether anything of 5q is lost in a clone, by whatever abnormality; None where it may be.
    changes : tuple of ClonalChange
        Every abnormality with its cells.
    sex : str or None
        The sex that the string shows, "female" or "male".
    sex_disagrees : bool
        Whether it is not the patient's.
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
    ipss_r: IpssRGroup | None = None
    complexity: Complexity | None = None
    monosomal: MonosomalKaryotype | None = None
    deleted_regions: tuple[DeletedRegion, ...] = ()
    loss_of_5q: bool | None = None
    changes: tuple[ClonalChange, ...] = ()
    sex: str | None = None
    sex_disagrees: bool = False


def read_karyotypes(study: Study, plan: Plan) -> tuple[KaryotypeResult, ...]:
    """Read every karyotype of a study, patients in order, samples in time.

    Raises
    ------
    StudyError
        With every string that cannot be read, and its position.
    """
    rows = {row["sample_id"]: row for row in study["karyotypes"].iter_rows(named=True)}
    sexes = dict(study["patients"].select("patient_id", "sex").iter_rows())
    earlier: dict[str, list[Karyotype]] = {}
    results: list[KaryotypeResult] = []
    faults: list[Fault] = []
    for patient, sample, day in study.visits():
        if sample not in rows:
            continue
        row = rows[sample]
        visit = (patient, sample, day, row["iscn"])
        source = Source(FILE, row["line"])
        if is_no_result(row["iscn"]):
            results.append(_no_result(visit, source))
            continue
        try:
            karyotype = read_karyotype(row["iscn"], source=FILE, line=row["line"])
            count = cells_with(karyotype, plan.clone.marker)
        except RemnantError as error:
            faults += error.faults
            continue
        before = earlier.setdefault(patient, [])
        results.append(_result(visit, karyotype, count, before, sexes[patient], source))
        before.append(karyotype)
    if faults:
        raise StudyError(faults)
    return tuple(results)


def _no_result(visit: tuple[str, str, int, str], source: Source) -> KaryotypeResult:
    return KaryotypeResult(*visit, None, 0, False, (), (), (NO_RESULT,), source)


def _result(
    visit: tuple[str, str, int, str],
    karyotype: Karyotype,
    count: CellCount,
    before: Sequence[Karyotype],
    sex: str | None,
    source: Source,
) -> KaryotypeResult:
    """Say everything that follows from one karyotype and those before it."""
    known = [change for item in before for change in changes(item)]
    listed = changes(karyotype, known=known)
    kept = [item.abnormality for item in listed if item.clonal is not False]
    fresh = [{change.abnormality for change in new_abnormalities(item, karyotype)} for item in before]
    shown = karyotype.sex
    disagrees = shown is not None and sex is not None and shown != sex
    remarks = [f"position {item.position}: {item.reading}" for item in karyotype.remarks]
    if disagrees:
        remarks.append(
            f"the sex chromosomes are those of a {shown} and the patient is {sex}: another patient's sample, "
            "or a donor's cells after a transplant, not written after a double slash?"
        )
    regions = deleted_regions(karyotype, known=known)
    return KaryotypeResult(
        *visit,
        count.abnormal,
        count.scored,
        count.uncertain,
        tuple(kept),
        tuple(text for text in kept if before and all(text in unknown for unknown in fresh)),
        tuple(remarks),
        source,
        ipss_r_group(karyotype, known=known),
        complexity(karyotype, known=known),
        monosomal(karyotype, known=known),
        regions,
        any_loss_of_5q(regions),
        listed,
        shown,
        disagrees,
    )


def metaphase_counts(karyotypes: Sequence[KaryotypeResult]) -> dict[str, tuple[MetaphaseCount, ...]]:
    """Return what a cytogenetic response is judged from, by patient.

    A string without cell numbers counts as 0 of 0 metaphases: it is there, and not assessable.
    """
    counts: dict[str, list[MetaphaseCount]] = {}
    for item in karyotypes:
        known = item.abnormal is not None and item.scored is not None
        abnormal, scored = (item.abnormal or 0, item.scored or 0) if known else (0, 0)
        count = MetaphaseCount(
            item.sample_id, item.day, abnormal, scored, item.new, item.source, item.abnormalities
        )
        counts.setdefault(item.patient_id, []).append(count)
    return {patient: tuple(mine) for patient, mine in counts.items()}
