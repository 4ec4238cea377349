"""What nothing names any more: found at any time, removed on demand, and never what is younger than a day.

A tree is named by a revision, a draft or results; a blob by such a tree, by a table of measurements or by a
page. Whoever puts a blob and has not yet named it has a day for it.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select

from remnant.store.clock import ago, written
from remnant.store.database.tables import (
    blobs,
    drafts,
    measured,
    pages,
    results,
    revisions,
    tree_files,
    trees,
)
from remnant.store.files.checkout import remove_folder
from remnant.store.house import Store

DAY = timedelta(days=1)
_EVER = "9999-12-31T00:00:00.000000Z"  # after every time that is written


@dataclass(frozen=True)
class Spare:
    """Something that nothing names.

    Parameters
    ----------
    kind : str
        tree, blob, file (a blob without its row), partial (of a broken-off run) or checkout.
    name : str
        Digest, or name of the file.
    bytes : int
        What it takes on the disk by itself.
    at : str
        When it was last put.
    """

    kind: str
    name: str
    bytes: int
    at: str


def spare(store: Store, *, older_than: timedelta = DAY) -> tuple[Spare, ...]:
    """List what `sweep` would remove; a blob is listed once no tree that is kept, or is young, names it."""
    with store.reading() as connection:
        return (*_rows(connection, ago(older_than)), *_files(store.home, connection, ago(older_than)))


def sweep(store: Store, *, older_than: timedelta = DAY) -> tuple[Spare, ...]:
    """Remove what nothing names and has not been put for a day, while others read and write.

    Parameters
    ----------
    older_than : timedelta, default a day
        Shorter is safe only while nobody else uses the store.

    Returns
    -------
    tuple of Spare
        What was removed.
    """
    limit = ago(older_than)
    with store.begin() as connection:
        rows = _rows(connection, limit)
        connection.execute(delete(trees).where(going_tree(limit)))
        connection.execute(delete(blobs).where(going_blob(limit)))
    # The rows are gone for good before the files go: a run that breaks off between leaves files without rows.
    with store.begin() as connection:
        files = _files(store.home, connection, limit)
        for one in files:
            place = _place(store.home, one)
            remove_folder(place) if place.is_dir() else place.unlink(missing_ok=True)
    named = {row.name for row in rows}
    return (*rows, *(one for one in files if one.name not in named))


def going_tree(before: str = _EVER) -> ColumnElement[bool]:
    """Say of a row of `trees` that nothing names it, and that it was last put before a time."""
    named = [exists().where(table.c.tree == trees.c.tree) for table in (revisions, drafts, results)]
    return and_(~or_(*named), trees.c.at < before)


def going_blob(before: str = _EVER) -> ColumnElement[bool]:
    """Say of a row of `blobs` that nothing will name it once such trees are gone."""
    staying = select(trees.c.tree).where(~going_tree(before))
    named = [
        exists().where(table.c.sha256 == blobs.c.sha256, table.c.tree.in_(staying))
        for table in (tree_files, measured)
    ]
    paged = exists().where(pages.c.sha256 == blobs.c.sha256)
    return and_(~or_(*named, paged), blobs.c.at < before)


def _rows(connection: Connection, limit: str) -> list[Spare]:
    old = select(trees.c.tree, trees.c.at).where(going_tree(limit)).order_by(trees.c.tree)
    unnamed = select(blobs).where(going_blob(limit)).order_by(blobs.c.sha256)
    going = [Spare("tree", tree, 0, at) for tree, at in connection.execute(old)]
    return going + [Spare("blob", row.sha256, row.bytes, row.at) for row in connection.execute(unnamed)]


def _files(home: Path, connection: Connection, limit: str) -> list[Spare]:
    """List files that no row speaks of; within a write transaction nobody is about to write the row."""
    known = set(connection.scalars(select(blobs.c.sha256)))
    there = set(connection.scalars(select(trees.c.tree)))
    found = [("file", path) for path in home.glob("blobs/*/*") if path.name not in known]
    found += [("checkout", path) for path in home.glob("checkouts/*") if path.name not in there]
    found += [("partial", path) for path in home.glob("partial/*")]
    looked_at = [one for kind, path in found if (one := _file(kind, path)) is not None]
    return [one for one in looked_at if one.kind != "partial" or one.at < limit]


def _file(kind: str, path: Path) -> Spare | None:
    """Look at a file; None where whoever wrote it has taken it away meanwhile."""
    try:
        about = path.lstat()
    except FileNotFoundError:
        return None
    at = written(datetime.fromtimestamp(about.st_mtime, UTC))
    return Spare(kind, path.name, about.st_size if stat.S_ISREG(about.st_mode) else 0, at)


def _place(home: Path, one: Spare) -> Path:
    if one.kind == "file":
        return home / "blobs" / one.name[:2] / one.name
    return home / {"partial": "partial", "checkout": "checkouts"}[one.kind] / one.name
