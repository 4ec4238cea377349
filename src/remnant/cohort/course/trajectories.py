"""The full courses of the first virtual patients: one row for each look."""

from __future__ import annotations

import numpy as np
import polars as pl

from remnant.cohort.course.columns import SYNTHETIC, CohortColumn, dose_column
from remnant.cohort.course.courses import COMPARTMENTS, NOT_EXAMINED, Courses
from remnant.cohort.course.plan import CohortPlan
from remnant.cohort.course.simulate import follow, parts

_PATIENT = CohortColumn("patient", "Number of the virtual patient, as in patients.parquet.", "", "count")
_DAY = CohortColumn("day", "Day of the look.", "days", "day")
_BLOOD = (
    CohortColumn("haemoglobin", "As measured, transfused cells left out.", "g/dL"),
    CohortColumn("neutrophils", "As measured.", "1e9/L"),
    CohortColumn("platelets", "As measured.", "1e9/L"),
)


def trajectory_columns(plan: CohortPlan) -> tuple[CohortColumn, ...]:
    """List the columns of the courses, in order."""
    return (
        _PATIENT,
        SYNTHETIC,
        _DAY,
        *(
            CohortColumn(
                f"{kind}_fraction", f"True share of the clone, {kind} cells.", "fraction from 0 to 1"
            )
            for kind in COMPARTMENTS
        ),
        *(
            CohortColumn(f"{kind}_frequency", f"Cells of all clones, {kind}.", "relative to health")
            for kind in COMPARTMENTS
        ),
        CohortColumn("malignant_stem_cells", "Stem cells of the clone.", "cells"),
        CohortColumn("resistant_share", "Share of these that are resistant.", "fraction from 0 to 1"),
        *_BLOOD,
        CohortColumn("transfused", "Whether the look shows need of red cells.", "", "flag"),
        CohortColumn("abnormal_metaphases", "Null where no marrow was examined.", "metaphases", "count"),
        *(
            CohortColumn(
                _dose(drug.name), "Mean relative dose until the next look.", "relative to the full dose"
            )
            for drug in plan.population().drugs
        ),
    )


def trajectories(plan: CohortPlan, count: int) -> pl.DataFrame:
    """Follow the first `count` patients, and return a row for each patient and look, in order."""
    assert 0 < count <= plan.patients, f"{count} of {plan.patients} patients"
    tables = [_table(plan, patients, follow(plan, patients)[1]) for patients in parts(plan, 0, count)]
    return pl.concat(tables)


def _table(plan: CohortPlan, patients: np.ndarray, courses: Courses) -> pl.DataFrame:
    looks, n = len(courses.days), len(patients)
    last = np.full((1, *courses.given.shape[1:]), np.nan)  # nothing is ordered at the last look
    given = np.concatenate([courses.given, last])
    values = [
        np.broadcast_to(patients, (looks, n)),
        np.ones((looks, n), bool),
        np.broadcast_to(courses.days[:, None], (looks, n)),
        *(courses.fractions[:, row] for row in range(3)),
        *(courses.frequencies[:, row] for row in range(3)),
        courses.stems,
        courses.resistant,
        *(courses.blood[:, row] for row in range(3)),
        courses.transfused,
        np.where(courses.abnormal == NOT_EXAMINED, np.nan, courses.abnormal),
        *(given[:, drug] for drug in range(given.shape[1])),
    ]
    columns = trajectory_columns(plan)
    return pl.DataFrame(
        [column.series(value.T.ravel()) for column, value in zip(columns, values, strict=True)]
    )


def _dose(drug: str) -> str:
    return dose_column(drug).name.replace("full_dose_days", "dose")
