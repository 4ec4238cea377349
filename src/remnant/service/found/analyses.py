"""Ask for the analysis of a study, and see whether one is under way."""

from __future__ import annotations

from collections.abc import Mapping

from remnant.service.viewer import Viewer, need
from remnant.service.work.fields import read_fields
from remnant.service.work.kinds import KINDS
from remnant.store.house import Store
from remnant.store.queue.job_rows import Job
from remnant.store.queue.jobs import jobs, submit
from remnant.store.studies.studies import StudyRecord


def start(
    store: Store, viewer: Viewer, record: StudyRecord, typed: Mapping[str, str], kind: str = "analyse"
) -> Job:
    """Ask for work on the newest revision; while the same is under way, it is that work which is returned.

    Raises
    ------
    Refused
        If the viewer may only look.
    SettingError
        With every choice that cannot be read.
    """
    need(viewer, "editor")
    arguments = read_fields(KINDS[kind].fields, typed)
    return submit(
        store, who=viewer.name, kind=kind, study=record.id, revision=record.head, arguments=arguments
    )


def running(store: Store, record: StudyRecord, kind: str = "analyse") -> Job | None:
    """Return the work of a kind that waits or runs, the newest."""
    return store.remembered(("running", record.id, kind), lambda: _running(store, record.id, kind))


def _running(store: Store, study: int, kind: str) -> Job | None:
    latest = jobs(store, study=study, limit=20)
    return next((job for job in latest if job.kind == kind and job.state in ("running", "waiting")), None)
