"""A bug becomes an answer that says nothing of it, inside the ring that dresses every answer."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from remnant.web.security.refuse import refuse


class Bugs:
    """Answer for what broke, then let the error go on to the log."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; where nothing was answered yet, answer."""
        begun = False

        async def seen(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, seen)
        except Exception:
            if scope["type"] == "http" and not begun:
                await refuse(scope, receive, send, 500, close=True)
            raise
