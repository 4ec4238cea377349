"""The address of a database, as a person gives it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from remnant.errors import Fault, StoreError

_EXPECTED = "sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"


def read_address(embedded: Path, url: str | None) -> URL:
    """Read the address of a database.

    Parameters
    ----------
    embedded : Path
        The file of the database when no address is given.
    url : str or None
        As typed.

    Raises
    ------
    StoreError
        If it is no address, or its database is not one of the two that remnant speaks to.
    """
    if url is None:
        return URL.create("sqlite", database=str(embedded))
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        # What was typed may hold a password: it is not repeated.
        raise _fault("something else", "check the address of the database") from None
    if address.drivername == "sqlite" and address.database and address.database != ":memory:":
        return address
    if address.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        if find_spec("psycopg") is None:
            raise _fault("no driver for it", "pip install 'remnant[server]'")
        return address.set(drivername="postgresql+psycopg")
    raise _fault(address.drivername, "remnant keeps to these two")


@contextmanager
def reachable(address: URL) -> Iterator[None]:
    """Turn what the driver says of a database that cannot be used into a fault, without the password."""
    try:
        yield
    except DBAPIError as error:
        place = address.render_as_string(hide_password=True)
        found = " ".join(str(error.orig).split())
        hint = "does it run, may this user make tables in it, and is it a database?"
        raise StoreError([Fault("database", None, place, found, "a database to use", hint)]) from error


def _fault(found: str, hint: str) -> StoreError:
    return StoreError([Fault("database", None, "", found, _EXPECTED, hint)])
