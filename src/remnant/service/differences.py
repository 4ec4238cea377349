"""What differs between two folders of a study: files, and rows by what names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remnant.errors import TableError
from remnant.service.csv_rows import CsvRows, find_rows
from remnant.store.audit import Change
from remnant.store.blobs import read_blob
from remnant.store.house import Store
from remnant.store.trees import tree_files
from remnant.study.tables import TABLES

SPELLED_OUT = 500  # changes of one file that are written down one by one; a larger one is kept as a whole

Key = tuple[str, ...]


@dataclass(frozen=True)
class RowChange:
    """A row that differs.

    Parameters
    ----------
    line : int
        Line in the new file; in the old one if it was removed.
    name : str
        What names the row, such as `sample_id P1-d0, compartment stem`.
    kind : str
        `added`, `changed` or `removed`.
    cells : tuple of (str, str, str)
        Column, old and new text of what differs.
    """

    line: int
    name: str
    kind: str
    cells: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class FileChange:
    """A file that differs.

    Parameters
    ----------
    path : str
        Its name.
    kind : str
        `added`, `changed` or `removed`.
    old, new : str
        Digests; empty where there is none.
    rows : tuple of RowChange
        What differs in a table; empty where that cannot be said row by row.
    """

    path: str
    kind: str
    old: str
    new: str
    rows: tuple[RowChange, ...] = ()

    def audited(self) -> list[Change]:
        """Say it for the audit trail: each cell of a changed row, or the file as a whole."""
        if self.kind != "changed" or not 0 < len(self.rows) <= SPELLED_OUT:
            return [Change(self.path, self.old, self.new)]
        changes = []
        for row in self.rows:
            if row.kind == "changed":
                changes += [
                    Change(f"{self.path} line {row.line} {column}", old, new)
                    for column, old, new in row.cells
                ]
            else:
                said = ", ".join(f"{column} {old or new}" for column, old, new in row.cells)
                old, new = (said, "") if row.kind == "removed" else ("", said)
                changes.append(Change(f"{self.path} line {row.line}", old, new))
        return changes


def differences(store: Store, old: str, new: str) -> tuple[FileChange, ...]:
    """Compare two folders.

    Parameters
    ----------
    store : Store
        Where they are kept.
    old, new : str
        Their names.

    Returns
    -------
    tuple of FileChange
        By path; nothing for folders that are equal.
    """
    if old == new:
        return ()
    before, after = tree_files(store, old), tree_files(store, new)
    changed = []
    for path in sorted(before.keys() | after.keys()):
        one, other = before.get(path, ""), after.get(path, "")
        if one == other:
            continue
        kind = "changed" if one and other else "added" if other else "removed"
        rows = _rows(store, path, one, other) if kind == "changed" else ()
        changed.append(FileChange(path, kind, one, other, rows))
    return tuple(changed)


def _rows(store: Store, path: str, old: str, new: str) -> tuple[RowChange, ...]:
    name = path.removesuffix(".csv")
    if path == name or name not in TABLES:
        return ()
    try:
        before, after = find_rows(read_blob(store, old), path), find_rows(read_blob(store, new), path)
    except TableError:
        return ()
    key = [column for column in TABLES[name].key if column in before.names and column in after.names]
    was, now = _by_key(before, key), _by_key(after, key)
    if was is None or now is None:  # without names of rows, only that they are there or not can be said
        was, now = _counted(before), _counted(after)
    changes = [_one(key, found, was.get(found), now.get(found)) for found in now.keys() | was.keys()]
    return tuple(sorted((one for one in changes if one is not None), key=lambda one: one.line))


_Found = tuple[int, dict[str, str]]


def _by_key(rows: CsvRows, key: list[str]) -> dict[Key, _Found] | None:
    """Name each row by its key; None where there is no key, or two rows have the same."""
    names = rows.names
    named: dict[Key, _Found] = {}
    for row in rows.rows if key else ():
        values = dict(zip(names, rows.values(row), strict=False))
        found = tuple(values.get(column, "") for column in key)
        if found in named:
            return None
        named[found] = row.line, values
    return named if key else None


def _counted(rows: CsvRows) -> dict[Key, _Found]:
    """Name each row by all that it says, and by how often that was said before."""
    names = rows.names
    named: dict[Key, _Found] = {}
    for row in rows.rows:
        values = rows.values(row)
        times = 0
        while (found := (*values, str(times))) in named:
            times += 1
        named[found] = row.line, dict(zip(names, values, strict=False))
    return named


def _one(key: list[str], found: Key, was: _Found | None, now: _Found | None) -> RowChange | None:
    name = ", ".join(f"{column} {value}" for column, value in zip(key, found, strict=False) if value)
    old, new = was[1] if was else {}, now[1] if now else {}
    columns = dict.fromkeys([*new, *old])
    cells = tuple(
        (column, old.get(column, ""), new.get(column, ""))
        for column in columns
        if old.get(column, "") != new.get(column, "")
    )
    if was and now and not cells:
        return None
    line = now[0] if now else was[0] if was else 0
    return RowChange(line, name, "changed" if was and now else "added" if now else "removed", cells)


def overlapping(base: Mapping[str, str], mine: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """List the files that two people changed, each in another way."""
    paths = base.keys() | mine.keys() | theirs.keys()
    return sorted(
        path
        for path in paths
        if mine.get(path) != base.get(path)
        and theirs.get(path) != base.get(path)
        and mine.get(path) != theirs.get(path)
    )
