"""Tables of a study: their rows, and forms that add, change and take out a row."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import FormData

from remnant.errors import ConflictError, Refused, RemnantError
from remnant.service.entry.edits import add_rows, change_row_of, remove_row_of
from remnant.service.entry.pasting import read_pasted
from remnant.service.entry.row_faults import RowError, row_faults, row_now
from remnant.service.entry.table_files import columns_of, in_workbook, page_of, table_file
from remnant.service.standing import study_of
from remnant.service.viewer import need
from remnant.store.studies.studies import StudyRecord
from remnant.study.tables import TABLES
from remnant.web.ask import fragment, page, store_of, viewer_of
from remnant.web.plate_form import PLATE, SHARED, plate_rows
from remnant.web.table_fields import GROUPS, title_of
from remnant.web.table_pages import RowForm, TablePage, cells_in, number_in, record_of

router = APIRouter(include_in_schema=False)
MORE = 4  # doses that are added to a form at once
ROWS = 50  # of a page


async def typed(request: Request) -> FormData:
    """Return the fields of a form."""
    return await request.form(max_files=0)


Form = Annotated[FormData, Depends(typed)]
Answer = HTMLResponse | RedirectResponse
Count = Annotated[int, Query(ge=0, le=10**9)]


@router.get("/s/{slug}/tables")
def overview(request: Request, slug: str) -> HTMLResponse:
    """List the tables of a study."""
    record = record_of(request, slug)
    store = store_of(request)
    counts = {name: table.height for name, table in study_of(store, record.tree).tables.items()}
    groups = [
        (title, [(name, title_of(name), TABLES[name], counts[name]) for name in names])
        for title, names in GROUPS
    ]
    crumbs = [("Tables", None)]
    return page(
        request,
        "tables_overview.html.j2",
        record=record,
        here="tables",
        help="edit",
        crumbs=crumbs,
        groups=groups,
        workbook=in_workbook(store, record.tree),
    )


@router.get("/s/{slug}/tables/{table}")
def rows(
    request: Request,
    slug: str,
    table: str,
    patient: Count = 0,
    sort: Annotated[str, Query(max_length=80)] = "",
    down: bool = False,
    number: Annotated[int, Query(alias="page", ge=1, le=10**6)] = 1,
    at: Count = 0,
    saved: Count = 0,
) -> HTMLResponse:
    """Show the rows of a table."""
    shown = TablePage.of(request, slug, table)
    held = shown.held
    if at in held.lines:
        number = held.lines.index(at) // ROWS + 1
    part = page_of(shown.study, held, patient=patient, sort=sort, down=down, number=number, size=ROWS)
    kept = {"patient": patient, "sort": sort if sort in held.header else "", "down": "true" if down else ""}
    return shown.show(
        "tables_rows.html.j2",
        shown=part,
        patients=shown.study.patients,
        patient=patient,
        sort=sort,
        down=down,
        at=at,
        saved=saved,
        link=urlencode({name: value for name, value in kept.items() if value}),
        labels={column.name: column for column in columns_of(held)},
    )


@router.get("/s/{slug}/tables/{table}/new")
def new_row(request: Request, slug: str, table: str, like: Count = 0) -> HTMLResponse:
    """Show the form of a new row, filled in like another where one is named."""
    need(viewer_of(request), "editor")
    shown = TablePage.of(request, slug, table)
    return shown.form(RowForm(shown.held.row(like) if like else {}))


@router.post("/s/{slug}/tables/{table}/new", response_model=None)
def add(request: Request, slug: str, table: str, form: Form) -> Answer:
    """Add the row, or the doses of a plate."""
    shown = TablePage.of(request, slug, table)
    values, why = cells_in(form), str(form.get("why", ""))
    doses = plate_rows(form) if table == PLATE and "doses" in form else []
    if doses and "more" in form:
        return shown.form(RowForm(values, why=why, doses=doses, more=MORE))
    filled = [place for place, dose in enumerate(doses) if any(dose.values())] or [0]
    shared = {name: values.get(name, "") for name in SHARED}
    rows = [shared | doses[place] for place in filled] if doses else [values]
    try:
        after = add_rows(store_of(request), viewer_of(request), shown.record, table, rows, why)
    except Refused:
        raise
    except RowError as error:
        at = (
            {place: error.at(line) for place, line in zip(filled, error.lines, strict=False)} if doses else {}
        )
        return shown.form(RowForm(values, why=why, doses=doses, at=at, error=error))
    except RemnantError as error:
        return shown.form(RowForm(values, why=why, doses=doses, error=error))
    last = table_file(store_of(request), after.tree, table).lines[-1]
    if "again" in form:
        return _see(f"/s/{slug}/tables/{table}/new?like={last}&saved={after.head}")
    return _table(slug, table, after, last)


@router.get("/s/{slug}/tables/{table}/rows/{line}")
def one_row(request: Request, slug: str, table: str, line: int) -> HTMLResponse:
    """Show the form of a row that is there."""
    need(viewer_of(request), "editor")
    shown = TablePage.of(request, slug, table)
    return shown.form(RowForm(shown.held.row(line), line))


@router.post("/s/{slug}/tables/{table}/rows/{line}", response_model=None)
def change(request: Request, slug: str, table: str, line: int, form: Form) -> Answer:
    """Change the row."""
    shown = TablePage.of(request, slug, table)
    values, why, seen = cells_in(form), str(form.get("why", "")), number_in(form, "head")
    store, viewer = store_of(request), viewer_of(request)
    try:
        after = change_row_of(store, viewer, shown.record, table, line, values, why, expected=seen)
    except Refused:
        raise
    except ConflictError as error:
        return _overtaken(request, slug, table, line, RowForm(values, why=why, head=seen, error=error))
    except RemnantError as error:
        held = shown.held.row(line)
        return shown.form(RowForm(held | values, line, why, head=seen, error=error))
    return _table(slug, table, after, line)


@router.post("/s/{slug}/tables/{table}/rows/{line}/remove", response_model=None)
def remove(request: Request, slug: str, table: str, line: int, form: Form) -> Answer:
    """Take the row out."""
    shown = TablePage.of(request, slug, table)
    why, seen = str(form.get("why", "")), number_in(form, "head")
    store, viewer = store_of(request), viewer_of(request)
    try:
        after = remove_row_of(store, viewer, shown.record, table, line, why, expected=seen)
    except ConflictError as error:
        return _overtaken(request, slug, table, line, RowForm({}, removing=why, head=seen, error=error))
    except RowError as error:
        return shown.form(RowForm(shown.held.row(line), line, removing=why, head=seen, error=error))
    return _see(f"/s/{slug}/tables/{table}?saved={after.head}")


@router.post("/s/{slug}/tables/{table}/check")
def check(
    request: Request, slug: str, table: str, form: Form, column: Annotated[str, Query(max_length=80)]
) -> HTMLResponse:
    """Check one field while the row is typed."""
    shown = TablePage.of(request, slug, table)
    faults = [
        fault for fault in row_faults(shown.study, shown.held, cells_in(form)) if fault.column == column
    ]
    return fragment(request, "tables_at.html.j2", faults=faults)


@router.post("/s/{slug}/tables/{table}/preview", response_model=None)
def preview(request: Request, slug: str, table: str, form: Form) -> HTMLResponse:
    """Say what the row that is typed says: beside the form, or, without scripts, in the form sent back."""
    shown = TablePage.of(request, slug, table)
    doses = plate_rows(form) if "doses" in form else []
    values, line = cells_in(form), number_in(form, "line")
    if request.headers.get("HX-Request") != "true":
        return shown.form(RowForm(values, line, str(form.get("why", "")), doses=doses))
    return fragment(request, "tables_preview.html.j2", said=shown.preview(values, line, doses))


@router.get("/s/{slug}/tables/{table}/paste")
def paste_form(request: Request, slug: str, table: str) -> HTMLResponse:
    """Show where rows of a spreadsheet can be pasted."""
    need(viewer_of(request), "editor")
    return TablePage.of(request, slug, table).pasting()


@router.post("/s/{slug}/tables/{table}/paste", response_model=None)
def paste(request: Request, slug: str, table: str, form: Form) -> Answer:
    """Show the rows that were pasted with their faults, or save them, all or none."""
    shown = TablePage.of(request, slug, table)
    store, viewer = store_of(request), viewer_of(request)
    need(viewer, "editor")
    text, why, pasted = str(form.get("text", "")), str(form.get("why", "")), None
    try:
        pasted = read_pasted(text, shown.held)
        only_check = "save" not in form
        after = add_rows(store, viewer, shown.record, table, pasted.values, why, only_check=only_check)
    except RemnantError as error:
        return shown.pasting(text, why, pasted, error)
    if only_check:
        return shown.pasting(text, why, pasted)
    return _table(slug, table, after, table_file(store, after.tree, table).lines[-1])


def _overtaken(request: Request, slug: str, table: str, line: int, sent: RowForm) -> HTMLResponse:
    """Show theirs beside yours: saving again writes yours over theirs, knowingly."""
    shown = TablePage.of(request, slug, table)
    now = row_now(store_of(request), shown.record, table, line, sent.head or shown.record.head)
    row = now[1] if now else {}
    theirs = {
        name: text for name, text in row.items() if name in sent.values and sent.values[name].strip() != text
    }
    again = RowForm(
        row | dict(sent.values),
        now[0] if now else None,
        sent.why,
        sent.removing,
        error=sent.error,
        theirs=theirs,
    )
    return shown.form(again)


def _table(slug: str, table: str, after: StudyRecord, line: int) -> RedirectResponse:
    return _see(f"/s/{slug}/tables/{table}?at={line}&saved={after.head}#row-{line}")


def _see(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=303)
