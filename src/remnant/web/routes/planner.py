"""The planner: five questions, each answer a link that can be sent on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic_core import to_jsonable_python

from remnant.errors import Fault, NotHere, SettingError
from remnant.service.plans.answers import Answered, answer_plan, draw_plan
from remnant.service.plans.questions import QUESTIONS, Ask, Question
from remnant.web.ask import page

router = APIRouter()
AT_ONCE = 2  # plans worked on at once, so that nobody's page waits for them
WAITING = 6  # more would hold all threads of the server, and every page would wait
PATIENCE_S = 60.0
BUSY = "Other plans are being worked out. Ask again in a minute."
_room, _queue = BoundedSemaphore(AT_ONCE), BoundedSemaphore(AT_ONCE + WAITING)


@contextmanager
def working() -> Iterator[None]:
    """Take a place among the plans that are worked on."""
    if not _queue.acquire(blocking=False):
        raise HTTPException(503, BUSY, {"Retry-After": "60"})
    try:
        if not _room.acquire(timeout=PATIENCE_S):
            raise HTTPException(503, BUSY, {"Retry-After": "60"})
        try:
            yield
        finally:
            _room.release()
    finally:
        _queue.release()


def question_of(key: str) -> Question:
    """Return a question of the planner; NotHere if there is none of this name."""
    if key not in QUESTIONS:
        hint = "choose one of them"
        raise NotHere([Fault("planner", None, "question", repr(key[:60]), ", ".join(QUESTIONS), hint)])
    return QUESTIONS[key]


def given_in(request: Request) -> dict[str, str]:
    """Return the options of an address; several values of one are joined."""
    return {name: " ".join(request.query_params.getlist(name)) for name in request.query_params}


@router.get("/plan", include_in_schema=False)
def questions(request: Request) -> HTMLResponse:
    """List the questions."""
    return page(
        request, "plan_questions.html.j2", here="plan", help="plan", crumbs=[("Plan", None)],
        questions=QUESTIONS.values(),
    )  # fmt: skip


@router.get("/plan/{key}", include_in_schema=False, response_model=None)
def question(request: Request, key: str) -> HTMLResponse | RedirectResponse:
    """Show a question, and its answer where something was asked."""
    asked, given = question_of(key), given_in(request)
    clean = {name: text for name, text in given.items() if text.strip()}
    link = urlencode(clean)
    live = request.headers.get("HX-Request") == "true"
    if clean != given and not live:
        return RedirectResponse(f"/plan/{key}?{link}", status_code=303)  # an address to send on
    found: Answered | None = None
    drawn, faults = "", []
    if given:
        try:
            with working():
                found = answer_plan(key, clean)
                drawn = draw_plan(key, clean)[1]
        except SettingError as error:
            faults = [in_words(asked, fault) for fault in error.faults]
    at = {ask.name: [fault for fault in faults if fault.column == ask.name] for ask in asked.asks}
    shown = page(
        request, "plan_question.html.j2", status=422 if faults else 200, here="plan", help="plan",
        crumbs=[("Plan", "/plan"), (asked.title, None)], question=asked, questions=QUESTIONS.values(),
        values=given or {ask.name: ask.example or ask.default for ask in asked.first}, at=at,
        above=[fault for fault in faults if fault.column not in at], found=found, drawn=drawn, link=link,
        assumed=[plain(asked, text) for text in found.assumed] if found else [],
        opened=any(clean.get(ask.name, ask.default) != ask.default or at[ask.name] for ask in asked.more),
    )  # fmt: skip
    if live:
        shown.headers["HX-Push-Url"] = f"/plan/{key}?{link}"
    return shown


@router.get("/plan/{key}/figure.{kind}", include_in_schema=False)
def figure(request: Request, key: str, kind: str) -> Response:
    """Return the figure of an answer as svg, png or pdf."""
    question_of(key)
    if kind not in ("svg", "png", "pdf"):
        raise HTTPException(404)
    with working():
        drawing, _ = draw_plan(key, given_in(request))
        return _as(drawing, kind, f"plan-{key}")


def _as(drawing: str, kind: str, name: str) -> Response:
    import vl_convert

    from remnant.figures.export import PIXELS_PER_INCH

    headers = {"Cache-Control": "private, max-age=3600"}
    if kind == "svg":
        return Response(drawing, media_type="image/svg+xml", headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    if kind == "png":
        return Response(
            vl_convert.svg_to_png(drawing, ppi=PIXELS_PER_INCH), media_type="image/png", headers=headers
        )
    return Response(vl_convert.svg_to_pdf(drawing), media_type="application/pdf", headers=headers)


def plain(asked: Question, text: str, *, labels: bool = True) -> str:
    """Say an option by its label, or by its name: neither a form nor an address has dashes.

    Examples
    --------
    >>> plain(QUESTIONS["events"], "give your own with --lod and --loq")
    'give your own with “Limit of detection” and “Limit of quantitation”'
    """
    known = {ask.name: f"“{ask.label}”" if labels else ask.name for ask in asked.asks}

    def spoken(option: re.Match[str]) -> str:
        return known.get(option[1].replace("-", "_"), option[0])

    return re.sub(r"--([a-z][a-z-]*[a-z])", spoken, text)


def in_words(asked: Question, fault: Fault, *, labels: bool = True) -> Fault:
    """Say a fault at its field, the options that it names by their labels."""
    column = fault.column.removeprefix("--").replace("-", "_")
    if column not in {ask.name for ask in asked.asks} and " " in column:
        column = plain(asked, fault.column, labels=labels)
    said = (plain(asked, text, labels=labels) for text in (fault.found, fault.expected, fault.hint))
    return Fault("plan", None, column, *said)


def _documented(asked: Question) -> dict[str, Any]:
    """Describe the options of a question for programs."""
    return {"parameters": [_parameter(ask) for ask in asked.asks]}


def _parameter(ask: Ask) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if ask.kind == "flag":
        schema["enum"] = ["yes", "no"]
    if ask.choices:
        schema["enum"] = list(ask.choices)
    if ask.default:
        schema["default"] = ask.default
    if ask.kind == "many":
        schema = {"type": "array", "items": {"type": "string"}}
    said = {"name": ask.name, "in": "query", "required": False, "description": ask.meaning, "schema": schema}
    if ask.example:
        said["example"] = ask.example.split() if ask.kind == "many" else ask.example
    return said


def told(found: Answered) -> Mapping[str, Any]:
    """Return an answer as JSON: what is infinite is null."""
    tables = [{"title": t.title, "header": t.header, "rows": t.rows, "note": t.note} for t in found.tables]
    whole = {"sentence": found.sentence, "assumed": found.assumed, "tables": tables, "plan": found.plan}
    return to_jsonable_python(whole, inf_nan_mode="null", fallback=str)  # type: ignore[no-any-return]


def _add(asked: Question) -> None:
    def ask_plan(request: Request) -> Mapping[str, Any]:
        try:
            with working():
                return told(answer_plan(asked.key, given_in(request)))
        except SettingError as error:
            raise SettingError(in_words(asked, fault, labels=False) for fault in error.faults) from None

    router.add_api_route(
        f"/api/v1/plan/{asked.key}", ask_plan, methods=["GET"], tags=["planner"], summary=asked.wish,
        operation_id=f"plan_{asked.key}", openapi_extra=_documented(asked),
        description="The answer in a sentence, what was assumed, the tables behind it, and every number.",
        responses={422: {"description": "Options that cannot be used, each with what to do about it."}},
    )  # fmt: skip


for _question in QUESTIONS.values():
    _add(_question)
