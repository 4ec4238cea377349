"""How stem cells that work changed, from the last plate before treatment to the first in remission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from remnant.analysis import courses
from remnant.analysis.before_after import before_and_after
from remnant.analysis.plan import Plan
from remnant.culture import Frequency
from remnant.culture.recovery import CultureChange, PlatedVisit, PooledCulture, measure_change, pool_patients
from remnant.persistence import Course
from remnant.study.study import Study


def culture_changes(
    study: Study,
    plan: Plan,
    frequencies: Sequence[Frequency],
    answers: Mapping[str, courses.PatientAnswers],
    stations: Sequence[Course],
) -> tuple[tuple[CultureChange, ...], tuple[PooledCulture, ...]]:
    """Compare two plates of each patient, in each compartment and assay of the study; then pool patients."""
    confidence = plan.analysis.confidence
    calm = {item.sample_id for item in stations if item.in_remission}
    changes: list[CultureChange] = []
    pooled: list[PooledCulture] = []
    for place in dict.fromkeys((found.compartment, found.assay) for found in frequencies):
        both = []
        for patient in study.patients:
            before, after = before_and_after(
                _plates(study, patient, place, frequencies),
                first_dose=answers[patient].history.treatment.first_dose,
                in_remission=calm,
            )
            changes.append(measure_change(patient, place, before, after, confidence=confidence))
            if before is not None and after is not None:
                both.append((before, after))
        pooled += pool_patients(place, both, confidence=confidence)
    return tuple(changes), tuple(pooled)


def _plates(
    study: Study, patient: str, place: tuple[str, str], frequencies: Sequence[Frequency]
) -> dict[tuple[str, int], PlatedVisit]:
    """Return plates of one compartment and assay in time; those without wells where there is no other."""
    own = {f.sample_id: f for f in frequencies if (f.compartment, f.assay) == place}
    table = study["dilution_plates"]
    plates = {
        (sample, day): PlatedVisit(day, _wells(table, sample, place), own[sample])
        for sample, day in study.samples_of(patient).select("sample_id", "day").iter_rows()
        if sample in own
    }
    scored = {place: plate for place, plate in plates.items() if plate.found.wells_tested}
    return scored or plates


def _wells(table: pl.DataFrame, sample: str, place: tuple[str, str]) -> pl.DataFrame:
    return table.filter(
        (pl.col("sample_id") == sample) & (pl.col("compartment") == place[0]) & (pl.col("assay") == place[1])
    )
