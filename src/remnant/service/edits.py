"""Rows added, changed and taken out of a study's tables: checked first, and kept whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from remnant.errors import ConflictError, Fault, StudyError
from remnant.service.cells import append_row, change_row, remove_row
from remnant.service.csv_rows import find_rows
from remnant.service.standing import study_of
from remnant.service.table_files import TableFile, columns_of, table_file
from remnant.service.viewer import Viewer, need
from remnant.store.audit import Change
from remnant.store.house import Store
from remnant.store.studies import StudyRecord, revise, revision_called, study_called
from remnant.store.trees import replaced_file
from remnant.study.dates import anchors_of
from remnant.study.references import unknown_names
from remnant.study.schema import LINE
from remnant.study.study import Study

REASON = 500  # letters of a reason
TRIES = 5


class RowError(StudyError):
    """A change that would break the study; nothing was written.

    Parameters
    ----------
    faults : sequence of Fault
        All of them.
    file : str
        File that was to be changed.
    lines : sequence of int
        Lines of it that were written.
    """

    def __init__(self, faults: Sequence[Fault], file: str, lines: Sequence[int]):
        super().__init__(faults)
        self.file, self.lines = file, tuple(lines)

    def at(self, line: int | None = None) -> dict[str, tuple[Fault, ...]]:
        """Return the faults of a row that was written, by column; of the only one where no line is given."""
        line = self.lines[0] if line is None and self.lines else line
        own = [
            fault
            for fault in self.faults
            if fault.source == self.file and fault.line == line and fault.column
        ]
        return {
            name: tuple(f for f in own if f.column == name) for name in dict.fromkeys(f.column for f in own)
        }

    @property
    def elsewhere(self) -> tuple[Fault, ...]:
        """Faults that are not at a cell of a row that was written."""
        return tuple(
            fault
            for fault in self.faults
            if fault.source != self.file or fault.line not in self.lines or not fault.column
        )


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
        text, lines = held.data, []
        _known_columns(held, [name for row in rows for name in row])
        for row in rows:
            text = append_row(text, held.schema, row, source=held.file)
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


def row_now(
    store: Store, record: StudyRecord, table: str, line: int, expected: int
) -> tuple[int, dict[str, str]] | None:
    """Find the row that stood on `line` of revision `expected` as it is now; None where it is gone."""
    head = study_called(store, record.slug)
    held = table_file(store, head.tree, table)
    old = table_file(store, revision_called(store, head, expected).tree, table).row(line)
    key = held.schema.key or ()
    if old_line := next((at for at in held.lines if held.row(at) == old), None):
        return old_line, old
    for at in held.lines if key else ():
        row = held.row(at)
        if all(row.get(name) == old.get(name) for name in key):
            return at, row
    if not key and line in held.lines:
        return line, held.row(line)
    return None


def row_faults(study: Study, table: TableFile, values: Mapping[str, str]) -> tuple[Fault, ...]:
    """Check one row by itself, while it is typed: its cells, their bounds on each other, and the names in it.

    What it is to other rows is checked when it is saved.
    """
    columns = columns_of(table)
    names = [column.name for column in columns]
    typed = {name: values.get(name, "").strip() or None for name in names}
    held = set(table.header) | {name for name, value in typed.items() if value}
    row = {name: [typed[name]] for name in names if name in held}
    text = pl.DataFrame({LINE: [1]} | row, schema={LINE: pl.Int64} | dict.fromkeys(row, pl.String))
    patients = study["patients"].select("patient_id", pl.col("anchor_date").cast(pl.String))
    read, faults = table.schema.check_rows(text, table.file, anchors=anchors_of(patients))
    sources = {name: f"{name}.csv" for name in study.tables}
    keys = {name: study[name] for name in ("patients", "samples") if name != table.name}
    faults += [
        fault
        for fault in unknown_names(study.config, keys | {table.name: read}, sources)
        if fault.source == table.file
    ]
    return tuple(faults)


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
    made = edit(held)
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
    other = [name for name in dict.fromkeys(names) if name not in known]
    if other:
        hint = "leave it out"
        faults = [
            Fault(held.file, None, name[:80], "an unknown column", ", ".join(known), hint) for name in other
        ]
        raise RowError(faults, held.file, ())


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
