"""What a route asks of a request: the store, who asks, and a page to answer with."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined

from remnant.store.house import Store


@cache
def environment() -> Environment:
    """Return the templates: those of the app, and those of the report under `report/`."""
    report = PackageLoader("remnant.report", "templates")
    loader = ChoiceLoader(
        [PackageLoader("remnant.web", "templates"), PrefixLoader({"report": report}), report]
    )
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def store_of(request: Request) -> Store:
    """Return the store that the app was made for."""
    store: Store = request.app.state.store
    return store


def is_fragment(request: Request) -> bool:
    """Say whether htmx asks for a part of a page, and not a browser for all of it."""
    return request.headers.get("HX-Request") == "true" and "HX-Boosted" not in request.headers


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Answer with a page.

    Parameters
    ----------
    request : Request
        What was asked.
    template : str
        Name of a template of the app.
    status : int
        HTTP status.
    **context
        What the template shows; what it is not given is an error.
    """
    text = environment().get_template(template).render(request=request, **context)
    return HTMLResponse(text, status_code=status)
