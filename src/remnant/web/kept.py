"""A page around a piece that was made before: only what differs from reader to reader is written anew."""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from markupsafe import Markup

from remnant.service.found.pages import Piece, gzipped
from remnant.service.viewer import LOCAL
from remnant.web.ask import page, viewer_of

MARK = "<!-- what was kept stands here -->"
QUICK = 1  # level of deflate for what is written anew: small, and for one reader


def kept_page(request: Request, template: str, piece: Piece, **context: Any) -> Response:
    """Answer with a page that shows `{{ kept }}` once, in the place of which the piece is sent as it lies.

    Parameters
    ----------
    request : Request
        What was asked; an ETag of the same page is answered with 304.
    template : str
        As for `page`.
    piece : Piece
        HTML of ours.
    **context
        As for `page`.
    """
    around = bytes(page(request, template, kept=Markup(MARK), **context).body)
    head, tail = around.split(MARK.encode())
    pieces = Piece.of(head, QUICK), piece, Piece.of(tail, QUICK)
    return sent(request, pieces, "text/html; charset=utf-8")


def may_be_kept(request: Request) -> bool:
    """Say whether a browser may keep what it is shown: only as long as nobody logs in here."""
    return viewer_of(request) == LOCAL


def sent(request: Request, pieces: tuple[Piece, ...], media_type: str, **headers: str) -> Response:
    """Answer with pieces one after the other: gzip where it is taken, 304 where the reader has them."""
    tag = f'W/"{hashlib.sha256("".join(piece.digest for piece in pieces).encode()).hexdigest()[:32]}"'
    known = {"ETag": tag, "Vary": "Accept-Encoding, Cookie", **headers}
    if may_be_kept(request):
        known.setdefault("Cache-Control", "private, no-cache")
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=known)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(gzipped(*pieces), media_type=media_type, headers=known | {"Content-Encoding": "gzip"})
    return Response(b"".join(piece.text for piece in pieces), media_type=media_type, headers=known)
