"""The list of studies, the template to start from, and what becomes of a study as a whole."""

from __future__ import annotations

import io
import tempfile
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from remnant.service.listing import listing
from remnant.service.studies import set_archived
from remnant.store.studies.recent import recent
from remnant.store.studies.studies import study_called
from remnant.study.template import write_template
from remnant.web.ask import page, store_of, viewer_of

router = APIRouter(include_in_schema=False)
LAST_PAGE = 1_000_000


@router.get("/")
def studies(
    request: Request,
    find: Annotated[str, Query(max_length=200)] = "",
    archived: bool = False,
    page_number: Annotated[int, Query(alias="page", ge=1, le=LAST_PAGE)] = 1,
) -> HTMLResponse:
    """List the studies."""
    found = listing(store_of(request), words=find, archived=archived, page=page_number)

    def where(number: int) -> str:
        asked = {"find": find} if find else {}
        asked |= {"archived": "true"} if archived else {}
        return f"/?{urlencode(asked | {'page': str(number)})}" if 1 <= number <= found.pages else ""

    return page(
        request,
        "studies/list.html.j2",
        here="studies",
        crumbs=[("Studies", None)],
        help="studies",
        listing=found,
        find=find,
        archived=archived,
        any_away=archived or bool(recent(store_of(request), archived=True, limit=1).total),
        earlier=where(page_number - 1),
        later=where(page_number + 1),
    )


@router.post("/s/{slug}/archive")
def archive(
    request: Request,
    slug: str,
    why: Annotated[str, Form(max_length=2000)] = "",
    away: Annotated[bool, Form()] = True,
) -> Response:
    """Put a study away, or list it again."""
    store = store_of(request)
    set_archived(store, viewer_of(request), study_called(store, slug), away=away, why=why)
    return RedirectResponse("/" if away else f"/s/{slug}", 303)


@router.get("/template.zip")
def template() -> Response:
    """Hand out a study folder with every table, an example row in each, and the data dictionary."""
    headers = {"Content-Disposition": 'attachment; filename="my-study.zip"'}
    return Response(_template(), media_type="application/zip", headers=headers)


@cache
def _template() -> bytes:
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as room, ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        folder = Path(room) / "my-study"
        for name in write_template(folder):
            archive.writestr(ZipInfo(f"my-study/{name}", (1980, 1, 1, 0, 0, 0)), (folder / name).read_bytes())
    return packed.getvalue()
