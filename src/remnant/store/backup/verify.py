"""Is everything that was kept still there, and as it was? Read without changing anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, ForeignKeyConstraint, and_, exists, func, select

from remnant.errors import Fault
from remnant.store.database.tables import audit, blobs, metadata, revisions, studies, tree_files, trees
from remnant.store.files.blobs import place_of
from remnant.store.files.tree_rows import tree_name
from remnant.store.folder import digest
from remnant.store.house import Store
from remnant.store.studies.studies import FOLDER
from remnant.store.trail.chain import chain_faults, known_head

_AT_ONCE = 1000  # rows in memory: every revision lists its folder anew, and there may be thousands


@dataclass(frozen=True)
class Verified:
    """What a look at a store found.

    Parameters
    ----------
    studies, revisions, blobs, bytes, entries : int
        How much there is.
    audit_head : str
        Digest of the last entry of the audit trail: written down elsewhere, it shows later whether the trail
        was made anew.
    faults : tuple of Fault
        Empty when all is as it was kept.
    """

    studies: int
    revisions: int
    blobs: int
    bytes: int
    entries: int
    audit_head: str
    faults: tuple[Fault, ...]


def verify(store: Store) -> Verified:
    """Read every blob, follow the audit trail, and see that every row names what is there.

    Returns
    -------
    Verified
        With everything that is wrong.
    """
    with store.reading() as connection:
        return Verified(
            studies=_count(connection, studies),
            revisions=_count(connection, revisions),
            blobs=_count(connection, blobs),
            bytes=int(connection.scalar(select(func.sum(blobs.c.bytes))) or 0),
            entries=_count(connection, audit),
            audit_head=known_head(connection)[1],
            faults=(*_pages(connection), *_blobs(store, connection), *row_faults(connection)),
        )


def row_faults(connection: Connection) -> Iterator[Fault]:
    """Yield what is wrong with the rows, whatever the files are."""
    yield from _references(connection)
    yield from _folders(connection)
    yield from _sealed(connection)
    yield from chain_faults(connection)


def _count(connection: Connection, table: object) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]


def _pages(connection: Connection) -> Iterator[Fault]:
    """Ask SQLite to read all its pages; PostgreSQL checks its own as it reads."""
    if connection.dialect.name != "sqlite":
        return
    for (line,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if line != "ok":
            hint = "restore a backup: the disk has changed the database"
            yield Fault("database", None, "", line, "a sound database", hint)


def _blobs(store: Store, connection: Connection) -> Iterator[Fault]:
    for row in connection.execute(select(blobs).order_by(blobs.c.sha256)):
        path = place_of(store.home, row.sha256)
        if not path.is_file():
            found = "no file"
        elif (size := path.stat().st_size) != row.bytes:
            found = f"{size:,} bytes in the place of {row.bytes:,}"
        elif digest(path) != row.sha256:
            found = "other bytes"
        else:
            continue
        hint = "put the file again, or restore a backup"
        yield Fault("store", None, f"blob {row.sha256}", found, "the bytes of its name", hint)


def _folders(connection: Connection) -> Iterator[Fault]:
    """See that each tree lists what its name is the digest of."""
    question = select(trees.c.tree, tree_files.c.path, tree_files.c.sha256)
    question = question.select_from(trees.outerjoin(tree_files))
    flowing = question.order_by(trees.c.tree).execution_options(yield_per=_AT_ONCE)
    for tree, rows in groupby(connection.execute(flowing), lambda row: str(row.tree)):
        listing = {path: sha256 for _, path, sha256 in rows if path is not None}
        if tree_name(listing) != tree:
            expected, hint = "the paths and digests of its name", "restore a backup"
            yield Fault("database", None, f"tree {tree}", "another listing", expected, hint)


def _sealed(connection: Connection) -> Iterator[Fault]:
    """See that the audit trail knows each revision with the folder that it has now."""
    known = and_(audit.c.study == revisions.c.study, audit.c.what == FOLDER, audit.c.new == revisions.c.tree)
    question = select(revisions.c.study, revisions.c.number).where(~exists().where(known))
    for study, number in connection.execute(question):
        place, found = f"revision {number} of study {study}", "a folder that the audit trail does not know"
        yield Fault("database", None, place, found, "the folder it was made with", "compare with a backup")


def _references(connection: Connection) -> Iterator[Fault]:
    """See every foreign key through; both databases enforce them, and neither against a hand in its files."""
    for table in metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            if count := _dangling(connection, key):
                names, to = ", ".join(key.column_keys), key.referred_table.name
                found, hint = f"{count:,} rows of {table.name} that name nothing", "restore a backup"
                yield Fault("database", None, f"{table.name}.{names}", found, f"a row of {to}", hint)


def _dangling(connection: Connection, key: ForeignKeyConstraint) -> int:
    there = key.referred_table.alias()
    pairs = [(element.parent, there.c[element.column.name]) for element in key.elements]
    asked = and_(*(mine.is_not(None) for mine, _ in pairs))
    named = exists().where(*(mine == theirs for mine, theirs in pairs))
    return connection.scalar(select(func.count()).select_from(key.table).where(asked, ~named)) or 0
