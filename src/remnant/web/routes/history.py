"""Who changed a study, when, what and why."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from remnant.service.history import history
from remnant.store.studies.studies import revisions, study_called
from remnant.web.ask import page, store_of

router = APIRouter(include_in_schema=False)
Short = Annotated[str, Query(max_length=200)]


@router.get("/s/{slug}/history")
def show(
    request: Request,
    slug: str,
    who: Short = "",
    what: Short = "",
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    drafts: bool = False,
) -> HTMLResponse:
    """Show the history of a study."""
    store = store_of(request)
    record = study_called(store, slug)
    found = history(store, record, who=who, what=what, before=before, drafts=drafts)
    asked = {"who": who, "what": what} | ({"drafts": "true"} if drafts else {})
    more = f"/s/{slug}/history?{urlencode(asked | {'before': str(found.next)})}" if found.next else ""
    return page(
        request,
        "studies/history.html.j2",
        record=record,
        here="history",
        crumbs=[("History", None)],
        help="history",
        entries=found.entries,
        revisions=revisions(store, record),
        who=who,
        what=what,
        drafts=drafts,
        filtered=bool(who or what or before),
        more=more,
    )
