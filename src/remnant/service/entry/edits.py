"""Rows added, changed and taken out of a study's tables: checked first, and kept whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from remnant.errors import ConflictError, Fault, StudyError, TableError
from remnant.service.entry.row_faults import RowError
from remnant.service.entry.table_files import TableFile, columns_of, table_file
from remnant.service.standing import study_of
from remnant.service.texts.cells import append_rows, change_row, remove_row
from remnant.service.texts.csv_rows import find_rows
from remnant.service.viewer import Viewer, need
from remnant.store.files.trees import replaced_file
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord, revise, revision_called, study_called
from remnant.store.trail.audit import Change
from remnant.study.faults import quoted

REASON = 500  # letters of a reason
TRIES = 100  # of one who adds: each that fails is the success of another


@dataclass(frozen=True)
class _Edit:
    """New text of a file, the lines that were written, and what is told of it."""

    text: bytes | None
    lines: tuple[int, ...]
    changes: tuple[Change, ...]


def add_row(
    store: Store,
    viewer: Viewer,
    record: StudyRecord,
    table: str,
    values: Mapping[str, str],
    why: str = "",
) -> StudyRecord:
    """Add a row to a table of a study.

    Parameters
    ----------
    store, viewer, record : Store, Viewer, StudyRecord
        Where, who and of which study.
    table : str
        Name of the table, which may not exist yet.
    values : Mapping of str to str
        What each column says, as it would be typed into the file.
    why : str
        The reason, for the audit trail.

    Returns
    -------
    StudyRecord
        With the new revision.

    Raises
    ------
    RowError
        If the study would no longer be sound; nothing is written.
    Refused
        If the viewer may not edit.
    """
    return add_rows(store, viewer, record, table, [values], why)


def add_rows(
    store: Store,
    viewer: Viewer,
    record: StudyRecord,
    table: str,
    rows: Sequence[Mapping[str, str]],
    why: str = "",
    *,
    only_check: bool = False,
) -> StudyRecord:
    """Add rows to a table, all or none; else as `add_row`. With `only_check` nothing is written.

    A new row writes over nobody's, so that it is added to whatever the table has become meanwhile.
    """

    def edit(held: TableFile) -> _Edit:
        _known_columns(held, [name for row in rows for name in row])
        text = append_rows(held.data, held.schema, rows, source=held.file)
        written = find_rows(text, held.file)
        lines = [row.line for row in written.rows[len(held.lines) :]]
        changes = [
            Change(f"{held.file} line {line}{_called(held, row)} {name}", "", value.strip())
            for line, row in zip(lines, rows, strict=True)
            for name, value in row.items()
            if value.strip()
        ]
        return _Edit(text, tuple(lines), tuple(changes))

    for _ in range(TRIES):
        try:
            return _save(store, viewer, record, table, edit, why, None, only_check=only_check)
        except ConflictError:
            continue  # somebody saved between our reading and our writing
    return _save(store, viewer, record, table, edit, why, None, only_check=only_check)


def change_row_of(
    store: Store,
    viewer: Viewer,
    record: StudyRecord,
    table: str,
    line: int,
    values: Mapping[str, str],
    why: str,
    *,
    expected: int | None = None,
) -> StudyRecord:
    """Change cells of the row that begins on `line`; else as `add_row`. A reason is needed.

    The same values again are no change, and make no revision.

    Parameters
    ----------
    expected : int, optional
        The revision that the person looked at.

    Raises
    ------
    ConflictError
        If somebody else has changed this table since.
    """

    def edit(held: TableFile) -> _Edit:
        _known_columns(held, values)
        old = held.row(line)
        changes = [
            Change(f"{held.file} line {line}{_called(held, old)} {name}", old.get(name, ""), value.strip())
            for name, value in values.items()
            if value.strip() != old.get(name, "")
        ]
        text = change_row(held.data, line, values, source=held.file)
        return _Edit(text, (line,), tuple(changes))

    return _save(store, viewer, record, table, edit, why, expected, reason=True)


def remove_row_of(
    store: Store,
    viewer: Viewer,
    record: StudyRecord,
    table: str,
    line: int,
    why: str,
    *,
    expected: int | None = None,
) -> StudyRecord:
    """Take the row that begins on `line` out of a table; else as `add_row`. A reason is needed.

    With its last row the file goes too, for a table without rows is no table; the history keeps both.
    """

    def edit(held: TableFile) -> _Edit:
        old = held.row(line)
        changes = [
            Change(f"{held.file} line {line}{_called(held, old)} {name}", value, "")
            for name, value in old.items()
            if value
        ]
        text = remove_row(held.data, line, source=held.file)
        if len(held.rows) == 1:
            return _Edit(None, (), (*changes, Change(held.file, "a file", "")))
        return _Edit(text, (), tuple(changes))

    return _save(store, viewer, record, table, edit, why, expected, reason=True)


def _save(
    store: Store,
    viewer: Viewer,
    record: StudyRecord,
    table: str,
    edit: Callable[[TableFile], _Edit],
    why: str,
    expected: int | None,
    *,
    reason: bool = False,
    only_check: bool = False,
) -> StudyRecord:
    need(viewer, "editor")
    why = _reason(why, needed=reason)
    head = study_called(store, record.slug)
    held = table_file(store, head.tree, table)
    if reason:
        _same_since(store, head, held, head.head if expected is None else expected)
    try:
        made = edit(held)
    except TableError as error:
        lines = [fault.line for fault in error.faults if fault.line is not None]
        raise RowError(error.faults, held.file, lines[:1]) from None
    if made.text == held.data:
        return head
    try:
        study_of(store, head.tree, {held.file: made.text})
    except StudyError as error:
        raise RowError(error.faults, held.file, made.lines) from None
    if only_check:
        return head
    tree = replaced_file(store, head.tree, held.file, made.text)
    return revise(store, head, who=viewer.name, tree=tree, expected=head.head, changes=made.changes, why=why)


def _reason(why: str, *, needed: bool) -> str:
    why = " ".join(why.split())
    if needed and not why:
        hint = "whoever reads the history later will ask"
        raise RowError(
            [Fault("form", None, "why", "nothing", "why the row changes, in a few words", hint)], "form", ()
        )
    if len(why) > REASON:
        hint = "say it in a sentence"
        found = f"{len(why):,} letters"
        raise RowError([Fault("form", None, "why", found, f"at most {REASON} letters", hint)], "form", ())
    return why


def _same_since(store: Store, head: StudyRecord, held: TableFile, expected: int) -> None:
    """Refuse a change to a table that somebody else has changed since it was looked at."""
    if expected == head.head:
        return
    seen = revision_called(store, head, expected)
    if table_file(store, seen.tree, held.name).blob == held.blob:
        return  # they changed another table: both changes stand
    newest = revision_called(store, head, head.head)
    found = f"revision {head.head} by {newest.by}, {newest.at[:16].replace('T', ' ')} UTC"
    hint = "look at the row as it is now, then save yours again if it still holds"
    raise ConflictError(
        [Fault(held.file, None, "", found, f"revision {expected}, which you looked at", hint)]
    )


def _known_columns(held: TableFile, names: Sequence[str] | Mapping[str, str]) -> None:
    """Refuse columns that the table cannot have."""
    known = [column.name for column in columns_of(held)]
    dates = [column.date_name for column in held.schema.columns if column.date_name and not held.blob]
    other = [name for name in dict.fromkeys(names) if name not in (*known, *dates)]
    if other:
        found = [f"an unknown column {quoted(name)[1:-1]}" for name in other]
        hint = "leave it out"
        raise RowError(
            [Fault(held.file, None, "", it, ", ".join(known), hint) for it in found], held.file, ()
        )


def _called(held: TableFile, row: Mapping[str, str]) -> str:
    """Name a row for the audit trail by what tells it from others."""
    key = [
        name
        for name in held.header
        if name in held.schema.key
        or (not held.schema.key and name.endswith(("_id", "compartment", "probe", "assay")))
    ]
    said = ", ".join(row[name].strip() for name in key if row.get(name, "").strip())
    return f" ({said})" if said else ""
