"""What every answer carries: no script, style or picture from elsewhere, and nothing kept by a browser."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from remnant.web.settings import Settings

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: under it a browser sends `Origin: null` with every form, its own among them.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
    "X-Frame-Options": "DENY",
}
KEPT_OUT = "no-store"


class Headers:
    """Put the headers on every answer, a refusal or a fault among them."""

    def __init__(self, app: ASGIApp, *, settings: Settings):
        self.app = app
        headers = dict(HEADERS)
        if settings.encrypted:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        # As bytes, made once: they go with every answer.
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self.names = frozenset(name for name, _ in self.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and dress the answer."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [pair for pair in message.get("headers", ()) if pair[0].lower() not in self.names]
                if not any(name.lower() == b"cache-control" for name, _ in own):
                    own.append((b"cache-control", KEPT_OUT.encode()))
                message["headers"] = own + self.headers
            await send(message)

        await self.app(scope, receive, dressed if scope["type"] == "http" else send)
