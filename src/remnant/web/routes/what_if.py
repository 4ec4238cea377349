"""What if the calendar were another: a question by sliders, and the answer beside it."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from remnant.cohort.scenario.text import scenario_text
from remnant.errors import Fault, NotHere, SettingError
from remnant.report.charts import Album
from remnant.report.what_if import compared
from remnant.service.texts.spreadsheet import csv_bytes
from remnant.service.what_if import asked as what_if
from remnant.service.what_if.asked import ChanceRow, Stage
from remnant.service.what_if.question import (
    DAYS,
    OTHERS,
    Calendar,
    Question,
    fields_of,
    presets_of,
    read_question,
    scenario_of,
)
from remnant.store.studies.studies import study_called
from remnant.web.ask import page, store_of
from remnant.web.routes.cohort import charts_need

router = APIRouter(include_in_schema=False)


@router.get("/s/{slug}/what-if")
def patients(request: Request, slug: str) -> Response:
    """List the patients of whom it can be asked, or say what is needed first."""
    store = store_of(request)
    record = study_called(store, slug)
    return page(
        request,
        "what_if/patients.html.j2",
        record=record,
        here="what-if",
        crumbs=[("What-if", None)],
        fit=what_if.newest_fit(store, record),
        candidates=what_if.candidates(store, record),
        help="what-if",
    )


@router.get("/s/{slug}/what-if/{number}")
def what_if_page(request: Request, slug: str, number: int) -> Response:
    """Show the sliders; the answer comes by itself."""
    store = store_of(request)
    record = study_called(store, slug)
    if what_if.newest_fit(store, record) is None:
        return patients(request, slug)
    stage = what_if.stage(store, record, number)
    asked = dict(request.query_params)
    question, faults = _question(stage, asked)
    columns = _columns(stage, question, asked)
    return page(
        request,
        "what_if/what_if.html.j2",
        status=422 if faults else 200,
        record=record,
        here="what-if",
        crumbs=[("What-if", f"/s/{slug}/what-if"), (stage.patient_id, None)],
        stage=stage,
        columns_asked=columns,
        presets={number: _presets(stage, number, columns) for number, _ in columns},
        without={number: _query([one for one in columns if one[0] != number]) for number, _ in columns},
        more=_more(stage, columns),
        horizon=DAYS,
        faults=_by_field(faults),
        warning=what_if.warning(stage),
        answer_at=f"/s/{slug}/what-if/{number}/answer?{urlencode(asked or fields_of(question))}",
        help="what-if",
        **charts_need(),
    )


@router.get("/s/{slug}/what-if/{number}/answer")
def answer(request: Request, slug: str, number: int) -> Response:
    """Answer a question, or say that it is being worked on: the page then asks again."""
    store = store_of(request)
    record = study_called(store, slug)
    stage = what_if.stage(store, record, number)
    asked = dict(request.query_params)
    question, faults = _question(stage, asked)
    named: dict[str, Any] = {
        "record": record,
        "stage": stage,
        "query": urlencode(asked or fields_of(question)),
        "faults": faults,
    }
    found = None if faults else what_if.ask(store, stage, question)
    if found is None:
        return page(request, "what_if/answer.html.j2", status=422 if faults else 200, shown=None, **named)
    album = Album()
    group = f"what-if-{hashlib.sha256(json.dumps(fields_of(question)).encode()).hexdigest()[:12]}"
    shown = compared(
        found, stage.patient_id, album, group=group, anchor=stage.observed.anchor,
        notes=what_if.notes_of(stage, question),
    )  # fmt: skip
    return page(
        request, "what_if/answer.html.j2", shown=shown, packages=album.packages(),
        calendars=question.calendars, draws=what_if.draws(), **named,
    )  # fmt: skip


@router.get("/s/{slug}/what-if/{number}/scenario-{column}.toml")
def scenario(request: Request, slug: str, number: int, column: int) -> Response:
    """Answer with one calendar as a scenario, as `remnant forecast --scenario` reads it."""
    store = store_of(request)
    stage = what_if.stage(store, study_called(store, slug), number)
    question = read_question(dict(request.query_params), stage.drugs)
    if not 1 <= column <= len(question.calendars):
        expected = f"1 to {len(question.calendars)}"
        raise NotHere(
            [Fault("what-if", None, "calendar", str(column), expected, "name a calendar that is asked for")]
        )
    text = scenario_text(scenario_of(question.calendars[column - 1], stage.fit.preset))
    headers = {"Content-Disposition": f'attachment; filename="{slug}_{number}_calendar_{column}.toml"'}
    return Response(text, media_type="application/toml", headers=headers)


@router.get("/s/{slug}/what-if/{number}/answer.csv")
def answer_csv(request: Request, slug: str, number: int) -> Response:
    """Answer with the numbers of a what-if, one row for each calendar, kind of relapse and span."""
    store = store_of(request)
    stage = what_if.stage(store, study_called(store, slug), number)
    question = read_question(dict(request.query_params), stage.drugs)
    rows = what_if.rows_of(what_if.answer_to(store, stage, question))
    header = list(ChanceRow.__dataclass_fields__)
    body = csv_bytes(header, [[getattr(row, name) for name in header] for row in rows])
    headers = {"Content-Disposition": f'attachment; filename="{slug}_{number}_what-if.csv"'}
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


def _question(stage: Stage, asked: Mapping[str, str]) -> tuple[Question, tuple[Fault, ...]]:
    """Read what is asked; a page that asks nothing opens with a first question."""
    first = what_if.first_question(stage)
    if not any(name.startswith("c") for name in asked):
        return first, ()
    try:
        return read_question(asked, stage.drugs), ()
    except SettingError as error:
        return first, error.faults


def _columns(stage: Stage, question: Question, asked: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    """Return the calendars of the form by number, each with what was typed, or what it means."""
    numbers = sorted(
        {int(n[1]) for n in asked if n[:1] == "c" and n[1:2].isdecimal() and 1 <= int(n[1]) <= OTHERS}
    )
    meant = fields_of(question)
    if not numbers:
        return [(1, meant)]
    every = fields_of(Question(tuple(what_if.blank(stage, n) for n in range(1, OTHERS + 1))))
    return [(number, every | dict(asked)) for number in numbers]


def _query(columns: list[tuple[int, dict[str, str]]]) -> str:
    """Return the query that asks for these calendars alone."""
    fields = {k: v for n, own in columns for k, v in own.items() if k == f"c{n}" or k.startswith(f"c{n}.")}
    return urlencode(fields)


def _presets(
    stage: Stage, number: int, columns: list[tuple[int, dict[str, str]]]
) -> list[tuple[str, str, dict[str, str]]]:
    """Return what a column may begin with: title, the query with it, and the fields that it fills."""
    found = []
    for preset in presets_of(stage.drugs):
        fill = _at(number, preset)
        whole = [(n, fill if n == number else own) for n, own in columns]
        found.append((preset.title, _query(whole), fill))
    return found


def _at(number: int, calendar: Calendar) -> dict[str, str]:
    """Return a calendar as the fields of a column."""
    return {f"c{number}{name[2:]}": value for name, value in fields_of(Question((calendar,))).items()}


def _more(stage: Stage, columns: list[tuple[int, dict[str, str]]]) -> str:
    """Return the query with one more calendar; nothing where there is no room for one."""
    free = next((n for n in range(1, OTHERS + 1) if n not in dict(columns)), None)
    if free is None:
        return ""
    taken = {own[f"c{n}"] for n, own in columns}
    added = next(
        one for one in (*presets_of(stage.drugs), what_if.blank(stage, free + 1)) if one.title not in taken
    )
    return _query([*columns, (free, _at(free, added))])


def _by_field(faults: tuple[Fault, ...]) -> defaultdict[str, list[Fault]]:
    found: defaultdict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        found[fault.column].append(fault)
    return found
