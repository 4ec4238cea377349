"""The patients of a study: a list to find them in, and a page of each."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from remnant.errors import SettingError
from remnant.figures.states import LOOKS
from remnant.service.found import report_pages, slices
from remnant.service.found.cohort_questions import PERSISTENCE, PatientRow, chosen
from remnant.service.found.findings import standing
from remnant.service.found.measured_pages import PAGE, names_from, patient_tables
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord, study_called
from remnant.web.ask import page, store_of
from remnant.web.kept import kept_page
from remnant.web.routes.cohort import around, preparing, with_charts

router = APIRouter(include_in_schema=False)
Typed = Annotated[str, Form(max_length=200)]
LETTERS = {str(state): look.letter for state, look in LOOKS.items()}


@router.get("/s/{slug}/patients")
def patients(
    request: Request, slug: str, state: str = "", response: str = "", persistence: str = "", after: int = 0
) -> Response:
    """List the patients, all of them or those of a kind."""
    return _list(request, slug, "", (state, response, persistence), after)


@router.post("/s/{slug}/patients")
def find(
    request: Request,
    slug: str,
    find: Typed = "",
    state: Typed = "",
    response: Typed = "",
    persistence: Typed = "",
) -> Response:
    """List those of a name, too: it is sent beneath the address, which lands in logs."""
    return _list(request, slug, find, (state, response, persistence))


def _list(request: Request, slug: str, find: str, kind: tuple[str, str, str], after: int = 0) -> Response:
    state, response, persistence = kind
    store = store_of(request)
    record = study_called(store, slug)
    at = standing(store, record)
    if at.analysis is None:
        return _entered(request, store, record, after)
    if not slices.ready(store, at):
        return preparing(request, record)
    every = slices.rows(store, at)
    wrong: dict[str, list[object]] = {}
    try:
        rows = chosen(every, state=state, response=response, persistence=persistence)
    except SettingError as error:
        rows = ()
        for fault in error.faults:
            wrong.setdefault(fault.column, []).append(fault)
    wanted = find.strip().lower()
    return page(
        request,
        "findings/patients.html.j2",
        status=422 if wrong else 200,
        record=record,
        here="patients",
        crumbs=[("Patients", None)],
        help="patients",
        rows=[row for row in rows if wanted in row.patient_id.lower()],
        total=len(every),
        found=find,
        state=state,
        response=response,
        persistence=persistence,
        states=sorted({row.state for row in every}),
        responses=sorted({row.response for row in every}),
        persistences=list(PERSISTENCE),
        letters=LETTERS,
        wrong=wrong,
    )


def _entered(request: Request, store: Store, record: StudyRecord, after: int) -> Response:
    after = max(0, after)
    names, total = names_from(store, record, after)
    first, last = after + 1, after + len(names)
    return page(
        request,
        "findings/patients.html.j2",
        record=record,
        here="patients",
        crumbs=[("Patients", None)],
        help="patients",
        rows=None,
        names=names,
        earlier=f"/s/{record.slug}/patients?after={max(0, after - PAGE)}" if after else "",
        later=f"/s/{record.slug}/patients?after={last}" if last < total else "",
        said=f"{first:,} to {last:,} of {total:,}" if names else "none",
    )


@router.get("/s/{slug}/patients/{number}")
def patient(request: Request, slug: str, number: int) -> Response:
    """Show one patient."""
    store = store_of(request)
    record = study_called(store, slug)
    at = standing(store, record)
    if at.analysis is None:
        return _as_measured(request, store, record, number)
    if not slices.ready(store, at):
        return preparing(request, record)
    row = slices.check_number(store, at, number)
    piece = report_pages.words_of_patient(store, at, number)
    before, later = _neighbours(slices.rows(store, at), number)
    return kept_page(
        request,
        "findings/patient.html.j2",
        with_charts(store, record, at, str(number), piece),
        record=record,
        here="patients",
        crumbs=[("Patients", f"/s/{record.slug}/patients"), (row.patient_id, None)],
        row=row,
        before=before,
        after=later,
        **around(request, record, at),
    )


def _neighbours(rows: tuple[PatientRow, ...], number: int) -> tuple[PatientRow | None, PatientRow | None]:
    return (rows[number - 2] if number > 1 else None), (rows[number] if number < len(rows) else None)


def _as_measured(request: Request, store: Store, record: StudyRecord, number: int) -> Response:
    name, tables = patient_tables(store, record, number)
    return page(
        request,
        "findings/measured_patient.html.j2",
        record=record,
        here="patients",
        crumbs=[("Patients", f"/s/{record.slug}/patients"), (name, None)],
        help="patients",
        name=name,
        number=number,
        tables=tables,
    )
