"""A folder as paths and digests, named by the digest of its listing: equal folders have equal names.

Kept are the names and the bytes of the files. Not kept are empty folders, times, owners and permissions.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from remnant.errors import Fault, NotHere
from remnant.store.files.blobs import Written, drop, put_bytes, settle, write_file
from remnant.store.files.checkout import checkout, export_tree
from remnant.store.files.listing import check_paths, files_in
from remnant.store.files.tree_rows import files_of, insert_tree
from remnant.store.house import Store

__all__ = [
    "checkout",
    "export_tree",
    "put_folder",
    "put_tree",
    "replaced_file",
    "replaced_files",
    "tree_files",
]


def put_tree(store: Store, files: Mapping[str, str]) -> str:
    """Keep a folder whose blobs are kept already.

    Parameters
    ----------
    files : Mapping of str to str
        Relative path with `/`, to the digest of a blob.

    Returns
    -------
    str
        Name of the tree.

    Raises
    ------
    StoreError
        If a path leaves the folder, or is a file and a folder at once.
    NotHere
        If a blob is not in the store.
    """
    check_paths(files)
    with store.begin() as connection:
        return insert_tree(connection, files)


def put_folder(store: Store, folder: Path) -> str:
    """Keep every file of a folder and its subfolders, hidden ones too, byte for byte.

    Empty folders are left out: `remnant.store.files.listing.empty_folders` names them.

    Returns
    -------
    str
        Name of the tree.

    Raises
    ------
    StoreError
        With every link, device, pipe, and name that is not UTF-8; nothing is kept then.
    """
    written: dict[str, Written] = {}
    try:
        for path in files_in(folder):
            written[path] = write_file(store.home, folder / path)
        with store.begin() as connection:
            settle(store, connection, written.values())
            return insert_tree(connection, {path: one.sha256 for path, one in written.items()})
    finally:
        drop(written.values())


def tree_files(store: Store, tree: str) -> dict[str, str]:
    """Return the paths of a tree, sorted, with the digests of their blobs.

    Raises
    ------
    NotHere
        If there is no such tree.
    """
    with store.reading() as connection:
        return files_of(connection, tree)


def replaced_file(store: Store, tree: str, path: str, data: bytes | None) -> str:
    """Keep a tree with one file put, replaced or removed.

    Parameters
    ----------
    data : bytes or None
        None removes the file.

    Returns
    -------
    str
        Name of the new tree.

    Raises
    ------
    NotHere
        If there is no such tree, or no such file to remove.
    StoreError
        If the path leaves the folder, or is a file and a folder at once.
    """
    return replaced_files(store, tree, {path: data})


def replaced_files(store: Store, tree: str, changes: Mapping[str, bytes | None]) -> str:
    """Keep a tree with several files put, replaced or removed; else as `replaced_file`."""
    files = tree_files(store, tree)
    gone = [path for path, data in changes.items() if data is None]
    expected, hint = "a file of this folder", "was it removed before?"
    if faults := [
        Fault(path, None, "", "no such file", expected, hint) for path in gone if path not in files
    ]:
        raise NotHere(faults)
    put = {path: data for path, data in changes.items() if data is not None}
    left = {path: sha256 for path, sha256 in files.items() if path not in changes}
    check_paths([*left, *put])
    return put_tree(store, left | {path: put_bytes(store, data) for path, data in put.items()})
