"""The audit trail: who changed what, when, from what to what, and why. Rows are added and never changed.

Each entry holds the digest of the one before and of its own text, and the last digest is kept apart: so a
change behind the back of the triggers is found, and so is an end that was cut off. Whoever may rewrite the
whole database can rewrite the whole chain; the last digest, written down elsewhere, shows that too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from remnant.store.clock import now
from remnant.store.database.tables import LARGEST, audit
from remnant.store.house import Store
from remnant.store.trail.chain import digest, head_of, set_head, verify_chain
from remnant.study.text import printable

__all__ = ["Change", "Entry", "entries", "record", "verify_chain"]


@dataclass(frozen=True)
class Change:
    """One thing that was changed.

    Parameters
    ----------
    what : str
        Such as `fish.csv line 7 nuclei_abnormal`, `gates/S1.xml` or `user anna`.
    old, new : str
        What it was and what it is; empty where there was or is nothing.
    """

    what: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """One row of the audit trail.

    Parameters
    ----------
    number : int
        From 1, without a gap.
    at : str
        When, in UTC.
    who, action : str
        Who did what.
    study : int or None
        The study that it was done to.
    what, old, new : str
        The change; empty for an action that changed no single thing.
    why : str
        As the person gave it.
    hash : str
        Digest of this entry and of the one before.
    """

    number: int
    at: str
    who: str
    action: str
    study: int | None
    what: str
    old: str
    new: str
    why: str
    hash: str


def record(
    connection: Connection,
    *,
    who: str,
    action: str,
    study: int | None,
    changes: Sequence[Change] = (),
    why: str = "",
) -> None:
    """Add to the audit trail, in the transaction of what is recorded: both are kept, or neither.

    Parameters
    ----------
    connection : Connection
        Of a write transaction.
    changes : sequence of Change
        One entry each; without any, one entry that says the action alone.
    """
    number, previous = head_of(connection)
    at, rows = now(), []
    for change in changes or (Change("", "", ""),):
        number += 1
        row = {"number": number, "at": at, "study": study, "previous": previous}
        row |= {"who": storable(who), "action": storable(action), "why": storable(why)}
        row |= {"what": storable(change.what), "old": storable(change.old), "new": storable(change.new)}
        previous = digest(row)
        rows.append(row | {"hash": previous})
    connection.execute(insert(audit), rows)
    set_head(connection, number, previous)


def entries(
    store: Store, *, study: int | None = None, before: int | None = None, limit: int = 100
) -> tuple[Entry, ...]:
    """Return entries, the newest first.

    Parameters
    ----------
    study : int, optional
        Of this study alone.
    before : int, optional
        Below this number: the last number of one page gives the next page.
    limit : int, default 100
        At most so many.
    """
    columns = [audit.c[name] for name in Entry.__dataclass_fields__]
    question = select(*columns).order_by(audit.c.number.desc()).limit(limit)
    if study is not None:
        question = question.where(audit.c.study == study)
    if before is not None:
        question = question.where(audit.c.number < min(before, LARGEST))
    with store.reading() as connection:
        return tuple(Entry(*row) for row in connection.execute(question))


def storable(text: str) -> str:
    """Write out what PostgreSQL cannot hold, so that both databases keep the same text."""
    return printable(text).replace("\0", "\\x00")
