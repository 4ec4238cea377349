"""When a patient of the synthetic study is seen, and what is true on those days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.dynamics.model.parameters import ACTIVE, MATURE, PROGENITOR, QUIESCENT, RESISTANT
from remnant.dynamics.treatment import Course, calendar
from remnant.observation.blood import follow
from remnant.observation.outlines import Patient, fraction_of, stem_fraction
from remnant.observation.truth import TrueCompartment, TrueVisit

Array = NDArray[np.float64]

FIRST_DAY = -112  # sixteen weeks of counts and transfusions before the first dose
BASELINE, EARLY, PLANNED = -5, 91, (182, 364, 546, 728, 1092)
RELAPSED, EVOLVED = "clinical recurrence", "clinical and cytogenetic progression"
CLEARED, PERSISTENT, CYTOGENETIC = 0.05, 0.01, 0.10  # fractions at which a state gets its name


@dataclass(frozen=True)
class FollowUp:
    """A patient over the whole follow-up.

    Parameters
    ----------
    patient_id : str
        The patient.
    patient : Patient
        As drawn.
    courses : tuple of Course
        Lenalidomide as it was given.
    last_day : int
        Last contact.
    haemoglobin : tuple of float
        Without transfused cells, on each day from FIRST_DAY to `last_day`, g/dL.
    lymphoid, stem_frequency, progenitor_frequency : float
        Shares of viable nucleated cells: lymphoid cells, and the two compartments when their pools are full.
    visits : tuple of TrueVisit
        Marrows, with what is true there.
    """

    patient_id: str
    patient: Patient
    courses: tuple[Course, ...]
    last_day: int
    haemoglobin: tuple[float, ...]
    lymphoid: float
    stem_frequency: float
    progenitor_frequency: float
    visits: tuple[TrueVisit, ...]


def draw_follow_up(patient_id: str, patient: Patient, *, early: bool, rng: np.random.Generator) -> FollowUp:
    """Plan the visits of a patient and find what is true on each.

    Parameters
    ----------
    patient_id : str
        The patient.
    patient : Patient
        As drawn for an outline.
    early : bool
        Whether a marrow is taken after three months.
    rng : numpy.random.Generator
        Source of chance.
    """
    days = _visit_days(patient, early=early, rng=rng)
    last_marrow = days[-1]
    last_day = last_marrow + int(rng.integers(170, 260))
    # Relapse ends the treatment; without one it goes on beyond the follow-up.
    courses = patient.outline.courses(last_day if patient.clone_relapse_day is None else last_marrow)
    daily = np.arange(FIRST_DAY, last_day + 1)
    states = patient.states(daily.astype(float), calendar(courses))
    steady = patient.haemoglobin.steady(fraction_of(states, MATURE))
    blood = follow(steady)
    lymphoid = float(rng.uniform(0.12, 0.22))
    stem, progenitor = 9e-4 * rng.lognormal(0, 0.2), 0.035 * rng.lognormal(0, 0.15)
    visits = tuple(
        _visit(
            f"{patient_id}-d{max(day, 0)}",
            day,
            states[day - FIRST_DAY],
            float(blood[day - FIRST_DAY]),
            patient,
            (lymphoid, float(stem), float(progenitor)),
        )
        for day in days
    )
    levels = tuple(float(level) for level in blood)
    return FollowUp(
        patient_id, patient, courses, last_day, levels, lymphoid, float(stem), float(progenitor), visits
    )


def _visit_days(patient: Patient, *, early: bool, rng: np.random.Generator) -> list[int]:
    """Marrows at baseline, on plan, when the clone is back, and at relapse or the end of follow-up."""
    clone, clinical = patient.clone_relapse_day, patient.clinical_relapse_day
    if clone is None or clinical is None:
        final, until = patient.outline.follow_up, patient.outline.follow_up - 120
    else:
        # Red cells are needed again some weeks after the haemoglobin has begun to fall.
        final, until = clinical + int(rng.integers(60, 110)), clone - 40
    plan = [day for day in PLANNED if day <= until]
    if len(plan) > 3:
        plan = [day for day in plan if day != 546]
    jitter = rng.integers(-9, 10, len(plan))
    days = [BASELINE, *([EARLY + int(rng.integers(-5, 6))] if early else [])]
    days += [day + int(shift) for day, shift in zip(plan, jitter, strict=True)]
    if clone is not None and clinical is not None and final - clone > 150:
        days.append(clone + int(rng.integers(20, 45)))
    return [*days, final]


def _visit(
    sample_id: str,
    day: int,
    state: Array,
    haemoglobin: float,
    patient: Patient,
    shares: tuple[float, float, float],
) -> TrueVisit:
    lymphoid, stem_share, progenitor_share = shares
    stem, progenitor = float(stem_fraction(state)), float(fraction_of(state, PROGENITOR))
    bulk = (1 - lymphoid) * float(fraction_of(state, MATURE))
    pool = state[:, QUIESCENT] + state[:, ACTIVE]
    # Progenitors amplify to fill a small pool, as mature cells do; stem cells are counted as they are.
    compensated = progenitor_share * float(state[:, PROGENITOR].sum()) ** 0.35
    compartments = (
        TrueCompartment("stem", stem, stem_share * float(pool.sum())),
        TrueCompartment("progenitor", progenitor, compensated),
        TrueCompartment("bulk", bulk, 1.0),
    )
    return TrueVisit(
        sample_id,
        day,
        _state(day, stem, progenitor, bulk, patient),
        float(pool[RESISTANT] / pool.sum()),
        float(state[:, QUIESCENT].sum() / pool.sum()),
        haemoglobin,
        compartments,
    )


def _state(day: int, stem: float, progenitor: float, bulk: float, patient: Patient) -> str:
    """Name the true state, in the words that `remnant.persistence` uses for what it infers."""
    if day <= 0:
        return "untreated"
    clone, clinical = patient.clone_relapse_day, patient.clinical_relapse_day
    if clinical is not None and day >= clinical:
        return EVOLVED if patient.outline.side_line else RELAPSED
    if clone is not None and day >= clone:
        return "cytogenetic recurrence" if bulk >= CYTOGENETIC else "molecular recurrence"
    if progenitor >= CLEARED:
        return "responding"
    return (
        "remission with stem-cell persistence"
        if stem >= PERSISTENT
        else "remission without detected persistence"
    )
