"""The body of a request, piece by piece: counted, timed, looked into, and given once more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from remnant.web.settings import Settings

GRACE_S = 60.0  # a body of any size may take this long
CLOSE = {"Connection": "close"}  # what still flows is not read


class Flow:
    """A body that ends where its limit does, and may not crawl.

    Parameters
    ----------
    receive : ASGI receive
        Where it comes from.
    limit : int
        Most bytes.
    settings : Settings
        How long one may wait for it.
    """

    def __init__(self, receive: Receive, limit: int, settings: Settings):
        self.receive, self.limit, self.settings = receive, limit, settings
        self.read, self.began, self.over = 0, time.monotonic(), False

    async def __call__(self) -> Message:
        """Return the next piece; after the last, wait for the client to go, without a limit of time.

        Raises
        ------
        HTTPException
            413 beyond the limit, 408 when the pieces come too slowly.
        """
        if self.over:
            return await self.receive()
        try:
            message = await asyncio.wait_for(self.receive(), self.settings.silence_s)
        except TimeoutError:
            raise HTTPException(408, headers=CLOSE) from None
        self.over = not message.get("more_body", False)
        self.read += len(message.get("body", b""))
        if self.read > self.limit:
            raise HTTPException(413, headers=CLOSE)
        late = time.monotonic() - self.began - GRACE_S
        if not self.over and self.read < late * self.settings.pace_bytes_per_s:
            raise HTTPException(408, headers=CLOSE)
        return message


async def read_until(receive: Receive, size: float) -> list[Message]:
    """Read the pieces of a body until they hold so many bytes, or it ends."""
    messages, read = [], 0
    while True:
        messages.append(message := await receive())
        read += len(message.get("body", b""))
        if not message.get("more_body") or read >= size:
            return messages


def joined(messages: Sequence[Message]) -> bytes:
    """Return what pieces hold."""
    return b"".join(message.get("body", b"") for message in messages)


def replayed(messages: Sequence[Message], receive: Receive) -> Receive:
    """Give the pieces once more, then what follows them."""
    waiting = iter(messages)

    async def again() -> Message:
        for message in waiting:
            return message
        return await receive()

    return again
