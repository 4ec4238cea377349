"""Answers of a database that hold as long as nothing was written to it.

SQLite counts the commits that a connection sees others make (`PRAGMA data_version`,
sqlite.org/pragma.html#pragma_data_version). A connection that never writes sees all of them, of this program
and of others: an answer that was read after a count is right for as long as the count stands. PostgreSQL has
no such count, and is asked each time.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Engine

Answer = TypeVar("Answer")
MOST = 1000  # answers; a new one beyond them finds the table empty


@dataclass
class Unchanged:
    """Answers of one database, by what was asked.

    Parameters
    ----------
    engine : Engine
        The database.
    """

    engine: Engine
    _answers: dict[Hashable, Any] = field(default_factory=dict)
    _count: int | None = None
    _watch: Any = None  # a connection of the driver that nobody writes through
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, what: Hashable, question: Callable[[], Answer]) -> Answer:
        """Return the answer to a question, which is asked where it could have changed.

        Parameters
        ----------
        what : hashable
            Names the question with all that it depends on but the database.
        question : callable
            Reads the database, and nothing else; an error of it is kept by nobody.
        """
        with self._lock:
            before = self._counted()
            if before is None:
                self._answers.clear()
            elif before != self._count:
                self._answers.clear()
                self._count = before
            elif what in self._answers:
                known: Answer = self._answers[what]
                return known
        found = question()
        with self._lock:
            # What was read is at least as new as `before`; a later count makes all of it be asked again.
            if before is not None and before == self._count:
                if len(self._answers) >= MOST:
                    self._answers.clear()
                self._answers[what] = found
        return found

    def close(self) -> None:
        """Let the connection go; whoever asks after this opens another."""
        with self._lock:
            self._forget()

    def _counted(self) -> int | None:
        """Return the count of commits; None where there is none, and nothing may be kept."""
        if self.engine.dialect.name != "sqlite":
            return None
        try:
            if self._watch is None:
                fairy = self.engine.raw_connection()
                self._watch = fairy.driver_connection
                fairy.detach()
            return int(self._watch.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:  # the question itself will say what is wrong
            self._forget()
            return None

    def _forget(self) -> None:
        self._answers.clear()
        self._count = None
        if self._watch is not None:
            self._watch.close()
            self._watch = None
