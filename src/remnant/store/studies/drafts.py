"""Files that a person brought and that are not yet sound: kept until they are accepted or dropped."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from remnant.errors import ConflictError, Fault, NotHere
from remnant.store.clock import now
from remnant.store.database.tables import LARGEST
from remnant.store.database.tables import drafts as draft_rows
from remnant.store.files.tree_rows import need_tree
from remnant.store.house import Store
from remnant.store.trail import audit
from remnant.store.trail.audit import Change


@dataclass(frozen=True)
class Draft:
    """A folder that is not a study, or not a revision, yet.

    Parameters
    ----------
    id : int
        Its number, never given twice.
    study, base : int or None
        The study and the revision that it would change; None for a new study.
    tree : str
        Its folder.
    title : str
        As a person gave it.
    by, at : str
        Who changed it last, and when.
    """

    id: int
    study: int | None
    base: int | None
    tree: str
    title: str
    by: str
    at: str


def put_draft(
    store: Store, *, who: str, title: str, tree: str, study: int | None = None, base: int | None = None
) -> Draft:
    """Keep a folder as a draft; NotHere if there is no such tree."""
    with store.begin() as connection:
        need_tree(connection, tree)
        row = {"study": study, "base": base, "tree": tree, "title": title, "by": who, "at": now()}
        number = connection.execute(insert(draft_rows).values(row).returning(draft_rows.c.id)).scalar_one()
        changes = [Change(f"draft {number}", "", tree)]
        audit.record(connection, who=who, action="put draft", study=study, changes=changes)
        return _one(connection, number)


def change_draft(store: Store, draft: Draft, *, who: str, tree: str, expected: str) -> Draft:
    """Put another folder in the place of a draft's.

    Parameters
    ----------
    expected : str
        The tree that the change was made from.

    Raises
    ------
    ConflictError
        If someone else has changed the draft: it is not written over.
    NotHere
        If the draft was accepted or dropped, or there is no such tree.
    """
    with store.begin() as connection:
        now_there = _one(connection, draft.id)
        if now_there.tree != expected:
            found = f"other files, put by {now_there.by} at {now_there.at[:16].replace('T', ' ')} UTC"
            hint = "look at them, then make your change again"
            raise ConflictError(
                [Fault(f"draft {draft.id}", None, "", found, "the files that you changed", hint)]
            )
        need_tree(connection, tree)
        row = {"tree": tree, "by": who, "at": now()}
        connection.execute(update(draft_rows).where(draft_rows.c.id == draft.id).values(row))
        changes = [Change(f"draft {draft.id}", expected, tree)]
        audit.record(connection, who=who, action="change draft", study=now_there.study, changes=changes)
        return _one(connection, draft.id)


def draft(store: Store, number: int) -> Draft:
    """Return one draft; NotHere if it was accepted, dropped, or never was."""
    with store.reading() as connection:
        return _one(connection, number)


def drafts(store: Store) -> tuple[Draft, ...]:
    """Return the drafts, the newest first."""
    with store.reading() as connection:
        rows = connection.execute(select(draft_rows).order_by(draft_rows.c.id.desc()))
        return tuple(Draft(*row) for row in rows)


def drop_draft(store: Store, draft: Draft, *, who: str, why: str = "") -> None:
    """Take a draft from the list; its files go when nothing else names them, after a day at the earliest.

    Raises
    ------
    NotHere
        If someone else has dropped or accepted it.
    """
    with store.begin() as connection:
        there = _one(connection, draft.id)
        connection.execute(delete(draft_rows).where(draft_rows.c.id == draft.id))
        changes = [Change(f"draft {draft.id}", there.tree, "")]
        audit.record(connection, who=who, action="drop draft", study=there.study, changes=changes, why=why)


def _one(connection: Connection, number: int) -> Draft:
    asked = select(draft_rows).where(draft_rows.c.id == min(number, LARGEST))
    row = connection.execute(asked).one_or_none() if number > 0 else None
    if row is None:
        hint = "it was accepted or dropped"
        raise NotHere([Fault("store", None, "draft", str(number), "a draft of this store", hint)])
    return Draft(*row)
