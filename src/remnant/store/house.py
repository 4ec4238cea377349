"""The house of a store: a folder, and a database in it or beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine


@dataclass(frozen=True)
class Store:
    """What is kept between runs.

    Parameters
    ----------
    home : Path
        Folder of the blobs, and of the database where it is embedded.
    engine : Engine
        The database.
    """

    home: Path
    engine: Engine
