"""What was measured about a visit, held against the limits of IWG 2023."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from remnant.response.cytogenetic import CytogeneticResponse
from remnant.response.history import VISIT_DAYS, Count, History, Line, Marrow
from remnant.response.iwg2023 import limits
from remnant.response.iwg2023.decide import Facts
from remnant.response.looks import Looked, belonging, near
from remnant.response.thresholds import Threshold
from remnant.response.transfusion_record import PLATELETS, RED_CELLS
from remnant.response.treatment import ERYTHROID, MEGAKARYOCYTIC, MYELOID

_RAISED_BY = {
    Line.HAEMOGLOBIN: (RED_CELLS, ERYTHROID),
    Line.PLATELETS: (PLATELETS, MEGAKARYOCYTIC),
    Line.NEUTROPHILS: (None, MYELOID),
}


@dataclass(frozen=True)
class Measured:
    """What stands in the study about a visit, before it is judged.

    Parameters
    ----------
    base, marrow : Marrow or None
        Before treatment, and on the day.
    counts : dict of Line to tuple of (Count, str)
        The count that belongs to the visit, and what may have raised it; two where it depends on what no log
        tells, none where there is none.
    blood : Count or None
        Blasts of the blood.
    karyotype : CytogeneticResponse or None
        Cytogenetic response of the visit.
    """

    base: Marrow | None
    marrow: Marrow | None
    counts: dict[Line, tuple[Looked, ...]]
    blood: Count | None
    karyotype: CytogeneticResponse | None


def measured_on(
    history: History,
    day: int,
    *,
    base: Marrow | None,
    marrow: Marrow | None,
    karyotypes: Sequence[CytogeneticResponse],
    first_dose: int,
    lead_days: int,
) -> Measured:
    """Gather what belongs to a day."""
    counts = {line: _counts_at(history, line, day, first_dose, lead_days) for line in Line}
    blood = [one for one in near(history.blood_blasts, day) if one.day >= first_dose]
    nearest = min(blood, key=lambda one: (abs(one.day - day), one.day), default=None)
    seen = [one for one in karyotypes if abs(one.day - day) <= VISIT_DAYS]
    karyotype = min(seen, key=lambda one: (abs(one.day - day), one.day), default=None)
    return Measured(base, marrow, counts, nearest, karyotype)


def _counts_at(history: History, line: Line, day: int, first_dose: int, lead_days: int) -> tuple[Looked, ...]:
    looked = [
        (one, raised_by(history, line, one, lead_days))
        for one in near(history.lines[line], day)
        if one.day >= first_dose
    ]
    return belonging(looked, day)


def raised_by(history: History, line: Line, count: Count, lead_days: int) -> str:
    """Say what in the lead time may have raised a count, or nothing (OR37)."""
    product, factors = _RAISED_BY[line]
    first = count.day - lead_days
    if support := history.treatment.support(factors, first, count.day):
        return f"raised? {support.drug} within {lead_days} days"
    if product is None:
        return ""
    record = history.transfusions
    for one in record.within(first, count.day, product):
        # A count that is the one noted before the unit was drawn before it.
        if one.day < count.day or one.haemoglobin_before is None or one.haemoglobin_before != count.value:
            return f"raised? {product.replace('_', ' ')} on day {one.day}, within {lead_days} days"
    if not record.covers(first, count.day):
        return f"raised? no complete transfusion log over days {first} to {count.day}"
    return ""


def facts_of(measured: Measured, *, improved: bool | None) -> Facts:
    """Hold what was measured against the limits."""
    now, was = percent(measured.marrow), percent(measured.base)
    counts = measured.counts
    platelets, neutrophils = counts[Line.PLATELETS], counts[Line.NEUTROPHILS]
    return Facts(
        None if was is None else limits.EVALUABLE.met(was),
        None if now is None else limits.BLASTS.met(now),
        None if now is None or was is None else bool(was) and limits.BLASTS_DOWN.met(100 * (was - now) / was),
        None if measured.blood is None else limits.BLOOD_BLASTS.met(measured.blood.value),
        _reaches(limits.COUNTS[Line.HAEMOGLOBIN], counts[Line.HAEMOGLOBIN]),
        _reaches(limits.COUNTS[Line.PLATELETS], platelets),
        _reaches(limits.COUNTS[Line.NEUTROPHILS], neutrophils),
        _reaches(limits.PARTIAL_COUNTS[Line.PLATELETS], platelets),
        _reaches(limits.PARTIAL_COUNTS[Line.NEUTROPHILS], neutrophils),
        cleared(measured.karyotype),
        improved,
    )


def percent(marrow: Marrow | None) -> Fraction | None:
    """Marrow blasts, unless two marrows of the day contradict each other."""
    return None if marrow is None or marrow.doubt else marrow.blasts_percent


def _reaches(limit: Threshold, looked: tuple[Looked, ...]) -> bool | None:
    # A raised value is an upper bound: it can fail the limit but cannot reach it.
    found = {limit.met(count.value) and (None if raised else True) for count, raised in looked}
    return found.pop() if len(found) == 1 else None


def cleared(karyotype: CytogeneticResponse | None) -> bool | None:
    """Say whether the abnormality is gone: one metaphase with it shows that it is not (OR41)."""
    if karyotype is None:
        return None
    if karyotype.response == "not assessable":
        return False if karyotype.abnormal else None
    return karyotype.response == "complete"


def risen_blasts(base: Marrow | None, marrow: Marrow | None) -> tuple[bool | None, str]:
    """Judge progression by the blast rules of IWG 2006, and name the band; None where it cannot be told."""
    now, was = percent(marrow), percent(base)
    bands = [Threshold("marrow blasts", ">", band, "%", limits.BLASTS_2006) for band in limits.BLAST_BANDS]
    if now is None or was is None or was > bands[-1].limit:
        return None, ""
    band = next((one for one in bands if was < one.limit), bands[-1])
    risen = limits.BLAST_RISE.met(100 * (now - was) / was) if was else now > 0
    return risen and band.met(now), f"to {band}"
