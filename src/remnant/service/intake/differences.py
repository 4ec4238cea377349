"""What differs between two folders of a study: files, and rows by what names them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from remnant.errors import TableError
from remnant.service.texts.csv_rows import CsvRows, find_rows
from remnant.store.files.blobs import read_blob
from remnant.store.files.trees import tree_files
from remnant.store.house import Store
from remnant.store.trail.audit import Change
from remnant.study.column import Kind
from remnant.study.schema import TableSchema
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
    table = path.removesuffix(".csv")
    if path == table or table not in TABLES:
        return ()
    try:
        before, after = find_rows(read_blob(store, old), path), find_rows(read_blob(store, new), path)
    except TableError:
        return ()
    was, now = _said(before), _said(after)
    if before.names == after.names:
        was, now = _without(was, now), _without(now, was)
    key = [name for name in _naming(TABLES[table]) if name in before.names and name in after.names]
    old_rows, new_rows = _named(was, key), _named(now, key)
    changes = [_one(key, name, old_rows.get(name), new_rows.get(name)) for name in new_rows | old_rows]
    return tuple(sorted((one for one in changes if one is not None), key=lambda one: one.line))


_Row = tuple[int, dict[str, str]]


def _naming(schema: TableSchema) -> list[str]:
    """List what names a row: its key, or for a table without one every name and day, whichever way given."""
    named = {Kind.IDENTIFIER, Kind.FILE, Kind.DAY, Kind.DATE}
    columns = [
        column
        for column in schema.columns
        if column.name in schema.key or (not schema.key and column.kind in named)
    ]
    return [name for column in columns for name in (column.name, column.date_name) if name]


def _said(rows: CsvRows) -> list[_Row]:
    names = rows.names
    return [(row.line, dict(zip(names, rows.values(row), strict=False))) for row in rows.rows]


def _without(rows: list[_Row], others: list[_Row]) -> list[_Row]:
    """Leave out the rows that stand in the other table too, as often as they stand there."""
    there = Counter(tuple(values.values()) for _, values in others)
    left = []
    for line, values in rows:
        said = tuple(values.values())
        if there[said]:
            there[said] -= 1
        else:
            left.append((line, values))
    return left


def _named(rows: list[_Row], key: list[str]) -> dict[Key, _Row]:
    """Name each row by its key, and where that stands more than once by how often it stood before."""
    times: Counter[Key] = Counter()
    named = {}
    for line, values in rows:
        name = tuple(values.get(column, "") for column in key)
        named[*name, str(times[name])] = line, values
        times[name] += 1
    return named


def _one(key: list[str], name: Key, was: _Row | None, now: _Row | None) -> RowChange | None:
    old, new = was[1] if was else {}, now[1] if now else {}
    cells = tuple(
        (column, old.get(column, ""), new.get(column, ""))
        for column in dict.fromkeys([*new, *old])
        if old.get(column, "") != new.get(column, "")
    )
    if was and now and not cells:
        return None
    said = ", ".join(f"{column} {value}" for column, value in zip(key, name, strict=False) if value)
    line = now[0] if now else was[0] if was else 0
    return RowChange(line, said, "changed" if was and now else "added" if now else "removed", cells)


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
