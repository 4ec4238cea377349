"""What the clinic writes down of one patient: counts, transfusions, treatment, the patient itself."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from remnant.dynamics.treatment import calendar
from remnant.observation.blood import Residual, simulate_red_cells, simulate_residual
from remnant.observation.visits import EVOLVED, FIRST_DAY, FollowUp

Row = dict[str, object]
Array = NDArray[np.float64]

HAEMOGLOBIN = Residual(spread=0.025, memory=5.0)
PLATELETS = Residual(spread=0.14, memory=12.0)
NEUTROPHILS = Residual(spread=0.20, memory=10.0)
FIRST_ANCHOR = date(2007, 3, 1)


def patient_row(follow: FollowUp, sex: str, *, number: int, rng: np.random.Generator) -> Row:
    """Describe a patient; dates and years are invented."""
    anchor = FIRST_ANCHOR + timedelta(days=37 * number + int(rng.integers(0, 30)))
    return {
        "patient_id": follow.patient_id,
        "sex": "female" if sex == "XX" else "male",
        "birth_year": anchor.year - int(rng.integers(58, 81)),
        "diagnosis": "MDS with isolated del(5q) (synthetic)",
        "anchor_date": anchor.isoformat(),
        "last_contact_day": follow.last_day,
        "died": "no",
    }


def therapy_rows(follow: FollowUp) -> list[Row]:
    """List the courses of lenalidomide; a gap between two is a hold, and one that goes on has no end."""
    return [
        {
            "patient_id": follow.patient_id,
            "drug": "lenalidomide",
            "start_day": course.start_day,
            "end_day": "" if course.end_day >= follow.last_day else course.end_day,
            "dose_mg": int(course.dose_mg),
            "days_on": course.days_on,
            "cycle_days": course.cycle_days,
        }
        for course in follow.courses
    ]


def check_days(follow: FollowUp, *, rng: np.random.Generator) -> NDArray[np.int64]:
    """Days of counts: two-weekly before treatment and in its first year, weekly at first, then monthly."""
    spans = (
        (FIRST_DAY, -1, 14),
        (0, 56, 7),
        (63, 365, 14),
        (370, follow.last_day, 26),
    )
    days = np.concatenate([np.arange(first, last + 1, step) for first, last, step in spans])
    moved = days + rng.integers(-1, 2, len(days)) * (days > 0)
    return np.unique(moved[(moved <= follow.last_day) & (moved >= FIRST_DAY)])


def blood_rows(follow: FollowUp, *, rng: np.random.Generator) -> tuple[list[Row], list[Row]]:
    """Draw the blood counts and the red cells given; both with what was measured on the day."""
    days = check_days(follow, rng=rng)
    trigger = float(rng.uniform(7.8, 8.5))
    measured, given = simulate_red_cells(
        follow.haemoglobin, days, HAEMOGLOBIN, first_day=FIRST_DAY, trigger=trigger, rng=rng
    )
    platelets, neutrophils = _white_and_platelets(follow, days, rng)
    blasts_seen = follow.visits[-1].state == EVOLVED
    counts: list[Row] = [
        {
            "patient_id": follow.patient_id,
            "day": day,
            "haemoglobin_g_per_dl": f"{measured[day]:.1f}",
            "neutrophils_1e9_per_l": f"{neutrophils[i]:.2f}",
            "platelets_1e9_per_l": f"{platelets[i]:.0f}",
            "leukocytes_1e9_per_l": f"{neutrophils[i] / 0.55 + 0.6:.1f}",
            "blasts_fraction": 0.01 if blasts_seen and day > follow.visits[-1].day - 20 else 0,
        }
        for i, day in enumerate(days.tolist())
    ]
    units: list[Row] = [
        {
            "patient_id": follow.patient_id,
            "day": item.day,
            "product": "red_cells",
            "units": item.units,
            "haemoglobin_before_g_per_dl": f"{item.haemoglobin:.1f}",
        }
        for item in given
    ]
    return counts, units


def _white_and_platelets(
    follow: FollowUp, days: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Array, Array]:
    """Platelets and neutrophils on `days`: the drug lowers both, most at first; so does relapse."""
    dose = calendar(follow.courses).dose(np.arange(FIRST_DAY, follow.last_day + 1))
    # The marrow sees the drug of the last fortnight, and learns to live with it within months.
    recent = np.convolve(dose, np.ones(14) / 14)[: len(dose)][days - FIRST_DAY]
    depth, start = rng.uniform(0.5, 1.0), np.maximum(days, 0)
    drug = np.exp(-recent * (0.15 + depth * np.exp(-start / 70)))
    levels = np.array(follow.haemoglobin)
    best = np.maximum.accumulate(levels)
    fallen = np.where(days > 364, np.clip((best - levels)[days - FIRST_DAY] / 6, 0, 1), 0.0)
    platelets = rng.normal(260, 45) * drug * (1 - 0.55 * fallen)
    neutrophils = rng.normal(2.9, 0.4) * drug * (1 - 0.45 * fallen)
    return (
        platelets * np.exp(simulate_residual(days, PLATELETS, rng=rng)),
        neutrophils * np.exp(simulate_residual(days, NEUTROPHILS, rng=rng)),
    )
