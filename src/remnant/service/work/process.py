"""A job in a process of its own, as its worker sees it: how far it is, and what came of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread
from typing import Any

from remnant.errors import Fault
from remnant.service.work.child import DATABASE
from remnant.store.queue.job_rows import Job

PROGRAM = ("-m", "remnant.service.work.child")


class JobProcess:
    """A process that does a job; it ends with this one.

    Parameters
    ----------
    home, url : Path, str or None
        The store.
    job : Job
        What to do.
    engine : str
        Who does the work within.
    """

    def __init__(self, home: Path, url: str | None, job: Job, engine: str):
        self.progress: dict[str, Any] = {"done": 0, "total": 0, "label": "starting"}
        self.result: dict[str, Any] | None = None
        self.faults: tuple[Fault, ...] = ()
        self.ended = Event()
        self.process = subprocess.Popen(
            [sys.executable, *PROGRAM, str(home), str(job.id), engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what a library says of a patient's file is for no log
            env=environment(url),
            start_new_session=True,  # Ctrl-C at a terminal is for the worker, which gives the job back
        )
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with self.process as process:  # closes the pipes, and waits
            assert process.stdout is not None
            for line in process.stdout:
                self._hear(line)
        self.ended.set()

    def _hear(self, line: bytes) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            return  # the last line of a process that was killed within it
        if "result" in said:
            self.result = said["result"]
        elif "faults" in said:
            self.faults = tuple(Fault(**fault) for fault in said["faults"])
        else:
            self.progress = said

    def kill(self) -> None:
        """End the process, wherever it is: what it has kept is whole."""
        self.process.kill()
        self.ended.wait()

    def end(self) -> str:
        """Say how a process ended that brought neither result nor faults."""
        code = self.process.returncode
        if code >= 0:
            return f"its process ended with status {code}"
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = str(-code)
        memory = " (is there memory enough?)" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{memory}"


def environment(url: str | None) -> dict[str, str]:
    """Return the environment of a process that works on a store."""
    others = {name: value for name, value in os.environ.items() if name != DATABASE}
    return others if url is None else others | {DATABASE: url}
