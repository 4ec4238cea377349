"""Work is asked for, asked for again, and cancelled, by a person who may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remnant.errors import Fault, NotHere
from remnant.service.viewer import Viewer, need
from remnant.service.work.fields import read_fields
from remnant.service.work.kinds import KINDS, Kind
from remnant.service.work.task import latest_of
from remnant.store.house import Store
from remnant.store.queue import jobs as queue
from remnant.store.queue.job_rows import Job
from remnant.store.studies.studies import StudyRecord, all_studies


def kind_called(name: str) -> Kind:
    """Return a kind of work; NotHere if there is none of this name."""
    if name not in KINDS:
        fault = Fault("request", None, "kind", repr(name[:60]), ", ".join(KINDS), "ask for one of them")
        raise NotHere([fault])
    return KINDS[name]


def ask(store: Store, viewer: Viewer, kind: str, record: StudyRecord | None, typed: Mapping[str, str]) -> Job:
    """Ask for work on the newest revision of a study.

    Parameters
    ----------
    store, viewer : Store, Viewer
        Where, and who asks: an editor.
    kind : str
        A name of `KINDS`.
    record : StudyRecord or None
        The study; None for work that is about none.
    typed : Mapping of str to str
        The choices by name, as typed; what is not there has its default.

    Returns
    -------
    Job
        The new one, or the same that has not ended.

    Raises
    ------
    SettingError
        With everything wrong in what was typed, the field as the column of the fault.
    Refused, NotHere
        If the viewer may not, or there is no such kind for this.
    """
    need(viewer, "editor")
    wanted = kind_called(kind)
    if wanted.of_study != (record is not None):
        found = "a study" if record is not None else "no study"
        hint = "ask for it on the page of a study" if wanted.of_study else "ask for it among all jobs"
        raise NotHere([Fault("request", None, kind, found, "the other", hint)])
    arguments = read_fields(wanted.fields, typed)
    _refuse_vain(store, kind, record, arguments)
    place = (None, None) if record is None else (record.id, record.head)
    return queue.submit(
        store, who=viewer.name, kind=kind, study=place[0], revision=place[1], arguments=arguments
    )


def _refuse_vain(store: Store, kind: str, record: StudyRecord | None, arguments: Mapping[str, Any]) -> None:
    """Refuse at once what would fail later: choices that do not go together, or a want of what it needs."""
    if kind == "fit":
        from remnant.inference.fitting.choices import Choices

        Choices(**{**arguments, "seed": arguments["seed"] or 0})
    elif kind == "simulate-cohort":
        from remnant.service.work.simulating import plan_of

        plan_of(arguments)
    elif kind == "report" and record is not None:
        latest_of(store, record, record.head, "analysis", "run Analyse first, then Report")
    elif arguments.get("forecast") == "fit" and record is not None:
        latest_of(store, record, record.head, "fit", "run Fit first, then Analyse")


def again(store: Store, viewer: Viewer, job: Job) -> Job:
    """Ask for the same once more, on the newest revision: as after mending what it failed for."""
    typed = {name: _as_typed(value) for name, value in job.arguments.items()}
    return ask(store, viewer, job.kind, study_of(store, job), typed)


def cancel(store: Store, viewer: Viewer, job: Job) -> Job:
    """Cancel a job that waits or runs; what was done of it is kept for whoever asks the same again."""
    need(viewer, "editor")
    return queue.cancel(store, job, viewer.name)


def study_of(store: Store, job: Job) -> StudyRecord | None:
    """Return the study that a job is about, if it is about one."""
    return studies_of(store, (job,)).get(job.study or 0)


def studies_of(store: Store, jobs: tuple[Job, ...]) -> dict[int, StudyRecord]:
    """Return the studies that jobs are about, by their numbers."""
    wanted = {job.study for job in jobs} - {None}
    if not wanted:
        return {}
    return {record.id: record for record in all_studies(store, archived=True) if record.id in wanted}


def _as_typed(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
