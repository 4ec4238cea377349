"""An answer from a ring of the wall, before any route is asked."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from remnant.web import refusals


async def refuse(
    scope: Scope,
    receive: Receive,
    send: Send,
    status: int,
    said: str = "",
    *,
    close: bool = False,
    **headers: str,
) -> None:
    """Answer that this cannot be done; what was sent is never repeated.

    Parameters
    ----------
    scope, receive, send : ASGI
        The request.
    status : int
        HTTP status, at least 400.
    said : str
        One sentence, in place of the usual one.
    close : bool
        Whether the connection ends, since the body of the request was not read.
    **headers : str
        Further headers; `retry_after` is `Retry-After`.
    """
    response = refusals.answer(Request(scope, receive), status, more=said)
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    if close:
        response.headers["Connection"] = "close"
    await response(scope, receive, send)
