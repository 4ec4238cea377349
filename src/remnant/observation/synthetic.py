"""The synthetic study: patients shaped like those of the seed study, every number drawn from a known truth.

Nothing in it was measured in a patient, and everything in it says so. The truth is kept beside the study, so
that the whole journey can be judged by it.
"""

from __future__ import annotations

import csv
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from remnant.errors import Fault, SettingError
from remnant.observation import bench, clinic
from remnant.observation.outlines import OUTLINES, Patient, draw_patient
from remnant.observation.truth import FOLDER, NOTICE, TrueParameter, TruePatient, Truth, write_truth
from remnant.observation.tube import PANEL
from remnant.observation.visits import FIRST_DAY, FollowUp, draw_follow_up
from remnant.scale.executors import Executor, Serial
from remnant.scale.streams import stream
from remnant.study.settings import CONFIG_FILE
from remnant.study.tables import TABLES
from remnant.study.workbook import WORKBOOK

Row = dict[str, object]
Rows = dict[str, list[Row]]

LARGEST_SEED = 2**63 - 1
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
class _Work:
    directory: Path
    seed: int
    number: int


def _nothing() -> None:
    """Do nothing: the default of `done`."""


def simulate_study(
    directory: Path,
    *,
    patients: int = 7,
    seed: int,
    executor: Executor | None = None,
    done: Callable[[], None] = _nothing,
) -> Truth:
    """Write a synthetic study folder with its truth.

    Parameters
    ----------
    directory : Path
        Folder to make, or one that holds nothing of a study. The study appears in it only when it is whole.
    patients : int, default 7
        Number of patients; the outlines of the seven are repeated beyond.
    seed : int
        Keys every stream of chance. The same seed gives the same bytes, and patient 3 is the same person
        whether 5 or 7 are simulated.
    executor : Executor, optional
        Who does the work; it cannot change the study. By default this process.
    done : callable
        Called as each patient is finished.

    Returns
    -------
    Truth
        As `read_truth` reads it back.

    Raises
    ------
    SettingError
        If the folder holds anything of a study, or a number is out of range.
    """
    _check(directory, patients, seed)
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{directory.name}-", dir=directory.parent) as scratch:
        draft = Path(scratch) / "study"
        (draft / "fcs").mkdir(parents=True)
        work = [_Work(draft, seed, number) for number in range(patients)]
        answers = (executor or Serial()).map(_simulate_patient, work, done=done)
        tables: Rows = defaultdict(list)
        tables["fish_controls"] = bench.control_rows(rng=stream(seed, "controls"))
        for rows, _ in answers:
            for name, more in rows.items():
                tables[name] += more
        for name, table in tables.items():
            _write_table(draft / f"{name}.csv", name, table)
        (draft / "study.toml").write_text(_study_toml(patients, seed), encoding="utf-8")
        (draft / "README.md").write_text(_readme(patients, seed), encoding="utf-8")
        probe = bench.PROBE
        assert probe.dispersion is not None
        errors = probe.false_positive, probe.false_negative, probe.dispersion
        truth = Truth(NOTICE, seed, *errors, tuple(patient for _, patient in answers))
        write_truth(draft, truth)
        _publish(draft, directory)
    return truth


def _publish(draft: Path, directory: Path) -> None:
    """Move a whole draft into place; study.toml goes last, for it makes a folder a study."""
    if not directory.exists():
        draft.rename(directory)
        return
    for item in sorted(draft.iterdir(), key=lambda item: item.name == CONFIG_FILE):
        item.rename(directory / item.name)


def _check(directory: Path, patients: int, seed: int) -> None:
    faults = []
    hint = "name a new folder: a simulation never writes over a study"
    if directory.exists() and not directory.is_dir():
        faults.append(Fault(str(directory), None, "", "a file", "a folder to make", hint))
    elif directory.exists():
        own = {CONFIG_FILE, WORKBOOK, "README.md", "fcs", FOLDER} | {f"{name}.csv" for name in TABLES}
        if clash := sorted(own & {item.name for item in directory.iterdir()}):
            expected = "a folder that holds nothing of a study"
            faults.append(Fault(str(directory), None, "", ", ".join(clash), expected, hint))
    if patients < 1:
        hint = "7 is the number of the seed study"
        faults.append(Fault("simulate", None, "patients", str(patients), "a whole number from 1", hint))
    if not 0 <= seed <= LARGEST_SEED:
        expected = f"a whole number from 0 to {LARGEST_SEED}"
        faults.append(Fault("simulate", None, "seed", str(seed), expected, "any such number will do"))
    if faults:
        raise SettingError(faults)


def _simulate_patient(work: _Work) -> tuple[Rows, TruePatient]:
    """Draw one patient and every assay, each from a stream of its own."""
    number, name = work.number, f"P{work.number + 1}"
    outline = OUTLINES[number % len(OUTLINES)]
    patient = draw_patient(outline, rng=stream(work.seed, name, "patient"))
    follow = draw_follow_up(name, patient, early=number % 2 == 0, rng=stream(work.seed, name, "visits"))
    accident = ACCIDENTS[number % len(ACCIDENTS)]
    sex = "XY" if stream(work.seed, name, "sex").random() < 0.23 else "XX"
    rows: Rows = defaultdict(list)
    rows["patients"].append(
        clinic.patient_row(follow, sex, number=number, rng=stream(work.seed, name, "person"))
    )
    rows["therapy"] = clinic.therapy_rows(follow)
    rows["blood_counts"], rows["transfusions"] = clinic.blood_rows(
        follow, rng=stream(work.seed, name, "blood")
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
            for table, more in _simulate_sample(work, name, index, specimen, accident, patient).items():
                rows[table] += more
    return dict(rows), _true_patient(follow)


def _simulate_sample(
    work: _Work, name: str, index: int, specimen: bench.Specimen, accident: Accident, patient: Patient
) -> Rows:
    """Draw every assay of one marrow."""

    def chance(assay: str) -> np.random.Generator:
        return stream(work.seed, name, assay, index)

    outline, sample = patient.outline, specimen.visit.sample_id
    cells = round(float(3e7 * chance("aspirate").lognormal(0, 0.5)), -5)
    failed = accident.failed_slide[1] if accident.failed_slide and accident.failed_slide[0] == index else None
    as_iscn, short = work.number % 7 == 5, accident.few_metaphases == index
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
    if accident.no_plate != index:
        rows["dilution_plates"] = bench.plate_rows(specimen, rng=chance("plate"))
    if outline.tp53:
        rows["mutations"] = bench.mutation_rows(specimen, rng=chance("sequencing"))
    if accident.no_tube != index:
        keys = {tube: chance(f"tube {tube}") for tube in ("stained", *bench.FMO_MARKERS)}
        rows["events"] = bench.event_rows(specimen, work.directory, controls=index == 0, keys=keys)
    return rows


def _true_patient(follow: FollowUp) -> TruePatient:
    patient = follow.patient
    start = {"fraction": patient.fraction, "quiescent": patient.quiescent, "resistant": patient.resistant}
    blood = {f"haemoglobin_{name}": value for name, value in vars(patient.haemoglobin).items()}
    marrow = {
        "lymphoid": follow.lymphoid,
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


def _write_table(path: Path, name: str, rows: Iterable[Row]) -> None:
    columns = [column.name for column in TABLES[name].columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# {NOTICE}\n")
        table = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def _study_toml(patients: int, seed: int) -> str:
    panel = "\n".join(f'{marker} = "{channel}"' for marker, channel in PANEL.items())
    return f"""\
# {NOTICE}

[study]
title = "Synthetic study of {patients} patients with del(5q) MDS on lenalidomide"
anchor = "first dose of lenalidomide"
synthetic = true

[clone]
name = "del(5q)"
marker = "del(5q)"
probe = "EGR1"
control_probe = "D5S23"

[compartments.stem]
role = "stem"
phenotype = "CD34+ CD38-/low CD90+"

[compartments.progenitor]
role = "progenitor"
phenotype = "CD34+ CD38+"

[compartments.bulk]
role = "bulk"

[panel.hspc]
{panel}

[gates]
recipe = "automatic"
fmo_quantile = 0.995

# What the invented laboratory believed of its probe before it saw its control slides.
[probe.EGR1]
false_positive = {{ errors = 1, correct = 79 }}
false_negative = {{ errors = 2, correct = 98 }}

[analysis]
criteria = "iwg2006"
confidence = 0.95
seed = {seed}
"""


def _readme(patients: int, seed: int) -> str:
    return f"""\
# Synthetic study

{NOTICE}

{patients} patients with del(5q) myelodysplastic syndrome on lenalidomide, drawn by
`remnant simulate study` with seed {seed}. The design follows Tehranchi et al. (N Engl J Med
2010;363:1025): marrow before treatment, in remission and later; stem cells (CD34+ CD38-/low CD90+)
and progenitors (CD34+ CD38+) sorted and scored by FISH. No number here is theirs: every person,
date, count and event was drawn from a model. Some samples are missing and some assays failed on
purpose, as they do.

`{FOLDER}/truth.json` and `{FOLDER}/truth.csv` hold what is true: the clone in every compartment at
every visit, the days of relapse, and the parameters behind them. No analysis reads them.
"""
