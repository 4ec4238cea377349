"""Log-ins: a random word in a browser, its SHA-256 here, with an end that idleness brings nearer."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from remnant.store.access.people import Person, digest
from remnant.store.clock import now, written
from remnant.store.database.tables import sessions, users
from remnant.store.house import Store
from remnant.store.trail import audit

IDLE = timedelta(hours=1)
WHOLE = timedelta(hours=12)
NOTICED = timedelta(minutes=1)  # how often an open session is written anew


def new_secret() -> str:
    """Return 256 random bits as 43 letters."""
    return secrets.token_urlsafe(32)


def begin_session(store: Store, person: Person) -> str:
    """Log a person in; sessions that have ended are swept away.

    Returns
    -------
    str
        The secret of the session, for a cookie.
    """
    secret = new_secret()
    with store.begin() as connection:
        connection.execute(delete(sessions).where(sessions.c.expires <= now()))
        row = {"sha256": digest(secret), "user": person.name, "created": now()}
        connection.execute(insert(sessions).values(**row, expires=_ends(row["created"])))
        audit.record(connection, who=person.name, action="log in", study=None)
    return secret


def person_in_session(store: Store, secret: str) -> Person | None:
    """Return who is logged in with this secret; None where it is nobody's, or its time is over."""
    sought = digest(secret)
    join = users.join(sessions, sessions.c.user == users.c.name)
    columns = *users.c, sessions.c.created.label("began"), sessions.c.expires.label("ends")

    def asked() -> Row[Any] | None:
        with store.reading() as connection:
            return connection.execute(
                select(*columns).select_from(join).where(sessions.c.sha256 == sought)
            ).one_or_none()

    row = store.remembered(("session", sought), asked)  # whether it has ended is seen anew each time
    if row is None or row.ends <= now():
        return None
    person = Person(row.name, row.role, row.created, row.expires, row.disabled)
    if not person.welcome:
        return None
    later = _ends(row.began)
    if datetime.fromisoformat(later) - datetime.fromisoformat(row.ends) > NOTICED:
        with store.begin() as connection:
            connection.execute(update(sessions).where(sessions.c.sha256 == sought).values(expires=later))
    return person


def end_session(store: Store, secret: str) -> None:
    """Log out: the secret opens nothing any more."""
    with store.begin() as connection:
        name = connection.scalar(select(sessions.c.user).where(sessions.c.sha256 == digest(secret)))
        if name is not None:
            connection.execute(delete(sessions).where(sessions.c.sha256 == digest(secret)))
            audit.record(connection, who=name, action="log out", study=None)


def _ends(began: str) -> str:
    """Say when a session ends that is used now."""
    return written(min(datetime.now(UTC) + IDLE, datetime.fromisoformat(began) + WHOLE))
