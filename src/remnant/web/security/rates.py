"""How often one address may ask, and how often it may try to log in."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from remnant.web.security.hosts import is_loopback
from remnant.web.security.refuse import refuse
from remnant.web.settings import Settings

BEGINNING = 16  # letters of a token: what is the same in all, and eight more
PAUSE_S = 1.0
MOST_HELD = 100
REMEMBERED = 10_000  # addresses; the one that was silent longest is forgotten


@dataclass
class Bucket:
    """Tokens that drip back: bursts are fine, a flood is not.

    Parameters
    ----------
    size : float
        Tokens of a full bucket.
    per_second : float
        Tokens that come back in a second.
    clock : callable
        Seconds, from any zero.

    Examples
    --------
    >>> bucket = Bucket(2, 0.5, clock=iter([0, 0, 0, 0, 2]).__next__)
    >>> bucket.take("a"), bucket.take("a"), bucket.take("a"), bucket.take("b"), bucket.take("a")
    (True, True, False, True, True)
    """

    size: float
    per_second: float
    clock: Callable[[], float] = time.monotonic
    levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def level(self, key: str) -> float:
        """Return the tokens that a key has now."""
        now = self.clock()
        level, since = self.levels.get(key, (self.size, now))
        level = min(self.size, level + (now - since) * self.per_second)
        self.levels[key] = level, now
        self.levels.move_to_end(key)
        if len(self.levels) > REMEMBERED:
            self.levels.popitem(last=False)
        return level

    def take(self, key: str) -> bool:
        """Take a token, if there is one."""
        level = self.level(key)
        if level < 1:
            return False
        self.levels[key] = level - 1, self.levels[key][1]
        return True


def address_of(scope: Scope, settings: Settings) -> str:
    """Return who asks: the peer, or the one that a proxy on this machine names last.

    A network hands out IPv6 addresses by the billion, so that there a neighbourhood (/64) counts as one.
    """
    peer = str((scope.get("client") or ("unknown", 0))[0])
    forwarded = Headers(scope=scope).getlist("x-forwarded-for")
    if settings.behind and forwarded and is_loopback(peer):
        # What stands before the last comma is what a client wrote of itself.
        peer = forwarded[-1].rpartition(",")[2].strip()
    try:
        address = ip_address(peer)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return address.exploded[:19]
    return str(address)


@dataclass
class Attempts:
    """Wrong tokens. One too many is answered late; a right one never waits, whoever shares its address.

    Ten from one address, ten that begin alike from wherever (somebody has read a part of one), then one in
    half a minute; and a bound on all together. What protects a token is its 256 bits; this keeps the guessing
    of it from being work, and the log from filling.
    """

    each: Bucket = field(default_factory=lambda: Bucket(10, 1 / 30))
    alike: Bucket = field(default_factory=lambda: Bucket(10, 1 / 30))
    whole: Bucket = field(default_factory=lambda: Bucket(300, 1))
    held: int = 0

    def failed(self, address: str, token: str) -> bool:
        """Count a wrong token; say whether it was one too many."""
        taken = self.each.take(address), self.alike.take(token[:BEGINNING]), self.whole.take("")
        return not all(taken)

    async def hold(self) -> None:
        """Keep the answer back for a while; not that of everybody, for each of them holds a connection."""
        if self.held < MOST_HELD:
            self.held += 1
            try:
                await asyncio.sleep(PAUSE_S)
            finally:
                self.held -= 1


class Rates:
    """Refuse a flood from one address; this machine itself is not bounded, unless it is a proxy."""

    def __init__(self, app: ASGIApp, *, settings: Settings):
        self.app, self.settings = app, settings
        self.bucket = Bucket(settings.burst, settings.requests_per_second)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, as long as the address has a token."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        address = address_of(scope, self.settings)
        if (address != "unknown" and is_loopback(address)) or self.bucket.take(address):
            return await self.app(scope, receive, send)
        return await refuse(scope, receive, send, 429, close=True, retry_after="1")
