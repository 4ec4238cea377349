"""The names that this server answers to: a page elsewhere cannot rebind its own name to this machine."""

from __future__ import annotations

import re
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from remnant.web.security.refuse import refuse
from remnant.web.settings import Settings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
EVERYWHERE = frozenset({"0.0.0.0", "::"})
# RFC 9110, section 7.2: uri-host, then a port.
HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9.-]+))(?::(?P<port>[0-9]{1,5}))?")


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach a server that listens there.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0"), is_loopback("lab.example")
    (True, True, False, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_and_port(header: str) -> tuple[str, int | None] | None:
    """Read a Host header; None where it is not one.

    Examples
    --------
    >>> host_and_port("LocalHost:8765"), host_and_port("[::1]"), host_and_port("a@b")
    (('localhost', 8765), ('::1', None), None)
    """
    match = HOST.fullmatch(header)
    if match is None:
        return None
    port = match["port"]
    return (match["six"] or match["name"]).lower().rstrip("."), None if port is None else int(port)


def answers_to(header: str, settings: Settings) -> bool:
    """Say whether the server goes by this name.

    Examples
    --------
    >>> local = Settings()
    >>> answers_to("localhost:8765", local), answers_to("evil.example:8765", local)
    (True, False)
    >>> answers_to("remnant.lab.example", Settings(behind=("https://remnant.lab.example",)))
    True
    """
    named = host_and_port(header)
    if named is None:
        return False
    host, port = named
    if any(header.lower() == address.lower().split("://")[1] for address in settings.behind):
        return True
    if (80 if port is None else port) != settings.port:
        return False
    if host in LOOPBACK or host == settings.host:
        return True
    # A rebound name is a name: an address in digits cannot be one.
    return settings.host in EVERYWHERE and _is_address(host)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class Hosts:
    """Refuse every request that was made to another name."""

    def __init__(self, app: ASGIApp, *, settings: Settings):
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request to one of our names."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(given) == 1 and answers_to(given[0], self.settings):
            return await self.app(scope, receive, send)
        said = "This server does not go by that name. Open the address that `remnant serve` printed."
        return await refuse(scope, receive, send, 421, said, close=True)
