"""Tables of a study for programs: rows read, checked, added, changed and taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from remnant.errors import Fault
from remnant.service.entry.edits import add_rows, change_row_of, remove_row_of
from remnant.service.entry.preview import Preview
from remnant.service.entry.row_faults import RowError
from remnant.service.entry.table_files import TableFile, columns_of, page_of, table_file
from remnant.service.viewer import need
from remnant.store.studies.studies import StudyRecord
from remnant.study.tables import TABLES
from remnant.web.ask import store_of, viewer_of
from remnant.web.table_pages import TablePage, record_of

router = APIRouter(prefix="/api/v1/studies/{slug}/tables", tags=["tables"])
Cell = str | int | float | bool | None
Values = Annotated[
    dict[str, Cell],
    Field(max_length=100, description="What each column says; null or empty where nothing was."),
]
Line = Annotated[int, Path(ge=1, le=2**53, description="Line of the file on which the row begins.")]
SLIDE = {
    "sample_id": "P1-d0", "compartment": "stem", "probe": "EGR1", "nuclei_scored": 40, "nuclei_abnormal": 38,
}  # fmt: skip


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    why: str = Field("", max_length=500, description="Reason, for the history.", examples=["second reader"])


class NewRows(_Body):
    """Rows to add, all or none."""

    rows: Annotated[list[Values], Field(min_length=1, max_length=5000, examples=[[SLIDE]])]


class ChangedRow(_Body):
    """Cells to change; columns that are not named stay as they are."""

    values: Values = Field(examples=[{"nuclei_abnormal": 37}])
    revision: int | None = Field(None, ge=1, le=2**31, description="The revision that was looked at.")


class Removal(_Body):
    """Why a row goes."""

    revision: int | None = Field(None, ge=1, le=2**31, description="The revision that was looked at.")


class Typed(BaseModel):
    """A row, or the doses of one plate, while they are typed."""

    model_config = ConfigDict(extra="forbid")
    rows: Annotated[list[Values], Field(min_length=1, max_length=60, examples=[[SLIDE]])]


@dataclass(frozen=True)
class ColumnSaid:
    """A column, as the data dictionary has it."""

    name: str
    kind: str
    meaning: str
    unit: str
    required: bool
    expected: str


@dataclass(frozen=True)
class TableSaid:
    """A table of a study."""

    name: str
    row: str
    rows: int
    columns: tuple[ColumnSaid, ...]


@dataclass(frozen=True)
class RowSaid:
    """A row as it stands in its file."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True)
class Rows:
    """Some rows of a table."""

    revision: int
    total: int
    page: int
    pages: int
    rows: tuple[RowSaid, ...]


@dataclass(frozen=True)
class Saved:
    """What was written: the revision, and the lines of the rows that were added or changed."""

    revision: int
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Checked:
    """Whether rows could be added, and what keeps them from it."""

    sound: bool
    faults: tuple[Fault, ...]


@router.get("")
def list_tables(request: Request, slug: str) -> tuple[TableSaid, ...]:
    """List the tables of a study with their columns."""
    record = record_of(request, slug)
    return tuple(_said(table_file(store_of(request), record.tree, name)) for name in TABLES)


@router.get("/{table}")
def read_rows(
    request: Request,
    slug: str,
    table: str,
    patient: Annotated[
        int, Query(ge=0, le=10**6, description="Number of a patient in patients.csv; 0: all.")
    ] = 0,
    page: Annotated[int, Query(ge=1, le=10**6)] = 1,
    size: Annotated[int, Query(ge=1, le=5000, description="Rows of a page.")] = 500,
) -> Rows:
    """Return rows as they stand in the file."""
    shown = TablePage.of(request, slug, table)
    part = page_of(shown.study, shown.held, patient=patient, number=page, size=size)
    rows = tuple(RowSaid(line, shown.held.row(line)) for line, _ in part.rows)
    return Rows(shown.record.head, part.total, part.number, part.pages, rows)


@router.post("/{table}/rows", status_code=201)
def add(request: Request, slug: str, table: str, body: Annotated[NewRows, Body()]) -> Saved:
    """Add rows, all or none; 422 with every fault at its line and column."""
    shown = TablePage.of(request, slug, table)
    rows = [_texts(row) for row in body.rows]
    after = add_rows(store_of(request), viewer_of(request), shown.record, table, rows, body.why)
    return Saved(after.head, _last(request, after, table, len(rows)))


@router.patch("/{table}/rows/{line}")
def change(request: Request, slug: str, table: str, line: Line, body: Annotated[ChangedRow, Body()]) -> Saved:
    """Change cells of a row; 409 when somebody else has changed the table since `revision`."""
    shown = TablePage.of(request, slug, table)
    store, viewer = store_of(request), viewer_of(request)
    values = _texts(body.values)
    after = change_row_of(store, viewer, shown.record, table, line, values, body.why, expected=body.revision)
    return Saved(after.head, (line,))


@router.post("/{table}/rows/{line}/remove")
def remove(request: Request, slug: str, table: str, line: Line, body: Annotated[Removal, Body()]) -> Saved:
    """Take a row out; 409 when somebody else has changed the table since `revision`."""
    shown = TablePage.of(request, slug, table)
    store, viewer = store_of(request), viewer_of(request)
    after = remove_row_of(store, viewer, shown.record, table, line, body.why, expected=body.revision)
    return Saved(after.head, ())


@router.post("/{table}/check")
def check(request: Request, slug: str, table: str, body: Annotated[NewRows, Body()]) -> Checked:
    """Say whether rows could be added; nothing is written."""
    shown = TablePage.of(request, slug, table)
    need(viewer_of(request), "editor")
    rows = [_texts(row) for row in body.rows]
    try:
        add_rows(store_of(request), viewer_of(request), shown.record, table, rows, body.why, only_check=True)
    except RowError as error:
        return Checked(False, error.faults)
    return Checked(True, ())


@router.post("/{table}/preview")
def preview(request: Request, slug: str, table: str, body: Annotated[Typed, Body()]) -> Preview:
    """Say what a slide, a plate (a row for each dose) or a karyotype says; nothing is written."""
    shown = TablePage.of(request, slug, table)
    rows = [_texts(row) for row in body.rows]
    return shown.preview(rows[0], None, rows)


def _said(held: TableFile) -> TableSaid:
    columns = tuple(
        ColumnSaid(c.name, str(c.kind), c.meaning, c.unit, c.required, c.expected) for c in columns_of(held)
    )
    return TableSaid(held.name, held.schema.row, len(held.rows), columns)


def _texts(values: dict[str, Cell]) -> dict[str, str]:
    """Write values as they would be typed."""
    words = {True: "yes", False: "no", None: ""}
    return {
        name: words[value] if value is None or isinstance(value, bool) else str(value)
        for name, value in values.items()
    }


def _last(request: Request, after: StudyRecord, table: str, rows: int) -> tuple[int, ...]:
    return table_file(store_of(request), after.tree, table).lines[-rows:]
