"""The rings around the app, in the order that a request meets them."""

from __future__ import annotations

from fastapi import FastAPI

from remnant.store.house import Store
from remnant.web.security.bodies import Bodies
from remnant.web.security.bodiless import Bodiless
from remnant.web.security.bugs import Bugs
from remnant.web.security.csrf import Csrf
from remnant.web.security.headers import Headers
from remnant.web.security.heads import Heads
from remnant.web.security.hosts import Hosts
from remnant.web.security.identity import Identity
from remnant.web.security.log import Log
from remnant.web.security.origin import Origin
from remnant.web.security.rates import Rates
from remnant.web.settings import Settings


def build(app: FastAPI, store: Store, settings: Settings) -> None:
    """Put the rings around an app.

    Parameters
    ----------
    app : FastAPI
        The app, before its first request.
    store : Store
        Where people and their sessions are kept.
    settings : Settings
        Names that the server goes by, and what it takes.
    """
    # The last one added is met first.
    app.add_middleware(Bodiless)
    app.add_middleware(Csrf)
    app.add_middleware(Bodies, settings=settings)
    app.add_middleware(Identity, store=store, settings=settings)
    app.add_middleware(Origin, settings=settings)
    app.add_middleware(Rates, settings=settings)
    app.add_middleware(Hosts, settings=settings)
    app.add_middleware(Heads)
    app.add_middleware(Bugs)
    app.add_middleware(Headers, settings=settings)
    app.add_middleware(Log)
