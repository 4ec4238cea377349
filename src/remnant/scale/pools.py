"""Pools of workers: of this process, of this machine, of a Dask cluster, each behind `concurrent.futures`.

A worker uses one thread, whatever the library, so that as many workers as cores keep each core busy once. It
imports what it runs, and no command. It leaves Ctrl-C to the process that gave it work, and ends with it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from threading import Thread
from typing import Any

from remnant.errors import Fault, SettingError

PATIENCE = "10s"  # for a scheduler to answer
ASK_AGAIN = 1.0  # seconds until a scheduler is asked again for its workers
AHEAD = 2  # blocks under way for each worker: one at work, one waiting

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "NPROC",  # XLA
)


def cores() -> int:
    """Count the cores that this process may use, which a batch system may have limited."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Pool:
    """Workers that take calls.

    Parameters
    ----------
    hands : concurrent.futures.Executor
        Where a call is handed in.
    ahead : callable
        How many calls should be under way now, at least 1; a cluster may grow and shrink.
    deaths : tuple of exception types
        Errors of a call that mean: its worker died.
    away : bool
        Whether calls and answers travel to other processes.
    mend : callable
        Called when no answer has come for a while: to put back workers that were lost.
    """

    hands: Executor
    ahead: Callable[[], int]
    deaths: tuple[type[BaseException], ...] = ()
    away: bool = True
    mend: Callable[[], object] = lambda: None


class _Here(Executor):
    """Make each call at once, in this process."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def serial_pool() -> Iterator[Pool]:
    """Work in this process, a call at a time.

    Yields
    ------
    Pool
    """
    yield Pool(_Here(), lambda: 1, away=False)


@contextmanager
def process_pool(workers: int) -> Iterator[Pool]:
    """Start processes of this machine, and leave none behind.

    Yields
    ------
    Pool
        Its processes start as calls come. After an error, such as Ctrl-C, they are ended at once.
    """
    context = _OneThreadEach()
    # Spawned workers share no state and no lock with this process; forked ones can deadlock on threads.
    hands = ProcessPoolExecutor(workers, mp_context=context, initializer=_serve)
    try:
        yield Pool(hands, lambda: AHEAD * workers, (BrokenExecutor,))
    except BaseException:
        for process in context.started:
            process.kill()
        raise
    finally:
        hands.shutdown(cancel_futures=True)


class _OneThread(SpawnProcess):
    """A process whose libraries are told to use one thread before they are imported."""

    def start(self) -> None:
        before = dict(os.environ)
        os.environ.update(_worker_environment())
        try:
            super().start()
        finally:
            os.environ.clear()
            os.environ.update(before)


class _OneThreadEach(SpawnContext):
    """Start such processes, and remember them."""

    def __init__(self) -> None:
        self.started: list[_OneThread] = []

    def Process(self, *args: Any, **kwargs: Any) -> _OneThread:  # type: ignore[override]  # noqa: N802
        process = _OneThread(*args, **kwargs)
        self.started.append(process)
        return process


def _worker_environment() -> dict[str, str]:
    """What a worker of this machine is told: one thread, and where compiled work is kept."""
    told = dict.fromkeys(THREADS, "1")
    if (jax := sys.modules.get("jax")) and (folder := jax.config.jax_compilation_cache_dir):
        told["JAX_COMPILATION_CACHE_DIR"] = folder
    return told


def _serve() -> None:
    """Prepare a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def end_with_parent() -> None:
    """End this process when the one that gave it work is killed: nobody would take its answers."""
    Thread(target=_outlived, daemon=True).start()


def _outlived() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@contextmanager
def dask_pool(address: str | None) -> Iterator[Pool]:
    """Use the workers of the scheduler at `address`, or of a cluster of this machine.

    Yields
    ------
    Pool
        Calls that are still under way at the end are cancelled.

    Raises
    ------
    SettingError
        If no scheduler answers at the address.
    """
    from distributed import KilledWorker

    with dask_client(address, deaths=0) as client:
        yield Pool(
            _Cluster(client), _Threads(client).ahead, (KilledWorker,), mend=partial(_refill, client.cluster)
        )


class _Cluster(Executor):
    """Hand calls to a Dask cluster.

    Dask has such a class of its own, whose calls are never done when a worker dies between its answer and the
    fetching of it.
    """

    def __init__(self, client: Any):
        self.client = client

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        # Dask would hash the arguments to do equal work once; here equal calls are still two pieces of work.
        theirs = self.client.submit(function, *args, **kwargs, pure=False)
        ours: Future[Any] = Future()
        theirs.add_done_callback(partial(_pass_on, ours))
        return ours


def _pass_on(ours: Future[Any], theirs: Any) -> None:
    """Fetch what a call came to, in a thread of Dask's for this."""
    try:
        answer = theirs.result()
    except CancelledError:
        ours.cancel()
        ours.set_running_or_notify_cancel()  # or nobody who waits is told
    except BaseException as error:
        ours.set_exception(error)
    else:
        ours.set_result(answer)


def _refill(cluster: Any) -> None:
    """Have a cluster of ours start what is missing: Dask gives up a worker that dies while it is starting."""
    if cluster is not None:
        cluster.scale(cores())


class _Threads:
    """Counts the threads of a cluster, and asks its scheduler no more often than it must."""

    def __init__(self, client: Any):
        self.client, self.count, self.asked = client, 1, float("-inf")

    def ahead(self) -> int:
        if time.monotonic() > self.asked + ASK_AGAIN:
            try:
                self.count = max(1, sum(self.client.nthreads().values()))
            except OSError:
                raise scheduler_lost() from None
            self.asked = time.monotonic()
        return AHEAD * self.count


def scheduler_lost() -> SettingError:
    """Say that a scheduler no longer answers."""
    hint = "what was finished is kept: start a scheduler and its workers, and run the same line again"
    return SettingError(
        [Fault("--engine", None, "", "a Dask scheduler that went away", "one that stays", hint)]
    )


@contextmanager
def dask_client(address: str | None, *, deaths: int = 3) -> Iterator[Any]:
    """Connect to the scheduler at `address`, or to a cluster of this machine.

    Parameters
    ----------
    address : str or None
        None for a cluster of this machine.
    deaths : int
        How many workers of this machine may die over a call before Dask gives it up.

    Yields
    ------
    distributed.Client

    Raises
    ------
    SettingError
        If no scheduler answers at the address.
    """
    import distributed

    with ExitStack() as stack:
        cluster: Any = address or stack.enter_context(local_cluster(deaths))
        connect: Any = distributed.Client
        try:
            client = stack.enter_context(connect(cluster, set_as_default=False, timeout=PATIENCE))
        except (OSError, ValueError):
            if address is None:
                raise
            hint = "is `dask scheduler` running there? an address looks like tcp://10.0.0.5:8786"
            fault = Fault("--engine", None, "", f"no answer from {address}", "a Dask scheduler", hint)
            raise SettingError([fault]) from None
        yield client


def local_cluster(deaths: int = 3) -> Any:
    """Start a Dask cluster of this machine that only this machine can reach.

    It speaks of nothing but what is critical: a worker that dies is reported with its work, or not at all.
    """
    import dask
    from distributed import LocalCluster

    start: Any = LocalCluster
    with dask.config.set({"distributed.nanny.pre-spawn-environ": _worker_environment()}):
        # Port 0 is any free port: a second run on this machine finds the usual one taken.
        return start(
            n_workers=cores(),
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
            scheduler_kwargs={"allowed_failures": deaths},
        )
