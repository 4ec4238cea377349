"""Work that is asked for, and by whom it is done: a queue that survives whoever works at it.

A job waits, runs, and ends as done, failed or cancelled. The worker that runs it holds it: nobody else may
say how far it is or how it ended, and whoever falls silent loses it. Each change of state is an entry of the
audit trail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from remnant.errors import Fault, NotHere
from remnant.store.clock import now
from remnant.store.database.hours import now_there
from remnant.store.database.tables import LARGEST
from remnant.store.database.tables import jobs as table
from remnant.store.house import Store
from remnant.store.queue.job_rows import Job, State, faults_text, job_of, text_of
from remnant.store.trail.audit import Change, record

__all__ = [
    "ATTEMPTS",
    "Job",
    "beat",
    "cancel",
    "claim",
    "fail",
    "finish",
    "give_back",
    "job_called",
    "jobs",
    "put_back",
    "submit",
]

ATTEMPTS = 5  # tries in a row that bring nothing new; then it is not the worker that is to blame
_ENDS = {"done": "finish job", "failed": "fail job", "cancelled": "cancel job"}


def submit(
    store: Store,
    *,
    who: str,
    kind: str,
    study: int | None,
    revision: int | None,
    arguments: Mapping[str, Any],
) -> Job:
    """Ask for work.

    Parameters
    ----------
    store : Store
        Where.
    who : str
        Who asks.
    kind : str
        Kind of work; what it means is not known here.
    study, revision : int or None
        What it is about.
    arguments : Mapping
        The choices, as JSON can hold them.

    Returns
    -------
    Job
        The new one; or the one that was asked for before in the same words, and has not ended.
    """
    text = text_of(arguments)
    asked = {"kind": kind, "study": study, "revision": revision, "arguments": text}
    same = [table.c[name].is_not_distinct_from(value) for name, value in asked.items()]
    with store.begin() as connection:
        open_ = select(table).where(*same, table.c.state.in_(("waiting", "running")))
        if row := connection.execute(open_.order_by(table.c.id)).mappings().first():
            return job_of(row)
        new = insert(table).values(**asked, state="waiting", by=who, created=now()).returning(table)
        job = job_of(connection.execute(new).mappings().one())
        changes = [_moved(job, "", "waiting")]
        changes += [Change(f"job {job.id} arguments", "", text)] if arguments else []
        record(connection, who=who, action="ask for job", study=study, changes=changes)
        return job


def claim(store: Store, worker: str) -> Job | None:
    """Take the job that has waited longest; None if none waits. No two workers ever take the same."""
    with store.begin() as connection:
        # Writers queue already; the lock on the row holds against a program that does not know of the queue.
        waiting = select(table.c.id).where(table.c.state == "waiting").order_by(table.c.id).limit(1)
        number = connection.execute(waiting.with_for_update(skip_locked=True)).scalar()
        if number is None:
            return None
        at = now_there(connection)
        job = _change(
            connection,
            number,
            state="running",
            worker=worker,
            started=at,
            heartbeat=at,
            attempts=table.c.attempts + 1,
        )
        _tell(connection, worker, "start job", job, "waiting", f"attempt {job.attempts}")
        return job


def beat(store: Store, job: Job, worker: str, *, done: int, total: int, label: str) -> bool:
    """Say that a worker lives, and how far it is.

    How much is done never falls: an attempt that begins again shows what was reached before. What goes beyond
    it is news, and the count of attempts begins anew.

    Returns
    -------
    bool
        False if the job was cancelled, or taken from this worker: it is to stop.
    """
    with store.begin() as connection:
        held = _held(connection, job, worker)
        if held is None:
            return False
        news: dict[str, Any] = {"attempts": 1, "done": done} if done > held.done else {}
        _change(
            connection,
            job.id,
            heartbeat=now_there(connection),
            total=max(total, done, held.done),
            label=label,
            **news,
        )
        return True


def finish(store: Store, job: Job, worker: str, result: Mapping[str, Any]) -> bool:
    """End a job as done, with what came of it; False, and nothing changes, if another holds it."""
    with store.begin() as connection:
        held = _held(connection, job, worker)
        if held is None:
            return False
        whole = max(held.total, held.done, 1)
        _end(connection, held, worker, "done", done=whole, total=whole, result=text_of(result))
        return True


def fail(store: Store, job: Job, worker: str, faults: Sequence[Fault]) -> bool:
    """End a job as failed, with what is to mend; False, and nothing changes, if another holds it."""
    with store.begin() as connection:
        held = _held(connection, job, worker)
        if held is None:
            return False
        _end(connection, held, worker, "failed", faults=faults_text(faults))
        return True


def give_back(store: Store, job: Job, worker: str, *, why: str, counts: bool) -> bool:
    """Put a job back for others, as a worker does that must stop.

    Parameters
    ----------
    store, job, worker : Store, Job, str
        What, and who holds it.
    why : str
        For the audit trail, and for whoever reads of the last attempt.
    counts : bool
        Whether the attempt counts: it does not where only the worker was asked to stop.

    Returns
    -------
    bool
        False, and nothing changes, if this worker does not hold it.
    """
    with store.begin() as connection:
        held = _held(connection, job, worker)
        if held is None:
            return False
        put_back(connection, held, worker, why, attempts=held.attempts - (not counts))
        return True


def cancel(store: Store, job: Job, who: str) -> Job:
    """End a job that waits or runs; its worker learns of it at its next heartbeat. One that ended stays."""
    with store.begin() as connection:
        there = _read(connection, job.id)
        if there.ended is not None:
            return there
        return _end(connection, there, who, "cancelled")


def job_called(store: Store, number: int) -> Job:
    """Return a job by its number.

    Raises
    ------
    NotHere
        If there is none.
    """
    with store.reading() as connection:
        return _read(connection, number)


def jobs(
    store: Store,
    *,
    study: int | None = None,
    state: State | None = None,
    before: int | None = None,
    limit: int = 50,
) -> tuple[Job, ...]:
    """Return the latest jobs, of a study or of all, in a state or in any, all or those before one."""
    wanted = select(table).order_by(table.c.id.desc()).limit(limit)
    if study is not None:
        wanted = wanted.where(table.c.study == study)
    if state is not None:
        wanted = wanted.where(table.c.state == state)
    if before is not None:
        wanted = wanted.where(table.c.id < min(before, LARGEST))
    with store.reading() as connection:
        return tuple(job_of(row) for row in connection.execute(wanted).mappings())


def put_back(connection: Connection, job: Job, who: str, why: str, *, attempts: int) -> Job:
    """Put a running job back; or end it, if it was tried often enough."""
    if attempts >= ATTEMPTS:
        fault = Fault(
            f"job {job.id}, {job.kind}",
            None,
            "",
            f"{attempts} attempts in a row that ended before anything new was done; of the last: {why}",
            "an attempt that ends",
            "what was done is kept, and running it again goes on with it; "
            "is there memory and disk enough? else report it",
        )
        return _end(connection, job, who, "failed", why=why, faults=faults_text([fault]))
    back = _change(connection, job.id, state="waiting", worker=None, heartbeat=None, attempts=attempts)
    _tell(connection, who, "give back job", back, "running", why)
    return back


def _end(connection: Connection, job: Job, who: str, state: State, *, why: str = "", **more: Any) -> Job:
    ended = _change(connection, job.id, state=state, ended=now(), worker=job.worker, **more)
    _tell(connection, who, _ENDS[state], ended, job.state, why)
    return ended


def _tell(connection: Connection, who: str, action: str, job: Job, before: str, why: str) -> None:
    change = _moved(job, before, job.state)
    record(connection, who=who, action=action, study=job.study, changes=[change], why=why)


def _moved(job: Job, before: str, state: str) -> Change:
    return Change(f"job {job.id} {job.kind}", before, state)


def _held(connection: Connection, job: Job, worker: str) -> Job | None:
    """Return a job as it is now, if it runs and this worker holds it."""
    there = _read(connection, job.id)
    return there if there.state == "running" and there.worker == worker else None


def _read(connection: Connection, number: int) -> Job:
    possible = 0 < number <= LARGEST
    row = (
        connection.execute(select(table).where(table.c.id == number)).mappings().first() if possible else None
    )
    if row is None:
        raise NotHere([Fault("store", None, "job", str(number), "the number of a job", "look in the list")])
    return job_of(row)


def _change(connection: Connection, number: int, **values: Any) -> Job:
    changed = update(table).where(table.c.id == number).values(**values).returning(table)
    return job_of(connection.execute(changed).mappings().one())
