"""What a route asks of a request: the store, who asks, and a page to answer with."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined

from remnant.service.viewer import LOCAL, NOBODY, Viewer
from remnant.store.house import Store
from remnant.web import assets, navigation, words
from remnant.web.settings import Settings


@cache
def environment() -> Environment:
    """Return the templates: those of the app, and those of the report under `report/`."""
    from remnant.report.offline import mark_class

    report = PackageLoader("remnant.report", "templates")
    loader = ChoiceLoader(
        [PackageLoader("remnant.web", "templates"), PrefixLoader({"report": report}), report]
    )
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # else every page looks at every file that it is made of
    )
    made.globals |= {"asset": assets.address, "version": version("remnant")}
    made.globals |= {"pages_of": navigation.pages_of, "everywhere": navigation.everywhere}
    made.filters |= words.FILTERS | {"mark_class": mark_class}
    return made


def store_of(request: Request) -> Store:
    """Return the store that the app was made for."""
    store: Store = request.app.state.store
    return store


def settings_of(request: Request) -> Settings:
    """Return how the app is served."""
    settings: Settings = request.app.state.settings
    return settings


def viewer_of(request: Request) -> Viewer:
    """Return who asks."""
    viewer: Viewer = getattr(request.state, "viewer", NOBODY)
    return viewer


def csrf_of(request: Request) -> str:
    """Return the word that a form of this session sends back, in the field `csrf` or the header `X-CSRF`."""
    return str(getattr(request.state, "csrf", ""))


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
        Name of a template of the app; a page extends `base.html.j2`, which says what it takes.
    status : int
        HTTP status.
    **context
        What the template shows; what it is not given is an error.
    """
    text = environment().get_template(template).render(**_house(request), **_known(context))
    return HTMLResponse(text, status_code=status)


# A part of a page is a template that extends nothing; it is asked for and answered like a page.
fragment = page


def _house(request: Request) -> dict[str, Any]:
    """What every template may show without being given it."""
    return {
        "request": request,
        "viewer": viewer_of(request),
        "csrf": csrf_of(request),
        "secure": viewer_of(request) != LOCAL,
    }


def _known(context: dict[str, Any]) -> dict[str, Any]:
    """Fill in what base.html.j2 takes and a page may leave out."""
    return {"record": None, "here": "", "crumbs": (), "help": ""} | context
