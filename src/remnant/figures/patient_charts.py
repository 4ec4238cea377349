"""The charts of one patient on one axis of time, from everything that was found."""

from __future__ import annotations

from typing import Any

import altair as alt

from remnant.analysis.findings import Findings
from remnant.analysis.timeline import Timeline
from remnant.figures.clone_course import plot_clone_course, shows
from remnant.figures.karyotypes import plot_karyotypes
from remnant.figures.patient import plot_patient, time_domain
from remnant.persistence import MonitoringSeries

WINDOW = 56  # days without red cells that make a run


def anything(patient: Timeline) -> bool:
    """Return whether there is more to a patient than a name."""
    return any((patient.visits, patient.therapy, patient.blood_counts, patient.transfusions))


def course(findings: Findings, patient: Timeline) -> alt.VConcatChart | None:
    """Draw what was done and what remained; None for a name with nothing to it."""
    if not anything(patient):
        return None
    name, plan, answers = patient.patient_id, findings.plan, findings.responses

    def own(rows: Any) -> list[Any]:
        return [row for row in rows if row.patient_id == name]

    sets = (answers, *sorted(findings.beside, key=lambda item: item.criteria))
    return plot_patient(
        patient,
        own(findings.courses),
        [call for one in sets for call in own(one.calls)],
        own(findings.burdens),
        clone=plan.clone.name,
        anchor=plan.study.anchor,
        cytogenetic=own(answers.cytogenetic),
        runs=[run for one in own(answers.independence) if one.window_days == WINDOW for run in one.runs],
        events=own(findings.event_intervals),
    )


def clone(findings: Findings, patient: Timeline) -> alt.VConcatChart | None:
    """Draw the clone in sorted cells, and what was monitored; None without two looks at it."""
    plan = findings.plan
    courses = [one for one in findings.clone_courses if one.patient_id == patient.patient_id]
    if not shows(courses):
        return None
    watched = monitored(findings, patient.patient_id)
    return plot_clone_course(
        courses, watched, time_domain(patient), clone=plan.clone.name, anchor=plan.study.anchor
    )


def monitored(findings: Findings, name: str) -> list[MonitoringSeries]:
    """Return the series that the course of the patient does not show: all but unsorted marrow by FISH."""
    bulk = findings.plan.with_role("bulk")
    return [
        one
        for one in findings.monitoring
        if one.patient_id == name
        and len(one.looks) > 1
        and not (one.of == bulk and one.material == "marrow" and one.assay == "FISH")
    ]


def karyotypes(findings: Findings, patient: Timeline) -> alt.VConcatChart | None:
    """Draw the clones of a patient over the visits; None without a karyotype."""
    found = next((one for one in findings.evolutions if one.patient_id == patient.patient_id), None)
    if found is None:
        return None
    return plot_karyotypes(found, time_domain(patient), anchor=findings.plan.study.anchor)
