"""The process that does one job: what it says goes to the worker that started it, and it ends with it.

A job that brings down its interpreter brings down no more than this.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from threading import Lock, Thread
from typing import Any, TextIO

DATABASE = (
    "REMNANT_DATABASE"  # not an argument: an address may hold a password, and arguments are seen by all
)
# As in every command: sums of a matrix product depend on how many threads share them.
LINEAR_ALGEBRA = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
MOST_FAULTS = 500
PACKAGE = "remnant"


def main(arguments: Sequence[str]) -> None:
    """Do the job of a number, in the store of a folder, by an engine."""
    home, number, engine = arguments
    for name in LINEAR_ALGEBRA:
        os.environ.setdefault(name, "1")
    os.nice(10)  # pages come first
    Thread(target=_end_with_parent, daemon=True).start()
    says = _Says(os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8"))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is no word of ours
    says.say(_outcome(Path(home), int(number), engine, says))


def _outcome(home: Path, number: int, engine: str, says: _Says) -> dict[str, Any]:
    from remnant.errors import RemnantError

    try:
        from remnant.service.work import run
        from remnant.store.house import open_store
        from remnant.store.queue.jobs import job_called

        store = open_store(home, os.environ.get(DATABASE))
        return {"result": run(store, job_called(store, number), says.told, engine=engine)}
    except RemnantError as error:
        return {"faults": [asdict(fault) for fault in error.faults[:MOST_FAULTS]]}
    except Exception as error:
        from remnant.store.disk_errors import refusal

        full = refusal(error)
        return {"faults": [_bug(error)] if full is None else [asdict(fault) for fault in full.faults]}


class _Says:
    """Writes a line of JSON for each thing that the worker should know."""

    def __init__(self, out: TextIO):
        self.out, self.lock, self.last = out, Lock(), (0, 0, "")

    def say(self, what: dict[str, Any]) -> None:
        with self.lock:
            self.out.write(json.dumps(what) + "\n")
            self.out.flush()

    def told(self, done: int, total: int, label: str) -> None:
        if (done, total, label) == self.last:
            return
        self.last = (done, total, label)
        self.say({"done": done, "total": total, "label": label})


def _bug(error: Exception) -> dict[str, Any]:
    """Say what nobody can mend by its kind and its place: its text may hold what a patient's file holds."""
    place, line = "", None
    for frame in traceback.extract_tb(error.__traceback__):
        parts = Path(frame.filename).parts
        if PACKAGE in parts:
            place, line = "/".join(parts[len(parts) - parts[::-1].index(PACKAGE) - 1 :]), frame.lineno
    found = type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        found += f": {error.strerror.lower()}"
    hint = "an error of remnant, or of the machine: its disk, its memory? report it with this line"
    return {"source": place or PACKAGE, "line": line, "column": "", "found": found} | {
        "expected": "an answer, or what to mend", "hint": hint,
    }  # fmt: skip


def _end_with_parent() -> None:
    """End at once when the worker ends, in whatever way: nobody would take the answer."""
    while os.read(0, 1024):  # not by sys.stdin, whose lock a thread would hold while the interpreter ends
        pass
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
