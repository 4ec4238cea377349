"""A process of its own for long work of a page, so that no other page waits, and none loads what it needs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any, TypeVar

from remnant.errors import Fault, SettingError, UnfinishedError
from remnant.scale.pools import end_with_parent

Answer = TypeVar("Answer")
Key = tuple[str, ...]

IDLE_S = 600.0  # after which the process ends: it holds some hundred megabytes
QUEUE = 8  # questions that may wait: more are refused, so that none waits for minutes


@dataclass
class Hands:
    """One process that answers questions one after the other, and the answers that it gave last.

    A question is asked once: whoever asks it again while it is worked on waits for the same answer.
    """

    kept: int = 64
    _pool: ProcessPoolExecutor | None = None
    _asked: dict[Key, Future[Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: float = 0.0

    def ask(self, key: Key, work: Callable[..., Answer], *given: object) -> Future[Answer]:
        """Ask for an answer, which may be there already.

        Parameters
        ----------
        key : tuple of str
            Names the question: all that the answer depends on.
        work, *given
            A function of a module, and what it is given; both are sent to the process.

        Raises
        ------
        SettingError
            If more questions wait than are answered in a minute.
        """
        with self._lock:
            self._last = time.monotonic()
            if (known := self._asked.pop(key, None)) is not None and not _failed(known):
                self._asked[key] = known
                return known
            if sum(not one.done() for one in self._asked.values()) >= QUEUE:
                hint = "try again in a moment"
                raise SettingError(
                    [Fault("remnant", None, "", "too many questions at once", f"at most {QUEUE}", hint)]
                )
            asked = self._open().submit(work, *given)
            self._asked[key] = asked
            self._forget()
            return asked

    def close(self) -> None:
        """End the process; a later question starts another."""
        with self._lock:
            pool, self._pool = self._pool, None
            self._asked.clear()
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is not None and getattr(self._pool, "_broken", False):
            self._pool = None
        if self._pool is None:
            # Spawned, not forked: the server has threads, and jax has its own.
            self._pool = ProcessPoolExecutor(
                max_workers=1, mp_context=get_context("spawn"), initializer=end_with_parent
            )
            threading.Thread(target=self._rest, args=(self._pool,), daemon=True).start()
        return self._pool

    def _forget(self) -> None:
        for key in [key for key, one in self._asked.items() if one.done()][
            : max(0, len(self._asked) - self.kept)
        ]:
            del self._asked[key]

    def _rest(self, pool: ProcessPoolExecutor) -> None:
        """End the process when nobody has asked for a while."""
        while self._pool is pool:
            time.sleep(1.0)
            with self._lock:
                busy = any(not one.done() for one in self._asked.values())
                if busy or time.monotonic() - self._last < IDLE_S or self._pool is not pool:
                    continue
                self._pool = None
            pool.shutdown(wait=False)


def _failed(asked: Future[Any]) -> bool:
    return asked.done() and (asked.cancelled() or asked.exception() is not None)


def answered(asked: Future[Answer], wait_s: float) -> Answer | None:
    """Return an answer, or None if it is not there in time.

    Raises
    ------
    RemnantError
        What the work raised; UnfinishedError if its process died.
    """
    try:
        return asked.result(timeout=wait_s)
    except TimeoutError:
        return None
    except BrokenProcessPool:
        hint = "ask again; if it comes back, the machine has too little memory"
        raise UnfinishedError([Fault("remnant", None, "", "its process ended", "an answer", hint)]) from None
