"""What was kept of a study: analyses, fits and reports, their files, and what changed between two."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response, StreamingResponse

from remnant.analysis.results import TABLES
from remnant.errors import Fault, NotHere
from remnant.service.exporting import zip_of
from remnant.service.found import analyses, figures, slices
from remnant.service.found.comparison import compare
from remnant.service.found.findings import Standing, folder, results_files, standing
from remnant.service.work import asking
from remnant.store.house import Store
from remnant.store.studies.results import Kept, kept, kept_called
from remnant.store.studies.studies import StudyRecord, study_called
from remnant.web.ask import page, store_of, viewer_of

router = APIRouter(include_in_schema=False)
SAID = {
    "analysis": "Analysis",
    "fit": "Fit",
    "report": "Report",
    "cohort": "Virtual cohort",
}


@router.get("/s/{slug}/results")
def results(request: Request, slug: str) -> Response:
    """List what was kept."""
    store = store_of(request)
    record = study_called(store, slug)
    there = kept(store, record)
    at = standing(store, record)
    return page(
        request,
        "findings/results.html.j2",
        record=record,
        here="results",
        crumbs=[("Results", None)],
        kept=there,
        said=SAID,
        at=at,
        files={one.id: _files(store, one) for one in there},
        analyses=[one for one in there if one.kind == "analysis"],
        figures=_figures(store, at),
        endings=tuple(figures.MEDIA),
        reporting=analyses.running(store, record, "report"),
        may=viewer_of(request).role != "viewer",
        help="results",
    )


def _figures(store: Store, at: Standing) -> tuple[figures.FigureName, ...]:
    if at.analysis is None or not slices.ready(store, at, wait_s=0.2):
        return ()
    return figures.names(store, at)


def _files(store: Store, one: Kept) -> list[str]:
    """Name the files of results that a person reads, the most telling first."""
    names = [name for name in results_files(store, one) if not name.startswith(f"{TABLES}/")]
    return sorted(names, key=lambda name: (not name.endswith(".html"), "/" in name, name))[:6]


@router.get("/s/{slug}/results/compare")
def comparison(request: Request, slug: str, first: int, second: int) -> Response:
    """Say what changed from one analysis to another."""
    store = store_of(request)
    record = study_called(store, slug)
    found = compare(store, record, first, second)
    crumbs = [("Results", f"/s/{slug}/results"), ("Compared", None)]
    return page(
        request, "findings/compared.html.j2", record=record, here="results", crumbs=crumbs, found=found
    )


@router.get("/s/{slug}/results/{number}/tables.zip")
def tables(request: Request, slug: str, number: int) -> Response:
    """Answer with every table of results, as CSV and Parquet, in one archive."""
    store = store_of(request)
    one = _kept_of(store, study_called(store, slug), number)
    files = [name for name in results_files(store, one) if name.startswith(f"{TABLES}/")]
    if not files:
        raise NotHere(
            [Fault(slug, None, "tables", "none", "results with tables", "take another file of these")]
        )
    name = f"{slug}_{one.kind}_{number}_tables"
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    home = folder(store, one)
    pieces = zip_of((f"{name}/{Path(file).name}", home / file) for file in files)
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


@router.get("/s/{slug}/results/{number}/files/{name:path}")
def file(request: Request, slug: str, number: int, name: str) -> Response:
    """Answer with one file of results, by the name that they have it under."""
    store = store_of(request)
    one = _kept_of(store, study_called(store, slug), number)
    if name not in results_files(store, one):  # the listing of the tree, so that no path leads elsewhere
        hint = "the page of results lists them"
        raise NotHere([Fault(slug, None, "file", json.dumps(name)[:80], "a file of these results", hint)])
    return FileResponse(
        folder(store, one) / name,
        filename=f"{slug}_{one.kind}_{number}_{name.replace('/', '_')}",
        headers={"X-Content-Type-Options": "nosniff"},
    )


def _kept_of(store: Store, record: StudyRecord, number: int) -> Kept:
    one = kept_called(store, number)
    if one.study != record.id:
        hint = "the page of results lists them"
        raise NotHere([Fault(record.slug, None, "results", str(number), "results of this study", hint)])
    return one


@router.post("/s/{slug}/report")
def report(request: Request, slug: str) -> Response:
    """Start to write the report, with its figures."""
    store = store_of(request)
    job = asking.ask(store, viewer_of(request), "report", study_called(store, slug), {})
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)
