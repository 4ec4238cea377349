"""Cells, rows and columns of a draft mended, and every other byte of its files left as it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from remnant.errors import ConflictError, Fault, RemnantError, StudyError
from remnant.service.intake.drafts import replace
from remnant.service.texts import columns
from remnant.service.texts.cells import append_row, change_row, remove_row
from remnant.service.viewer import Viewer, need
from remnant.store.files.blobs import put_bytes, read_blob
from remnant.store.files.trees import put_tree, tree_files
from remnant.store.house import Store
from remnant.store.studies.drafts import Draft
from remnant.study.tables import TABLES


@dataclass(frozen=True)
class Edit:
    """A cell, or a whole row, as a person typed it.

    Parameters
    ----------
    path : str
        The file.
    line : int
        Line on which the row begins.
    column : str
        Name in the header; empty for the row as it stands, commas and all.
    value : str
        What to write.
    """

    path: str
    line: int
    column: str
    value: str


def mend(store: Store, viewer: Viewer, draft: Draft, edits: Sequence[Edit]) -> Draft:
    """Write cells and rows as a person typed them; nothing is changed if one of them cannot be.

    Raises
    ------
    TableError
        With what cannot be written.
    ConflictError
        If someone else changed the draft meanwhile.
    """
    by_file: dict[str, list[Edit]] = defaultdict(list)
    for edit in edits:
        by_file[edit.path].append(edit)

    def write(path: str, data: bytes) -> bytes:
        rows: dict[int, dict[str, str]] = defaultdict(dict)
        for edit in by_file[path]:
            rows[edit.line][edit.column] = edit.value
        for line in sorted(rows, reverse=True):  # from the end, so that the lines above stay where they are
            if "" in rows[line]:
                data = columns.replace_row(data, line, rows[line][""], source=path)
            else:
                data = change_row(data, line, rows[line], source=path)
        return data

    return _rewritten(store, viewer, draft, dict.fromkeys(by_file, write))


def rewrite(store: Store, viewer: Viewer, draft: Draft, path: str, text: str, *, seen: str) -> Draft:
    """Write a text file as a person typed it, with the line endings that it had.

    Parameters
    ----------
    store : Store
        Where the draft is kept.
    viewer : Viewer
        Who typed.
    draft : Draft
        As it is now.
    path : str
        The file.
    text : str
        All of it.
    seen : str
        The folder that the page showed.

    Raises
    ------
    ConflictError
        If the file was changed since the page was made.
    """
    shown, listing = tree_files(store, seen).get(path), tree_files(store, draft.tree)
    plain = text.replace("\r\n", "\n")
    if shown is not None:
        before = read_blob(store, shown).decode("utf-8-sig", "replace").replace("\r\n", "\n")
        if plain.rstrip() == before.rstrip():
            return draft
    if listing.get(path) != shown:
        found, hint = "a file that was changed in another window", "look at it again, and type it once more"
        raise ConflictError([Fault(path, None, "", found, "the file that you saw", hint)])

    def write(_: str, data: bytes) -> bytes:
        end = "\r\n" if b"\r\n" in data else "\n"
        mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
        return mark + plain.replace("\n", end).encode()

    return _rewritten(store, viewer, draft, {path: write})


def rename_column(store: Store, viewer: Viewer, draft: Draft, path: str, old: str, new: str) -> Draft:
    """Write another name over that of a column."""
    return _edited(
        store, viewer, draft, path, lambda data: columns.rename_column(data, old, new, source=path)
    )


def remove_column(store: Store, viewer: Viewer, draft: Draft, path: str, name: str) -> Draft:
    """Take a column out of a table."""
    return _edited(store, viewer, draft, path, lambda data: columns.remove_column(data, name, source=path))


def change_column(
    store: Store, viewer: Viewer, draft: Draft, path: str, column: str, values: Mapping[int, str]
) -> Draft:
    """Write one column of many rows."""
    return _edited(
        store, viewer, draft, path, lambda data: columns.change_column(data, column, values, source=path)
    )


def take_row(store: Store, viewer: Viewer, draft: Draft, path: str, line: int) -> Draft:
    """Take a row out of a table."""
    return _edited(store, viewer, draft, path, lambda data: remove_row(data, line, source=path))


def add_row(store: Store, viewer: Viewer, draft: Draft, path: str, values: Mapping[str, str]) -> Draft:
    """Write a row beneath all others of a table."""
    schema = TABLES[path.removesuffix(".csv")]
    return _edited(store, viewer, draft, path, lambda data: append_row(data, schema, values, source=path))


def _edited(store: Store, viewer: Viewer, draft: Draft, path: str, change: Callable[[bytes], bytes]) -> Draft:
    return _rewritten(store, viewer, draft, {path: lambda _, data: change(data)})


def _rewritten(
    store: Store, viewer: Viewer, draft: Draft, changes: Mapping[str, Callable[[str, bytes], bytes]]
) -> Draft:
    """Change files of a draft, all of them or none."""
    need(viewer, "editor")
    files, faults, texts = tree_files(store, draft.tree), [], {}
    for path, change in changes.items():
        if path not in files:
            hint = "it was removed, perhaps in another window"
            faults.append(Fault(path, None, "", "no such file", "a file of this draft", hint))
            continue
        try:
            texts[path] = change(path, read_blob(store, files[path]))
        except ConflictError:
            raise
        except RemnantError as error:
            faults += error.faults
    if faults:
        raise StudyError(faults)
    for path, text in texts.items():
        files[path] = put_bytes(store, text)
    return replace(store, viewer, draft, put_tree(store, files))
