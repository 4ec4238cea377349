"""The response of 1,000 invented patients with full courses, against reading their tables as Python rows.

Three years each: a blood count every 2 to 4 weeks, 6 to 10 marrows with a karyotype, red cells with their
log, treatment with holds. Three things are timed: histories with all calls, transfusion independence,
cytogenetic response, durations and remissions; the rules behind the calls of 50 patients, which are written
down only when somebody looks; and the floor, the same tables read by polars from CSV and turned into one dict
a row, which any engine that walks over rows must do first. Times are of the processor, since a machine is
busy.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from side_by_side import compare

from remnant.response import MetaphaseCount, classify
from remnant.study import LINE, TABLES, Source, Study, StudyConfig

PATIENTS, LAST_DAY = 1000, 1095
Rows = dict[str, list[dict[str, Any]]]


def invent(patients: int, rng: np.random.Generator) -> tuple[Rows, dict[str, tuple[MetaphaseCount, ...]]]:
    """Invent patients: six in ten respond for a while, and some of them relapse."""
    rows: Rows = {name: [] for name in TABLES}
    metaphases = {}
    for number in range(patients):
        name = f"P{number:04d}"
        start, end = int(rng.integers(30, 120)), int(rng.choice([2 * LAST_DAY, rng.integers(200, 1000)]))
        responds = rng.random() < 0.6
        rows["patients"].append({"patient_id": name, "last_contact_day": LAST_DAY, "died": False})
        rows["transfusion_log"].append({"patient_id": name, "start_day": -112, "end_day": LAST_DAY})
        for day in range(0, LAST_DAY, 215):
            course = {"drug": "lenalidomide", "start_day": day, "end_day": day + 200, "dose_mg": 10.0}
            rows["therapy"].append({"patient_id": name} | course)
        day = -60
        while day < LAST_DAY:
            well = responds and start <= day < end
            blood = {
                "haemoglobin_g_per_dl": round(rng.normal(12 if well else 8.5, 0.5), 1),
                "platelets_1e9_per_l": float(max(5, round(rng.normal(180 if well else 60, 20)))),
                "neutrophils_1e9_per_l": round(max(0.1, rng.normal(2.2 if well else 0.9, 0.3)), 2),
                "blasts_fraction": 0.0,
            }
            rows["blood_counts"].append({"patient_id": name, "day": day} | blood)
            if not well:
                units = {"product": "red_cells", "units": 2, "haemoglobin_before_g_per_dl": 7.8}
                rows["transfusions"].append({"patient_id": name, "day": day + 1} | units)
            day += int(rng.integers(14, 29))
        visits = [
            -7,
            *sorted(rng.choice(np.arange(30, LAST_DAY), rng.integers(6, 11), replace=False).tolist()),
        ]
        counts = []
        for day in visits:
            well, sample = responds and start <= day < end, f"{name}-{day}"
            rows["samples"].append(
                {"sample_id": sample, "patient_id": name, "day": day, "material": "marrow"}
            )
            blasts = round(max(0.0, rng.normal(0.02 if well else 0.07, 0.01)), 3)
            rows["marrows"].append({"sample_id": sample, "blasts_fraction": blasts, "dysplasia": "none"})
            abnormal = 0 if well else int(rng.integers(8, 19))
            counts.append(MetaphaseCount(sample, day, abnormal, 20, (), Source("karyotypes.csv", 2)))
        metaphases[name] = tuple(counts)
    return rows, metaphases


def study_of(rows: Rows) -> Study:
    """The rows as a study in memory."""
    tables = {}
    for name, schema in TABLES.items():
        types = {LINE: pl.Int64} | {column.name: column.dtype for column in schema.columns}
        filled = [dict.fromkeys(types) | {LINE: n + 2} | row for n, row in enumerate(rows[name])]
        tables[name] = pl.DataFrame(filled, schema=types)
    return Study(Path(), StudyConfig(), tables)


def main() -> None:
    """Invent the patients and measure."""
    rows, metaphases = invent(PATIENTS, np.random.default_rng(11))
    study = study_of(rows)
    del rows  # a study that was read holds none
    names = [name for name in TABLES if study.has(name)]
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            study[name].write_csv(Path(folder) / f"{name}.csv")

        def floor() -> list[list[dict[str, Any]]]:
            return [pl.read_csv(Path(folder) / f"{name}.csv").rows(named=True) for name in names]

        ratio = compare(
            f"response of {PATIENTS} patients, all of it",
            lambda: classify(study, metaphases=metaphases),
            floor,
            against="their tables read as Python rows",
        )
        compare("without karyotypes", lambda: classify(study), floor, against="the same rows")
        for criteria in ("iwg2018", "iwg2023"):
            compare(
                f"the same by {criteria}",
                lambda name=criteria: classify(study, criteria=name, metaphases=metaphases),
                floor,
                against="the same rows",
            )
    start = time.process_time()
    calls = classify(study, metaphases=metaphases).calls
    spent = time.process_time() - start
    print(f"{PATIENTS / spent:.0f} patients a second, {len(calls)} calls; ratio to the floor {ratio:.2f}")
    start = time.process_time()
    looked = [call.rules for call in calls if call.patient_id < "P0050"]
    spent = time.process_time() - start
    print(f"the rules of a call, once somebody looks: {1e3 * spent / len(looked):.2f} ms")


if __name__ == "__main__":
    main()
