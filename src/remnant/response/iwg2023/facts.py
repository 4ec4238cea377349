"""What was measured about a visit, held against the limits of IWG 2023."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remnant.response.cytogenetic.response import CytogeneticResponse
from remnant.response.iwg2018.rising import FREE, RAISED, UNLOGGED, Rising
from remnant.response.iwg2023 import limits
from remnant.response.iwg2023.decide import Facts
from remnant.response.iwg2023.marrow import Blasts, Morphology
from remnant.response.record.history import VISIT_DAYS, History, Line
from remnant.response.record.influence import NO_LOG, RAISED_BY
from remnant.response.rules.thresholds import Threshold, exact

Looked = tuple[int, int]  # place of a count, and whether it is the patient's own: FREE, UNLOGGED or RAISED


@dataclass(frozen=True)
class Measured:
    """What stands in the study about a visit, before it is judged.

    Parameters
    ----------
    base, marrow : Morphology or None
        Before treatment, and on the day.
    counts : dict of Line to tuple of (int, int)
        The counts that may belong to the visit, in order of nearness up to the first that is surely the
        patient's own, each by its place.
    blood : Blasts or None
        Blasts of the blood.
    karyotype : CytogeneticResponse or None
        Cytogenetic response of the visit.
    """

    base: Morphology | None
    marrow: Morphology | None
    counts: dict[Line, tuple[Looked, ...]]
    blood: Blasts | None
    karyotype: CytogeneticResponse | None


def karyotype_at(karyotypes: Sequence[CytogeneticResponse], day: int) -> CytogeneticResponse | None:
    """Return the cytogenetic response of a visit: of its day, or the nearest within 14 days."""
    near = [one for one in karyotypes if abs(one.day - day) <= VISIT_DAYS]
    return min(near, key=lambda one: (abs(one.day - day), one.day), default=None)


def counts_at(history: History, line: Line, rising: Rising, day: int, lead_days: int) -> Iterator[Looked]:
    """Yield the counts that may belong to a day, up to the first free for all of the lead time (OR37)."""
    by = RAISED_BY[line]
    if lead_days == by.factors_last and by.product in (None, "red_cells"):
        # The lead time is the one that every count was read with.
        yield from ((place, rising.status[place]) for place in rising.looked(history.place, day))
        return
    for place in rising.near(history.place, day):
        raised = raised_by(history, line, rising, place, lead_days)
        status = FREE if not raised else UNLOGGED if NO_LOG in raised else RAISED
        yield place, status
        if status == FREE:
            return


def raised_by(history: History, line: Line, rising: Rising, place: int, lead_days: int) -> str:
    """Say what in the lead time may have raised a count, or nothing (OR37)."""
    by, day = RAISED_BY[line], rising.days[place]
    first = day - lead_days
    if support := history.treatment.support(by.factors, first, day):
        return f"raised? {support.drug} within {lead_days} days"
    if by.product is None:
        return ""
    record = history.transfusions
    for one in record.within(first, day, by.product):
        # A haemoglobin that is the one noted before the unit was drawn before it.
        noted = one.haemoglobin_before if by.is_noted else None
        if one.day < day or noted is None or noted * rising.scale != rising.values[place]:
            return f"raised? {by.product.replace('_', ' ')} on day {one.day}, within {lead_days} days"
    return "" if record.covers(first, day) else f"raised? {NO_LOG} over days {first} to {day}"


def facts_of(measured: Measured, rising: dict[Line, Rising], *, improved: bool | None) -> Facts:
    """Hold what was measured against the limits."""
    base, marrow, counts = measured.base, measured.marrow, measured.counts

    def reaches(limit: Threshold, line: Line) -> bool | None:
        return _reaches(limit, rising[line], counts[line])

    return Facts(
        None if base is None or base.doubt else base.meets(limits.EVALUABLE),
        None if marrow is None or marrow.doubt else marrow.meets(limits.BLASTS),
        halved(base, marrow),
        None if measured.blood is None else not measured.blood.any,
        reaches(limits.COUNTS[Line.HAEMOGLOBIN], Line.HAEMOGLOBIN),
        reaches(limits.COUNTS[Line.PLATELETS], Line.PLATELETS),
        reaches(limits.COUNTS[Line.NEUTROPHILS], Line.NEUTROPHILS),
        reaches(limits.PARTIAL_COUNTS[Line.PLATELETS], Line.PLATELETS),
        reaches(limits.PARTIAL_COUNTS[Line.NEUTROPHILS], Line.NEUTROPHILS),
        cleared(measured.karyotype),
        improved,
    )


def _reaches(limit: Threshold, rising: Rising, looked: tuple[Looked, ...]) -> bool | None:
    """A raised value is an upper bound: it can fail the limit but cannot reach it."""
    found: set[bool | None] = set()
    theirs = limit.limit.numerator * rising.scale
    for place, status in looked:
        met = rising.values[place] * limit.limit.denominator >= theirs
        if status != RAISED or not met:
            found.add(None if met and status != FREE else met)
    return found.pop() if len(found) == 1 else None


def halved(base: Morphology | None, marrow: Morphology | None) -> bool | None:
    """Say whether marrow blasts fell by half; from zero nothing can fall."""
    if base is None or marrow is None or base.doubt or marrow.doubt:
        return None
    limit = limits.BLASTS_DOWN.limit
    return base.blasts > 0 and 100 * (base.blasts - marrow.blasts) >= limit * base.blasts


def cleared(karyotype: CytogeneticResponse | None) -> bool | None:
    """Say whether the abnormality is gone: one metaphase with it, or a new change, shows that it is not.

    That holds in fewer than 20 metaphases too (OR41, OR43).
    """
    if karyotype is None:
        return None
    if karyotype.response == "not assessable":
        return False if karyotype.abnormal or karyotype.new_abnormalities else None
    return karyotype.response == "complete"


def risen_blasts(base: Morphology | None, marrow: Morphology | None) -> tuple[bool | None, str]:
    """Judge progression by the blast rules of IWG 2006, and name the band; None where it cannot be told."""
    bands = [exact(band) for band in limits.BLAST_BANDS]
    if base is None or marrow is None or base.doubt or marrow.doubt or base.blasts > bands[-1] * base.scale:
        return None, ""
    band = next((one for one in bands if base.blasts < one * base.scale), bands[-1])
    more = marrow.blasts - base.blasts
    risen = 100 * more >= limits.BLAST_RISE.limit * base.blasts if base.blasts else marrow.blasts > 0
    return risen and marrow.blasts > band * marrow.scale, f"to > {band} %"
