"""A worker: takes jobs one by one, and says that it lives while each is done in a process of its own."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import repeat
from threading import Event
from typing import Any, TypeVar

from remnant.service.work import answered
from remnant.service.work.process import JobProcess
from remnant.store.house import Store
from remnant.store.queue.jobs import Job, beat, claim, fail, finish, give_back
from remnant.store.queue.silence import SILENT_S, revive

Answer = TypeVar("Answer")

BEAT_S = 0.5  # between heartbeats: a cancelled job ends within it
LOOK_S = 0.5  # between looks at an empty queue
LAST_WORDS = 60  # tries to say how a job ended
AGAIN_S = 1.0  # until a database that does not answer is asked again
FORGET_DAYS = 30  # what nobody has gone on with for so long is begun anew
STOPPED = "its worker was asked to stop"

log = logging.getLogger("remnant.worker")


def worker_name() -> str:
    """Return a name that no other worker has: machine, process and chance."""
    return f"worker {socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def work_until_stopped(
    store: Store,
    name: str,
    *,
    stop: Event,
    url: str | None = None,
    engine: str = "processes",
    once: bool = False,
    silent_s: float = SILENT_S,
) -> int:
    """Do the jobs of a store, until asked to stop.

    Parameters
    ----------
    store : Store
        Whose jobs.
    name : str
        Under which the worker holds them, and stands in the audit trail.
    stop : Event
        Set to stop: the job at hand is given back, and what was done of it is kept.
    url : str, optional
        Address of the store's database, for the processes that do the jobs; by default that in its folder.
    engine : str
        Who does the work within a job; it cannot change an answer.
    once : bool
        Whether to end when no job waits.
    silent_s : float
        Seconds of silence after which jobs of other workers are taken from them.

    Returns
    -------
    int
        Number of jobs that were done, failed or cancelled here.
    """
    forget(store)
    ended = 0
    while not stop.is_set():
        _insist(lambda: revive(store, silent_s), stop)
        job = _insist(lambda: claim(store, name), stop)
        if job is not None:
            ended += _do(store, job, name, stop=stop, url=url, engine=engine)
        elif once:
            break
        else:
            stop.wait(LOOK_S)
    return ended


def _do(store: Store, job: Job, name: str, *, stop: Event, url: str | None, engine: str) -> bool:
    """Do one job; say whether it has ended."""
    log.info("job %s, %s: attempt %s", job.id, job.kind, job.attempts)
    if (kept := _kept(store, job)) is not None:
        _insist(lambda: finish(store, job, name, kept))
        return True
    process = JobProcess(store.home, url, job, engine)
    while not process.ended.wait(BEAT_S):
        if stop.is_set():
            process.kill()
            break
        if not _alive(store, job, name, process):
            process.kill()
            log.info("job %s: cancelled, or taken by another worker", job.id)
            return True
    _alive(store, job, name, process)  # what it said last
    return _close(store, job, name, process, stop)


def _kept(store: Store, job: Job) -> dict[str, Any] | None:
    """Return what was kept of the same question, for which no process is needed."""
    try:
        return answered(store, job)
    except Exception:
        return None  # the process will say what is wrong


def _close(store: Store, job: Job, name: str, process: JobProcess, stop: Event) -> bool:
    """Say how a job ended, or give it back."""
    if (result := process.result) is not None:
        _insist(lambda: finish(store, job, name, result))
        log.info("job %s: done", job.id)
        return True
    if process.faults:
        _insist(lambda: fail(store, job, name, process.faults))
        log.info("job %s: failed, with %s to mend", job.id, len(process.faults))
        return True
    why = STOPPED if stop.is_set() else process.end()
    _insist(lambda: give_back(store, job, name, why=why, counts=not stop.is_set()))
    log.info("job %s: given back, for %s", job.id, why)
    return False


def _alive(store: Store, job: Job, name: str, process: JobProcess) -> bool:
    """Say that the worker lives; True too where the database does not answer, which ends no work."""
    try:
        return beat(store, job, name, **process.progress)
    except Exception as error:
        log.warning("job %s: no heartbeat: %s", job.id, type(error).__name__)
        return True


def _insist(call: Callable[[], Answer], stop: Event | None = None) -> Answer | None:
    """Call until the database answers; None if it does not before the stop, or else for a minute."""
    for _ in repeat(None) if stop is not None else range(LAST_WORDS):
        try:
            return call()
        except Exception as error:
            log.warning("the database does not answer: %s", type(error).__name__)
        if stop is None:
            time.sleep(AGAIN_S)
        elif stop.wait(AGAIN_S):
            break
    return None


def forget(store: Store) -> None:
    """Remove what was left of jobs that nobody has gone on with for a month."""
    for folder in (store.home / "work").glob("*"):
        with suppress(FileNotFoundError):  # another worker was first, or has just ended its job
            if time.time() - folder.stat().st_mtime > FORGET_DAYS * 86_400:
                shutil.rmtree(folder, ignore_errors=True)
