"""What was found, for programs: the same records as the pages show, and the files behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request
from fastapi.responses import FileResponse, Response

from remnant.analysis.results import FINDINGS
from remnant.inference.records import CurvePoint
from remnant.service.found import figures, slices
from remnant.service.found.cohort_questions import PatientRow, chosen
from remnant.service.found.comparison import Comparison, compare
from remnant.service.found.findings import folder, standing
from remnant.service.what_if import asked as what_if
from remnant.service.what_if.asked import ChanceRow
from remnant.service.what_if.question import Calendar, Question, Terms, fields_of, read_question
from remnant.store.studies.results import Kept, ResultKind, kept
from remnant.store.studies.studies import study_called
from remnant.web.ask import store_of
from remnant.web.routes.figures import analysed, figure_answer

router = APIRouter(prefix="/api/v1/studies/{slug}", tags=["findings"])
Number = Annotated[
    int, Path(ge=1, le=1_000_000_000, description="The patient's place in patients.csv, from 1.")
]


@dataclass(frozen=True)
class StandingOfStudy:
    """The newest analysis and fit; `stale` if the study has changed since the analysis."""

    head: int
    analysis: Kept | None
    fit: Kept | None
    stale: bool


@dataclass(frozen=True)
class Asked:
    """Whose calendars may be compared, and what may be given."""

    patient_id: str
    now_day: int
    preset: str
    planned: str
    drugs: tuple[Terms, ...]
    warning: str


@dataclass(frozen=True)
class Answered:
    """Chances under every calendar, differences to the planned one in the same draws, and the clone."""

    patient_id: str
    draws: int
    warning: str
    notes: tuple[str, ...]
    chances: tuple[ChanceRow, ...]
    curves: tuple[CurvePoint, ...]


@router.get("/standing")
def how_it_stands(request: Request, slug: str) -> StandingOfStudy:
    """Say which analysis and fit the pages show, and whether the study has changed since."""
    store = store_of(request)
    record = study_called(store, slug)
    at = standing(store, record)
    return StandingOfStudy(record.head, at.analysis, at.fit, bool(at.later))


@router.get("/findings", response_class=FileResponse)
def findings(request: Request, slug: str) -> FileResponse:
    """Answer with everything that the newest analysis found, as it was written: `findings.json`."""
    store = store_of(request)
    at = analysed(store, slug)
    assert at.analysis is not None, "it was asked for as analysed"
    return FileResponse(folder(store, at.analysis) / FINDINGS, media_type="application/json")


@router.get("/patients")
def patients(
    request: Request,
    slug: str,
    state: Annotated[str, Query(max_length=200, examples=["remission with stem-cell persistence"])] = "",
    response: Annotated[str, Query(max_length=200, examples=["CR"])] = "",
    persistence: Annotated[str, Query(max_length=200, examples=["spared"])] = "",
) -> tuple[PatientRow, ...]:
    """List the patients of the newest analysis: all, or those in a state, with a response, spared or not."""
    store = store_of(request)
    rows = slices.rows(store, analysed(store, slug))
    return chosen(rows, state=state, response=response, persistence=persistence)


@router.get(
    "/patients/{number}", response_class=Response, responses={200: {"content": {"application/json": {}}}}
)
def patient(request: Request, slug: str, number: Number) -> Response:
    """Answer with the findings of one patient: the record of all findings with nobody else in it."""
    store = store_of(request)
    text = slices.text_of_patient(store, analysed(store, slug), number)
    return Response(text, media_type="application/json")


@router.get("/results")
def results(request: Request, slug: str, kind: ResultKind | None = None) -> tuple[Kept, ...]:
    """List what was kept of a study, the newest first."""
    store = store_of(request)
    return kept(store, study_called(store, slug), kind)


@router.get("/results/compare")
def compared(
    request: Request,
    slug: str,
    first: Annotated[int, Query(ge=1, le=2**53, description="Number of an analysis.")],
    second: Annotated[int, Query(ge=1, le=2**53, description="Number of another.")],
) -> Comparison:
    """Say what changed from one analysis to another: states, numbers, statements, choices."""
    store = store_of(request)
    return compare(store, study_called(store, slug), first, second)


@router.get("/figures")
def figure_names(
    request: Request,
    slug: str,
    patient: Annotated[
        int | None, Query(ge=1, le=1_000_000_000, description="Of this patient alone.")
    ] = None,
) -> tuple[figures.FigureName, ...]:
    """List the figures of a study, or those of one patient."""
    store = store_of(request)
    return figures.names(store, analysed(store, slug), patient)


@router.get(
    "/figures/{name}.{kind}",
    response_class=Response,
    responses={200: {"content": {media: {} for media in figures.MEDIA.values()}}},
)
def figure(request: Request, slug: str, name: str, kind: str) -> Response:
    """Answer with a figure as `svg`, `png` or `pdf`, or the data behind it as `csv`."""
    return figure_answer(request, slug, name, kind)


@router.get("/what-if/{number}")
def what_may_be_asked(request: Request, slug: str, number: Number) -> Asked:
    """Say what calendars of a patient may hold: drugs and doses; days count from `now_day`."""
    store = store_of(request)
    stage = what_if.stage(store, study_called(store, slug), number)
    warning = what_if.warning(stage)
    return Asked(stage.patient_id, stage.now_day, stage.fit.preset, stage.planned, stage.drugs, warning)


EXAMPLE = {
    "summary": "Stop now, or half the dose",
    "value": [
        {"title": "stop now", "given": [{"drug": "lenalidomide", "dose_mg": 0}]},
        {
            "title": "half dose",
            "given": [{"drug": "lenalidomide", "dose_mg": 5, "days_on": 21, "cycle_days": 28}],
        },
    ],
}


@router.post("/what-if/{number}")
def ask(
    request: Request,
    slug: str,
    number: Number,
    calendars: Annotated[list[Calendar], Body(min_length=1, max_length=3, openapi_examples={"two": EXAMPLE})],
) -> Answered:
    """Compare up to three calendars with the planned one; the first question of a fit takes half a minute."""
    store = store_of(request)
    stage = what_if.stage(store, study_called(store, slug), number)
    # The bounds are those of the form: what is asked is written as its fields, and read as they are.
    question = read_question(fields_of(Question(tuple(calendars))), stage.drugs)
    found = what_if.answer_to(store, stage, question)
    notes = what_if.notes_of(stage, question)
    return Answered(
        stage.patient_id, what_if.draws(), what_if.warning(stage), notes, what_if.rows_of(found), found.curves
    )
