"""The workers of a server: processes beside it that are put back when they die, and end when it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

from remnant.service.work.process import environment

LOOK_S = 1.0  # until a worker that died is put back
PATIENCE_S = 10.0  # for a worker to give its job back


class Workers:
    """Workers beside this process.

    Each reads a pipe of which only this process holds the other end: however this process ends, the pipe does
    too, and the worker gives its job back and ends.

    Parameters
    ----------
    home, url : Path, str or None
        The store.
    count : int
        How many.
    """

    def __init__(self, home: Path, url: str | None, count: int):
        self.home, self.url = home, url
        self.stopping = Event()
        self.processes = [self._start() for _ in range(count)]
        self.keeper = Thread(target=self._keep, daemon=True)
        self.keeper.start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "remnant", "worker", "--home", str(self.home), "--with-parent"],
            stdin=subprocess.PIPE,
            env=environment(self.url),
            start_new_session=True,  # Ctrl-C at a terminal is for the server, which stops them
        )

    def _keep(self) -> None:
        while not self.stopping.wait(LOOK_S):
            self.processes = [
                process if process.poll() is None else self._instead_of(process) for process in self.processes
            ]

    def _instead_of(self, dead: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        with dead:  # closes our end of its pipe
            return self._start()

    def stop(self) -> None:
        """Let each give its job back, and end; jobs stay, and wait."""
        self.stopping.set()
        self.keeper.join()
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.close()
        for process in self.processes:
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()  # its job is taken from it when it has been silent long enough
                process.wait()


def start_workers(home: Path, url: str | None = None, count: int = 1) -> Workers:
    """Start workers for the store of a server; call `stop` on what comes back when the server ends."""
    return Workers(home, url, count)
