"""Jobs: what can be asked for, how far each is, and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from remnant.errors import Fault, SettingError
from remnant.service.work import KINDS, Kind, asking
from remnant.store.clock import now
from remnant.store.queue import jobs as queue
from remnant.store.queue.job_rows import Job
from remnant.store.studies.studies import StudyRecord, study_called
from remnant.web.ask import fragment, page, store_of, viewer_of
from remnant.web.received import form_of, text_in

router = APIRouter(include_in_schema=False)

SHOWN = 50
STOP_POLLING = 286  # htmx: shown, and asked for no more
Before = Annotated[int | None, Query(ge=1)]
Seen = Annotated[str, Query(max_length=64)]


@router.get("/s/{slug}/jobs")
def of_study(request: Request, slug: str, before: Before = None) -> HTMLResponse:
    """List the jobs of a study, and what can be asked for."""
    return _list(request, study_called(store_of(request), slug), before=before)


@router.get("/jobs")
def of_all(request: Request, before: Before = None) -> HTMLResponse:
    """List the jobs of all studies."""
    return _list(request, None, before=before)


@router.post("/s/{slug}/jobs")
async def start(request: Request, slug: str) -> Response:
    """Ask for work on a study."""
    return await _start(request, await run_in_threadpool(study_called, store_of(request), slug))


@router.post("/jobs")
async def start_new(request: Request) -> Response:
    """Ask for work that is about no study."""
    return await _start(request, None)


@router.get("/s/{slug}/jobs/list")
def list_of_study(request: Request, slug: str, seen: Seen = "") -> Response:
    """Show the list again, if something changed."""
    return _ledger(request, study_called(store_of(request), slug), seen)


@router.get("/jobs/list")
def list_of_all(request: Request, seen: Seen = "") -> Response:
    """Show the list again, if something changed."""
    return _ledger(request, None, seen)


@router.get("/jobs/{number}")
def job_page(request: Request, number: int) -> HTMLResponse:
    """Show one job."""
    job = queue.job_called(store_of(request), number)
    record = asking.study_of(store_of(request), job)
    title = KINDS[job.kind].title
    crumbs = [("Jobs", f"/s/{record.slug}/jobs" if record else "/jobs"), (f"{title}, job {job.id}", None)]
    return page(
        request,
        "jobs/job.html.j2",
        record=record,
        here="jobs",
        crumbs=crumbs,
        help="jobs",
        choices=_choices(job),
        **_shown(job),
    )


@router.get("/jobs/{number}/progress")
def progress(request: Request, number: int, seen: Seen = "", said: str = "") -> Response:
    """Show how far a job is, if that changed; ask no more once it has ended."""
    job = queue.job_called(store_of(request), number)
    if job.open and _digest(job) == seen:
        return Response(status_code=204)
    record = asking.study_of(store_of(request), job)
    status = 200 if job.open else STOP_POLLING
    news = _shown(job) | {"record": record, "news": said != _said(job)}
    return fragment(request, "jobs/progress.html.j2", status=status, **news)


@router.post("/jobs/{number}/cancel")
def cancel(request: Request, number: int) -> Response:
    """Cancel a job."""
    store = store_of(request)
    asking.cancel(store, viewer_of(request), queue.job_called(store, number))
    return RedirectResponse(f"/jobs/{number}", 303)


@router.post("/jobs/{number}/again")
def again(request: Request, number: int) -> Response:
    """Ask for the same once more."""
    store = store_of(request)
    job = asking.again(store, viewer_of(request), queue.job_called(store, number))
    return RedirectResponse(f"/jobs/{job.id}", 303)


async def _start(request: Request, record: StudyRecord | None) -> Response:
    form = await form_of(request)
    kind, typed = text_in(form, "kind"), {name: text_in(form, name) for name in form if name != "csrf"}
    await form.close()
    typed.pop("kind", None)
    for field in asking.kind_called(kind).fields:
        if field.kind == "yes":
            typed.setdefault(field.name, "no")  # a box without a tick is not sent
    try:
        job = await run_in_threadpool(asking.ask, store_of(request), viewer_of(request), kind, record, typed)
    except SettingError as error:
        return await run_in_threadpool(_list, request, record, kind, typed, error.faults)
    return RedirectResponse(f"/jobs/{job.id}", 303)


def _list(
    request: Request,
    record: StudyRecord | None,
    kind: str = "",
    typed: Mapping[str, str] | None = None,
    faults: tuple[Fault, ...] = (),
    before: int | None = None,
) -> HTMLResponse:
    forms = [
        _form(one, typed or {}, faults) if one.name == kind else _form(one, {}, ())
        for one in KINDS.values()
        if one.of_study == (record is not None)
    ]
    return page(
        request,
        "jobs/list.html.j2",
        status=422 if faults else 200,
        record=record,
        here="jobs",
        crumbs=[("Jobs", None)],
        help="jobs",
        forms=forms,
        opened=kind,
        before=before,
        **_rows(request, record, before),
    )


def _ledger(request: Request, record: StudyRecord | None, seen: str) -> Response:
    rows = _rows(request, record)
    if rows["seen"] == seen and rows["open"]:
        return Response(status_code=204)
    status = 200 if rows["open"] else STOP_POLLING
    return fragment(request, "jobs/ledger.html.j2", status=status, record=record, **rows)


def _rows(request: Request, record: StudyRecord | None, before: int | None = None) -> dict[str, Any]:
    """What a list of jobs shows."""
    store = store_of(request)
    found = queue.jobs(store, study=record.id if record else None, before=before, limit=SHOWN)
    studies = asking.studies_of(store, found)
    return {
        "jobs": [_shown(job) | {"study": studies.get(job.study or 0)} for job in found],
        "open": before is None and any(job.open for job in found),
        "older": found[-1].id if len(found) == SHOWN else None,
        "seen": hashlib.sha256("".join(map(_digest, found)).encode()).hexdigest(),
        "where": f"/s/{record.slug}/jobs" if record else "/jobs",
    }


def _form(kind: Kind, typed: Mapping[str, str], faults: tuple[Fault, ...]) -> dict[str, Any]:
    """What a form shows: each field as typed or by default, with the faults at it, and the rest above."""
    names = {field.name for field in kind.fields}
    fields = [
        {
            "field": field,
            "value": typed.get(field.name, _default(field.name, field.default)),
            "faults": [fault for fault in faults if fault.column == field.name],
        }
        for field in kind.fields
    ]
    return {"kind": kind, "fields": fields, "faults": [one for one in faults if one.column not in names]}


def _default(name: str, default: str) -> str:
    if name != "scenario":
        return default
    from remnant.cohort.scenario.label import label_scenario
    from remnant.cohort.scenario.text import scenario_text

    return scenario_text(label_scenario("del5q-lenalidomide"))


def _shown(job: Job) -> dict[str, Any]:
    """What is shown of a job."""
    return {
        "job": job,
        "title": KINDS[job.kind].title,
        "took": _took(job),
        "seen": _digest(job),
        "said": _said(job),
    }


def _digest(job: Job) -> str:
    """Tell one look at a job from the next; a heartbeat alone is no news."""
    shown = asdict(job) | {"heartbeat": None, "minute": _took(job)[:6]}
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:32]


def _said(job: Job) -> str:
    """Say where a job is, in words that change only when something else is under way: they are read aloud."""
    stage = job.label.partition(":")[0]
    return f"{job.state}: {stage}" if job.state == "running" and stage else job.state


def _took(job: Job) -> str:
    """Say how long the latest attempt took, or has taken."""
    if job.started is None:
        return ""
    until = datetime.fromisoformat(job.ended or now())
    seconds = max(0, round((until - datetime.fromisoformat(job.started)).total_seconds()))
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def _choices(job: Job) -> list[tuple[str, str]]:
    """Say the choices of a job in the words of its form; a scenario has its own place."""
    shown = []
    for field in KINDS[job.kind].fields:
        value = job.arguments.get(field.name)
        if field.kind == "lines":
            continue
        shown.append((field.label, dict(field.choices).get(str(value), _word(value))))
    return shown


def _word(value: object) -> str:
    if value is None:
        return "as the study or scenario says"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
