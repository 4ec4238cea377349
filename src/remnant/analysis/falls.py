"""Which two visits of a patient say how far the burden fell: the last untreated, the first in remission."""

from __future__ import annotations

from collections.abc import Mapping

from remnant.analysis import courses
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
        visits: dict[str, list[ScoredBurden]] = {}
        for item in burdens:
            if item.estimate.patient_id == patient:
                visits.setdefault(item.estimate.sample_id, []).append(item)
        scored = [visit for visit in visits.values() if any(item.posterior for item in visit)]
        first = answers[patient].history.treatment.first_dose
        before = [visit for visit in scored if first is not None and visit[0].estimate.day <= first]
        after = [visit for visit in scored if visit[0].estimate.sample_id in calm]
        pair = before[-1] if before else [], after[0] if after else []
        falls.append(measure_fall(patient, *pair, confidence=plan.analysis.confidence))
    return tuple(falls)
