"""What a study holds before anything is analysed, and which patients of an analysis answer a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remnant.analysis.findings import Findings
from remnant.errors import Fault, SettingError
from remnant.figures.states import category_rank
from remnant.persistence.state import State
from remnant.report import numbers, sentences
from remnant.response import ResponseCall
from remnant.study.faults import quoted, suggest

# What each answer needs: one table of every group.
ANSWERS: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    ("Response by visit, with the rule that fired", (("blood_counts", "marrows", "karyotypes"),)),
    ("Transfusion independence", (("transfusions",), ("transfusion_log",))),
    ("The clone in stem cells and progenitors, and whether stem cells are spared", (("fish",),)),
    ("Cells of the clone per million, by compartment", (("fish",), ("events", "populations"))),
    ("Stem cells that work, normal and of the clone", (("dilution_plates", "colonies"),)),
    ("Karyotype, clones and their evolution", (("karyotypes",),)),
    ("Quiescence of stem cells", (("cell_cycle", "events"),)),
    ("Gates of every tube, to look at and to move", (("events",),)),
    ("Variants over time", (("mutations",),)),
    ("Relapse and its forecast", (("fish", "karyotypes", "mutations", "biomarkers"), ("therapy",))),
)
PERSISTENCE = ("spared", "not spared", "not judged")


@dataclass(frozen=True)
class Promise:
    """An answer that the data can carry, or what it lacks."""

    answer: str
    lacks: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """What was measured in a study.

    Parameters
    ----------
    patients, samples : int
        How many.
    rows : tuple of (str, int)
        Rows of each table that is there.
    promises : tuple of Promise
        What an analysis can answer.
    """

    patients: int
    samples: int
    rows: tuple[tuple[str, int], ...]
    promises: tuple[Promise, ...]


@dataclass(frozen=True)
class PatientRow:
    """One patient of an analysis, as a list and a filter need it.

    Parameters
    ----------
    number : int
        In the order of patients.csv, from 1: the place in an address.
    patient_id : str
        The name in the study.
    state, day : str, int or None
        Last state of the course, and the visit of it.
    response, response_day : str, int or None
        Best response by the criteria of the plan, at the first visit that has it; "not done" where nothing
        was looked at.
    persistence : {"spared", "not spared", "not judged"}
        Whether stem cells keep the clone more than progenitors, at the visit that tells.
    probability : float or None
        Posterior probability that they do.
    """

    number: int
    patient_id: str
    state: str
    day: int | None
    response: str
    response_day: int | None
    persistence: str
    probability: float | None

    @property
    def known(self) -> str:
        """The probability in words."""
        return "–" if self.probability is None else numbers.probability(self.probability)


def measured(counts: Mapping[str, int]) -> Measured:
    """Say what was measured, by the rows of each table, and what it can answer."""
    rows = tuple((name, count) for name, count in counts.items() if count)
    there = dict(rows)
    return Measured(
        there.get("patients", 0),
        there.get("samples", 0),
        rows,
        tuple(Promise(answer, _lacking(needs, there)) for answer, needs in ANSWERS),
    )


def _lacking(needs: Sequence[Sequence[str]], there: dict[str, int]) -> tuple[str, ...]:
    return tuple(" or ".join(group) for group in needs if not any(name in there for name in group))


def rows_of(findings: Findings) -> tuple[PatientRow, ...]:
    """Lay out the patients of an analysis, in the order of the study."""
    courses = {course.patient_id: course for course in findings.courses}
    rows = []
    for number, timeline in enumerate(findings.timelines, 1):
        name = timeline.patient_id
        course, call = courses.get(name), _best(findings, name)
        pair = sentences.telling([pair for pair in findings.selective if pair.patient_id == name])
        judged = pair is not None and pair.spared is not None
        rows.append(
            PatientRow(
                number,
                name,
                str(State.NOT_EVALUABLE if course is None else course.state),
                None if course is None else course.day,
                "not done" if call is None else str(call.category),
                None if call is None else call.day,
                ("spared" if pair is not None and pair.spared else "not spared") if judged else "not judged",
                None if pair is None else pair.probability,
            )
        )
    return tuple(rows)


def _best(findings: Findings, name: str) -> ResponseCall | None:
    calls = [call for call in findings.responses.calls if call.patient_id == name]
    return min(calls, key=lambda call: (category_rank(call.category), call.day), default=None)


def chosen(
    rows: Sequence[PatientRow], *, state: str = "", response: str = "", persistence: str = ""
) -> tuple[PatientRow, ...]:
    """Choose patients by last state, best response and persistence; what is left empty asks nothing.

    Raises
    ------
    SettingError
        If a word is none that a row of this study can have, with the nearest.
    """
    faults = [
        fault
        for name, wanted, known in (
            ("state", state, [str(one) for one in State]),
            ("response", response, sorted({row.response for row in rows})),
            ("persistence", persistence, list(PERSISTENCE)),
        )
        if wanted and (fault := _unknown(name, wanted, known))
    ]
    if faults:
        raise SettingError(faults)
    return tuple(
        row
        for row in rows
        if state in ("", row.state)
        and response in ("", row.response)
        and persistence in ("", row.persistence)
    )


def _unknown(name: str, wanted: str, known: Sequence[str]) -> Fault | None:
    if wanted in known:
        return None
    return Fault(
        "query", None, name, quoted(wanted), ", ".join(known), suggest(wanted, list(known), "leave it out")
    )
