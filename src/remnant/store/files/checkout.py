"""A tree as a folder on the disk: read-only beside the blobs, or written out for a person."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from remnant.errors import Fault, StoreError
from remnant.store.disk import flush_folder, folder_beside
from remnant.store.files.blobs import CHUNK, blob_path
from remnant.store.files.tree_rows import files_of
from remnant.store.house import Store
from remnant.study.text import printable


def checkout(store: Store, tree: str) -> Path:
    """Return a read-only folder with the files of a tree.

    It is made once, of hard links to the blobs or, where the disk has none, of copies; whole, or not there.

    Returns
    -------
    Path
        Never write to it: its files are the blobs themselves.

    Raises
    ------
    NotHere
        If there is no such tree.
    """
    place = store.home / "checkouts" / tree
    with store.reading() as connection:  # before the path is trusted: a name from outside is no tree
        files = files_of(connection, tree)
    if place.is_dir():
        return place
    fresh = store.home / "partial" / secrets.token_hex(16)
    try:
        _link_all(store, files, fresh)
        fresh.rename(place)
        place.chmod(0o555)
    except OSError:
        if not place.is_dir():
            raise
        # Another process was first; a folder that is full is never replaced.
    finally:
        remove_folder(fresh)
    return place


def export_tree(store: Store, tree: str, destination: Path) -> None:
    """Write the files of a tree to a new folder, byte for byte, for a person to keep and to change.

    Parameters
    ----------
    destination : Path
        A new or an empty folder; after an error it is as it was.

    Raises
    ------
    StoreError
        If there is something, or if a blob is not what its name says.
    NotHere
        If there is no such tree, or a blob is missing.
    """
    with store.reading() as connection:
        files = files_of(connection, tree)
    check_empty(destination)
    fresh = folder_beside(destination)
    try:
        for path, sha256 in files.items():
            target = fresh / path
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(blob_path(store, sha256), target, sha256)
        fresh.rename(destination)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def check_empty(folder: Path) -> None:
    """Refuse a place where something is: StoreError unless it is a new or an empty folder."""
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        found = "a folder with files" if folder.is_dir() else "a file"
        expected, hint = "a new or an empty folder", "name another: nothing is written over"
        raise StoreError([Fault(printable(folder.name), None, "", found, expected, hint)])


def remove_folder(folder: Path) -> None:
    """Remove a folder of ours, read-only as its folders may be."""
    if not folder.exists():
        return
    for below, _, _ in os.walk(folder):
        Path(below).chmod(0o700)
    shutil.rmtree(folder)


def _link_all(store: Store, files: Mapping[str, str], fresh: Path) -> None:
    fresh.mkdir(mode=0o700)
    for path, sha256 in files.items():
        target = fresh / path
        target.parent.mkdir(parents=True, exist_ok=True)
        blob = blob_path(store, sha256)
        try:
            os.link(blob, target)
        except OSError:  # a disk without links, or a blob with too many of them
            _copy(blob, target, sha256)
            target.chmod(0o444)
    for below, _, _ in os.walk(fresh):
        flush_folder(Path(below))
        if Path(below) != fresh:  # that one still has to move
            Path(below).chmod(0o555)


def _copy(blob: Path, target: Path, sha256: str) -> None:
    digest = hashlib.sha256()
    with blob.open("rb") as source, target.open("xb") as copy:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    if digest.hexdigest() != sha256:
        found, hint = "other bytes than were kept", "restore a backup: the disk has changed this file"
        raise StoreError([Fault("store", None, f"blob {sha256}", found, "the bytes of its name", hint)])
