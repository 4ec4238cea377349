"""Jobs are taken from workers that have fallen silent: killed, cut off, or without power."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select

from remnant.store.database.hours import ago_there
from remnant.store.database.tables import jobs as table
from remnant.store.house import Store
from remnant.store.queue.job_rows import Job, job_of
from remnant.store.queue.jobs import put_back

SILENT_S = 30.0  # many times the pace of a heartbeat, and less than a person waits before asking


def revive(store: Store, silent_s: float = SILENT_S) -> tuple[Job, ...]:
    """Take running jobs from silent workers, and put them back, or end them after too many tries.

    Parameters
    ----------
    store : Store
        Where.
    silent_s : float
        Seconds without a heartbeat.

    Returns
    -------
    tuple of Job
        As they are now.
    """
    running = select(table).where(table.c.state == "running").order_by(table.c.id)

    def silent(connection: Connection) -> list[Job]:
        limit = ago_there(connection, timedelta(seconds=silent_s))
        rows = connection.execute(running.where(table.c.heartbeat <= limit)).mappings()
        return [job_of(row) for row in rows]

    with store.reading() as connection:
        if not silent(connection):
            return ()  # as nearly always: nobody has to wait for a writer
    with store.begin() as connection:
        lost = silent(connection)
        why = f"nothing was heard of its worker for {silent_s:g} s"
        return tuple(put_back(connection, job, "remnant", why, attempts=job.attempts) for job in lost)
