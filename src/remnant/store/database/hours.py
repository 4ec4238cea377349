"""The time by the clock of the database: the one clock that workers on several machines share.

An embedded database has no clock of its own, and no other machine.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from remnant.store.clock import now, written


def now_there(connection: Connection) -> str:
    """Return the time as text."""
    return now() if connection.dialect.name == "sqlite" else written(_clock(connection))


def ago_there(connection: Connection, span: timedelta) -> str:
    """Return the time `span` before now as text."""
    return written(datetime.fromisoformat(now_there(connection)) - span)


def _clock(connection: Connection) -> datetime:
    moment: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return moment
