"""Scripts and styles: each under an address that holds its digest, so that a browser may keep it for ever."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

HERE = Path(str(files("remnant.web") / "static"))
# The language of the report, from the report itself: the two cannot drift apart.
LENT = {"report.css": Path(str(files("remnant.report") / "templates" / "style.css"))}
FOR_EVER = "public, max-age=31536000, immutable"


@cache
def address(name: str) -> str:
    """Return where a browser finds a file of `static`, by name and digest.

    Examples
    --------
    >>> address("app.css").startswith("/static/app.css?v=")
    True
    """
    return f"/static/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(LENT.get(name, HERE / name).read_bytes()).hexdigest()[:12]


class Assets(StaticFiles):
    """The static files of the app, and those that the report lends it."""

    def __init__(self) -> None:
        super().__init__(directory=str(HERE))

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Find a file: a lent one by its name, any other in the folder."""
        if path in LENT:
            return str(LENT[path]), LENT[path].stat()
        return super().lookup_path(path)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file; one that was asked for by its digest never changes."""
        response = await super().get_response(path, scope)
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("v", [""])[0]
        known = response.status_code < 400 and asked == _digest(path)
        response.headers["Cache-Control"] = FOR_EVER if known else "no-cache"
        return response
