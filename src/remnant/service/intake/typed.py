"""What was typed into the fields of a table, as edits: the name of a field says which cell it is.

A page shows one folder of the store, which never changes. So a field can say its cell by numbers, and what
was not touched is known by comparing it with that folder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from remnant.errors import ConflictError, Fault
from remnant.service.intake.mending import Edit
from remnant.service.texts.csv_rows import CsvRows, find_rows
from remnant.store.files.blobs import read_blob
from remnant.store.files.trees import tree_files
from remnant.store.house import Store
from remnant.store.studies.drafts import Draft
from remnant.study.tables import TABLES


def cell_field(table: str, line: int, place: int) -> str:
    """Return the name of the field of a cell.

    Examples
    --------
    >>> cell_field("fish", 7, 3)
    'cell.fish.7.3'
    """
    return f"cell.{table}.{line}.{place}"


def row_field(table: str, line: int) -> str:
    """Return the name of the field of a row, or of the header, as it stands."""
    return f"row.{table}.{line}"


def edits(store: Store, draft: Draft, seen: str, fields: Mapping[str, str]) -> list[Edit]:
    """Find what a person changed.

    Parameters
    ----------
    store : Store
        Where the draft is kept.
    draft : Draft
        As it is now.
    seen : str
        The folder that the page showed.
    fields : Mapping of str to str
        Every field of the form.

    Returns
    -------
    list of Edit
        One for each field that says something else than the folder did.

    Raises
    ------
    ConflictError
        If a file that was edited has changed since the page was made.
    NotHere
        If there is no such folder.
    """
    by_table: dict[str, dict[tuple[int, int], str]] = defaultdict(dict)
    for name, value in fields.items():
        kind, *rest = name.split(".")
        if kind in ("cell", "row") and rest and rest[0] in TABLES and all(map(_is_number, rest[1:])):
            numbers = [int(part) for part in rest[1:]]
            if len(numbers) == (2 if kind == "cell" else 1):
                by_table[rest[0]][numbers[0], numbers[1] if kind == "cell" else -1] = value
    if not by_table:
        return []
    was, now = tree_files(store, seen), tree_files(store, draft.tree)
    found, overtaken = [], []
    for table, cells in by_table.items():
        path = f"{table}.csv"
        if path not in was:
            continue
        own = _changed(find_rows(read_blob(store, was[path]), path), path, cells)
        if own and now.get(path) != was[path]:
            overtaken += own
        else:
            found += own
    if overtaken:
        raise ConflictError([_overtaken(edit) for edit in overtaken])
    return found


def _changed(rows: CsvRows, path: str, cells: Mapping[tuple[int, int], str]) -> list[Edit]:
    lines = {row.line: row for row in (rows.header, *rows.rows) if row is not None}
    names, found = rows.names, []
    for (line, place), value in cells.items():
        row = lines.get(line)
        if row is None or place >= len(names):
            continue
        if place < 0:
            old, column = rows.text[row.start : row.end].rstrip("\r\n"), ""
        else:
            values = rows.values(row)
            old, column = values[place] if place < len(values) else "", names[place]
        if _plain(value) != _plain(old):
            found.append(Edit(path, line, column, value))
    return found


def _plain(text: str) -> str:
    """What a browser sends back of a text that nobody touched: other line ends, and nothing else."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _overtaken(edit: Edit) -> Fault:
    found = "a table that was changed in another window"
    expected = f"the table that you saw, for your {edit.value!r}"
    return Fault(
        edit.path, edit.line, edit.column, found, expected, "look at it again, and type it once more"
    )
