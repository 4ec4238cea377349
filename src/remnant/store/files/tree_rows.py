"""The rows of a tree, within a transaction that someone else began."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from sqlalchemy import Connection, insert, select

from remnant.errors import Fault, NotHere
from remnant.store.clock import now
from remnant.store.database.engine import insert_new
from remnant.store.database.tables import blobs, tree_files, trees

_AT_ONCE = 500  # names in one question: below what any SQLite takes


def tree_name(files: Mapping[str, str]) -> str:
    """Return the name of a tree: the digest of its sorted listing.

    Examples
    --------
    >>> tree_name({})[:8]
    '4f53cda1'
    """
    listing = json.dumps(sorted(files.items()), ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(listing.encode()).hexdigest()


def insert_tree(connection: Connection, files: Mapping[str, str]) -> str:
    """Record a tree of checked paths, or make young again one that is there; return its name.

    Raises
    ------
    NotHere
        If a blob is not in the store.
    """
    tree = tree_name(files)
    statement = insert_new(connection, trees).values(tree=tree, files=len(files), at=now())
    known = connection.scalar(select(trees.c.tree).where(trees.c.tree == tree))
    connection.execute(
        statement.on_conflict_do_update(index_elements=["tree"], set_={"at": statement.excluded.at})
    )
    if known is None and files:
        _check_blobs(connection, files)
        rows = [{"tree": tree, "path": path, "sha256": sha256} for path, sha256 in files.items()]
        connection.execute(insert(tree_files), rows)
    return tree


def files_of(connection: Connection, tree: str) -> dict[str, str]:
    """Return the paths of a tree, sorted, with the digests of their blobs; NotHere if there is no tree."""
    rows = connection.execute(select(tree_files.c.path, tree_files.c.sha256).where(tree_files.c.tree == tree))
    if files := dict(sorted((path, sha256) for path, sha256 in rows)):
        return files
    need_tree(connection, tree)
    return {}


def need_tree(connection: Connection, tree: str) -> None:
    """Raise NotHere if there is no such tree."""
    if connection.scalar(select(trees.c.tree).where(trees.c.tree == tree)) is None:
        hint = "was it dropped, or never put?"
        raise NotHere([Fault("store", None, "tree", repr(tree[:80]), "a folder of this store", hint)])


def _check_blobs(connection: Connection, files: Mapping[str, str]) -> None:
    wanted, known = sorted(set(files.values())), set[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        known |= set(connection.scalars(select(blobs.c.sha256).where(blobs.c.sha256.in_(some))))
    hint = "put its bytes first"
    faults = [
        Fault(path, None, "", f"no blob {sha256[:16]!r}", "a file of this store", hint)
        for path, sha256 in files.items()
        if sha256 not in known
    ]
    if faults:
        raise NotHere(faults)
