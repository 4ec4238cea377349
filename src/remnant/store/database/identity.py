"""A folder and a database that belong together say so: both hold the same random name.

A database beside the wrong folder would list studies whose files are elsewhere, and fill the folder with
those of another; two machines on one database must share the folder.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select

from remnant.errors import Fault, StoreError
from remnant.store.database.engine import reading, writing
from remnant.store.database.tables import meta
from remnant.store.disk import flush_folder, write_flushed

FILE = "identity"
KEY = "identity"


def settle(home: Path, engine: Engine) -> None:
    """Give folder and database one name, or see that they have one.

    Raises
    ------
    StoreError
        If they are of two stores.
    """
    with reading(engine) as connection:
        known = _known(connection)
    if known is None:
        with writing(engine) as connection:
            known = _known(connection)
            if known is None:
                known = of_folder(home)  # the folder first: a run that breaks off here goes on from it
                connection.execute(insert(meta).values(key=KEY, value=known))
    path = home / FILE
    found = path.read_text() if path.exists() else None
    if found != known:
        says = "another store" if found else "a new folder, and a database of a store"
        hint = "name the folder that goes with this database, or restore a backup to both"
        raise StoreError([Fault(str(home), None, FILE, says, "the folder of this database", hint)])


def of_folder(home: Path) -> str:
    """Return the name of a folder, and give it one where it has none."""
    path = home / FILE
    if not path.exists():
        fresh = home / "partial" / f"identity-{secrets.token_hex(8)}"
        write_flushed(fresh, secrets.token_hex(16).encode())
        fresh.replace(path)
        flush_folder(home)  # a database that knew a name which the folder has lost would open no more
    return path.read_text()


def _known(connection: Connection) -> str | None:
    return connection.scalar(select(meta.c.value).where(meta.c.key == KEY))
