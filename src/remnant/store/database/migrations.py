"""How a database of an earlier remnant becomes one of today.

A new database is made whole from `tables`. One of an earlier number goes up by steps, each in a transaction
and recorded; a test makes a database of every earlier number by hand and sees that both ways end in the same
tables. A step never changes once it was released. A dump (`remnant.store.backup`) of an earlier number is read
into the tables of today, so that a column which a step adds needs a default.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from sqlalchemy import Connection, Engine, func, insert, inspect, select

from remnant.errors import Fault, StoreError
from remnant.store.clock import now
from remnant.store.database.engine import reading, writing
from remnant.store.database.tables import metadata, migrations


@dataclass(frozen=True)
class Step:
    """One change of the tables.

    Parameters
    ----------
    number : int
        The number of a database that has it; the first database is number 1.
    name : str
        What it changes.
    apply : callable
        Takes the connection of the transaction.
    """

    number: int
    name: str
    apply: Callable[[Connection], None]


STEPS: tuple[Step, ...] = ()


def schema_number(steps: Sequence[Step] = STEPS) -> int:
    """Return the number of a database that has every step."""
    return steps[-1].number if steps else 1


def migrate(engine: Engine, steps: Sequence[Step] = STEPS) -> None:
    """Bring a database to the tables of today.

    Parameters
    ----------
    engine : Engine
        The database; empty, or one of remnant.
    steps : sequence of Step
        In the order of their numbers.

    Raises
    ------
    StoreError
        If the database is of a newer remnant, or holds tables of something else.
    """
    with reading(engine) as connection:
        if number_of(connection) == schema_number(steps):
            return
    with writing(engine) as connection:  # asked again: another process may have been first
        at = number_of(connection)
        if at is None:
            make_whole(connection, steps)
            return
    if at > schema_number(steps):
        raise _newer(at, schema_number(steps))
    for step in steps:
        with writing(engine) as connection:
            if step.number > (number_of(connection) or 0):
                step.apply(connection)
                _record(connection, step.number, step.name)


def make_whole(connection: Connection, steps: Sequence[Step] = STEPS) -> None:
    """Make every table in an empty database.

    Raises
    ------
    StoreError
        If there are tables already, or if the database cannot hold every name.
    """
    if connection.dialect.name == "postgresql":
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
        if encoding != "UTF8":
            hint = "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
            raise StoreError([Fault("database", None, "encoding", str(encoding), "UTF8", hint)])
    if others := inspect(connection).get_table_names():
        expected, hint = "an empty database", "give remnant a database of its own"
        found = f"{len(others)} tables ({', '.join(sorted(others)[:3])} ...)"
        raise StoreError([Fault("database", None, "", found, expected, hint)])
    metadata.create_all(connection)
    _record(connection, schema_number(steps), "made whole")


def number_of(connection: Connection) -> int | None:
    """Return the number of a database; None where remnant has made no tables."""
    if not inspect(connection).has_table(migrations.name):
        return None
    number: int | None = connection.scalar(select(func.max(migrations.c.number)))
    return number


def _record(connection: Connection, number: int, name: str) -> None:
    row = {"number": number, "name": name, "at": now(), "version": version("remnant")}
    connection.execute(insert(migrations).values(row))


def _newer(found: int, known: int) -> StoreError:
    expected = f"a database of number {known} or below"
    hint = "this remnant is older than the one that wrote it: install the newer one"
    return StoreError([Fault("database", None, "number", str(found), expected, hint)])
