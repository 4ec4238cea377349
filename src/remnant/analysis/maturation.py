"""How far the cells of a lineage mature: fractions of ordered stages, and their shift since baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from remnant.analysis.plan import Plan
from remnant.stats.fractions.proportion import clopper_pearson, upper_bound
from remnant.stats.tables.ordered import superiority
from remnant.study.estimate import Estimate, Source
from remnant.study.study import Study

FILE = "populations.csv"


@dataclass(frozen=True)
class MaturationReading:
    """Stages of one lineage in one sample.

    Parameters
    ----------
    patient_id, sample_id : str
        The visit.
    day : int
        Days since the patient's anchor.
    lineage : str
        As study.toml has it.
    stages : tuple of str
        The least mature first.
    events : tuple of int or None
        Cells counted in each; None where a stage was not counted.
    fractions : tuple of Estimate
        Part of the lineage in each stage.
    shift : Estimate
        Chance that a cell is further on than one of the last sample before treatment, ties counting half;
        1/2 for no change.
    """

    patient_id: str
    sample_id: str
    day: int
    lineage: str
    stages: tuple[str, ...]
    events: tuple[int | None, ...]
    fractions: tuple[Estimate, ...]
    shift: Estimate


def maturation_readings(
    study: Study, plan: Plan, first_doses: Mapping[str, int | None]
) -> tuple[MaturationReading, ...]:
    """Read the stages of every lineage that study.toml declares, patients in order, samples in time.

    Parameters
    ----------
    study, plan
        The counts, and which populations are stages of what.
    first_doses : mapping of str to int or None
        First day of treatment of each patient.
    """
    readings = []
    for lineage, declared in plan.maturation.items():
        stages = declared.stages
        counted = _counts(study["populations"], stages)
        before: dict[str, tuple[int | None, ...]] = {}
        for patient, sample, day in study.visits():
            found = counted.get(sample)
            if found is None:
                continue
            first = first_doses.get(patient)
            untreated = first is not None and day <= first
            events, sources = found
            shift = _shift(before.get(patient), events, sources, plan.analysis.confidence)
            if untreated:
                before[patient] = events
                shift = Estimate.not_done("before treatment, what others are held against")
            readings.append(
                MaturationReading(
                    patient, sample, day, lineage, stages, events,
                    _fractions(stages, events, sources, plan.analysis.confidence), shift,
                )
            )  # fmt: skip
    return tuple(readings)


def _counts(
    populations: pl.DataFrame, stages: tuple[str, ...]
) -> dict[str, tuple[tuple[int | None, ...], tuple[Source, ...]]]:
    """Events of each stage by sample, and their rows; a stage without a row was not counted."""
    rows: dict[str, dict[str, tuple[int, Source]]] = {}
    for row in populations.iter_rows(named=True):
        if row["population"] in stages:
            place = rows.setdefault(row["sample_id"], {})
            place[row["population"]] = row["events"], Source(FILE, row["line"])
    return {
        sample: (
            tuple(found[stage][0] if stage in found else None for stage in stages),
            tuple(found[stage][1] for stage in stages if stage in found),
        )
        for sample, found in rows.items()
    }


def _missing(stages: tuple[str, ...], events: tuple[int | None, ...]) -> str:
    absent = [stage for stage, count in zip(stages, events, strict=True) if count is None]
    return f"not counted: {', '.join(absent)}" if absent else "" if any(events) else "no cell of any stage"


def _fractions(
    stages: tuple[str, ...], events: tuple[int | None, ...], sources: tuple[Source, ...], confidence: float
) -> tuple[Estimate, ...]:
    if reason := _missing(stages, events):
        return tuple(Estimate.not_evaluable(reason, sources) for _ in stages)
    total = sum(count or 0 for count in events)
    return tuple(_fraction(count or 0, total, sources, confidence) for count in events)


def _fraction(count: int, total: int, sources: tuple[Source, ...], confidence: float) -> Estimate:
    said = f"{count} of {total} cells, exact binomial"
    if count == 0:
        bound = float(upper_bound(0, total, confidence=confidence))
        return Estimate.not_detected(bound, confidence=confidence, reason=said, sources=sources)
    low, high = (float(limit) for limit in clopper_pearson(count, total, confidence=confidence))
    return Estimate.detected(count / total, low, high, confidence=confidence, reason=said, sources=sources)


def _shift(
    before: tuple[int | None, ...] | None,
    now: tuple[int | None, ...],
    sources: tuple[Source, ...],
    confidence: float,
) -> Estimate:
    if before is None:
        return Estimate.not_done("no sample before treatment")
    if None in before or None in now or not any(before) or not any(now):
        return Estimate.not_evaluable("a stage was not counted here or before treatment", sources)
    found = superiority(
        [count or 0 for count in before], [count or 0 for count in now], confidence=confidence
    )
    reason = "against the last sample before treatment; limits of counting alone (Newcombe)"
    return Estimate.detected(
        found.value, found.lower, found.upper, confidence=confidence, reason=reason, sources=sources
    )
