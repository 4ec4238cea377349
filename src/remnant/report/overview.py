"""The study at a glance: one row a patient, for the page and for the terminal."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.analysis.findings import Findings
from remnant.figures.states import LOOKS
from remnant.persistence.state import State
from remnant.report import numbers, sentences, tables
from remnant.report.tables import Cell, Table

HEADER = (
    "Patient",
    "Last state",
    "Stem cells",
    "Progenitors",
    "P(spared)",
    "Clone rises",
    "Cytogenetic relapse",
    "Clinical relapse",
)


def verdict_rows(findings: Findings) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the header and one row of words for each patient.

    Parameters
    ----------
    findings : Findings
        Everything that was found.

    Returns
    -------
    tuple of str, list of tuple of str
        Clone fractions are of the visit that answers the question: the first comparison in remission.
    """
    return HEADER, [
        tuple(f"{cell.text} ({cell.more})" if cell.more else cell.text for cell in row)
        for row in _rows(findings)
    ]


def table(findings: Findings) -> Table:
    """Return the same as a table of the page."""
    caption = (
        "One row a patient. Clone fractions are of the first comparison in remission, or of the last visit "
        "where there was none; P(spared) is the posterior probability that stem cells carry the clone at "
        "higher odds than progenitors."
    )
    return Table(caption, HEADER, tuple(_rows(findings)))


@dataclass(frozen=True)
class PatientStanding:
    """A patient and the last state of the course, with its letter."""

    name: str
    state: str
    letter: str
    day: int | None


def standings(findings: Findings) -> list[PatientStanding]:
    """Return where every patient stands, in the order of the study."""
    last = {course.patient_id: course for course in findings.courses}
    stand = []
    for timeline in findings.timelines:
        course = last.get(timeline.patient_id)
        state = State.NOT_EVALUABLE if course is None else course.state
        day = None if course is None else course.day
        stand.append(PatientStanding(timeline.patient_id, str(state), LOOKS[state].letter, day))
    return stand


def _rows(findings: Findings) -> list[tuple[Cell, ...]]:
    rows = []
    for timeline in findings.timelines:
        name = timeline.patient_id
        courses = [course for course in findings.courses if course.patient_id == name]
        pair = sentences.telling([pair for pair in findings.selective if pair.patient_id == name])
        state = str(courses[-1].state) if courses else str(State.NOT_EVALUABLE)
        row = [Cell(name), Cell(state, numbers.day(courses[-1].day) if courses else "no visit")]
        if pair is None:
            row += [Cell("– not done"), Cell("– not done"), tables.number("–")]
        else:
            p = "–" if pair.probability is None else numbers.probability(pair.probability)
            row += [tables.estimate(pair.stem), tables.estimate(pair.progenitor), tables.number(p)]
        row += [_return(findings, name, kind) for kind in ("clone", "cytogenetic", "clinical")]
        rows.append(tuple(row))
    return rows


def _return(findings: Findings, name: str, kind: str) -> Cell:
    event = next((e for e in findings.relapses if e.patient_id == name and e.kind == kind), None)
    if event is None:
        return Cell("– not done")
    if event.day is not None:
        sure = {True: "confirmed", False: "not confirmed", None: "no later visit"}[event.confirmed]
        return Cell(numbers.day(event.day), sure, source=tables.sources(event.sources))
    if event.remission_day is None:
        return Cell("× not evaluable", event.reason)
    until = "" if event.observed_until is None else f"up to {numbers.day(event.observed_until)}"
    return Cell("none seen", until, source=tables.sources(event.sources))


def tiles(findings: Findings) -> list[dict[str, str]]:
    """Return the four numbers that a reader looks for first."""
    patients = len(findings.timelines)
    remissions = {course.patient_id for course in findings.courses if course.in_remission}
    judged = sentences.judged(findings)
    spared = [pair for pair in judged if pair.spared]
    followed = {e.patient_id for e in findings.relapses if e.remission_day is not None}
    back = {e.patient_id for e in findings.relapses if e.day is not None and e.remission_day is not None}
    counts = (
        ("reached remission", len(remissions), patients),
        ("with stem cells spared in remission", len(spared), len(judged)),
        ("with a return of any kind after remission", len(back), len(followed)),
    )
    first = {"label": "patient" if patients == 1 else "patients", "number": numbers.count(patients), "of": ""}
    # Of nobody judged, nought is not an answer.
    return [first] + [
        {"label": label, "number": numbers.count(part), "of": numbers.count(whole)}
        if whole
        else {"label": label, "number": "–", "of": ""}
        for label, part, whole in counts
    ]
