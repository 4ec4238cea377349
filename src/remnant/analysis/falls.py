"""How far the burden of each patient fell, from the last visit before treatment to the first in remission."""

from __future__ import annotations

from collections.abc import Mapping

from remnant.analysis import courses
from remnant.analysis.before_after import before_and_after
from remnant.analysis.plan import Plan
from remnant.persistence import BurdenFall, Course, ScoredBurden, measure_fall
from remnant.study.study import Study


def burden_falls(
    study: Study,
    plan: Plan,
    burdens: tuple[ScoredBurden, ...],
    answers: Mapping[str, courses.PatientAnswers],
    stations: tuple[Course, ...],
) -> tuple[BurdenFall, ...]:
    """Compare each patient's last burden before treatment with the first one in remission."""
    calm = {item.sample_id for item in stations if item.in_remission}
    falls = []
    for patient in study.patients:
        visits: dict[tuple[str, int], list[ScoredBurden]] = {}
        for item in burdens:
            if item.estimate.patient_id == patient:
                visits.setdefault((item.estimate.sample_id, item.estimate.day), []).append(item)
        before, after = before_and_after(
            {place: visit for place, visit in visits.items() if any(item.posterior for item in visit)},
            first_dose=answers[patient].history.treatment.first_dose,
            in_remission=calm,
        )
        falls.append(measure_fall(patient, before or [], after or [], confidence=plan.analysis.confidence))
    return tuple(falls)
