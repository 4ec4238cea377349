"""Who does the work: this process, every core, or a cluster; the answer is the same on each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import as_completed
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol, TypeVar

from remnant.errors import Fault, SettingError
from remnant.scale.pools import Pool, cores, dask_client, dask_pool, process_pool, serial_pool

Item = TypeVar("Item")
Answer = TypeVar("Answer")


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

    def pool(self) -> AbstractContextManager[Pool]:
        """Open a pool that takes calls one by one, for `remnant.scale.blocks`."""
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

    def pool(self) -> AbstractContextManager[Pool]:
        """Open a pool that makes each call at once."""
        return serial_pool()


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
        with process_pool(workers) as pool:
            futures = [pool.hands.submit(function, item) for item in work]
            for future in as_completed(futures):
                if future.exception() is not None:
                    break
                done()
            # Work starts in order: all before the first failure will end, and the pool drops the rest. Were
            # they cancelled here, its own thread would trip over them when it ends the processes.
            return [future.result() for future in futures]

    def pool(self) -> AbstractContextManager[Pool]:
        """Open a pool of processes."""
        return process_pool(self.workers or cores())


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
        with dask_client(self.address) as client:
            # Dask would hash the items to do equal work once; here equal items are still two pieces of work.
            futures = client.map(function, work, pure=False)
            completed: Any = distributed.as_completed
            for future in completed(futures, loop=client.loop):
                if future.status == "error":
                    break
                done()
            return [future.result() for future in futures]

    def pool(self) -> AbstractContextManager[Pool]:
        """Open a pool of the cluster's workers."""
        return dask_pool(self.address)


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
