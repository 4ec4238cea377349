"""The house of a store: a folder, and a database in it or beside it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine

from remnant.errors import Fault, StoreError
from remnant.store.database.address import reachable, read_address
from remnant.store.database.engine import make_engine, reading, writing
from remnant.store.database.identity import settle
from remnant.store.database.migrations import migrate
from remnant.store.database.unchanged import Unchanged

DATABASE = "remnant.db"

Answer = TypeVar("Answer")


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
    _unchanged: Unchanged = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Begin to remember what the database answers."""
        object.__setattr__(self, "_unchanged", Unchanged(self.engine))

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Give the connection of one write transaction: all of it is kept, or after an error none of it.

        Writers queue, so that whoever begins a second one within the first would wait for himself: pass the
        connection on, and put blobs and trees before.
        """
        with writing(self.engine) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees the database as it was at one moment, and cannot write."""
        with reading(self.engine) as connection:
            yield connection

    def remembered(self, what: Hashable, question: Callable[[], Answer]) -> Answer:
        """Ask the database, but for a question that was asked before and nothing was written since.

        Parameters
        ----------
        what : hashable
            Names the question with all that it depends on but the database: not the time, and no file.
        question : callable
            Reads the database, outside of any write transaction.
        """
        return self._unchanged.ask(what, question)

    def close(self) -> None:
        """Let the connections go."""
        self._unchanged.close()
        self.engine.dispose()


def default_home() -> Path:
    """Return where the store is when nobody says: REMNANT_HOME, or the data folder of this person."""
    if home := os.environ.get("REMNANT_HOME"):
        return Path(home)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "remnant"


def open_store(home: Path, url: str | None = None) -> Store:
    """Open a store, and make it where there is none.

    Parameters
    ----------
    home : Path
        Its folder; made, for its owner alone.
    url : str, optional
        The database, such as `postgresql+psycopg://user@host/name`; by default SQLite in the folder.

    Raises
    ------
    StoreError
        If the folder or the database cannot be used, belong to two stores, or are of a newer remnant.
    """
    address = read_address(home / DATABASE, url)
    make_folders(home)
    engine = make_engine(address)
    try:
        with reachable(address):
            migrate(engine)
        settle(home, engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(home, engine)


def make_folders(home: Path) -> None:
    """Make the folders of a store, for their owner alone; StoreError where they cannot be made."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("blobs", "checkouts", "partial"):
            (home / name).mkdir(mode=0o700, exist_ok=True)
        if not os.access(home, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        found, hint = (error.strerror or "an error").lower(), "name a folder of your own"
        raise StoreError([Fault(str(home), None, "", found, "a folder to write to", hint)]) from error
