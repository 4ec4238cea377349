"""What cannot be done, said as a page to a person and as JSON to a program.

What was sent to be done and is refused answers 422 or 409, as a form with its faults too: a program can tell.
What is asked while somebody types (what a row says, what a calendar would change) answers 200 with what is
wrong: to say so is the answer.
"""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from remnant.errors import Fault, RemnantError
from remnant.store.disk_errors import refusal
from remnant.web.ask import is_fragment, page

# By name, so that an error is said as what it is whichever room raises it.
STATUS = {"NotHere": 404, "ConflictError": 409, "Refused": 403, "DiskError": 507}
SAID = {
    400: ("This cannot be read", "What was sent is not what this page takes."),
    401: ("Please log in", "This page is for people who are known here."),
    403: ("Not allowed", "What you asked for needs another role."),
    404: ("Not here", "There is no such page, study or file; it may have been renamed or archived."),
    405: ("Not done this way", "This address does not take that kind of request."),
    408: ("Too slow", "What was sent came so slowly that the server stopped to listen. Try again."),
    409: ("Someone was faster", "The study changed while you worked. Nothing of theirs or of yours is lost."),
    413: ("Too large", "What was sent is larger than this server takes in one piece."),
    415: ("In another alphabet", "A form is read as UTF-8, as every browser sends it."),
    421: ("Not this server", "This server does not go by that name."),
    422: ("Something needs mending", "What was sent cannot be used as it is."),
    429: ("Too many requests", "Wait a little, then try again."),
    431: (
        "Too long a request",
        "The address, or what the browser adds to it, is longer than any page needs.",
    ),
    500: ("A fault of ours", "Something broke that you cannot mend. Nothing was half written."),
    503: ("Not now", "The store is busy. Try again in a moment."),
    507: (
        "The disk takes nothing",
        "What is kept is as it was; what you sent was not kept, and nothing is half written.",
    ),
}


def install(app: FastAPI) -> None:
    """Answer every error in the look of the house."""
    app.add_exception_handler(RemnantError, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OSError, _unwritten)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(Exception, _broken)


def answer(request: Request, status: int, faults: tuple[Fault, ...] = (), more: str = "") -> Response:
    """Say that something cannot be done.

    Parameters
    ----------
    request : Request
        What was asked.
    status : int
        HTTP status, at least 400.
    faults : tuple of Fault
        What to mend, if it is known.
    more : str
        A sentence in place of the usual one.
    """
    title, usual = SAID.get(status, (HTTPStatus(status).phrase, ""))
    if asks_for_json(request):
        # RFC 9457, with the faults as a member of our own.
        said = {"type": "about:blank", "status": status, "title": title, "detail": more or usual}
        said |= {"faults": [asdict(fault) for fault in faults]}
        return JSONResponse(said, status_code=status, media_type="application/problem+json")
    template = "parts/refusal.html.j2" if is_fragment(request) else "refusal.html.j2"
    crumbs = [(title, None)]
    return page(
        request, template, status=status, title=title, said=more or usual, faults=faults, crumbs=crumbs
    )


def asks_for_json(request: Request) -> bool:
    """Say whether a program asks: by the address, or because it takes JSON and no page."""
    accepted = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or ("json" in accepted and "html" not in accepted)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RemnantError)
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return answer(request, next((STATUS[kind] for kind in kinds if kind in STATUS), 422), error.faults)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code < 400:
        return Response(status_code=error.status_code, headers=error.headers)
    if (said := refusal(error.__cause__)) is not None:  # a body that found no room on its way
        return _refused(request, said)
    own = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
    response = answer(request, error.status_code, more=own)
    response.headers.update(error.headers or {})
    return response


def _unwritten(request: Request, error: Exception) -> Response:
    if (said := refusal(error)) is None:
        raise error
    return _refused(request, said)


def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = tuple(
        Fault(
            "request", None, ".".join(map(str, item["loc"])), _found(item["type"]), item["msg"], "correct it"
        )
        for item in error.errors()
    )
    return answer(request, 422, faults)


def _found(kind: str) -> str:
    """Say what was found without repeating it: what was sent may name a patient, or be a script."""
    return "nothing" if kind == "missing" else "another value"


def _broken(request: Request, error: Exception) -> Response:  # noqa: ARG001 -- what broke is in the log, not in the page
    return answer(request, 500)
