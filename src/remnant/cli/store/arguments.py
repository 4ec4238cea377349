"""What the commands on the store share: where it is, and who asks."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from remnant.store.house import Store

Home = Annotated[
    Path | None,
    typer.Option(
        "--home",
        metavar="DIR",
        envvar="REMNANT_HOME",
        help="Folder of the store; by default that of this person's data.",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="REMNANT_DATABASE",
        show_envvar=True,
        help="postgresql+psycopg://USER@HOST/NAME; by default SQLite in the folder. Give a password by the "
        "variable or by ~/.pgpass: a command line can be read by others.",
    ),
]
Who = Annotated[
    str | None, typer.Option("--who", help="Name for the audit trail; by default that of this account.")
]
Why = Annotated[str, typer.Option("--why", help="Reason, for the audit trail.")]


@contextmanager
def opened(home: Path | None, database: str | None) -> Iterator[Store]:
    """Open the store, and let it go in the end."""
    from remnant.store.house import open_store

    store = open_store(home_of(home), database)
    try:
        yield store
    finally:
        store.close()


def home_of(home: Path | None) -> Path:
    """Return the folder that was named, or that of this person."""
    from remnant.store.house import default_home

    return home or default_home()


def person(who: str | None) -> str:
    """Return the name that was given, or that of the account."""
    if who and who.strip():
        return who.strip()
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "unknown"


def day_and_time(at: str) -> str:
    """Write a time of the store for a person."""
    return f"{at[:10]} {at[11:16]} UTC"
