"""The table of virtual patients: rows from courses, columns as `remnant.cohort.course.columns` has them."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remnant.cohort.course.columns import (
    HORIZON,
    OUTCOMES,
    PATIENT,
    SYNTHETIC,
    TIMES,
    CohortColumn,
    dose_column,
    label,
    number_column,
    state_columns,
)
from remnant.cohort.course.courses import MATURE, PROGENITOR, STEM, Courses, Floats
from remnant.cohort.course.outcomes import outcomes
from remnant.cohort.course.plan import CohortPlan
from remnant.cohort.scenario.scenario import DAYS_PER_MONTH


def columns_of(plan: CohortPlan) -> tuple[CohortColumn, ...]:
    """List the columns of a cohort's table, in order."""
    population = plan.population()
    return (
        PATIENT,
        SYNTHETIC,
        *(number_column(name, prior) for name, prior in population.priors()),
        HORIZON,
        *OUTCOMES,
        *(dose_column(drug.name) for drug in population.drugs),
        *state_columns(),
    )


def table_of(
    plan: CohortPlan, patients: NDArray[np.uint64], numbers: dict[str, Floats], courses: Courses
) -> pl.DataFrame:
    """Lay some patients out as rows."""
    n = len(patients)
    drugs = [drug.name for drug in plan.population().drugs]
    values: dict[str, np.ndarray] = {
        PATIENT.name: patients,
        SYNTHETIC.name: np.ones(n, bool),
        HORIZON.name: np.full(n, plan.horizon),
        **numbers,
        **outcomes(courses),
        **{dose_column(drug).name: full for drug, full in zip(drugs, full_dose_days(courses), strict=True)},
        **states_at(courses),
    }
    if plan.method == "deterministic":
        values["extinct_day"] = np.full(n, np.nan)
    return pl.DataFrame([column.series(values[column.name]) for column in columns_of(plan)])


def full_dose_days(courses: Courses) -> Floats:
    """Days at the full dose of each drug, shape (drugs, patients)."""
    # A running total adds look by look; a sum over an axis may not do so for one patient as for many.
    return np.asarray(np.cumsum(courses.gaps[:, None, None] * courses.given, axis=0)[-1])


def states_at(courses: Courses) -> dict[str, Floats]:
    """Return the states at fixed times by column."""
    answer = {}
    empty = np.full(courses.stems.shape[1], np.nan)
    for month, months in TIMES.items():
        end = courses.days[-1]
        look = courses.nearest(end if months is None else months * DAYS_PER_MONTH)
        values = {
            "stem_fraction": courses.fractions[:, STEM],
            "progenitor_fraction": courses.fractions[:, PROGENITOR],
            "mature_fraction": courses.fractions[:, MATURE],
            "stem_frequency": courses.frequencies[:, STEM],
            "progenitor_frequency": courses.frequencies[:, PROGENITOR],
            "malignant_stem_cells": courses.stems,
            "resistant_share": courses.resistant,
        }
        for name, value in values.items():
            answer[f"{name}_{label(month)}"] = empty if look is None else value[look]
    return answer
