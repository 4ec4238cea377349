"""Who may look, edit, and decide who may: a person has one token, of which only the SHA-256 is kept."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, select, update

from remnant.errors import ConflictError, Fault, NotHere, SettingError
from remnant.store.clock import now, written
from remnant.store.database.tables import sessions, users
from remnant.store.house import Store
from remnant.store.trail import audit
from remnant.store.trail.audit import Change

ROLES = ("viewer", "editor", "admin")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,39}")
TAKEN = frozenset({"local", "nobody", "remnant"})  # as the audit trail calls those who are no person
PREFIX = "remnant_"  # so that a token is known for one where it does not belong
TOKEN = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")  # 256 bits
LONGEST_DAYS = 3650
KEPT_OUT = "kept out"


@dataclass(frozen=True)
class Person:
    """Someone who may log in.

    Parameters
    ----------
    name, role : str
        As the audit trail calls them, and what they may do.
    created : str
        When they were added.
    expires : str or None
        When their token ends; None where it does not.
    disabled : bool
        Whether they are kept out for now.
    """

    name: str
    role: str
    created: str
    expires: str | None
    disabled: bool

    @property
    def welcome(self) -> bool:
        """Whether the token opens the door today."""
        return not self.disabled and (self.expires is None or self.expires > now())


def digest(secret: str) -> str:
    """Return what is kept of a secret. It is random, 256 bits, so that one pass of SHA-256 is enough."""
    return sha256(secret.encode()).hexdigest()


def add_person(store: Store, *, who: str, name: str, role: str, days: int | None = None) -> str:
    """Add a person.

    Parameters
    ----------
    store : Store
        Where.
    who : str
        Who adds them.
    name : str
        1 to 40 letters, digits, dots, hyphens and underscores, beginning with a letter.
    role : str
        viewer, editor or admin.
    days : int, optional
        After how many days the token ends.

    Returns
    -------
    str
        The token; it is shown once and cannot be found again.

    Raises
    ------
    SettingError
        If the name, the role or the days cannot be used.
    ConflictError
        If there is someone of that name, or if the first of all is no admin.
    """
    _check(name, role, days)
    token, expires = new_token(), _ends(days)
    with store.begin() as connection:
        if _row(connection, name) is not None:
            hint = "choose another name, or give this person a new token: remnant people token NAME"
            raise ConflictError([Fault("people", None, "name", "a name that is taken", "a new name", hint)])
        row = {"name": name, "role": role, "token_sha256": digest(token), "created": now()}
        connection.execute(insert(users).values(**row, expires=expires, disabled=False))
        _keep_an_admin(connection)
        _record(connection, who, "add person", Change(f"person {name}", "", role), _token(name, expires))
    return token


def renew_token(store: Store, *, who: str, name: str, days: int | None = None) -> str:
    """Give a person a new token; the old one and every open session end.

    Returns
    -------
    str
        The token; it is shown once.
    """
    _check(name, "viewer", days)
    token, expires = new_token(), _ends(days)
    with store.begin() as connection:
        old = _known(connection, name)
        values = {"token_sha256": digest(token), "expires": expires, "disabled": False}
        connection.execute(update(users).where(users.c.name == name).values(**values))
        connection.execute(delete(sessions).where(sessions.c.user == name))
        again = (Change(f"person {name}", KEPT_OUT, "welcome"),) if old.disabled else ()
        _record(connection, who, "new token", _token(name, expires), *again)
    return token


def change_role(store: Store, *, who: str, name: str, role: str) -> None:
    """Give a person another role, from their next request on.

    Raises
    ------
    ConflictError
        If nobody would be left to decide who may do what.
    """
    _check(name, role, None)
    with store.begin() as connection:
        old = _known(connection, name)
        connection.execute(update(users).where(users.c.name == name).values(role=role))
        _keep_an_admin(connection)
        _record(connection, who, "change role", Change(f"person {name}", old.role, role))


def disable(store: Store, *, who: str, name: str) -> None:
    """Keep a person out until they get a new token; their sessions end."""
    with store.begin() as connection:
        _known(connection, name)
        connection.execute(update(users).where(users.c.name == name).values(disabled=True))
        connection.execute(delete(sessions).where(sessions.c.user == name))
        _keep_an_admin(connection)
        _record(connection, who, "disable person", Change(f"person {name}", "welcome", KEPT_OUT))


def remove_person(store: Store, *, who: str, name: str) -> None:
    """Forget a person; what they did stays in the audit trail."""
    with store.begin() as connection:
        old = _known(connection, name)
        connection.execute(delete(sessions).where(sessions.c.user == name))
        connection.execute(delete(users).where(users.c.name == name))
        if connection.scalar(select(func.count()).select_from(users)):
            _keep_an_admin(connection)
        _record(connection, who, "remove person", Change(f"person {name}", old.role, ""))


def all_people(store: Store) -> tuple[Person, ...]:
    """List everyone, by name."""
    with store.reading() as connection:
        return tuple(_person(row) for row in connection.execute(select(users).order_by(users.c.name)))


def anyone(store: Store) -> bool:
    """Say whether there is a person at all: from then on everyone has to log in."""

    def asked() -> bool:
        with store.reading() as connection:
            return bool(connection.scalar(select(exists().select_from(users))))

    return store.remembered("anyone", asked)


def has_admin(store: Store) -> bool:
    """Say whether someone with a token that opens the door may decide who may do what."""
    return any(person.role == "admin" and person.welcome for person in all_people(store))


def person_with(store: Store, token: str) -> Person | None:
    """Return whose token this is; None where it is nobody's, has ended or was withdrawn."""
    if TOKEN.fullmatch(token) is None:
        return None  # what cannot be a token is no question to the database
    sought = digest(token)
    with store.reading() as connection:
        row = connection.execute(select(users).where(users.c.token_sha256 == sought)).one_or_none()
    # The index compares digests, of which a guess can choose no part; this compares them in constant time.
    if row is None or not hmac.compare_digest(row.token_sha256, sought):
        return None
    person = _person(row)
    return person if person.welcome else None


def new_token() -> str:
    """Make a token: 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def _check(name: str, role: str, days: int | None) -> None:
    faults: list[Fault] = []
    if NAME.fullmatch(name) is None or name.lower() in TAKEN:
        expected = "1 to 40 letters, digits, dots, hyphens and underscores, beginning with a letter"
        hint = f"use initials or a work name; {', '.join(sorted(TAKEN))} are taken"
        faults.append(Fault("people", None, "name", repr(name[:40]), expected, hint))
    if role not in ROLES:
        hint = "a viewer reads, an editor also changes, an admin also decides who may"
        faults.append(Fault("people", None, "role", repr(role[:40]), ", ".join(ROLES), hint))
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        hint = "leave it out for a token that does not end"
        faults.append(Fault("people", None, "days", str(days), f"1 to {LONGEST_DAYS} days", hint))
    if faults:
        raise SettingError(faults)


def _ends(days: int | None) -> str | None:
    return None if days is None else written(datetime.now(UTC) + timedelta(days=days))


def _token(name: str, expires: str | None) -> Change:
    """Say for the audit trail how long a token holds."""
    return Change(f"token of {name}", "", f"until {expires or 'withdrawn'}")


def _row(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(users).where(users.c.name == name)).one_or_none()


def _known(connection: Connection, name: str) -> Person:
    row = _row(connection, name)
    if row is None:
        hint = "remnant people list shows everyone"
        raise NotHere(
            [Fault("people", None, "name", "a name that nobody has", "someone who was added", hint)]
        )
    return _person(row)


def _keep_an_admin(connection: Connection) -> None:
    """Refuse a change after which nobody could undo it."""
    people = [_person(row) for row in connection.execute(select(users))]
    if not any(person.role == "admin" and person.welcome for person in people):
        hint = "make someone an admin first"
        raise ConflictError([Fault("people", None, "role", "no admin left", "at least one admin", hint)])


def _person(row: Row[Any]) -> Person:
    return Person(row.name, row.role, row.created, row.expires, row.disabled)


def _record(connection: Connection, who: str, action: str, *changes: Change) -> None:
    audit.record(connection, who=who, action=action, study=None, changes=changes)
