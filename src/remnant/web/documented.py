"""The document of the interface: each operation in words, with an example, and how it may be refused."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from remnant.errors import Fault
from remnant.web.examples import ANSWERS, BODIES, VALUES
from remnant.web.security.identity import cookie_name

REF = "#/components/schemas/{model}"
ABOUT = """Everything that the pages show and do, for programs.

A program sends its token as `Authorization: Bearer TOKEN`; on a server for this machine alone it may instead
keep the cookie of `GET /api/v1/session` and send its `csrf` back as `X-CSRF` with whatever changes something.
What cannot be done is said as `application/problem+json` (RFC 9457), every place to mend in `faults`. Numbers
of patients and tubes follow the order of the study's files, so that no name stands in an address.
"""


@dataclass(frozen=True)
class Problem:
    """Why something cannot be done, and every place to mend (RFC 9457)."""

    type: str
    status: int
    title: str
    detail: str
    faults: tuple[Fault, ...]


ALWAYS = {
    401: "No token of somebody known here.",
    403: "Your role does not allow it, or the request came from a page that is not ours.",
    422: "Something that was sent cannot be used: every place of it.",
    429: "Too many requests; try again after `Retry-After` seconds.",
}
NAMED = {404: "No such study, patient, table, job or result, or nothing was analysed yet."}
CHANGES = {
    400: "The body cannot be read.",
    409: "Somebody was faster: the study is no longer what the change was made from.",
    413: "More bytes than this server takes in one piece.",
    415: "Text that is not UTF-8.",
}
# One of these; on a server for this machine alone nobody logs in, and the last of them is enough.
OPEN_TO: list[dict[str, list[str]]] = [{"token": []}, {"visit": []}, {}]
OPEN_TO_CHANGES: list[dict[str, list[str]]] = [{"token": []}, {"visit": [], "word": []}]
WORKS = {
    503: "What it needs is being worked out, or others are being answered; ask again after `Retry-After`."
}
WORKING = ("/plan/", "/what-if/", "/findings", "/patients", "/figures")
Said = dict[str, Any]


def document(app: FastAPI) -> Said:
    """Return the OpenAPI document of an app.

    Parameters
    ----------
    app : FastAPI
        With all of its routes.
    """
    said = get_openapi(title="remnant", version=version("remnant"), description=ABOUT, routes=app.routes)
    models = said.setdefault("components", {}).setdefault("schemas", {})
    schema = TypeAdapter(Problem).json_schema(ref_template=REF, mode="serialization")
    models |= schema.pop("$defs", {}) | {"Problem": schema}
    said["components"]["securitySchemes"] = _ways_in(cookie_name(app.state.settings))
    for path, methods in said["paths"].items():
        for method, operation in methods.items():
            _complete(operation, f"{method.upper()} {path}")
    for unused in ("HTTPValidationError", "ValidationError"):
        models.pop(unused, None)
    return said


def _ways_in(cookie: str) -> Said:
    return {
        "token": {"type": "http", "scheme": "bearer", "description": "What `remnant people add` printed."},
        "visit": {"type": "apiKey", "in": "cookie", "name": cookie, "description": "As the log-in gave it."},
        "word": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRF",
            "description": "The `csrf` of GET /api/v1/session, with whatever changes something.",
        },
    }


def _complete(operation: Said, place: str) -> None:
    words = operation.get("description", "").strip()
    if not words.startswith(("The answer",)):  # a question of the planner has a summary of its own
        operation["summary"] = words.partition("\n")[0].rstrip(".")
    for parameter in operation.get("parameters", ()):
        _value(parameter)
    for media in operation.get("requestBody", {}).get("content", {}).values():
        if not {"example", "examples"} & media.keys() and place in BODIES:
            media["example"] = BODIES[place]
    if place in ANSWERS:
        operation["responses"]["200"]["content"]["application/json"]["example"] = ANSWERS[place]
    operation["security"] = OPEN_TO if place.startswith("GET ") else OPEN_TO_CHANGES
    operation["responses"] |= {
        str(status): _refusal(text) for status, text in sorted(_refusals(place).items())
    }


def _value(parameter: Said) -> None:
    """Describe a parameter, with an example, where its route has not."""
    meaning, example = VALUES.get(parameter["name"], ("", None))
    schema = parameter["schema"]
    parameter.setdefault("description", schema.pop("description", "") or meaning)
    if not ({"example", "examples"} & (parameter.keys() | schema.keys())):
        usual = schema.get("default", example)
        parameter["example"] = usual if example is None else example


def _refusals(place: str) -> dict[int, str]:
    method, _, path = place.partition(" ")
    found = dict(ALWAYS)
    if "{" in path or "/jobs" in path:
        found |= NAMED
    if method != "GET":
        found |= CHANGES
    return found | (WORKS if any(word in path for word in WORKING) else {})


def _refusal(text: str) -> Said:
    schema = {"$ref": REF.format(model="Problem")}
    return {"description": text, "content": {"application/problem+json": {"schema": schema}}}
