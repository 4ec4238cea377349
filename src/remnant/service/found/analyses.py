"""Whether the analysis of a study is under way."""

from __future__ import annotations

from remnant.store.house import Store
from remnant.store.queue.job_rows import Job
from remnant.store.queue.jobs import jobs
from remnant.store.studies.studies import StudyRecord


def running(store: Store, record: StudyRecord, kind: str = "analyse") -> Job | None:
    """Return the work of a kind that waits or runs, the newest."""
    return store.remembered(("running", record.id, kind), lambda: _running(store, record.id, kind))


def _running(store: Store, study: int, kind: str) -> Job | None:
    latest = jobs(store, study=study, limit=20)
    return next((job for job in latest if job.kind == kind and job.state in ("running", "waiting")), None)
