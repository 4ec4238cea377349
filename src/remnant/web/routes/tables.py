"""Tables of a study: their rows, and forms that add, change and take out a row."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import FormData

from remnant.errors import ConflictError, RemnantError
from remnant.service.edits import (
    RowError,
    add_row,
    add_rows,
    change_row_of,
    remove_row_of,
    row_faults,
    row_now,
)
from remnant.service.pasting import read_pasted
from remnant.service.preview import Preview, preview_karyotype, preview_plate, preview_slide
from remnant.service.standing import study_of
from remnant.service.table_files import TableFile, columns_of, known_table, names_for, page_of, table_file
from remnant.service.viewer import need
from remnant.store.studies import StudyRecord, study_called
from remnant.study.tables import TABLES
from remnant.web.ask import fragment, page, store_of, viewer_of
from remnant.web.plate_form import PLATE, SHARED, doses_of, plate_rows
from remnant.web.table_fields import GROUPS, fields_of, title_of

router = APIRouter(include_in_schema=False)
CELL = "c-"  # before the name of a column, so that none is taken for another field of the form
LIVE = ("fish", "dilution_plates", "karyotypes")  # tables that answer while a row is typed


async def typed(request: Request) -> FormData:
    """Return the fields of a form."""
    return await request.form(max_files=0)


Form = Annotated[FormData, Depends(typed)]


def record_of(request: Request, slug: str) -> StudyRecord:
    """Return the study of an address, for somebody who may see it."""
    need(viewer_of(request), "viewer")
    return study_called(store_of(request), slug)


def cells_of(form: FormData) -> dict[str, str]:
    """Return what was typed, by column."""
    return {name[len(CELL) :]: str(value) for name, value in form.items() if name.startswith(CELL)}


def number_in(form: FormData, name: str) -> int | None:
    """Return a whole number of a form; None where there is none."""
    text = str(form.get(name, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@router.get("/s/{slug}/tables")
def overview(request: Request, slug: str) -> HTMLResponse:
    """List the tables of a study."""
    record = record_of(request, slug)
    store = store_of(request)
    groups = [
        (
            title,
            [(name, title_of(name), TABLES[name], table_file(store, record.tree, name)) for name in names],
        )
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
    )


@router.get("/s/{slug}/tables/{table}")
def rows(
    request: Request,
    slug: str,
    table: str,
    patient: Annotated[int, Query(ge=0, le=10**6)] = 0,
    sort: Annotated[str, Query(max_length=80)] = "",
    down: bool = False,
    number: Annotated[int, Query(alias="page", ge=1, le=10**6)] = 1,
    at: Annotated[int, Query(ge=0)] = 0,
    saved: Annotated[int, Query(ge=0)] = 0,
) -> HTMLResponse:
    """Show the rows of a table."""
    record = record_of(request, slug)
    store = store_of(request)
    held = table_file(store, record.tree, table)
    study = study_of(store, record.tree)
    shown = page_of(study, held, patient=patient, sort=sort, down=down, number=_page_with(held, at) or number)
    kept = {"patient": patient or None, "sort": sort or None, "down": "true" if down else None}
    link = "&".join(f"{name}={value}" for name, value in kept.items() if value)
    return _page(
        request, "tables_rows.html.j2", record, held, [],
        shown=shown, patients=study.patients, patient=patient, sort=sort, down=down, at=at, saved=saved, link=link,
        labels={column.name: column for column in columns_of(held)},
    )  # fmt: skip


def _page_with(held: TableFile, line: int) -> int | None:
    return held.lines.index(line) // 50 + 1 if line in held.lines else None


@router.get("/s/{slug}/tables/{table}/new")
def new_row(request: Request, slug: str, table: str, like: Annotated[int, Query(ge=0)] = 0) -> HTMLResponse:
    """Show the form of a new row, filled in like another where one is named."""
    record = record_of(request, slug)
    held = table_file(store_of(request), record.tree, table)
    values = held.row(like) if like else {}
    return _form(request, record, held, values)


@router.post("/s/{slug}/tables/{table}/new", response_model=None)
def add(request: Request, slug: str, table: str, form: Form) -> HTMLResponse | RedirectResponse:
    """Add the row, or the doses of a plate."""
    record = record_of(request, slug)
    store, viewer = store_of(request), viewer_of(request)
    held = table_file(store, record.tree, table)
    values, why = cells_of(form), str(form.get("why", ""))
    doses = plate_rows(form) if table == PLATE else []
    if "more" in form:
        return _form(request, record, held, values, why=why, doses=doses, more=4)
    try:
        if table == PLATE and "doses" in form:
            shared = {name: values.get(name, "") for name in SHARED}
            typed_rows = [(place, row) for place, row in enumerate(doses) if any(row.values())] or [
                (0, doses[0])
            ]
            after = add_rows(store, viewer, record, table, [shared | row for _, row in typed_rows], why)
        else:
            typed_rows = [(0, values)]
            after = add_row(store, viewer, record, table, values, why)
    except RowError as error:
        at = {place: error.at(line) for line, (place, _) in zip(error.lines, typed_rows, strict=False)}
        return _form(request, record, held, values, error=error, why=why, doses=doses, at=at)
    except RemnantError as error:
        need(viewer, "editor")
        return _form(request, record, held, values, error=error, why=why, doses=doses)
    last = table_file(store, after.tree, table).lines[-1]
    if "again" in form:
        return _see(f"/s/{slug}/tables/{table}/new?like={last}&saved={after.head}")
    return _see(f"/s/{slug}/tables/{table}?at={last}&saved={after.head}#row-{last}")


@router.get("/s/{slug}/tables/{table}/rows/{line}")
def one_row(request: Request, slug: str, table: str, line: int) -> HTMLResponse:
    """Show the form of a row that is there."""
    record = record_of(request, slug)
    held = table_file(store_of(request), record.tree, table)
    return _form(request, record, held, held.row(line), line=line)


@router.post("/s/{slug}/tables/{table}/rows/{line}", response_model=None)
def change(request: Request, slug: str, table: str, line: int, form: Form) -> HTMLResponse | RedirectResponse:
    """Change the row."""
    record = record_of(request, slug)
    store, viewer = store_of(request), viewer_of(request)
    values, why, seen = cells_of(form), str(form.get("why", "")), number_in(form, "head")
    try:
        after = change_row_of(store, viewer, record, table, line, values, why, expected=seen)
    except ConflictError as error:
        return _overtaken(request, record, table, line, values, why, seen or record.head, error)
    except RemnantError as error:
        need(viewer, "editor")
        held = table_file(store, record.tree, table)
        return _form(
            request, record, held, held.row(line) | values, line=line, error=error, why=why, head=seen
        )
    return _see(f"/s/{slug}/tables/{table}?at={line}&saved={after.head}#row-{line}")


@router.post("/s/{slug}/tables/{table}/rows/{line}/remove", response_model=None)
def remove(request: Request, slug: str, table: str, line: int, form: Form) -> HTMLResponse | RedirectResponse:
    """Take the row out."""
    record = record_of(request, slug)
    store, viewer = store_of(request), viewer_of(request)
    why, seen = str(form.get("why", "")), number_in(form, "head")
    try:
        after = remove_row_of(store, viewer, record, table, line, why, expected=seen)
    except ConflictError as error:
        return _overtaken(request, record, table, line, {}, why, seen or record.head, error)
    except RowError as error:
        held = table_file(store, record.tree, table)
        return _form(request, record, held, held.row(line), line=line, error=error, removing=why)
    return _see(f"/s/{slug}/tables/{table}?saved={after.head}")


@router.post("/s/{slug}/tables/{table}/check")
def check(
    request: Request, slug: str, table: str, form: Form, column: Annotated[str, Query(max_length=80)]
) -> HTMLResponse:
    """Check one field while the row is typed."""
    record = record_of(request, slug)
    store = store_of(request)
    held = table_file(store, record.tree, table)
    faults = [f for f in row_faults(study_of(store, record.tree), held, cells_of(form)) if f.column == column]
    return fragment(request, "tables_at.html.j2", faults=faults)


@router.post("/s/{slug}/tables/{table}/preview")
def preview(request: Request, slug: str, table: str, form: Form) -> HTMLResponse:
    """Say what the row that is typed says."""
    record = record_of(request, slug)
    store = store_of(request)
    held = table_file(store, record.tree, known_table(table).name)
    doses = plate_rows(form) if "doses" in form else []
    said = _preview(request, record, held, cells_of(form), number_in(form, "line"), doses)
    return fragment(request, "tables_preview.html.j2", said=said)


@router.get("/s/{slug}/tables/{table}/paste")
def paste_form(request: Request, slug: str, table: str) -> HTMLResponse:
    """Show where rows of a spreadsheet can be pasted."""
    record = record_of(request, slug)
    held = table_file(store_of(request), record.tree, table)
    return _pasting(request, record, held)


@router.post("/s/{slug}/tables/{table}/paste", response_model=None)
def paste(request: Request, slug: str, table: str, form: Form) -> HTMLResponse | RedirectResponse:
    """Show the rows that were pasted with their faults, or save them, all or none."""
    record = record_of(request, slug)
    store, viewer = store_of(request), viewer_of(request)
    need(viewer, "editor")
    held = table_file(store, record.tree, table)
    text, why = str(form.get("text", "")), str(form.get("why", ""))
    pasted = None
    try:
        pasted = read_pasted(text, held)
        after = add_rows(store, viewer, record, table, pasted.values, why, only_check="save" not in form)
    except RemnantError as error:
        return _pasting(request, record, held, text=text, why=why, pasted=pasted, error=error)
    if "save" not in form:
        return _pasting(request, record, held, text=text, why=why, pasted=pasted)
    last = table_file(store, after.tree, table).lines[-1]
    return _see(f"/s/{slug}/tables/{table}?at={last}&saved={after.head}#row-{last}")


def _pasting(
    request: Request, record: StudyRecord, held: TableFile, *, text: str = "", why: str = "",
    pasted: Any = None, error: RemnantError | None = None,
) -> HTMLResponse:  # fmt: skip
    at: dict[int, Any] = {}
    above = () if error is None else error.faults
    if isinstance(error, RowError):
        at = {place: error.at(line) for place, line in enumerate(error.lines)}
        above = error.elsewhere
    return _page(
        request, "tables_paste.html.j2", record, held, [("Paste rows", None)], status=422 if error else 200,
        text=text, why=why, pasted=pasted, at=at, above=above, sound=pasted is not None and error is None,
        columns=columns_of(held),
    )  # fmt: skip


def _overtaken(
    request: Request, record: StudyRecord, table: str, line: int, values: dict[str, str], why: str, seen: int,
    error: ConflictError,
) -> HTMLResponse:  # fmt: skip
    """Show theirs beside yours: saving again writes yours over theirs, knowingly."""
    store = store_of(request)
    record = study_called(store, record.slug)
    held = table_file(store, record.tree, table)
    now = row_now(store, record, table, line, seen)
    theirs = {} if now is None else now[1]
    return _form(
        request, record, held, theirs | values, line=None if now is None else now[0], error=error, why=why,
        theirs={name: text for name, text in theirs.items() if name in values and values[name].strip() != text},
    )  # fmt: skip


def _form(
    request: Request, record: StudyRecord, held: TableFile, values: dict[str, str], *, line: int | None = None,
    error: RemnantError | None = None, why: str = "", removing: str | None = None, head: int | None = None,
    theirs: dict[str, str] | None = None, doses: list[dict[str, str]] | None = None, more: int = 0,
    at: dict[int, Any] | None = None,
) -> HTMLResponse:  # fmt: skip
    store = store_of(request)
    plate = held.name == PLATE and line is None
    faults: dict[str, Any] = {}
    above = () if error is None else error.faults
    if isinstance(error, RowError):
        faults, above = (error.at() or (at or {}).get(0, {})), error.elsewhere
        faults |= {"why": tuple(fault for fault in above if fault.column == "why")}
        above = tuple(fault for fault in above if fault.column != "why")
    dose_fields, fields = (
        doses_of(fields_of(held, names_for(store, record, held)))
        if plate
        else ((), fields_of(held, names_for(store, record, held)))
    )
    filled = (doses or []) + [{}] * (more or (0 if doses else 6))
    said = (
        _preview(request, record, held, values, line, filled if plate else []) if held.name in LIVE else None
    )
    status = 200 if error is None else 409 if isinstance(error, ConflictError) else 422
    crumb = "Add a plate" if plate else "Add a row" if line is None else f"Line {line}"
    return _page(
        request, "tables_plate.html.j2" if plate else "tables_row.html.j2", record, held, [(crumb, None)], status=status,
        fields=fields, dose_fields=dose_fields, doses=filled, at=at or {}, values=values, faults=faults, above=above,
        line=line, why=why, removing=removing, head=head or record.head, theirs=theirs or {}, said=said,
        conflict=isinstance(error, ConflictError), saved=request.query_params.get("saved", "") if error is None else "",
    )  # fmt: skip


def _preview(
    request: Request, record: StudyRecord, held: TableFile, values: dict[str, str], line: int | None,
    doses: list[dict[str, str]],
) -> Preview:  # fmt: skip
    study = study_of(store_of(request), record.tree)
    if held.name == "fish":
        return preview_slide(study, values, line=line)
    if held.name == "karyotypes":
        return preview_karyotype(study, values.get("iscn", ""))
    if held.name != PLATE:
        return Preview()
    if not doses:
        same = [
            at for at in held.lines if at != line and all(held.row(at)[n] == values.get(n) for n in SHARED)
        ]
        doses = [held.row(at) for at in same] + [values]
    return preview_plate(study, doses)


def _page(
    request: Request, template: str, record: StudyRecord, held: TableFile, crumbs: list[tuple[str, str | None]],
    *, status: int = 200, **context: Any,
) -> HTMLResponse:  # fmt: skip
    home = f"/s/{record.slug}/tables"
    trail = [("Tables", home), (title_of(held.name), f"{home}/{held.name}"), *crumbs]
    return page(
        request, template, status=status, record=record, here="tables", help="edit", crumbs=trail, table=held,
        title=title_of(held.name), base=f"{home}/{held.name}", live=held.name in LIVE,
        may=viewer_of(request).may("editor"), **context,
    )  # fmt: skip


def _see(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=303)
