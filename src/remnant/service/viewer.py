"""Who asks, and what that person may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["viewer", "editor", "admin"]


@dataclass(frozen=True)
class Viewer:
    """Who asks.

    Parameters
    ----------
    name : str
        As the audit trail calls them.
    role : str
        What they may do: look, edit, or decide who may.
    """

    name: str
    role: Role


LOCAL = Viewer("local", "admin")
