"""Studies and their revisions: each a whole folder, none ever changed, none written over another."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Select, insert, select, update

from remnant.errors import ConflictError, Fault, NotHere, StoreError
from remnant.store.clock import now
from remnant.store.database.tables import LARGEST
from remnant.store.database.tables import revisions as revision_rows
from remnant.store.database.tables import studies as study_rows
from remnant.store.files.tree_rows import need_tree
from remnant.store.house import Store
from remnant.store.trail import audit
from remnant.store.trail.audit import Change

FOLDER = "folder"  # what an entry of the audit trail calls the tree of a revision, and so seals it
LONGEST_TITLE = 500  # letters
_SLUG = 40  # letters of a slug: an address that can be read aloud


@dataclass(frozen=True)
class StudyRecord:
    """A study as the store knows it.

    Parameters
    ----------
    id : int
        Its number, never given twice.
    slug : str
        Its name in an address: a to z, digits and hyphens.
    title : str
        As a person gave it.
    synthetic : bool
        Whether its data are synthetic.
    head : int
        Number of its newest revision.
    tree : str
        The folder of that revision.
    created, by : str
        When and by whom it was brought in.
    archived : bool
        Whether it was put away; nothing of it is lost.
    """

    id: int
    slug: str
    title: str
    synthetic: bool
    head: int
    tree: str
    created: str
    by: str
    archived: bool = False


@dataclass(frozen=True)
class Revision:
    """A study as it was at one time.

    Parameters
    ----------
    number : int
        From 1.
    tree : str
        Its folder.
    parent : int or None
        The revision that it was made from.
    by, at, why : str
        Who made it, when, and the reason given.
    """

    number: int
    tree: str
    parent: int | None
    by: str
    at: str
    why: str


def create_study(
    store: Store, *, who: str, title: str, tree: str, why: str = "", synthetic: bool = False
) -> StudyRecord:
    """Keep a folder as a new study, with its first revision and its entry in the audit trail.

    Raises
    ------
    NotHere
        If there is no such tree.
    StoreError
        If the title says nothing.
    """
    with store.begin() as connection:
        return created(connection, who=who, title=title, tree=tree, why=why, synthetic=synthetic)


def created(
    connection: Connection, *, who: str, title: str, tree: str, why: str, synthetic: bool
) -> StudyRecord:
    """Do what `create_study` does within a write transaction."""
    title = _titled(title)
    need_tree(connection, tree)
    slug = _free_slug(connection, title)
    at = now()
    row = {"slug": slug, "title": title, "synthetic": synthetic, "head": 1, "created": at, "by": who}
    study = connection.execute(insert(study_rows).values(row).returning(study_rows.c.id)).scalar_one()
    _add_revision(connection, study, Revision(1, tree, None, who, at, why))
    changes = [Change(FOLDER, "", tree)]
    audit.record(connection, who=who, action="create study", study=study, changes=changes, why=why)
    return _one(connection, study)


def all_studies(store: Store, *, archived: bool = False) -> tuple[StudyRecord, ...]:
    """Return the studies, the newest first; with `archived` those that were put away too."""
    question = _records().order_by(study_rows.c.id.desc())
    if not archived:
        question = question.where(study_rows.c.archived.is_(None))
    with store.reading() as connection:
        return tuple(_record(row) for row in connection.execute(question))


def study_called(store: Store, slug: str) -> StudyRecord:
    """Return the study of a slug, put away or not.

    Raises
    ------
    NotHere
        If there is none.
    """
    return store.remembered(("study", slug), lambda: _called(store, slug))


def _called(store: Store, slug: str) -> StudyRecord:
    with store.reading() as connection:
        row = connection.execute(_records().where(study_rows.c.slug == slug)).one_or_none()
    if row is None:
        hint = "the list of studies names them: remnant store list"
        raise NotHere([Fault("store", None, "study", repr(slug[:80]), "a study of this store", hint)])
    return _record(row)


def archive_study(store: Store, study: StudyRecord, *, who: str, why: str = "") -> StudyRecord:
    """Put a study away: it is listed no longer, and all of it is kept."""
    return _mark(store, study, now(), who=who, why=why)


def restore_study(store: Store, study: StudyRecord, *, who: str, why: str = "") -> StudyRecord:
    """List a study again that was put away."""
    return _mark(store, study, None, who=who, why=why)


def revise(
    store: Store,
    study: StudyRecord,
    *,
    who: str,
    tree: str,
    expected: int,
    changes: Sequence[Change],
    why: str,
) -> StudyRecord:
    """Make a tree the newest revision of a study, in one transaction with its entries in the audit trail.

    The first entry has the digests of the two folders: so the chain seals the files too.

    Parameters
    ----------
    expected : int
        Number of the revision that the change was made from.

    Raises
    ------
    ConflictError
        If someone else has made a newer revision: it is not written over.
    NotHere
        If there is no such tree.
    """
    with store.begin() as connection:
        return revised(connection, study.id, who=who, tree=tree, expected=expected, changes=changes, why=why)


def revised(
    connection: Connection,
    study: int,
    *,
    who: str,
    tree: str,
    expected: int,
    changes: Sequence[Change],
    why: str,
) -> StudyRecord:
    """Do what `revise` does within a write transaction."""
    held = select(study_rows.c.head).where(study_rows.c.id == study).with_for_update()
    head = connection.execute(held).scalar_one()
    if head != expected:
        raise _overtaken(_revision(connection, study, head), expected)
    need_tree(connection, tree)
    before = _revision(connection, study, head).tree
    _add_revision(connection, study, Revision(head + 1, tree, head, who, now(), why))
    connection.execute(update(study_rows).where(study_rows.c.id == study).values(head=head + 1))
    everything = [Change(FOLDER, before, tree), *changes]
    audit.record(connection, who=who, action="revise", study=study, changes=everything, why=why)
    return _one(connection, study)


def revisions(store: Store, study: StudyRecord) -> tuple[Revision, ...]:
    """Return the revisions of a study, the newest first."""
    rows = revision_rows.c
    question = select(rows.number, rows.tree, rows.parent, rows.by, rows.at, rows.why)
    question = question.where(rows.study == study.id).order_by(rows.number.desc())
    with store.reading() as connection:
        return tuple(Revision(*row) for row in connection.execute(question))


def revision_called(store: Store, study: StudyRecord, number: int) -> Revision:
    """Return one revision of a study; NotHere if there is none of this number."""
    with store.reading() as connection:
        return _revision(connection, study.id, number)


def _records() -> Select[tuple[object, ...]]:
    at_head = (revision_rows.c.study == study_rows.c.id) & (revision_rows.c.number == study_rows.c.head)
    return select(study_rows, revision_rows.c.tree).join(revision_rows, at_head)


def _record(row: Row[tuple[object, ...]]) -> StudyRecord:
    values = dict(row._mapping) | {"archived": row.archived is not None}
    return StudyRecord(**values)


def _one(connection: Connection, study: int) -> StudyRecord:
    return _record(connection.execute(_records().where(study_rows.c.id == study)).one())


def _revision(connection: Connection, study: int, number: int) -> Revision:
    rows = revision_rows.c
    question = select(rows.number, rows.tree, rows.parent, rows.by, rows.at, rows.why)
    asked = question.where(rows.study == study, rows.number == min(number, LARGEST))
    row = connection.execute(asked).one_or_none() if number > 0 else None
    if row is None:
        hint = "remnant store history SLUG names them"
        raise NotHere([Fault("store", None, "revision", str(number), "a revision of this study", hint)])
    return Revision(*row)


def _add_revision(connection: Connection, study: int, revision: Revision) -> None:
    row = vars(revision) | {"why": audit.storable(revision.why), "by": audit.storable(revision.by)}
    connection.execute(insert(revision_rows).values(study=study, **row))


def _mark(store: Store, study: StudyRecord, at: str | None, *, who: str, why: str) -> StudyRecord:
    with store.begin() as connection:
        connection.execute(update(study_rows).where(study_rows.c.id == study.id).values(archived=at))
        action = "archive study" if at else "restore study"
        audit.record(connection, who=who, action=action, study=study.id, why=why)
        return _one(connection, study.id)


def _titled(title: str) -> str:
    shown = " ".join("".join(letter if letter.isprintable() else " " for letter in title).split())
    if not shown:
        hint = "give the study a name"
        raise StoreError([Fault("study", None, "title", repr(title[:80]), "a word", hint)])
    if len(shown) > LONGEST_TITLE:
        found, hint = f"{len(shown):,} letters", "every page of the study shows it: shorten it"
        raise StoreError([Fault("study", None, "title", found, f"at most {LONGEST_TITLE} letters", hint)])
    return shown


def _free_slug(connection: Connection, title: str) -> str:
    """Return a slug that no study has: of the title, and with a number where that is taken."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    stem = textwrap.shorten(words.replace("-", " "), _SLUG, placeholder="").replace(" ", "-")
    stem = stem or words[:_SLUG] or "study"
    taken = set(connection.scalars(select(study_rows.c.slug).where(study_rows.c.slug.startswith(stem))))
    if stem not in taken:
        return stem
    return next(slug for number in range(2, len(taken) + 3) if (slug := f"{stem}-{number}") not in taken)


def _overtaken(newest: Revision, expected: int) -> ConflictError:
    found = f"revision {newest.number} by {newest.by}, {newest.at[:16].replace('T', ' ')} UTC"
    hint = "look at what they changed, then make your change again"
    return ConflictError([Fault("study", None, "revision", found, f"revision {expected}", hint)])
