"""Every table of a study, written once, for the reader, the template, the dictionary and the tests."""

from __future__ import annotations

from remnant.study.clinic import (
    BLOOD_COUNTS,
    MARROWS,
    PATIENTS,
    SAMPLES,
    THERAPY,
    TRANSFUSION_LOG,
    TRANSFUSIONS,
)
from remnant.study.cultures import COLONIES, DILUTION_PLATES
from remnant.study.cytogenetics import FISH, FISH_CONTROLS, KARYOTYPES
from remnant.study.gate_reviews import GATE_REVIEWS
from remnant.study.laboratory import BIOMARKERS, CELL_CYCLE, EVENTS, MUTATIONS, POPULATIONS

TABLES = {
    schema.name: schema
    for schema in (
        PATIENTS,
        SAMPLES,
        THERAPY,
        BLOOD_COUNTS,
        TRANSFUSIONS,
        TRANSFUSION_LOG,
        MARROWS,
        KARYOTYPES,
        EVENTS,
        GATE_REVIEWS,
        POPULATIONS,
        FISH,
        FISH_CONTROLS,
        DILUTION_PLATES,
        COLONIES,
        CELL_CYCLE,
        MUTATIONS,
        BIOMARKERS,
    )
}
REQUIRED = ("patients", "samples")

__all__ = [
    "BIOMARKERS",
    "BLOOD_COUNTS",
    "CELL_CYCLE",
    "COLONIES",
    "DILUTION_PLATES",
    "EVENTS",
    "FISH",
    "FISH_CONTROLS",
    "GATE_REVIEWS",
    "KARYOTYPES",
    "MARROWS",
    "MUTATIONS",
    "PATIENTS",
    "POPULATIONS",
    "REQUIRED",
    "SAMPLES",
    "TABLES",
    "THERAPY",
    "TRANSFUSIONS",
    "TRANSFUSION_LOG",
]
