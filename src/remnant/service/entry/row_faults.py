"""What is wrong with a row, at its cells; and where a row is now that somebody looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from remnant.errors import Fault, StudyError
from remnant.service.entry.table_files import TableFile, columns_of, table_file
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord, revision_called, study_called
from remnant.study.dates import anchors_of
from remnant.study.references import unknown_names
from remnant.study.schema import LINE
from remnant.study.study import Study


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
        own = [fault for fault in self.faults if self._is_at(fault) and fault.line == line]
        return {
            name: tuple(f for f in own if f.column == name) for name in dict.fromkeys(f.column for f in own)
        }

    @property
    def elsewhere(self) -> tuple[Fault, ...]:
        """Faults that are not at a cell of a row that was written."""
        return tuple(fault for fault in self.faults if not self._is_at(fault))

    def _is_at(self, fault: Fault) -> bool:
        return fault.source == self.file and bool(fault.column) and fault.line in (self.lines or (None,))


def row_now(
    store: Store, record: StudyRecord, table: str, line: int, expected: int
) -> tuple[int, dict[str, str]] | None:
    """Find the row that stood on `line` of revision `expected` as it is now; None where it is gone."""
    head = study_called(store, record.slug)
    held = table_file(store, head.tree, table)
    old = table_file(store, revision_called(store, head, expected).tree, table).row(line)
    key = held.schema.key or ()
    rows = [(at, held.named(cells)) for at, cells in zip(held.lines, held.rows, strict=True)]
    if old_line := next((at for at, row in rows if row == old), None):
        return old_line, old
    for at, row in rows if key else ():
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
