"""Is a worker silent, or was a clock set? Told apart by whoever looks, on a clock that nobody can set.

A heartbeat is written by the clock of the worker's machine, and read by another's. Clocks are set forward
and back, differ between machines, and go on while a machine sleeps; so an old heartbeat alone proves nothing,
and one from the future may be of a worker long dead. What proves it is that the heartbeat does not change.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from remnant.store.clock import ago
from remnant.store.queue.job_rows import Job

SILENT_S = 30.0  # many times the pace of a heartbeat, and less than a person waits before asking
CERTAIN_S = 5.0  # of looking at a heartbeat that is old already


@dataclass
class Silence:
    """Says of a running job whether nothing is heard of its worker; ask it of the same jobs again and again.

    Parameters
    ----------
    silent_s : float
        Seconds without a heartbeat. Of a heartbeat as old as that, `CERTAIN_S` of looking are enough; any
        other is looked at for all of them.
    clock : callable
        Seconds of a clock that only goes forward.
    """

    silent_s: float = SILENT_S
    clock: Callable[[], float] = time.monotonic
    doubts: bool = field(default=False, init=False)
    _seen: dict[int, tuple[str, float]] = field(default_factory=dict, init=False)

    def among(self, running: tuple[Job, ...]) -> tuple[Job, ...]:
        """Return the jobs whose workers are silent; `doubts` says whether more of them may prove so soon."""
        at, old = self.clock(), ago(timedelta(seconds=self.silent_s))
        self._seen = {job.id: self._since(job, at) for job in running}
        unchanged_s = {job.id: at - self._seen[job.id][1] for job in running}
        stale = {job.id for job in running if (job.heartbeat or "") <= old}
        soon_s = min(CERTAIN_S, self.silent_s)
        silent = tuple(
            job for job in running if unchanged_s[job.id] >= (soon_s if job.id in stale else self.silent_s)
        )
        self.doubts = not stale <= {job.id for job in silent}
        return silent

    def _since(self, job: Job, at: float) -> tuple[str, float]:
        """Return the last that was heard of a worker, and when it was first seen here."""
        heard = f"{job.worker} {job.heartbeat}"
        before = self._seen.get(job.id)
        return before if before is not None and before[0] == heard else (heard, at)
