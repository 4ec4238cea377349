"""Jobs for programs: ask, look, cancel."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from remnant.service.work import KINDS, asking
from remnant.store.queue import jobs as queue
from remnant.store.queue.job_rows import Job, State
from remnant.store.studies.studies import study_called
from remnant.web.ask import store_of, viewer_of

router = APIRouter(prefix="/api/v1", tags=["jobs"])

Value = str | int | float | bool | None


class Wish(BaseModel):
    """Work that is asked for."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=60, description="A name that GET /api/v1/jobs/kinds lists.")]
    arguments: Annotated[
        dict[str, Value],
        Field(max_length=60, description="Choices by name; what is left out has its default."),
    ] = {}

    def typed(self) -> dict[str, str]:
        """Write the choices as a form would send them."""
        return {name: _typed(value) for name, value in self.arguments.items()}


class JobSaid(BaseModel):
    """A job."""

    id: int
    kind: str
    study: Annotated[str | None, Field(description="Slug of the study that it is about.")]
    revision: int | None
    arguments: dict[str, Any]
    state: State
    by: str
    created: str
    started: str | None
    ended: str | None
    heartbeat: str | None
    attempts: int
    done: int
    total: int
    label: str
    result: dict[str, Any] | None
    faults: list[dict[str, Any]]


@router.get("/jobs/kinds")
def kinds() -> list[dict[str, Any]]:
    """What can be asked for, with its choices."""
    return [asdict(kind) for kind in KINDS.values()]


@router.get("/jobs")
def listed(
    request: Request,
    study: Annotated[str | None, Query(max_length=200)] = None,
    state: State | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> list[JobSaid]:
    """The latest jobs, of a study or of all."""
    store = store_of(request)
    number = None if study is None else study_called(store, study).id
    return _said(request, queue.jobs(store, study=number, state=state, limit=limit))


@router.get("/jobs/{number}")
def one(request: Request, number: int) -> JobSaid:
    """One job: how far it is, and what came of it."""
    return _said(request, (queue.job_called(store_of(request), number),))[0]


@router.post("/studies/{slug}/jobs", status_code=202)
def ask(request: Request, slug: str, wish: Wish) -> JobSaid:
    """Ask for work on the newest revision of a study; the same question, while it is open, is one job."""
    store = store_of(request)
    record = study_called(store, slug)
    return _said(request, (asking.ask(store, viewer_of(request), wish.kind, record, wish.typed()),))[0]


@router.post("/jobs", status_code=202)
def ask_new(request: Request, wish: Wish) -> JobSaid:
    """Ask for work that is about no study: a simulated one."""
    return _said(
        request, (asking.ask(store_of(request), viewer_of(request), wish.kind, None, wish.typed()),)
    )[0]


@router.post("/jobs/{number}/cancel")
def cancel(request: Request, number: int) -> JobSaid:
    """Cancel a job that waits or runs; one that ended stays as it ended."""
    store = store_of(request)
    return _said(request, (asking.cancel(store, viewer_of(request), queue.job_called(store, number)),))[0]


def _said(request: Request, jobs: tuple[Job, ...]) -> list[JobSaid]:
    studies = asking.studies_of(store_of(request), jobs)
    return [_one(job, studies[job.study].slug if job.study in studies else None) for job in jobs]


def _one(job: Job, slug: str | None) -> JobSaid:
    values = asdict(job) | {"study": slug}
    values.pop("worker")  # the name of a machine is nobody's business outside
    return JobSaid(**values)


def _typed(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
