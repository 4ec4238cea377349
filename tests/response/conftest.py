from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from remnant.study import LINE, TABLES, Study, StudyConfig

Rows = dict[str, list[dict[str, Any]]]


def build_study(rows: Rows) -> Study:
    """A study in memory: the columns that a row leaves out were not measured."""
    tables = {}
    for name, schema in TABLES.items():
        types = {LINE: pl.Int64} | {column.name: column.dtype for column in schema.columns}
        filled = [
            dict.fromkeys(types) | {LINE: number + 2} | row for number, row in enumerate(rows.get(name, []))
        ]
        tables[name] = pl.DataFrame(filled, schema=types)
    return Study(Path(), StudyConfig(), tables)


def count(
    day: int, values: tuple[float | None, ...], patient: str = "P1", blasts: float | None = 0.0
) -> dict:
    """A blood count: haemoglobin, platelets, neutrophils."""
    haemoglobin, platelets, neutrophils = values
    return {
        "patient_id": patient,
        "day": day,
        "haemoglobin_g_per_dl": haemoglobin,
        "platelets_1e9_per_l": platelets,
        "neutrophils_1e9_per_l": neutrophils,
        "blasts_fraction": blasts,
    }


def build_patient(
    *,
    patient: str = "P1",
    base: tuple[float, float, float] = (8.5, 30, 0.4),
    now: tuple[float | None, float | None, float | None] = (12.0, 150, 2.0),
    base_blasts: float | None = 0.08,
    blasts: float | None = 0.03,
    dysplasia: str | None = "none",
    blood_blasts: float | None = 0.0,
    day: int = 84,
    before: tuple[int, ...] = (-28, -14),
    days: tuple[int, ...] = (56, 84, 112),
    log: tuple[int, int] | None = (-112, 400),
    units: tuple[tuple[int, int], ...] = (),
    unit_haemoglobin: float | None = 7.5,
    therapy: tuple[dict[str, Any], ...] = ({"drug": "lenalidomide", "start_day": 0},),
) -> Rows:
    """A patient treated from day 0, with a marrow on `day`, the same counts on `days`, and a complete log."""
    rows: Rows = {
        "patients": [{"patient_id": patient, "last_contact_day": 400}],
        "samples": [
            {"sample_id": f"{patient}-base", "patient_id": patient, "day": -7, "material": "marrow"},
            {"sample_id": f"{patient}-now", "patient_id": patient, "day": day, "material": "marrow"},
        ],
        "marrows": [],
        "therapy": [{"patient_id": patient} | course for course in therapy],
        "blood_counts": [count(when, base, patient) for when in before]
        + [count(when, now, patient, blood_blasts) for when in days],
        "transfusions": [
            {
                "patient_id": patient,
                "day": when,
                "product": "red_cells",
                "units": given,
                "haemoglobin_before_g_per_dl": unit_haemoglobin,
            }
            for when, given in units
        ],
        "transfusion_log": [],
    }
    if base_blasts is not None:
        rows["marrows"].append({"sample_id": f"{patient}-base", "blasts_fraction": base_blasts})
    if blasts is not None:
        now_marrow = {"sample_id": f"{patient}-now", "blasts_fraction": blasts, "dysplasia": dysplasia}
        rows["marrows"].append(now_marrow)
    if log is not None:
        rows["transfusion_log"].append({"patient_id": patient, "start_day": log[0], "end_day": log[1]})
    return rows


@pytest.fixture(scope="session")
def study_of() -> Callable[[Rows], Study]:
    return build_study


@pytest.fixture(scope="session")
def patient_rows() -> Callable[..., Rows]:
    return build_patient


@pytest.fixture(scope="session")
def blood_count() -> Callable[..., dict]:
    return count


@pytest.fixture(scope="session")
def write_study() -> Callable[[Path, Rows], Path]:
    """Write rows as the CSV files of a study folder."""

    def write(root: Path, rows: Rows) -> Path:
        root.mkdir(exist_ok=True)
        (root / "study.toml").write_text("")
        for name, table in rows.items():
            if table:
                keys = list(dict.fromkeys(key for row in table for key in row))
                lines = [
                    ",".join("" if row.get(key) is None else str(row[key]) for key in keys) for row in table
                ]
                (root / f"{name}.csv").write_text("\n".join([",".join(keys), *lines]) + "\n")
        return root

    return write
