"""Whose page asks: another site may link to a page of ours, and nothing else."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from remnant.web.security.hosts import answers_to
from remnant.web.security.refuse import refuse
from remnant.web.settings import Settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OURS = frozenset({"same-origin", "none"})  # none: a person typed the address, or opened a bookmark


def is_ours(headers: Headers, settings: Settings) -> bool:
    """Say whether a page of ours, or no page at all, made this request.

    A browser sets `Sec-Fetch-Site`, which no script can; an older one only `Origin`; a program neither.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in OURS:
        return False
    if origin is None or (origin == "null" and site is not None):
        return True
    scheme, _, host = origin.partition("://")
    if origin.lower() in {address.lower() for address in settings.behind}:
        return True
    return scheme == "http" and host == headers.get("host") and answers_to(host, settings)


def is_link(headers: Headers) -> bool:
    """Say whether a person followed a link to a page, which shows our page and tells theirs nothing."""
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"


class Origin:
    """Refuse what a page of another site asks of ours."""

    def __init__(self, app: ASGIApp, *, settings: Settings):
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what our own pages ask, and links to them."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        if is_ours(headers, self.settings) or (scope["method"] in SAFE and is_link(headers)):
            return await self.app(scope, receive, send)
        return await refuse(scope, receive, send, 403, "This came from a page of another site.", close=True)
