"""What the pages of a table show: its rows, a form of one row or one plate, and rows that were pasted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from remnant.errors import ConflictError, Fault, RemnantError
from remnant.service.entry.pasting import Pasted
from remnant.service.entry.preview import Preview, preview_karyotype, preview_plate, preview_slide
from remnant.service.entry.row_faults import RowError
from remnant.service.entry.table_files import TableFile, columns_of, names_for, table_file
from remnant.service.standing import study_of
from remnant.service.texts.cells import too_long
from remnant.service.viewer import need
from remnant.store.studies.studies import StudyRecord, study_called
from remnant.study.study import Study
from remnant.web.ask import page, store_of, viewer_of
from remnant.web.plate_form import DOSE, PLATE, SHARED, doses_of
from remnant.web.table_fields import fields_of, title_of

CELL = "c-"  # before the name of a column, so that none is taken for another field of the form
LIVE = ("fish", "dilution_plates", "karyotypes")  # tables that answer while a row is typed
EMPTY_DOSES = 6

At = Mapping[str, tuple[Fault, ...]]


def cells_in(form: FormData) -> dict[str, str]:
    """Return what was typed, by column."""
    return {name[len(CELL) :]: str(value) for name, value in form.items() if name.startswith(CELL)}


def number_in(form: FormData, name: str) -> int | None:
    """Return a whole number of a form; None where there is none."""
    text = str(form.get(name, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def record_of(request: Request, slug: str) -> StudyRecord:
    """Return the study of an address, for somebody who may see it."""
    need(viewer_of(request), "viewer")
    return study_called(store_of(request), slug)


@dataclass(frozen=True)
class RowForm:
    """What was typed into a form, and what became of it.

    Parameters
    ----------
    values : Mapping of str to str
        By column.
    line : int or None
        The row that is changed; None for a new one.
    why, removing : str, str or None
        The reason given; of the form that takes a row out, None where that was not sent.
    head : int or None
        The revision that the person looked at.
    error : RemnantError or None
        Why it was not saved.
    doses : sequence of Mapping
        Rows of a plate.
    at : Mapping of int to Mapping
        Faults of each dose by column.
    theirs : Mapping of str to str
        What somebody else wrote meanwhile.
    more : int
        Empty doses to add.
    """

    values: Mapping[str, str]
    line: int | None = None
    why: str = ""
    removing: str | None = None
    head: int | None = None
    error: RemnantError | None = None
    doses: Sequence[Mapping[str, str]] = ()
    at: Mapping[int, At] = field(default_factory=dict)
    theirs: Mapping[str, str] = field(default_factory=dict)
    more: int = 0

    @property
    def status(self) -> int:
        """How the page answers."""
        return 200 if self.error is None else 409 if isinstance(self.error, ConflictError) else 422

    def faults(self) -> tuple[dict[str, tuple[Fault, ...]], tuple[Fault, ...]]:
        """Return the faults at fields by name, and those that are said above them."""
        if self.error is None:
            return {}, ()
        if not isinstance(self.error, RowError):
            return {}, self.error.faults
        at = self.shared() if self.at else dict(self.error.at())
        # A fault of a dose that is not known to be of one of them has no field to stand at.
        loose = [name for name in at if name in DOSE] if self.doses and not self.at else []
        return at, (*self.error.elsewhere, *(fault for name in loose for fault in at.pop(name)))

    def shared(self) -> dict[str, tuple[Fault, ...]]:
        """Return the faults of what all doses share: every dose has them, wherever the first one stands."""
        return {name: them for dose in self.at.values() for name, them in dose.items() if name in SHARED}


@dataclass(frozen=True)
class TablePage:
    """A table of a study, as somebody looks at it."""

    request: Request
    record: StudyRecord
    held: TableFile

    @classmethod
    def of(cls, request: Request, slug: str, table: str) -> TablePage:
        """Return the table of an address; NotHere if there is none."""
        record = record_of(request, slug)
        return cls(request, record, table_file(store_of(request), record.tree, table))

    @cached_property
    def study(self) -> Study:
        """The study that it belongs to."""
        return study_of(store_of(self.request), self.record.tree)

    def show(
        self, template: str, *crumbs: tuple[str, str | None], status: int = 200, **context: Any
    ) -> HTMLResponse:
        """Answer with a page of this table."""
        home = f"/s/{self.record.slug}/tables"
        base = f"{home}/{self.held.name}"
        title = title_of(self.held.name)
        known = {"record": self.record, "here": "tables", "help": "edit", "table": self.held, "base": base}
        known |= {"title": title, "crumbs": [("Tables", home), (title, base), *crumbs]}
        known |= {"live": self.held.name in LIVE, "may": viewer_of(self.request).may("editor")}
        return page(self.request, template, status=status, **known, **context)

    def form(self, typed: RowForm) -> HTMLResponse:
        """Show the form of a row, or of a plate."""
        plate = self.held.name == PLATE and typed.line is None
        fields = fields_of(self.held, names_for(store_of(self.request), self.record, self.held))
        dose_fields, fields = doses_of(fields) if plate else ((), fields)
        doses = [*typed.doses, *[{}] * (typed.more or (0 if typed.doses else EMPTY_DOSES))] if plate else []
        faults, above = typed.faults()
        crumb = "Add a plate" if plate else "Add a row" if typed.line is None else f"Line {typed.line}"
        saved = self.request.query_params.get("saved", "") if typed.error is None else ""
        return self.show(
            "tables_plate.html.j2" if plate else "tables_row.html.j2",
            (crumb, None),
            status=typed.status,
            fields=fields,
            dose_fields=dose_fields,
            doses=doses,
            at=typed.at,
            values=typed.values,
            faults=faults,
            above=above,
            line=typed.line,
            why=typed.why,
            removing=typed.removing,
            head=typed.head or self.record.head,
            theirs=typed.theirs,
            conflict=typed.status == 409,
            saved=saved if saved.isdecimal() else "",
            said=self.preview(typed.values, typed.line, doses) if self.held.name in LIVE else None,
        )

    def preview(
        self, values: Mapping[str, str], line: int | None, doses: Sequence[Mapping[str, str]]
    ) -> Preview:
        """Say what a row says while it is typed; a dose stands beside the others of its plate."""
        if faults := too_long(values):
            return Preview(faults=faults)
        if self.held.name == "fish":
            return preview_slide(self.study, values, line=line)
        if self.held.name == "karyotypes":
            return preview_karyotype(self.study, values.get("iscn", ""))
        if self.held.name != PLATE:
            return Preview()
        if not doses:
            rows = {at: self.held.row(at) for at in self.held.lines if at != line}
            same = [row for row in rows.values() if all(row.get(n) == values.get(n) for n in SHARED)]
            doses = [*same, values]
        return preview_plate(self.study, doses)

    def pasting(
        self, text: str = "", why: str = "", pasted: Pasted | None = None, error: RemnantError | None = None
    ) -> HTMLResponse:
        """Show where rows are pasted, and those that were, with their faults at the cells."""
        at: dict[int, At] = {}
        above = () if error is None else error.faults
        if isinstance(error, RowError):
            at = {place: error.at(line) for place, line in enumerate(error.lines)}
            above = error.elsewhere if error.lines else error.faults  # of no row: at the top
        return self.show(
            "tables_paste.html.j2",
            ("Paste rows", None),
            status=422 if error else 200,
            text=text,
            why=why,
            pasted=pasted,
            at={place: them for place, them in at.items() if them},
            above=above,
            sound=pasted is not None and error is None,
            columns=columns_of(self.held),
        )
