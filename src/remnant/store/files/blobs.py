"""Bytes kept under their SHA-256: written beside, flushed to the disk, renamed, and only then recorded.

A blob is never changed. What a broken-off run leaves is a partial file, or a whole file that no row names:
both are harmless, and `remnant.store.files.sweep` finds them.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from remnant.errors import Fault, NotHere, StoreError
from remnant.store.clock import now
from remnant.store.database.engine import insert_new
from remnant.store.database.tables import blobs
from remnant.store.disk import flush_folder
from remnant.store.disk_errors import refusal
from remnant.store.house import Store

CHUNK = 1 << 20  # bytes read at once


@dataclass(frozen=True)
class Written:
    """A file that is whole on the disk and has no name of its own yet.

    Parameters
    ----------
    sha256 : str
        Digest of its bytes.
    size : int
        Bytes.
    partial : Path
        Where it lies.
    """

    sha256: str
    size: int
    partial: Path


def put_bytes(store: Store, data: bytes) -> str:
    """Keep bytes.

    Returns
    -------
    str
        Their SHA-256, in hexadecimal.
    """
    return _put(store, write_partial(store.home, (data,)))


def put_file(store: Store, path: Path) -> str:
    """Keep the bytes of a file, however large; what it is called is not kept.

    Returns
    -------
    str
        Their SHA-256, in hexadecimal.

    Raises
    ------
    StoreError
        If it is no plain file, or cannot be read.
    """
    return _put(store, write_file(store.home, path))


def blob_path(store: Store, sha256: str) -> Path:
    """Return where a blob lies; never write to it.

    Raises
    ------
    NotHere
        If there is no such blob.
    """
    path = place_of(store.home, sha256)
    if not path.is_file():
        hint = "remnant store verify says what else is missing"
        raise NotHere([Fault("store", None, "blob", sha256[:80], "a blob of this store", hint)])
    return path


def read_blob(store: Store, sha256: str) -> bytes:
    """Return the bytes of a blob; NotHere if there is none."""
    return blob_path(store, sha256).read_bytes()


def place_of(home: Path, sha256: str) -> Path:
    """Return where a blob lies, or would lie.

    Raises
    ------
    NotHere
        If it is not written as a digest: a name from outside never becomes a path.
    """
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        hint = "a digest is a SHA-256 in hexadecimal"
        raise NotHere([Fault("store", None, "blob", repr(sha256[:80]), "64 hexadecimal digits", hint)])
    return home / "blobs" / sha256[:2] / sha256


@contextmanager
def plain_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that is no link, device or pipe, and stays the one that was looked at.

    Raises
    ------
    StoreError
        If it is something else, or cannot be read.
    """
    hint = "keep plain files only"
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        found = "a link" if path.is_symlink() else (error.strerror or "an error").lower()
        raise StoreError([Fault(path.name, None, "", found, "a file that can be read", hint)]) from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise StoreError([Fault(path.name, None, "", "no plain file", "a plain file", hint)])
        yield file


def write_file(home: Path, path: Path) -> Written:
    """Copy a plain file to the disk under a name that nobody looks for."""
    with plain_file(path) as file:
        return write_partial(home, iter(lambda: file.read(CHUNK), b""))


def write_partial(home: Path, chunks: Iterable[bytes]) -> Written:
    """Write bytes to the disk, read-only, under a name that nobody looks for.

    Raises
    ------
    StoreError
        If the disk does not take them; nothing is left then.
    """
    partial = home / "partial" / secrets.token_hex(16)
    digest, size = hashlib.sha256(), 0
    try:
        with partial.open("xb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += file.write(chunk)
            file.flush()
            os.fchmod(file.fileno(), 0o444)
            os.fsync(file.fileno())
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise (refusal(error) or _unwritten(error)) from error
        raise
    return Written(digest.hexdigest(), size, partial)


def settle(store: Store, connection: Connection, written: Iterable[Written]) -> None:
    """Give partial files their names and rows, within a write transaction.

    Writers queue, so that a sweep cannot take a blob between the look for it and its row.
    """
    folders: set[Path] = set()
    rows = {}
    for one in written:
        path = place_of(store.home, one.sha256)
        if not path.is_file() or path.stat().st_size != one.size:
            if not path.parent.exists():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                folders.add(path.parent.parent)
            one.partial.replace(path)
            folders.add(path.parent)
        rows[one.sha256] = {"sha256": one.sha256, "bytes": one.size, "at": now()}
    for folder in folders:
        flush_folder(folder)
    if rows:
        statement = insert_new(connection, blobs)
        # Named again, it is young again: whoever put it is about to use it.
        again = statement.on_conflict_do_update(index_elements=["sha256"], set_={"at": statement.excluded.at})
        connection.execute(again, list(rows.values()))


def drop(written: Iterable[Written]) -> None:
    """Remove the partial files that were not needed."""
    for one in written:
        one.partial.unlink(missing_ok=True)


def _unwritten(error: OSError) -> StoreError:
    found, hint = (error.strerror or "an error").lower(), "is the folder of the store yours to write to?"
    return StoreError([Fault("store", None, "partial", found, "room for another file", hint)])


def _put(store: Store, written: Written) -> str:
    try:
        with store.begin() as connection:
            settle(store, connection, [written])
    finally:
        drop([written])
    return written.sha256
