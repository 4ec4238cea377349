"""Charts as a page draws them, and figures as files."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from remnant.errors import Fault, NotHere
from remnant.service.found import figures, report_pages, slices
from remnant.service.found.findings import Standing, standing
from remnant.store.house import Store
from remnant.store.studies.studies import study_called
from remnant.web.ask import store_of
from remnant.web.kept import may_be_kept, sent

router = APIRouter(include_in_schema=False)
LAYING_OUT = "The results are being laid out for the first time. Ask again in half a minute."
A_DAY = "private, max-age=86400"  # an address holds the name of the results: it never says anything else


@router.get("/s/{slug}/charts/{page}/{name}.json")
def charts(request: Request, slug: str, page: str, name: str) -> Response:
    """Answer with one package of charts or drawers of a page."""
    store = store_of(request)
    at = analysed(store, slug)
    piece = report_pages.package(store, at, page, name)
    if piece is None:
        raise NotHere(
            [Fault(slug, None, "charts", f"{page}/{name}"[:80], "charts of a page", "reload the page")]
        )
    kept = {"Cache-Control": A_DAY} if may_be_kept(request) else {}
    return sent(request, (piece,), "application/json", **kept)


@router.get("/s/{slug}/figures/{name}.{kind}")
def figure(request: Request, slug: str, name: str, kind: str) -> Response:
    """Answer with a figure as a file."""
    return figure_answer(request, slug, name, kind)


def figure_answer(request: Request, slug: str, name: str, kind: str) -> Response:
    """Answer with a figure as SVG, PNG or PDF, or the data behind it as CSV."""
    if kind not in figures.MEDIA:
        expected = ", ".join(figures.MEDIA)
        raise NotHere(
            [Fault(slug, None, "figure", f".{kind}"[:40], expected, "change the ending of the address")]
        )
    store = store_of(request)
    at = analysed(store, slug)
    file = figures.figure_file(store, at, name, kind)  # type: ignore[arg-type]
    headers = {"Content-Disposition": f'attachment; filename="{slug}_{name}.{kind}"'}
    return Response(file, media_type=figures.MEDIA[kind], headers=headers)


def analysed(store: Store, slug: str) -> Standing:
    """Return how a study that was analysed stands, its results laid out.

    Raises
    ------
    NotHere
        If nothing was analysed yet.
    HTTPException
        503 while the results are still being laid out.
    """
    at = standing(store, study_called(store, slug))
    if at.analysis is None:
        raise NotHere([Fault(slug, None, "analysis", "none", "an analysed study", "analyse the study first")])
    if not slices.ready(store, at, wait_s=20):
        raise HTTPException(503, LAYING_OUT, {"Retry-After": "30"})
    return at
