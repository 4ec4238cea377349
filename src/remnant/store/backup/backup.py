"""A whole store as one file, and back: made while others write, restored to either database.

The rows are those of one moment. Left out are the sessions, so that whoever restores logs in again, and what
nothing names (`remnant.store.files.sweep`).
"""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, Select, Table, select

from remnant.errors import Fault, StoreError
from remnant.store.backup.archive import FORM, FORMAT, Manifest, Member, add_manifest, add_member, add_seal
from remnant.store.clock import now
from remnant.store.database.migrations import schema_number
from remnant.store.database.tables import blobs, measured, metadata, migrations, sessions, tree_files, trees
from remnant.store.disk import flush_folder, name_beside
from remnant.store.files.blobs import Written, blob_path, drop, write_partial
from remnant.store.files.sweep import going_blob, going_tree
from remnant.store.folder import digest
from remnant.store.house import Store

LEFT_OUT = (sessions, migrations)  # the database that is restored to has its own steps
FLOWING = 1000  # rows in memory at once: an audit trail of years is longer than that


@dataclass(frozen=True)
class BackedUp:
    """A backup that is whole on the disk.

    Parameters
    ----------
    path : Path
        The archive.
    at : str
        The moment that it shows.
    rows, blobs, bytes : int
        Rows and blobs in it, and its size.
    """

    path: Path
    at: str
    rows: int
    blobs: int
    bytes: int


def backup(store: Store, destination: Path) -> BackedUp:
    """Write everything that is kept to one file, for its owner alone.

    Parameters
    ----------
    destination : Path
        A new file; after an error there is none.

    Raises
    ------
    StoreError
        If there is something already, or if a blob is not what its name says.
    """
    if destination.exists() or destination.is_symlink():
        expected, hint = "a new file", "name another: nothing is written over"
        raise StoreError([Fault(destination.name, None, "", "a file or a folder", expected, hint)])
    destination.parent.mkdir(parents=True, exist_ok=True)
    fresh = name_beside(destination)
    dumps: dict[str, Written] = {}
    try:
        at, rows, kept = _dump(store, dumps)
        members = [Member(name, one.size, one.sha256) for name, one in dumps.items()] + kept
        manifest = Manifest(FORMAT, version("remnant"), at, schema_number(), tuple(members))
        _write(store, fresh, manifest, dumps)
        fresh.rename(destination)
        flush_folder(destination.parent)
    finally:
        drop(dumps.values())
        fresh.unlink(missing_ok=True)
    return BackedUp(destination, at, rows, len(kept), destination.stat().st_size)


def _dump(store: Store, dumps: dict[str, Written]) -> tuple[str, int, list[Member]]:
    """Write the tables of one moment beside, and list the blobs that they name."""
    count = 0

    def lines(connection: Connection, table: Table) -> Iterator[bytes]:
        nonlocal count
        flowing = _kept(table).execution_options(yield_per=FLOWING)
        for row in connection.execute(flowing).mappings():
            count += 1
            yield json.dumps(dict(row), ensure_ascii=True, separators=(",", ":")).encode() + b"\n"

    with store.reading() as connection:
        at = now()
        for table in metadata.sorted_tables:
            if table not in LEFT_OUT:
                name = f"rows/{table.name}.jsonl"
                dumps[name] = write_partial(store.home, lines(connection, table))
        found = connection.execute(_kept(blobs)).all()
    return at, count, [Member(f"blobs/{row.sha256}", row.bytes, row.sha256) for row in found]


def _kept(table: Table) -> Select[tuple[object, ...]]:
    question: Select[tuple[object, ...]] = select(table).order_by(*table.primary_key)
    if table is trees:
        question = question.where(~going_tree())
    if table in (tree_files, measured):
        question = question.where(table.c.tree.not_in(select(trees.c.tree).where(going_tree())))
    if table is blobs:
        question = question.where(~going_blob())
    return question


def _write(store: Store, fresh: Path, manifest: Manifest, dumps: dict[str, Written]) -> None:
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=FORM) as archive:
            add_manifest(archive, manifest)
            for member in manifest.members:
                dumped = dumps.get(member.name)
                path = dumped.partial if dumped else _sound(store, member)
                with path.open("rb") as source:
                    add_member(archive, member, source)
            add_seal(archive, manifest)
        file.flush()
        os.fsync(file.fileno())


def _sound(store: Store, member: Member) -> Path:
    """Return where a blob lies, after a look at it: a backup with a rotten file could never be restored."""
    path = blob_path(store, member.sha256)
    if path.stat().st_size != member.size or digest(path) != member.sha256:
        hint = "put the file again, or restore an older backup: remnant store verify lists all such files"
        raise StoreError([Fault("store", None, member.name, "other bytes", "the bytes of its name", hint)])
    return path
