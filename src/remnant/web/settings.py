"""How the app is served; nothing here changes an answer."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """Where the app listens, and what it takes.

    Parameters
    ----------
    host, port : str, int
        Where it listens.
    secure : bool
        Whether everyone must log in; always so when others than this machine can reach it.
    upload_bytes : int
        Most bytes of one request.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    secure: bool = False
    upload_bytes: int = 2048 * MEBIBYTE
