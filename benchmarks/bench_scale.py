"""Blocks of one second on two workers: what the engines cost; and what a long table takes of memory.

Each engine does the same busy blocks, turn about in one run. Efficiency is the serial time over twice that
on two workers, with the workers started: 1 where handing out costs nothing. The machine may be busy with
something else, and then two workers cannot do twice the work of one, whoever hands it out; so two bare
processes that each do half, with nobody in between, stand beside them as the most that could be had.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import psutil

from remnant.scale import Block, Dask, Executor, Processes, Serial, map_blocks
from remnant.scale.pools import Pool, local_cluster
from remnant.scale.tables import write_table

BLOCKS, ROUNDS, WORKERS = 8, 3, 2
EMPTY = 200  # blocks without work
BARE = "import sys; from bench_scale import busy; input(); busy(int(sys.argv[1]), int(sys.argv[2]))"


def busy(steps: int, times: int = 1) -> int:
    """Keep one core busy."""
    value = 1
    for _ in range(steps * times):
        value = (value * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
    return value


def busy_block(steps: int, block: Block) -> int:
    return busy(steps, len(block))


def nothing(block: Block) -> int:
    return block.first


@dataclass(frozen=True)
class Open:
    """An engine whose pool is open already."""

    held: Pool

    def pool(self) -> nullcontext[Pool]:
        """Lend the pool, which stays open."""
        return nullcontext(self.held)


def tree_seconds() -> float:
    """Processor time of this process and of all that it started and that still run."""
    me = psutil.Process()
    return sum(sum(one.cpu_times()[:2]) for one in (me, *me.children(recursive=True)))


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def calibrated() -> int:
    """Find the steps that keep this machine's processor busy for one second."""
    steps = 2_000_000
    start = time.process_time()
    busy(steps)
    return round(steps / (time.process_time() - start))


def run(engine: Executor, steps: int) -> None:
    outcome = map_blocks(partial(busy_block, steps), BLOCKS, executor=engine, size=1)
    assert len(outcome.answers) == BLOCKS


@contextmanager
def bare(steps: int) -> Iterator[Callable[[], None]]:
    """Two processes that wait for a word, then do half of the work each."""
    command = [sys.executable, "-c", BARE, str(steps), str(BLOCKS // WORKERS)]
    here = Path(__file__).parent
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, cwd=here) for _ in range(WORKERS)]
    time.sleep(3)  # until they wait

    def go() -> None:
        for process in started:
            assert process.stdin is not None
            process.stdin.write(b"\n")
            process.stdin.close()
        for process in started:
            process.wait()

    yield go


def efficiency() -> None:
    """Time the engines turn about."""
    steps = calibrated()
    print(
        f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; "
        f"{BLOCKS} blocks of 1 s of processor time, {ROUNDS} rounds"
    )
    with ExitStack() as stack:
        engines: dict[str, Executor] = {"serial": Serial()}
        for name, engine in (("processes", Processes(WORKERS)), ("dask", None)):
            began = time.perf_counter()
            if engine is None:
                engine = Dask(stack.enter_context(local_cluster()).scheduler_address)
            engines[name] = Open(stack.enter_context(engine.pool()))  # type: ignore[assignment]
            map_blocks(nothing, 4 * WORKERS, executor=engines[name], size=1)
            print(f"{name}: {time.perf_counter() - began:.2f} s from nothing to the first answers")
        for name, engine in engines.items():
            spent = seconds(partial(map_blocks, nothing, EMPTY, executor=engine, size=1))
            print(f"{name}: {spent / EMPTY * 1e3:.2f} ms for a block without work")
        spent_by: dict[str, list[float]] = {name: [] for name in (*engines, "two bare processes")}
        used_by: dict[str, list[float]] = {name: [] for name in engines}
        for _ in range(ROUNDS):
            for name, engine in engines.items():
                used = tree_seconds()
                spent_by[name].append(seconds(partial(run, engine, steps)))
                used_by[name].append(tree_seconds() - used)
            with bare(steps) as go:
                spent_by["two bare processes"].append(seconds(go))
    for name in ("processes", "dask"):
        share = statistics.median(used_by["serial"]) / statistics.median(used_by[name])
        print(f"{name}: {share:.3f} of the processor time that it took went into the blocks")
    serial = statistics.median(spent_by.pop("serial"))
    print(f"serial: {serial:.1f} s; load after: {os.getloadavg()[0]:.1f}")
    floor = statistics.median(spent_by["two bare processes"])
    for name, spent in spent_by.items():
        median = statistics.median(spent)
        print(
            f"{name}: {median:.1f} s on {WORKERS} workers; efficiency {serial / median / WORKERS:.3f}; "
            f"of what two bare processes reach {floor / median:.3f}"
        )


def rows(block: Block) -> pl.DataFrame:
    """Sixty numbers of each item."""
    items = np.arange(block.first, block.last, dtype=np.uint64)
    mixed = items * np.uint64(0x9E3779B97F4A7C15)
    return pl.DataFrame({"item": items, **{f"n{k}": (mixed << np.uint64(k)) / 2.0**64 for k in range(60)}})


def memory() -> None:
    """Write tables of growing length, each in a process of its own, and print its peak memory."""
    for total in (10_000, 100_000, 1_000_000):
        spent = seconds(
            lambda total=total: subprocess.run([sys.executable, __file__, str(total)], check=True)
        )
        print(f"  in {spent:.1f} s")


def write(total: int) -> None:
    """Write one table and print the peak memory of this process."""
    with tempfile.TemporaryDirectory() as folder:
        written = write_table(rows, total, Path(folder), name="items", plan={}, executor=Serial(), size=2_000)
        size = written.path.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{total:,} rows of 60 numbers, {size / 1e6:.0f} MB: peak memory {peak:.0f} MB", end="", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write(int(sys.argv[1]))
    else:
        efficiency()
        memory()
