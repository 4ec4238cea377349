"""A word that only our own pages know, with everything that changes anything.

The word stands in the header `X-CSRF`, or in `csrf`, the first field of a form: so it is looked for in the
first piece of a body, and a wrong one is refused before the rest of an upload has flowed.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from urllib.parse import unquote_plus

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, QuerystringParser, parse_options_header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from remnant.web.security.origin import SAFE
from remnant.web.security.refuse import refuse
from remnant.web.security.stream import joined, read_until, replayed

HEADER, FIELD = "x-csrf", "csrf"
PEEKED = 16 * 1024  # the first field of a form ends long before
STALE = "This page was open for too long, or in two windows. Go back, load it again, and send it once more."


def word_for(key: bytes, visit: str) -> str:
    """Return the word of a visit: a keyed hash, so that nothing is kept and a restart changes nothing.

    Parameters
    ----------
    key : bytes, length 32
        Key of this home.
    visit : str
        The cookie, which a page of another site cannot read.
    """
    return hmac.new(key, b"csrf\0" + visit.encode(), sha256).hexdigest()


class _First:
    """The name and the value of the first field, whichever way a form is written."""

    def __init__(self) -> None:
        self.fields, self.name, self.value = 0, bytearray(), bytearray()
        self.header, self.shown = bytearray(), bytearray()

    def begin(self) -> None:
        self.fields += 1

    def add_name(self, data: bytes, start: int, end: int) -> None:
        if self.fields == 1:
            self.name += data[start:end]

    def add_value(self, data: bytes, start: int, end: int) -> None:
        if self.fields == 1:
            self.value += data[start:end]

    def add_header(self, data: bytes, start: int, end: int) -> None:
        self.header += data[start:end]

    def add_shown(self, data: bytes, start: int, end: int) -> None:
        if self.fields == 1 and self.header.lower() == b"content-disposition":
            self.shown += data[start:end]

    def end_header(self) -> None:
        self.header.clear()


def first_field(content_type: str, start: bytes) -> tuple[str, str] | None:
    """Return the first field of a form; None where there is none.

    Parameters
    ----------
    content_type : str
        As in the header.
    start : bytes
        The beginning of the body.

    Examples
    --------
    >>> first_field("application/x-www-form-urlencoded", b"csrf=abc&why=%2B")
    ('csrf', 'abc')
    """
    kind, options = parse_options_header(content_type)
    first = _First()
    try:
        if kind == b"application/x-www-form-urlencoded":
            QuerystringParser(
                {
                    "on_field_start": first.begin,
                    "on_field_name": first.add_name,
                    "on_field_data": first.add_value,
                }
            ).write(start)
            return unquote_plus(first.name.decode("latin-1")), unquote_plus(first.value.decode("latin-1"))
        if kind != b"multipart/form-data" or b"boundary" not in options:
            return None
        MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": first.begin,
                "on_part_data": first.add_value,
                "on_header_field": first.add_header,
                "on_header_value": first.add_shown,
                "on_header_end": first.end_header,
            },
        ).write(start)
    except FormParserError:
        return None
    shown = parse_options_header(bytes(first.shown))[1]
    return shown.get(b"name", b"").decode("latin-1"), first.value.decode("latin-1")


class Csrf:
    """Refuse a change that no page of ours asked for."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what changes nothing, what a program asks with its own token, and what knows the word."""
        if scope["type"] != "http" or scope["method"] in SAFE or scope["state"]["by_token"]:
            return await self.app(scope, receive, send)
        headers, word = Headers(scope=scope), scope["state"]["csrf"]
        given = headers.get(HEADER)
        if given is not None:
            if hmac.compare_digest(given.encode(), word.encode()):
                return await self.app(scope, receive, send)
            return await refuse(scope, receive, send, 403, STALE, close=True)
        try:
            messages = await read_until(receive, PEEKED)
        except HTTPException as error:
            return await refuse(scope, receive, send, error.status_code, close=True)
        field = first_field(headers.get("content-type", ""), joined(messages))
        if field is not None and field[0] == FIELD and hmac.compare_digest(field[1].encode(), word.encode()):
            return await self.app(scope, replayed(messages, receive), send)
        return await refuse(scope, receive, send, 403, STALE, close=True)
