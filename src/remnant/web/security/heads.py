"""How long the head of a request may be; the parser alone would take what comes in one piece."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from remnant.web.security.refuse import refuse

MOST_BYTES = 16 * 1024  # the cookie, the token and the address of a page together take less than one of these
MOST_LINES = 100


class Heads:
    """Refuse a head that no browser sends."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a head of usual length."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        size += len(scope["query_string"]) + len(scope.get("raw_path") or b"")
        if size > MOST_BYTES or len(scope["headers"]) > MOST_LINES:
            return await refuse(scope, receive, send, 431, close=True)
        return await self.app(scope, receive, send)
