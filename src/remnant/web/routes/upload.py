"""Check my files: a folder, files or a zip are brought, and become a draft."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from remnant.errors import Fault, StoreError, StudyError
from remnant.service.intake import drafts
from remnant.service.viewer import Viewer, need
from remnant.store.house import Store
from remnant.store.studies.drafts import Draft
from remnant.store.studies.drafts import drafts as all_drafts
from remnant.store.studies.studies import StudyRecord, all_studies, study_called
from remnant.web.ask import page, store_of, viewer_of
from remnant.web.received import brought, files_in, form_of

router = APIRouter(include_in_schema=False)


@router.get("/upload")
def upload(request: Request) -> HTMLResponse:
    """Ask for files, and list what was brought before."""
    need(viewer_of(request), "editor")
    return _page(request, None)


@router.post("/upload")
async def receive(request: Request) -> Response:
    """Make a draft of what was brought."""
    return await _receive(request, None)


@router.get("/s/{slug}/check")
def check(request: Request, slug: str) -> HTMLResponse:
    """Ask for new or corrected files of a study."""
    need(viewer_of(request), "editor")
    return _page(request, study_called(store_of(request), slug))


@router.post("/s/{slug}/check")
async def receive_onto(request: Request, slug: str) -> Response:
    """Make a draft of what was brought onto a study."""
    record = await run_in_threadpool(study_called, store_of(request), slug)
    return await _receive(request, record)


async def _receive(request: Request, record: StudyRecord | None) -> Response:
    viewer, store = viewer_of(request), store_of(request)
    need(viewer, "editor")
    form = await form_of(request)
    try:
        draft, left = await run_in_threadpool(_start, store, viewer, files_in(form), record)
    except (StudyError, StoreError) as error:
        return await run_in_threadpool(_page, request, record, error.faults)
    finally:
        await form.close()
    # How many, and not which: an address lands in a log.
    return RedirectResponse(f"/drafts/{draft.id}" + (f"?left={left}" if left else ""), 303)


def _start(
    store: Store, viewer: Viewer, uploads: Sequence[UploadFile], record: StudyRecord | None
) -> tuple[Draft, int]:
    with brought(store, uploads) as files:
        return drafts.start(store, viewer, files, record), len(files.left_out)


def _page(request: Request, record: StudyRecord | None, faults: Sequence[Fault] = ()) -> HTMLResponse:
    store = store_of(request)
    names = {study.id: study.title for study in all_studies(store, archived=True)}
    own = [
        (draft, names.get(draft.study or 0, ""))
        for draft in all_drafts(store)
        if record is None or draft.study == record.id
    ]
    return page(
        request,
        "upload/upload.html.j2",
        status=422 if faults else 200,
        record=record,
        here="check" if record else "upload",
        crumbs=[("Check" if record else "Check my files", None)],
        help="check",
        faults=faults,
        drafts=own,
    )
