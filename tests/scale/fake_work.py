"""Work for workers to import: rows that depend on the item alone, and blocks that go wrong in every way."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from remnant.errors import Fault, SettingError
from remnant.scale import Block

BAD = 37  # the item at which the functions below go wrong


@dataclass(frozen=True)
class FakePlan:
    """What a cohort would be made from."""

    patients: int
    seed: int = 1
    columns: int = 4


def fake_rows(plan: FakePlan, block: Block) -> pl.DataFrame:
    """Rows of patients that nobody could mistake for others, with text, flags and nulls."""
    patient = np.arange(block.first, block.last, dtype=np.uint64)
    mixed = (patient + np.uint64(plan.seed)) * np.uint64(0x9E3779B97F4A7C15)
    numbers = {f"n{k}": (mixed >> np.uint64(11 + k % 40)) / 2.0**53 for k in range(plan.columns)}
    return pl.DataFrame({"patient": patient, **numbers}).with_columns(
        course=pl.when(pl.col("patient") % 3 == 0).then(pl.lit("lost")).otherwise(pl.lit("kept")),
        flag=pl.col("patient") % 2 == 0,
        day=pl.when(pl.col("n0") > 0.3).then((pl.col("n0") * 1000).cast(pl.Int32)),
    )


def slow_rows(seconds: float, plan: FakePlan, block: Block) -> pl.DataFrame:
    """Rows that take time."""
    time.sleep(seconds)
    return fake_rows(plan, block)


def total_of(block: Block) -> int:
    """Add up the numbers of a block's items."""
    return sum(block.items)


def raise_at_bad(block: Block) -> int:
    """Fail whenever the bad item is there."""
    if BAD in block.items:
        raise ZeroDivisionError("no clone\nleft to divide")
    return total_of(block)


def raise_once(folder: Path, block: Block) -> int:
    """Fail at the bad item, the first time."""
    if BAD in block.items and _first_time(folder):
        raise OSError("a disk was not there for a moment")
    return total_of(block)


def wait_long(block: Block) -> int:
    """Answer at once for the first items, and after two minutes for the others."""
    time.sleep(0 if block.first < 2 else 120)
    return total_of(block)


def die(folder: Path, block: Block) -> int:
    """Kill the worker that meets the bad item, each time; and the first that meets the twelfth."""
    if BAD in block.items or (12 in block.items and _first_time(folder)):
        os.kill(os.getpid(), signal.SIGKILL)
    return total_of(block)


def refuse_all(block: Block) -> int:
    """Find an input that must be mended."""
    raise SettingError([Fault("scenario.toml", 3, "years", "-1", "a number above 0", "mend it")])


class _RudeError(Exception):
    """An error that cannot be built again from its text."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def go_wrong(block: Block) -> object:
    """Fail at one item; answer at another, and fail at a third, with what cannot travel."""
    if BAD in block.items:
        raise ZeroDivisionError("no clone\nleft to divide")
    if BAD + 5 in block.items:
        return (item for item in block.items)
    if BAD + 10 in block.items:
        raise _RudeError("rude ", "error")
    return total_of(block)


def rows_but(kind: str, plan: FakePlan, block: Block) -> object:
    """Rows, except that the block of the bad item is nonsense of a kind."""
    rows = fake_rows(plan, block)
    if BAD not in block.items:
        return rows
    return {
        "none": None,
        "short": rows[1:],
        "column": rows.rename({"n0": "n9"}),
        "type": rows.cast({"n0": pl.Float32}),
    }[kind]


def environment(block: Block) -> dict[str, str | None]:
    """Tell what a worker was told, and what it imported."""
    import sys

    names = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "JAX_COMPILATION_CACHE_DIR")
    loaded = [name for name in sys.modules if name.startswith(("remnant.cli.", "remnant.report", "typer"))]
    return {name: os.environ.get(name) for name in names} | {"loaded": ",".join(loaded)}


def _first_time(folder: Path) -> bool:
    try:
        (folder / "met").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
