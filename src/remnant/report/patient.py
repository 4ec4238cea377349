"""One patient's section: the sentences, the figures and the tables, each made ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.analysis.findings import Findings
from remnant.analysis.timeline import Timeline
from remnant.figures.patient import plot_patient
from remnant.figures.states import LOOKS, Look
from remnant.persistence.state import State
from remnant.report import assays, culture, haematopoiesis, numbers, phrases, quiescence, responses, sentences
from remnant.report.charts import Album, Figure
from remnant.report.responses import CallView, call_view
from remnant.report.tables import Table
from remnant.report.tubes import TubeView, tube_view

SEX = {"f": "female", "m": "male", "female": "female", "male": "male"}


@dataclass(frozen=True)
class PatientView:
    """Everything that the section of a patient shows, in its order."""

    slug: str
    drawers: str
    name: str
    about: str
    state: str
    look: Look
    verdict: list[str]
    course: Figure | None
    compartments: Table | None
    falls: Table | None
    pairs: Table | None
    fish: Table | None
    karyotypes: Table | None
    cytogenetic: Table | None
    frequencies: Table | None
    functional: Figure | None
    plates: Figure | None
    remarks: list[str]
    colonies: Table | None
    resting: Figure | None
    phases: Table | None
    responses: tuple[CallView, ...]
    independence: Table | None
    durations: Table | None
    units: Table | None
    blood: Table | None
    lineages: Table | None
    maturation: Table | None
    tubes: tuple[TubeView, ...]


def view(findings: Findings, timeline: Timeline, slug: str, album: Album) -> PatientView:
    """Make one patient ready to be shown.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    timeline : Timeline
        The patient.
    slug : str
        Name of the section in the page; never the patient's own, which may hold anything.
    album : Album
        Takes the charts.
    """
    name = timeline.patient_id
    days = {visit.sample_id: visit.day for visit in timeline.visits}
    courses = [course for course in findings.courses if course.patient_id == name]
    calls = [call for call in findings.responses.calls if call.patient_id == name]
    state = courses[-1].state if courses else State.NOT_EVALUABLE
    return PatientView(
        slug=slug,
        drawers=f"drawers-{slug}",
        name=name,
        about=about(timeline),
        state=str(state),
        look=LOOKS[state],
        verdict=sentences.patient(findings, name),
        course=_course(findings, timeline, slug, album),
        compartments=assays.compartments(findings, name),
        falls=assays.falls(findings, name),
        pairs=assays.pairs(findings, name),
        fish=assays.fish(findings, days),
        karyotypes=assays.karyotypes(findings, name),
        cytogenetic=assays.cytogenetic(findings, name),
        frequencies=culture.frequencies(findings, days),
        functional=culture.functional(findings, days, slug, album),
        plates=culture.plates(findings, days, slug, album),
        remarks=culture.remarks(findings, days),
        colonies=culture.colonies(findings, days),
        resting=quiescence.figure(findings, name, days, slug, album),
        phases=quiescence.table(findings, name),
        responses=tuple(call_view(number, call) for number, call in enumerate(calls)),
        independence=responses.independence(findings, name),
        durations=responses.durations(findings, name),
        units=responses.units(findings, name),
        blood=haematopoiesis.blood(findings, name),
        lineages=haematopoiesis.lineages(findings, name, days),
        maturation=haematopoiesis.maturation(findings, name),
        tubes=tuple(
            tube_view(len(calls) + number, result, days[result.sample_id], slug, album)
            for number, result in enumerate(tube for tube in findings.tubes if tube.sample_id in days)
        ),
    )


def about(timeline: Timeline) -> str:
    """Say who the patient is, as far as the study says it."""
    said = [
        SEX.get((timeline.sex or "").lower(), timeline.sex or ""),
        f"born {timeline.birth_year}" if timeline.birth_year is not None else "",
        timeline.diagnosis or "",
        phrases.counted(len(timeline.visits), "sample"),
    ]
    if timeline.last_contact_day is not None:
        fate = {True: "died", False: "alive", None: "seen last"}[timeline.died]
        said.append(f"{fate} on {numbers.day(timeline.last_contact_day)}")
    return " · ".join(part for part in said if part)


def _course(findings: Findings, timeline: Timeline, slug: str, album: Album) -> Figure | None:
    recorded = (timeline.visits, timeline.therapy, timeline.blood_counts, timeline.transfusions)
    if not any(recorded):
        return None
    name, plan = timeline.patient_id, findings.plan
    chart = plot_patient(
        timeline,
        [course for course in findings.courses if course.patient_id == name],
        [call for call in findings.responses.calls if call.patient_id == name],
        [burden for burden in findings.burdens if burden.patient_id == name],
        clone=plan.clone.name,
        anchor=plan.study.anchor,
    )
    caption = (
        "From the top: state and response from one visit to the next; therapy with its holds, and samples; "
        "units of red cells (red) and platelets (gold) above a line where the log is complete; "
        "haemoglobin, platelets and neutrophils; then, in each compartment, the clone fraction and the cells "
        "of the clone per million, with intervals. Points of one day stand side by side."
    )
    return album.put(chart, slug, "course", "Course", caption, 700)
