"""Files that a person brought and that are not yet sound: kept until they are accepted or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from remnant.errors import ConflictError, Fault, NotHere
from remnant.store.clock import now
from remnant.store.database.tables import LARGEST
from remnant.store.database.tables import drafts as draft_rows
from remnant.store.files.tree_rows import need_tree
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord, created, revised
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
        return _put(connection, who=who, title=title, tree=tree, study=study, base=base)


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
        now_there = _unchanged(connection, draft.id, expected)
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
        _take(connection, _one(connection, draft.id), who=who, why=why)


def accept_draft(
    store: Store,
    draft: Draft,
    *,
    who: str,
    title: str,
    synthetic: bool,
    changes: Sequence[Change],
    why: str,
) -> StudyRecord:
    """Make a draft a study, or the next revision of its study, and take it from the list: both, or neither.

    Parameters
    ----------
    draft : Draft
        As it was checked: its files are those that are accepted.
    title, synthetic : str, bool
        Of a new study.
    changes : sequence of Change
        What differs from the study that the draft was made from.

    Raises
    ------
    ConflictError
        If someone else has changed the draft, or made a newer revision of the study.
    NotHere
        If the draft was accepted or dropped.
    """
    with store.begin() as connection:
        there = _unchanged(connection, draft.id, draft.tree)
        if there.study is None or there.base is None:
            made = created(connection, who=who, title=title, tree=there.tree, why=why, synthetic=synthetic)
        else:
            made = revised(
                connection,
                there.study,
                who=who,
                tree=there.tree,
                expected=there.base,
                changes=changes,
                why=why,
            )
        _take(connection, there, who=who, why=f"accepted as revision {made.head} of {made.slug}")
        return made


def move_draft(store: Store, draft: Draft, *, who: str, tree: str, base: int) -> Draft:
    """Put a new draft from another revision in the place of one: both are done, or neither.

    Raises
    ------
    ConflictError
        If someone else has changed the draft: it is not written over.
    NotHere
        If the draft was accepted or dropped.
    """
    with store.begin() as connection:
        there = _unchanged(connection, draft.id, draft.tree)
        fresh = _put(connection, who=who, title=there.title, tree=tree, study=there.study, base=base)
        _take(connection, there, who=who, why=f"brought onto revision {base}: draft {fresh.id}")
        return fresh


def _put(
    connection: Connection, *, who: str, title: str, tree: str, study: int | None, base: int | None
) -> Draft:
    need_tree(connection, tree)
    row = {"study": study, "base": base, "tree": tree, "title": audit.storable(title), "by": who, "at": now()}
    number = connection.execute(insert(draft_rows).values(row).returning(draft_rows.c.id)).scalar_one()
    changes = [Change(f"draft {number}", "", tree)]
    audit.record(connection, who=who, action="put draft", study=study, changes=changes)
    return _one(connection, number)


def _take(connection: Connection, there: Draft, *, who: str, why: str) -> None:
    connection.execute(delete(draft_rows).where(draft_rows.c.id == there.id))
    changes = [Change(f"draft {there.id}", there.tree, "")]
    audit.record(connection, who=who, action="drop draft", study=there.study, changes=changes, why=why)


def _unchanged(connection: Connection, number: int, expected: str) -> Draft:
    """Return a draft as it is now, or refuse what was made from other files than it has."""
    there = _one(connection, number)
    if there.tree != expected:
        found = f"other files, put by {there.by} at {there.at[:16].replace('T', ' ')} UTC"
        hint = "look at them, then make your change again"
        raise ConflictError([Fault(f"draft {number}", None, "", found, "the files that you looked at", hint)])
    return there


def _one(connection: Connection, number: int) -> Draft:
    asked = select(draft_rows).where(draft_rows.c.id == min(number, LARGEST))
    row = connection.execute(asked).one_or_none() if number > 0 else None
    if row is None:
        hint = "it was accepted or dropped"
        raise NotHere([Fault("store", None, "draft", str(number), "a draft of this store", hint)])
    return Draft(*row)
