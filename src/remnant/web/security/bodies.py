"""How much may be sent and how deep it nests, by who sends it."""

from __future__ import annotations

import re
from math import inf

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from remnant.service.viewer import Viewer
from remnant.web.security.refuse import refuse
from remnant.web.security.stream import Flow, joined, read_until, replayed
from remnant.web.settings import Settings

STRANGER_BYTES = 64 * 1024  # a log-in form, with room to spare
LENGTH = re.compile(r"[0-9]{1,18}")
# A string that never ends is a string to the end: so that one pass is enough, whatever is sent.
STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
BRACKETS = re.compile(rb"[\[\]{}]")
UTF8 = frozenset({b"utf-8", b"utf8", b"us-ascii"})


def limit_of(headers: Headers, viewer: Viewer, settings: Settings) -> int:
    """Return the most bytes that this viewer may send like this."""
    if not viewer.may("viewer"):
        return STRANGER_BYTES
    files = headers.get("content-type", "").lower().startswith("multipart/form-data")
    return settings.upload_bytes if files and viewer.may("editor") else settings.form_bytes


def depth_of(body: bytes) -> int:
    """Return how deep the brackets of a JSON text nest, without parsing it.

    Examples
    --------
    >>> depth_of(b'[[1], {"a": "[[[["}]'), depth_of(b"1")
    (2, 0)
    """
    depth = deepest = 0
    for bracket in BRACKETS.findall(STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def is_utf8(content_type: str) -> bool:
    """Say whether a body is in UTF-8; some codecs fail on whatever is sent, others make half characters.

    Examples
    --------
    >>> is_utf8("multipart/form-data; boundary=b"), is_utf8("multipart/form-data; charset=undefined")
    (True, False)
    """
    return parse_options_header(content_type)[1].get(b"charset", b"utf-8").lower() in UTF8


class Bodies:
    """Bound the body of every request, by its header at once and by its bytes as they come."""

    def __init__(self, app: ASGIApp, *, settings: Settings):
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with a body that ends where its limit does."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        limit = limit_of(headers, scope["state"]["viewer"], self.settings)
        claimed = headers.get("content-length", "0")
        if LENGTH.fullmatch(claimed) is None:
            return await refuse(scope, receive, send, 400, close=True)
        if int(claimed) > limit:
            return await refuse(scope, receive, send, 413, close=True)
        if not is_utf8(headers.get("content-type", "")):
            return await refuse(scope, receive, send, 415, close=True)
        flow = Flow(receive, limit, self.settings)
        if "json" not in headers.get("content-type", "").lower():
            return await self.app(scope, flow, send)
        try:
            messages = await read_until(flow, inf)
        except HTTPException as error:
            return await refuse(scope, receive, send, error.status_code, close=True)
        if depth_of(joined(messages)) > self.settings.json_depth:
            said = f"Its brackets nest more than {self.settings.json_depth} deep."
            return await refuse(scope, receive, send, 400, said)
        return await self.app(scope, replayed(messages, flow), send)
