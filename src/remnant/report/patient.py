"""One patient's section: the sentences, the figures and the tables, each made ready to be shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from remnant.analysis.findings import Findings
from remnant.analysis.timeline import Timeline
from remnant.figures import patient_charts
from remnant.figures.states import LOOKS, Look
from remnant.persistence.course import Course
from remnant.persistence.state import State
from remnant.report import (
    assays,
    culture,
    diagnosis,
    events,
    fit_section,
    haematopoiesis,
    karyotypes,
    monitoring,
    numbers,
    phrases,
    quiescence,
    responses,
    sentences,
)
from remnant.report.charts import Album, Figure
from remnant.report.drawers import Drawer, Part, Shelf
from remnant.report.tubes import TubeView, tube_view

GROW_POORLY = (
    "Stem cells of the clone grow poorly in long-term culture, so a functional clone fraction may understate "
    "the fraction among all stem cells."
)
SEX = {"f": "female", "m": "male", "female": "female", "male": "male"}


Links = Callable[[int], str]


def on_this_page(number: int) -> str:
    """Return where the patient of this number is on a page of everybody."""
    return f"#patient-{number}"


@dataclass(frozen=True)
class Section:
    """A heading, and beneath it sentences, figures and tables, drawers, and drawers in a fold."""

    heading: str
    says: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    drawers: tuple[Drawer, ...] = ()
    folded: tuple[Drawer, ...] = ()
    fold: str = ""
    warning: str = ""

    @property
    def slug(self) -> str:
        """Its name in the address of the page."""
        return re.sub("[^a-z]+", "-", self.heading.lower())

    @property
    def shown(self) -> bool:
        """Whether there is anything beneath the heading."""
        return bool(self.says or self.drawers or self.folded or any(self.parts))


@dataclass(frozen=True)
class PatientView:
    """Everything that the section of a patient shows, in its order."""

    slug: str
    name: str
    about: str
    state: str
    look: Look
    verdict: list[str]
    course: Figure | None
    states: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    tubes: tuple[TubeView, ...]
    shelf: Shelf


def seen(courses: Sequence[Course]) -> tuple[tuple[str, str], ...]:
    """Return the states that courses go through, each with its letter, for the key of a figure."""
    found = {course.state for course in courses}
    return tuple((str(state), look.letter) for state, look in LOOKS.items() if state in found)


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
    state = courses[-1].state if courses else State.NOT_EVALUABLE
    shelf = Shelf(f"drawers-{slug}")
    made = (
        _forecast(findings, name, slug, album),
        _diagnosis(findings, name, shelf),
        _response(findings, name, shelf),
        _events(findings, name, shelf),
        _clone(findings, timeline, slug, album, shelf),
        _karyotype(findings, timeline, slug, album, shelf),
        _function(findings, name, days, slug, album, shelf),
        _haematopoiesis(findings, name, days, shelf),
    )
    return PatientView(
        slug=slug,
        name=name,
        about=about(timeline),
        state=str(state),
        look=LOOKS[state],
        verdict=sentences.patient(findings, name),
        course=_course(findings, timeline, slug, album),
        states=seen(courses),
        sections=tuple(section for section in made if section.shown),
        tubes=tuple(
            tube_view(len(shelf.drawers) + number, result, days[result.sample_id], slug, album)
            for number, result in enumerate(tube for tube in findings.tubes if tube.sample_id in days)
        ),
        shelf=shelf,
    )


def _forecast(findings: Findings, name: str, slug: str, album: Album) -> Section:
    said, warning = fit_section.says(findings, name), fit_section.warning(findings, name)
    return Section("Forecast", said, (fit_section.figure(findings, name, slug, album),), warning=warning)


def _response(findings: Findings, name: str, shelf: Shelf) -> Section:
    matrix = responses.matrix(findings, name)
    rules = responses.drawers(findings, name, shelf)
    rest = shelf.put(
        "How long, and at what cost in blood",
        "durations, transfusion independence, units",
        responses.durations(findings, name),
        responses.independence(findings, name),
        responses.units(findings, name),
    )
    fold = "Rules behind each response"
    return Section("Response", (), (matrix,), shelf.put_all(rest), rules, fold)


def _events(findings: Findings, name: str, shelf: Shelf) -> Section:
    said = [events.resistance(item) for item in findings.resistances if item.patient_id == name]
    said += [events.leukaemia(item) for item in findings.transformations if item.patient_id == name]
    held = shelf.put("Which return came first", "leads between two events", events.leads(findings, name))
    table = events.table(findings, name)
    return Section("Events and resistance", tuple(filter(None, said)), (table,), shelf.put_all(held))


def _clone(findings: Findings, timeline: Timeline, slug: str, album: Album, shelf: Shelf) -> Section:
    name, days = timeline.patient_id, {visit.sample_id: visit.day for visit in timeline.visits}
    figure = monitoring.figure(findings, timeline, slug, album)
    slides = assays.fish(findings, days)
    held = shelf.put_all(
        shelf.put("Stem cells against progenitors", "each sample", assays.pairs(findings, name)),
        shelf.put("FISH slides", "counts, cut-offs, purity" if slides else "", slides),
        shelf.put(
            "The clone over time in marrow and blood", "trend and rise", monitoring.table(findings, name)
        ),
    )
    parts = (figure, assays.falls(findings, name), assays.compartments(findings, name))
    return Section("Where the clone is", (), parts, held)


def _karyotype(findings: Findings, timeline: Timeline, slug: str, album: Album, shelf: Shelf) -> Section:
    name = timeline.patient_id
    said = (*karyotypes.evolution(findings, name), *karyotypes.discordant(findings, name))
    held = shelf.put_all(
        shelf.put("What is lost of 5q", "by the breakpoints", karyotypes.regions(findings, name)),
        shelf.put(
            "How each abnormality counts", "for every karyotype", karyotypes.derivation(findings, name)
        ),
        shelf.put("Cytogenetic response", "and what it rests on", assays.cytogenetic(findings, name)),
        shelf.put("FISH beside the karyotype", "of the same sample", karyotypes.beside_fish(findings, name)),
    )
    parts = (karyotypes.strip(findings, timeline, slug, album), karyotypes.table(findings, name))
    return Section("Karyotype", said, parts, (), held, "What follows from each karyotype")


def _diagnosis(findings: Findings, name: str, shelf: Shelf) -> Section:
    found = diagnosis.of(findings, name)
    if found is None or not found.values:
        return Section("Disease at diagnosis")
    parts = (diagnosis.definitions(found), diagnosis.risk(found))
    said = tuple(f"{phrases.opened(remark)}." for remark in found.remarks)
    held, fold = diagnosis.drawers(found, shelf), "Rules, contributions and values"
    return Section("Disease at diagnosis", said, parts, (), held, fold)


def _function(
    findings: Findings, name: str, days: dict[str, int], slug: str, album: Album, shelf: Shelf
) -> Section:
    plates = culture.plates(findings, days, slug, album)
    frequencies, colonies = culture.frequencies(findings, days), culture.colonies(findings, days)
    held = shelf.put_all(
        shelf.put("Frequencies", "from limiting dilution", frequencies),
        shelf.put("Plates", "wells against dose, with the fit", plates),
        shelf.put("Colonies", "yield and clone fraction", colonies),
        shelf.put("Phases of the cell cycle", "every compartment", quiescence.table(findings, name)),
    )
    remarks = culture.remarks(findings, days)
    if frequencies or colonies:
        remarks = [GROW_POORLY, *remarks]
    parts = (
        culture.functional(findings, days, slug, album),
        quiescence.figure(findings, name, days, slug, album),
    )
    return Section("Function and quiescence of stem cells", tuple(remarks), parts, held)


def _haematopoiesis(findings: Findings, name: str, days: dict[str, int], shelf: Shelf) -> Section:
    held = shelf.put_all(
        shelf.put(
            "Colonies by lineage", "erythroid and myeloid", haematopoiesis.lineages(findings, name, days)
        ),
        shelf.put("Maturation", "stage by stage", haematopoiesis.maturation(findings, name)),
    )
    return Section("Haematopoiesis under treatment", (), (haematopoiesis.blood(findings, name),), held)


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
    chart = patient_charts.course(findings, timeline)
    if chart is None:
        return None
    caption = (
        "From the top: state of the course and response by each criteria set and by metaphases, from one "
        "visit to the next; runs of 56 days or more without red cells; each return, a bar from the last look "
        "without it to the first with it (hollow: not confirmed); therapy and samples; units of red cells "
        "(red) and platelets (gold) above a line where the log is complete; blood; then the clone fraction "
        "and the cells of the clone per million in each compartment, with intervals."
    )
    return album.put(chart, slug, "course", "Course", caption, 900)
