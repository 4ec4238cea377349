"""The page of a study: what was found, or what there is to be found."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from remnant.errors import Fault, StudyError
from remnant.service.found import analyses, report_pages, slices
from remnant.service.found.cohort_questions import Measured, measured
from remnant.service.found.findings import Standing, changes_since, standing
from remnant.service.found.measured_pages import counted
from remnant.service.found.pages import Piece, program
from remnant.service.work import asking
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord, study_called
from remnant.web.ask import environment, page, store_of, viewer_of
from remnant.web.kept import kept_page

router = APIRouter(include_in_schema=False)


@router.get("/s/{slug}")
def cohort(request: Request, slug: str) -> Response:
    """Show the study as a whole."""
    store = store_of(request)
    record = study_called(store, slug)
    at = standing(store, record)
    if at.analysis is None:
        return _measured(request, record)
    if not slices.ready(store, at):
        return preparing(request, record)
    return kept_page(
        request,
        "findings/study.html.j2",
        with_charts(store, record, at, report_pages.STUDY, report_pages.words_of_study(store, at)),
        record=record,
        here="cohort",
        **around(request, record, at),
    )


def around(request: Request, record: StudyRecord, at: Standing) -> dict[str, Any]:
    """Return what every page of an analysis says of how it stands."""
    store = store_of(request)
    return {
        "at": at,
        "changes": changes_since(store, at) if at.later else (),
        "running": analyses.running(store, record),
        "may": viewer_of(request).role != "viewer",
        "help": "results",
    }


def with_charts(store: Store, record: StudyRecord, at: Standing, name: str, words: Piece) -> Piece:
    """Return the words of a page with all that its script needs, as one piece."""
    contents = report_pages.contents_of(store, at, name)
    where = package_address(record, at, name)
    return _with_charts(words, where, tuple(contents.packages), tuple(contents.files.items()))


@lru_cache(maxsize=512)
def _with_charts(
    words: Piece, where: str, packages: tuple[str, ...], files: tuple[tuple[str, str], ...]
) -> Piece:
    needs = environment().get_template("findings/needs.html.j2")
    text = needs.render(where=where, packages=packages, served=dict(files), **charts_need())
    return Piece.of(words.text + text.encode())


def charts_need() -> dict[str, Any]:
    """Return what the script that draws needs to know on every page."""
    from remnant.figures.theme import NIGHT
    from remnant.report.frame import COLUMNS

    return {"night": NIGHT, "columns": COLUMNS}


def package_address(record: StudyRecord, at: Standing, name: str) -> str:
    """Return where the charts of a page are, NAME in the place of the package."""
    return f"/s/{record.slug}/charts/{name}/NAME.json?v={at.key[:12]}{program()[:8]}"


def preparing(request: Request, record: StudyRecord) -> Response:
    """Say that results are being laid out; the page asks again by itself."""
    return page(request, "findings/preparing.html.j2", status=200, record=record, here="cohort")


def _measured(request: Request, record: StudyRecord) -> Response:
    store = store_of(request)
    found: Measured | None = None
    failed: tuple[Fault, ...] = ()
    try:
        found = measured(counted(store, record))
    except StudyError as error:
        failed = error.faults
    return page(
        request,
        "findings/measured.html.j2",
        record=record,
        here="cohort",
        measured=found,
        failed=failed,
        running=analyses.running(store, record),
        may=viewer_of(request).role != "viewer",
        help="results",
    )


@router.get("/s/{slug}/laid-out")
def laid_out(request: Request, slug: str) -> Response:
    """Tell a page that waits to load itself, once the results are laid out."""
    store = store_of(request)
    at = standing(store, study_called(store, slug))
    there = at.analysis is None or slices.ready(store, at, wait_s=0.2)
    return Response(status_code=204, headers={"HX-Refresh": "true"} if there else {})


@router.post("/s/{slug}/analyse")
def analyse(request: Request, slug: str, forecast: Annotated[str, Form()] = "no") -> Response:
    """Start the analysis of the newest revision."""
    store = store_of(request)
    record = study_called(store, slug)
    job = asking.ask(store, viewer_of(request), "analyse", record, {"forecast": forecast})
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)
