"""A line of a request that names nobody: the route's template in place of its path, and no query."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOGGER = logging.getLogger("remnant.web")
NOWHERE = "(no page)"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def template_of(scope: Scope) -> str:
    """Return the template of the route that answered, such as `/s/{slug}/patients/{number}`."""
    if scope["path"].startswith("/static/"):
        return "/static"
    return str(getattr(scope.get("route"), "path", NOWHERE))


class Log:
    """Write one line for each request: method, template, status, milliseconds."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and write the line when the answer began or failed."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, status = time.perf_counter(), 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, seen)
        finally:
            took = (time.perf_counter() - began) * 1000
            # A method is the client's text too.
            method = scope["method"] if scope["method"] in METHODS else "OTHER"
            LOGGER.info("%s %s %d %.0f ms", method, template_of(scope), status, took)
