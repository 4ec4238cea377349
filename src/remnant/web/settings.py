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
        Most bytes of one request that brings files.
    form_bytes : int
        Most bytes of any other request.
    json_depth : int
        Most brackets within brackets of a JSON body.
    behind : tuple of str
        Addresses under which a proxy on this machine shows the app, such as `https://remnant.lab.example`.
    requests_per_second, burst : float
        How often one address of another machine may ask, in the long run and at once.
    silence_s : float
        Longest wait for the next piece of a body.
    pace_bytes_per_s : float
        Slowest body, after its first minute.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    secure: bool = False
    upload_bytes: int = 2048 * MEBIBYTE
    form_bytes: int = 16 * MEBIBYTE
    json_depth: int = 32
    behind: tuple[str, ...] = ()
    requests_per_second: float = 100
    burst: float = 1000
    silence_s: float = 30
    pace_bytes_per_s: float = 2048

    @property
    def encrypted(self) -> bool:
        """Whether every way in from outside is through TLS, so that cookies may insist on it."""
        return bool(self.behind) and all(address.startswith("https://") for address in self.behind)
