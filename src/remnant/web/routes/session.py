"""Who a program is to this server."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel

from remnant.web.ask import csrf_of, viewer_of

router = APIRouter(prefix="/api/v1", tags=["session"])


class Session(BaseModel):
    """Who asks, and the word that a change needs in `X-CSRF` when no token is sent with it."""

    name: str
    role: str
    csrf: str


@router.get("/session")
def session(request: Request) -> Session:
    """Say who asks, and give the word that changes need.

    A program sends its token as `Authorization: Bearer TOKEN` with every request, and then needs no word. One
    without a token, on the machine that serves, keeps the cookie of this answer and sends `X-CSRF`.
    """
    viewer = viewer_of(request)
    return Session(name=viewer.name, role=viewer.role, csrf=csrf_of(request))
