"""Scripts and styles: each under an address that holds its digest, so that a browser may keep it for ever."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qs

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

HERE = Path(str(files("remnant.web") / "static"))
# The language of the report, from the report itself: the two cannot drift apart. The last draws its charts.
LENT = {"report.css": "text/css", "report.js": "text/javascript", "charts.js": "text/javascript"}
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
    if name == "charts.js":  # a second's work to make, and all of it by one library
        known = version("vl-convert-python").encode()
    else:
        known = _lent(name) if name in LENT else (HERE / name).read_bytes()
    return hashlib.sha256(known).hexdigest()[:12]


@cache
def _lent(name: str) -> bytes:
    from remnant.report import offline

    made = {"report.css": offline.style, "report.js": offline.behaviour, "charts.js": offline.library}
    return made[name]().encode()


@cache
def _lent_packed(name: str) -> bytes:
    return gzip.compress(_lent(name), 9, mtime=0)


class Assets(StaticFiles):
    """The static files of the app, and those that the report lends it."""

    def __init__(self) -> None:
        super().__init__(directory=str(HERE))

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file; one that was asked for by its digest never changes."""
        if path in LENT and scope["method"] in ("GET", "HEAD"):
            response = await to_thread.run_sync(
                _answer, path, "gzip" in Headers(scope=scope).get("accept-encoding", "")
            )
        else:
            response = await super().get_response(path, scope)
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("v", [""])[0]
        known = response.status_code < 400 and asked == _digest(path)
        response.headers["Cache-Control"] = FOR_EVER if known else "no-cache"
        return response


def _answer(name: str, packed: bool) -> Response:
    headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if packed else {})
    return Response(_lent_packed(name) if packed else _lent(name), media_type=LENT[name], headers=headers)
