"""Who does the work: this process, every core, or a cluster; the answer is the same on each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

from remnant.errors import Fault, SettingError

Item = TypeVar("Item")
Answer = TypeVar("Answer")


PATIENCE = "10s"  # for a scheduler to answer


def cores() -> int:
    """Count the cores that this process may use, which a batch system may have limited."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _nothing() -> None:
    """Do nothing: the default of `done`."""


class Executor(Protocol):
    """Maps a function over items and keeps their order."""

    def map(
        self,
        function: Callable[[Item], Answer],
        items: Iterable[Item],
        *,
        done: Callable[[], None] = _nothing,
    ) -> list[Answer]:
        """Return `function(item)` for every item, in order; call `done` as each is finished."""
        ...


@dataclass(frozen=True)
class Serial:
    """One item after another, in this process."""

    def map(
        self,
        function: Callable[[Item], Answer],
        items: Iterable[Item],
        *,
        done: Callable[[], None] = _nothing,
    ) -> list[Answer]:
        """Return `function(item)` for every item, in order."""
        answers = []
        for item in items:
            answers.append(function(item))
            done()
        return answers


@dataclass(frozen=True)
class Processes:
    """As many processes as there are cores; functions and items must be picklable.

    Parameters
    ----------
    workers : int or None
        Number of processes; None for the cores that this process may use.
    """

    workers: int | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            hint = "leave it out for every core"
            raise SettingError([Fault("workers", None, "", str(self.workers), "at least 1", hint)])

    def map(
        self,
        function: Callable[[Item], Answer],
        items: Iterable[Item],
        *,
        done: Callable[[], None] = _nothing,
    ) -> list[Answer]:
        """Return `function(item)` for every item, in order, whoever finishes first.

        If items fail, the error of the first of them in order is raised, as `Serial` would.
        """
        work = list(items)
        workers = min(self.workers or cores(), max(len(work), 1))
        # Spawned workers share no state and no lock with this process; forked ones can deadlock on threads.
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            futures = [pool.submit(function, item) for item in work]
            try:
                for future in as_completed(futures):
                    if future.exception() is not None:
                        break
                    done()
            finally:
                # Work starts in order, so what can still be cancelled comes after whatever failed.
                for future in futures:
                    future.cancel()
            return [future.result() for future in futures]


@dataclass(frozen=True)
class Dask:
    """A Dask cluster: one of this machine, or the scheduler at `address`.

    Parameters
    ----------
    address : str or None
        Address of a scheduler, such as `tcp://10.0.0.5:8786`; None starts a cluster on loopback.
    """

    address: str | None = None

    def map(
        self,
        function: Callable[[Item], Answer],
        items: Iterable[Item],
        *,
        done: Callable[[], None] = _nothing,
    ) -> list[Answer]:
        """Return `function(item)` for every item, in order.

        If items fail, the error of the first of them in order is raised, as `Serial` would.

        Raises
        ------
        SettingError
            If no scheduler answers at the address.
        """
        import distributed

        work = list(items)
        if not work:
            return []  # no cluster is started for nothing
        with ExitStack() as stack:
            cluster: Any = self.address or stack.enter_context(_local_cluster())
            connect: Any = distributed.Client
            try:
                client = stack.enter_context(connect(cluster, set_as_default=False, timeout=PATIENCE))
            except (OSError, ValueError):
                if self.address is None:
                    raise
                hint = "is `dask scheduler` running there? an address looks like tcp://10.0.0.5:8786"
                found = f"no answer from {self.address}"
                fault = Fault("--engine", None, "", found, "a Dask scheduler", hint)
                raise SettingError([fault]) from None
            # Dask would hash the items to do equal work once; here equal items are still two pieces of work.
            futures = client.map(function, work, pure=False)
            completed: Any = distributed.as_completed
            for future in completed(futures, loop=client.loop):
                if future.status == "error":
                    break
                done()
            return [future.result() for future in futures]


def _local_cluster() -> Any:
    """Start a cluster of this machine that only this machine can reach."""
    from distributed import LocalCluster

    start: Any = LocalCluster
    # Port 0 is any free port: a second study on this machine finds the usual one taken.
    return start(n_workers=cores(), threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0")


def executor(name: str) -> Executor:
    """Return the executor that a person asked for.

    Parameters
    ----------
    name : str
        `serial`, `processes`, `dask`, or `dask=ADDRESS`.

    Raises
    ------
    SettingError
        If there is no such engine, or its extra is not installed.
    """
    kind, _, address = name.partition("=")
    if kind == "dask" and find_spec("distributed") is None:
        hint = "install remnant with its scale extra, or use processes"
        raise SettingError([Fault("--engine", None, "", name, "serial or processes", hint)])
    if name == "serial":
        return Serial()
    if name == "processes":
        return Processes()
    if kind == "dask" and (address or name == "dask"):
        return Dask(address or None)
    expected = "serial, processes, dask or dask=ADDRESS"
    raise SettingError([Fault("--engine", None, "", repr(name), expected, "choose one of them")])
