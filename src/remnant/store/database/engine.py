"""One way to speak to SQLite and to PostgreSQL: writers queue, a reader sees one moment.

On SQLite a writer begins with `BEGIN IMMEDIATE`; on PostgreSQL it takes an advisory lock that its transaction
holds. So on both a writer sees all that was written before it, and no two writers can wait for each other.
The writes of a lab take milliseconds; big objects are written to files, outside of the transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError

from remnant.errors import Fault, StoreError
from remnant.store.disk_errors import refusal

PATIENCE_S = 30  # a writer waits for the others this long: far above any write, below a browser's patience
_WRITERS = (
    0x72656D6E616E74  # "remnant" in ASCII: the advisory lock is shared with other programs of a database
)
_PRAGMAS = ("journal_mode=WAL", f"busy_timeout={PATIENCE_S * 1000}", "foreign_keys=ON", "synchronous=FULL")

_begun_here: ContextVar[frozenset[int]] = ContextVar("_begun_here", default=frozenset())


def make_engine(url: URL) -> Engine:
    """Make the engine of a database."""
    # Every thread of a server may read at once; a pool that is too small would make pages wait for pages.
    options: dict[str, Any] = {"pool_size": 10, "max_overflow": 54}
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": PATIENCE_S}, **options)
        event.listen(engine, "connect", _connected)
        event.listen(engine, "begin", _begun)
    else:
        engine = create_engine(url, pool_pre_ping=True, **options)
    return engine


def _connected(connection: Any, _record: object) -> None:
    # The driver would begin transactions by its own rules, and late: SQLAlchemy is to say when.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begun(connection: Connection) -> None:
    writes = bool(connection.get_execution_options().get("remnant_writes"))
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give the connection of one write transaction: all of it is kept, or after an error none of it.

    Raises
    ------
    StoreError
        If others have been writing for longer than anyone should wait, or the disk of the database is full.
    """
    outside, mine = _begun_here.get(), id(engine)
    assert mine not in outside, "a write within a write would wait for itself: pass the connection on"
    with engine.connect().execution_options(remnant_writes=True) as connection:
        try:
            transaction = connection.begin()
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE_S}s'")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")
        except OperationalError as error:
            found = f"{type(error.orig).__name__}: {str(error.orig).strip()}"
            expected, hint = "its turn to write", "does another program hold it? try again"
            raise StoreError([Fault("database", None, "", found, expected, hint)]) from error
        _begun_here.set(outside | {mine})
        try:
            with transaction:
                yield connection
        except DBAPIError as error:
            raise refusal(error) or error from error.orig
        finally:
            _begun_here.set(outside)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees the database as it was at one moment, and cannot write."""
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def insert_new(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Begin an `INSERT` that has `on_conflict_do_nothing` and `on_conflict_do_update` on either database."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
