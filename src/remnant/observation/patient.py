"""One patient of the synthetic study: a course, what went wrong in the laboratory, and every assay's rows.

Each draw has a stream of its own, so a patient is the same person whoever else is simulated.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from remnant.observation import bench, clinic
from remnant.observation.outlines import OUTLINES, Patient, draw_patient
from remnant.observation.truth import TrueParameter, TruePatient
from remnant.observation.visits import FIRST_DAY, FollowUp, draw_follow_up
from remnant.scale.streams import stream

Row = dict[str, object]
Rows = dict[str, list[Row]]

BREAKPOINTS = ("q13q33", "q13q31", "q14q34", "q13q33", "q22q33", "q12q33", "q13q33")


@dataclass(frozen=True)
class Accident:
    """What went wrong in the laboratory with one patient's marrow, counted from baseline as 0.

    Parameters
    ----------
    no_sample, no_tube, no_plate, few_metaphases : int or None
        The marrow that was not taken, had no stained tube, no plate, or a culture with few metaphases.
    failed_slide : tuple of int and str, or None
        The marrow and the compartment whose hybridisation failed.
    """

    no_sample: int | None = None
    no_tube: int | None = None
    no_plate: int | None = None
    few_metaphases: int | None = None
    failed_slide: tuple[int, str] | None = None


# Real series have gaps; these are spread so that each kind occurs once among seven patients.
ACCIDENTS = (
    Accident(),
    Accident(failed_slide=(1, "stem")),
    Accident(no_tube=2),
    Accident(no_plate=1),
    Accident(few_metaphases=2),
    Accident(no_sample=1),
    Accident(failed_slide=(2, "progenitor")),
)


@dataclass(frozen=True)
class Enrolment:
    """Who is simulated: the number of a patient, the study's seed, and the folder that takes the events."""

    directory: Path
    seed: int
    number: int


def simulate_patient(enrolment: Enrolment) -> tuple[Rows, TruePatient]:
    """Draw one patient and every assay, each from a stream of its own.

    Parameters
    ----------
    enrolment : Enrolment
        Whom to draw. The events of the stained tubes are written to its folder.

    Returns
    -------
    rows : dict of str to list of dict
        Rows of the study's tables, by the table's name.
    truth : TruePatient
        What is true of the patient.
    """
    number, name = enrolment.number, f"P{enrolment.number + 1}"
    outline = OUTLINES[number % len(OUTLINES)]
    patient = draw_patient(outline, rng=stream(enrolment.seed, name, "patient"))
    follow = draw_follow_up(name, patient, early=number % 2 == 0, rng=stream(enrolment.seed, name, "visits"))
    accident = ACCIDENTS[number % len(ACCIDENTS)]
    sex = "XY" if stream(enrolment.seed, name, "sex").random() < 0.23 else "XX"
    rows: Rows = defaultdict(list)
    rows["patients"].append(
        clinic.patient_row(follow, sex, number=number, rng=stream(enrolment.seed, name, "person"))
    )
    rows["therapy"] = clinic.therapy_rows(follow)
    rows["blood_counts"], rows["transfusions"] = clinic.blood_rows(
        follow, rng=stream(enrolment.seed, name, "blood")
    )
    rows["transfusion_log"].append({"patient_id": name, "start_day": FIRST_DAY, "end_day": follow.last_day})
    for index, visit in enumerate(follow.visits):
        if index != accident.no_sample:
            specimen = bench.Specimen(
                visit,
                sex,
                BREAKPOINTS[number % len(BREAKPOINTS)],
                patient.outline.side_line,
                follow.lymphoid,
            )
            for table, more in _simulate_sample(enrolment, name, index, specimen, accident, patient).items():
                rows[table] += more
    return dict(rows), _true_patient(follow)


def _simulate_sample(
    enrolment: Enrolment,
    name: str,
    index: int,
    specimen: bench.Specimen,
    accident: Accident,
    patient: Patient,
) -> Rows:
    """Draw every assay of one marrow."""

    def chance(assay: str) -> np.random.Generator:
        return stream(enrolment.seed, name, assay, index)

    outline, sample = patient.outline, specimen.visit.sample_id
    cells = round(float(3e7 * chance("aspirate").lognormal(0, 0.5)), -5)
    failed = accident.failed_slide[1] if accident.failed_slide and accident.failed_slide[0] == index else None
    as_iscn, short = enrolment.number % 7 == 5, accident.few_metaphases == index
    rows: Rows = {
        "samples": [
            {
                "sample_id": sample,
                "patient_id": name,
                "day": specimen.visit.day,
                "material": "marrow",
                "nucleated_cells": f"{cells:.3g}",
            }
        ],
        "fish": bench.fish_rows(specimen, failed=failed, as_iscn=as_iscn, rng=chance("fish")),
        "colonies": bench.colony_rows(specimen, rng=chance("colonies")),
        "karyotypes": bench.karyotype_rows(specimen, short=short, rng=chance("karyotype")),
        "marrows": bench.marrow_rows(specimen, evolved=bool(outline.side_line), rng=chance("marrow")),
        "cell_cycle": bench.cell_cycle_rows(specimen, rng=chance("cycle")),
        "biomarkers": bench.biomarker_rows(specimen, rng=chance("biomarker")),
    }
    rows["colonies"] += bench.lineage_rows(rows["colonies"], specimen, rng=chance("lineages"))
    if accident.no_tube != index:
        rows["populations"] = bench.maturation_rows(specimen, rng=chance("maturation"))
    if accident.no_plate != index:
        rows["dilution_plates"] = bench.plate_rows(specimen, rng=chance("plate"))
    if outline.tp53:
        rows["mutations"] = bench.mutation_rows(specimen, rng=chance("sequencing"))
    if accident.no_tube != index:
        keys = {tube: chance(f"tube {tube}") for tube in ("stained", *bench.FMO_MARKERS)}
        rows["events"] = bench.event_rows(specimen, enrolment.directory, controls=index == 0, keys=keys)
    return rows


def _true_patient(follow: FollowUp) -> TruePatient:
    patient = follow.patient
    start = {"fraction": patient.fraction, "quiescent": patient.quiescent, "resistant": patient.resistant}
    blood = {f"haemoglobin_{name}": value for name, value in vars(patient.haemoglobin).items()}
    marrow = {
        "lymphoid": follow.lymphoid,
        "progenitors_at_rest": bench.PROGENITORS_AT_REST,
        "stem_frequency": follow.stem_frequency,
        "progenitor_frequency": follow.progenitor_frequency,
        "last_contact_day": follow.last_day,
    }
    culture = {f"ltc_ic_{name}": value for name, value in bench.LTC_IC.items()}
    culture |= {f"cfc_{name}": value for name, value in vars(bench.CFC).items()}
    numbers = vars(patient.rates) | start | blood | marrow | culture
    parameters = tuple(TrueParameter(name, float(value)) for name, value in numbers.items())
    return TruePatient(
        follow.patient_id,
        patient.outline.name,
        patient.clone_relapse_day,
        patient.clinical_relapse_day,
        parameters,
        follow.visits,
    )
