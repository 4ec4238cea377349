"""Who asks: by the cookie of a log-in, by the token of a program, or by sitting at this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from anyio.to_thread import run_sync
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from remnant.service.viewer import LOCAL, NOBODY, Viewer, as_role
from remnant.store.access import keys, people, sessions
from remnant.store.house import Store
from remnant.web.security.csrf import word_for
from remnant.web.security.rates import Attempts, address_of
from remnant.web.security.refuse import refuse
from remnant.web.settings import Settings

SECRET = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits
OPEN = frozenset({"/login", "/favicon.ico"})  # and what lies under /static/
PROGRAMS = "/api/"


@dataclass(frozen=True)
class Known:
    """Who asks, and how we know.

    Parameters
    ----------
    viewer : Viewer
        Who.
    by_token : bool
        Whether the request itself brings the token: then no page of another site can have made it.
    refused : bool
        Whether it brings a token that is nobody's.
    """

    viewer: Viewer
    by_token: bool = False
    refused: bool = False


def cookie_name(settings: Settings) -> str:
    """Return the name of the cookie: bound to the host under TLS; else told apart by port."""
    return "__Host-remnant" if settings.encrypted else f"remnant-{settings.port}"


def renew(request: Request, secret: str) -> None:
    """Give the browser another cookie with this answer: at log-in and log-out the old word ends."""
    request.state.visit = secret


def recognise(store: Store, settings: Settings, *, cookie: str | None, token: str | None) -> Known:
    """Say who asks.

    Parameters
    ----------
    store : Store
        Where people and sessions are kept.
    settings : Settings
        Whether everyone must log in.
    cookie, token : str or None
        What the request brings.
    """
    if token is not None:
        person = people.person_with(store, token)
        return Known(NOBODY, refused=True) if person is None else Known(_viewer(person), by_token=True)
    if not people.anyone(store):  # then no session is anybody's either
        return Known(NOBODY if settings.secure else LOCAL)
    person = None if cookie is None else sessions.person_in_session(store, cookie)
    return Known(NOBODY if person is None else _viewer(person))


def _viewer(person: people.Person) -> Viewer:
    return Viewer(person.name, as_role(person.role))


class Identity:
    """Find out who asks, keep strangers at the door, and hand out the cookie that forms hang on."""

    def __init__(self, app: ASGIApp, *, store: Store, settings: Settings):
        self.app, self.store, self.settings = app, store, settings
        self.attempts = Attempts()
        self.key = keys.key_of(store.home, "forms")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a known viewer, or a stranger to the log-in."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request, state = Request(scope), scope.setdefault("state", {})
        address = address_of(scope, self.settings)
        cookie = request.cookies.get(cookie_name(self.settings), "")
        cookie = cookie if SECRET.fullmatch(cookie) else ""
        token = _token(request.headers)
        state |= {"attempts": self.attempts, "address": address}
        known = await run_sync(
            lambda: recognise(self.store, self.settings, cookie=cookie or None, token=token)
        )
        state |= {
            "viewer": known.viewer,
            "by_token": known.by_token,
            "visit": cookie or sessions.new_secret(),
        }
        state["csrf"] = word_for(self.key, state["visit"])
        if token is not None and known.refused and self.attempts.failed(address, token):
            await self.attempts.hold()
            return await refuse(scope, receive, send, 429, close=True, retry_after="30")
        if known.viewer.may("viewer") or scope["path"] in OPEN or scope["path"].startswith("/static/"):
            return await self.app(scope, receive, self._with_cookie(scope, cookie, send))
        return await self._to_the_door(scope, receive, self._with_cookie(scope, cookie, send))

    def _with_cookie(self, scope: Scope, cookie: str, send: Send) -> Send:
        """Send a new cookie; but a link from elsewhere comes without ours, and must not replace it."""
        foreign = Headers(scope=scope).get("sec-fetch-site", "none") not in {"same-origin", "none"}
        secure = "; Secure" if self.settings.encrypted else ""

        async def dressed(message: Message) -> None:
            visit = scope["state"]["visit"]
            quiet = foreign or scope["state"]["by_token"] or scope["path"].startswith("/static/")
            if message["type"] == "http.response.start" and visit != cookie and not quiet:
                line = f"{cookie_name(self.settings)}={visit}; Path=/; HttpOnly; SameSite=Strict{secure}"
                MutableHeaders(scope=message).append("Set-Cookie", line)
            await send(message)

        return dressed

    async def _to_the_door(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if scope["path"].startswith(PROGRAMS):
            return await refuse(scope, receive, send, 401, close=True, www_authenticate="Bearer")
        if scope["method"] not in ("GET", "HEAD") or headers.get("hx-request") == "true":
            # Never a way out of the page: what is typed into it would be lost. Its script says what to do.
            return await refuse(scope, receive, send, 401, close=True)
        back = scope["path"]
        return await RedirectResponse(f"/login?back={quote(back, safe='/')}", 303)(scope, receive, send)


def _token(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
