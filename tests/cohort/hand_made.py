"""Courses written by hand: one patient, look by look, everything quiet unless said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from remnant.cohort.course.courses import Courses

QUIET: dict[str, float] = {
    "stem": 0.9, "progenitor": 0.9, "mature": 0.9, "stems": 9e4, "resistant": 0.0,
    "haemoglobin": 12.0, "neutrophils": 3.0, "platelets": 200.0, "transfused": 0, "abnormal": -1,
}  # fmt: skip


def course(days: Sequence[int], *, treated: Sequence[float] = (), **seen: Sequence[Any]) -> Courses:
    """Write a course of one patient: a value per look, by name; days with a drug, per interval."""
    courses = Courses.blank(np.array(days, np.int64), 1, 1)
    values = {name: np.full(len(days), value) for name, value in QUIET.items()}
    values |= {name: np.asarray(value, float) for name, value in seen.items()}
    assert all(len(value) == len(days) for value in values.values()), "a value for each look"
    for row, name in enumerate(("stem", "progenitor", "mature")):
        courses.fractions[:, row, 0] = values[name]
    for row, name in enumerate(("haemoglobin", "neutrophils", "platelets")):
        courses.blood[:, row, 0] = values[name]
    courses.frequencies[:] = 1.0
    for name in ("stems", "resistant", "transfused", "abnormal"):
        getattr(courses, name)[:, 0] = values[name]
    courses.treated[:, 0] = treated if len(treated) else 0
    courses.given[:, 0, 0] = courses.treated[:, 0] / courses.gaps
    return courses
