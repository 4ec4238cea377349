"""The app: routes over one store."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

from fastapi import FastAPI

from remnant.store.house import Store
from remnant.web import refusals
from remnant.web.assets import Assets
from remnant.web.security import wall
from remnant.web.settings import Settings

# They are tried in this order: those of the pages that are read most come first.
ROUTERS: tuple[str, ...] = (
    "patients",
    "cohort",
    "figures",
    "studies",
    "upload",
    "drafts",
    "history",
    "export",
    "api_studies",
    "help",
    "jobs",
    "api_jobs",
    "people",
    "planner",
    "session",
    "api_tables",
    "tables",
    "gates",
    "results",
    "what_if",
    "api_findings",
)


def create_app(store: Store, *, settings: Settings | None = None) -> FastAPI:
    """Make the app.

    Parameters
    ----------
    store : Store
        What it shows and changes.
    settings : Settings, optional
        How it is served.
    """
    app = FastAPI(title="remnant", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json")
    app.openapi = partial(_documented, app)  # type: ignore[method-assign]
    app.state.store = store
    app.state.settings = settings or Settings()
    refusals.install(app)
    for name in ROUTERS:
        app.include_router(import_module(f"remnant.web.routes.{name}").router)
    app.mount("/static", Assets(), name="static")
    wall.build(app, store, app.state.settings)
    return app


def _documented(app: FastAPI) -> dict[str, Any]:
    from remnant.web.documented import document  # no page needs it

    app.openapi_schema = app.openapi_schema or document(app)
    return app.openapi_schema
