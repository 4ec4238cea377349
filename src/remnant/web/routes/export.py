"""What can be taken along: a study at any revision, its tables, results and report, and one without names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from remnant.errors import Fault, NotHere
from remnant.service.exporting import pseudonymised_zip, zipped
from remnant.service.intake.desk import rows_of
from remnant.service.studies import check_tree
from remnant.service.texts.spreadsheet import csv_of_table
from remnant.store.studies.results import ResultKind, latest
from remnant.store.studies.studies import revision_called, study_called
from remnant.study import LINE, TABLES
from remnant.web.ask import page, store_of, viewer_of

router = APIRouter(include_in_schema=False)
# By name in an address: which results, and what to do where there are none.
KEPT: dict[str, tuple[ResultKind, str]] = {
    "report": ("report", "ask for one on the page Export"),
    "results": ("analysis", "analyse the study first"),
}


@router.get("/s/{slug}/export")
def export(request: Request, slug: str) -> HTMLResponse:
    """Show what can be taken along."""
    store = store_of(request)
    record = study_called(store, slug)
    return page(
        request,
        "studies/export.html.j2",
        record=record,
        here="export",
        crumbs=[("Export", None)],
        help="export",
        tables=[(name, rows) for name in TABLES if (rows := rows_of(store, record.tree, name))],
        report=latest(store, record, "report"),
        analysed=latest(store, record, "analysis"),
        may=viewer_of(request).may("editor"),
        may_pseudonymise=viewer_of(request).may("admin"),
    )


@router.get("/s/{slug}/export/study.zip")
def study_zip(
    request: Request, slug: str, revision: Annotated[int | None, Query(ge=1, le=2**31)] = None
) -> Response:
    """Hand out a revision of a study, byte for byte."""
    store = store_of(request)
    record = study_called(store, slug)
    wanted = revision_called(store, record, revision or record.head)
    name = f"{slug}-{wanted.number}"
    return _zip(zipped(store, wanted.tree, name), name)


@router.get("/s/{slug}/export/tables/{table}.csv")
def table_csv(request: Request, slug: str, table: str) -> Response:
    """Hand out one table as it was read: days in place of dates, and no cell that is a formula."""
    store = store_of(request)
    record = study_called(store, slug)
    found = check_tree(store, record.tree).study
    if table not in TABLES or found is None or not found.has(table):
        hint = "the page Export lists them"
        raise NotHere([Fault("export", None, "table", table[:80], "a table of this study", hint)])
    return Response(
        csv_of_table(found[table].drop(LINE)), media_type="text/csv", headers=attached(f"{table}.csv")
    )


@router.get("/s/{slug}/export/{what}.zip")
def kept_zip(request: Request, slug: str, what: str) -> Response:
    """Hand out the latest report with its figures, or the latest analysis."""
    store = store_of(request)
    record = study_called(store, slug)
    if what not in KEPT:
        hint = "the page Export lists them"
        raise NotHere(
            [Fault("export", None, "file", f"{what[:80]}.zip", "study.zip, report.zip or results.zip", hint)]
        )
    kind, advice = KEPT[what]
    kept = latest(store, record, kind)
    if kept is None:
        raise NotHere([Fault("export", None, what, "none", f"one {kind} of this study", advice)])
    name = f"{slug}-{what}-{kept.id}"
    return _zip(zipped(store, kept.tree, name), name)


@router.post("/s/{slug}/export/pseudonymised.zip")
def without_names(request: Request, slug: str, why: Annotated[str, Form(max_length=2000)] = "") -> Response:
    """Hand out the study with pseudonyms and moved dates."""
    store = store_of(request)
    record = study_called(store, slug)
    pieces = pseudonymised_zip(store, viewer_of(request), record, why=why)
    return _zip(pieces, "pseudonymised")


def attached(name: str) -> dict[str, str]:
    """Return the header by which a browser keeps an answer as a file."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}


def _zip(pieces: Iterator[bytes], name: str) -> Response:
    return StreamingResponse(pieces, media_type="application/zip", headers=attached(f"{name}.zip"))
