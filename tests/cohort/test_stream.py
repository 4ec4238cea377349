"""A cohort survives what ends a run: after a kill it goes on, and comes to the same bytes as undisturbed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "scale"))
from fake_work import FakePlan, fake_rows

from remnant.cohort.run.stream import write_cohort
from remnant.scale import Block, Serial, executor

PLAN = FakePlan(60)
RUN = """
    import sys
    from functools import partial
    from pathlib import Path
    from fake_work import FakePlan, slow_rows
    from remnant.cohort.run.stream import write_cohort
    from remnant.scale import executor

    if __name__ == "__main__":
        slow = partial(slow_rows, 0.2)
        write_cohort(FakePlan(60), slow, Path(sys.argv[1]), executor=executor(sys.argv[2]), block_size=2)
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a run that nothing disturbed."""
    return write_cohort(
        PLAN, fake_rows, tmp_path_factory.mktemp("whole"), executor=Serial()
    ).path.read_bytes()


def wait_for(condition):
    """Wait until something is so, and fail if it never is."""
    end = time.monotonic() + 120
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def test_a_cohort_is_written_in_the_order_of_its_patients(tmp_path, whole):
    written = write_cohort(PLAN, fake_rows, tmp_path / "a", executor=Serial(), block_size=7)
    assert pl.read_parquet(written.path).equals(fake_rows(PLAN, Block(0, 60)))
    assert written.path.name == "patients.parquet"
    assert written.path.read_bytes() == whole


@pytest.mark.parametrize(
    ("engine", "ending"),
    [
        ("processes", signal.SIGKILL),
        ("processes", signal.SIGINT),
        pytest.param("dask", signal.SIGKILL, marks=pytest.mark.slow),
        pytest.param("dask", signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_a_cohort_that_was_killed_goes_on_where_it_stopped(tmp_path, whole, engine, ending):
    """No worker is left behind either: not after Ctrl-C, and not after a kill that nobody can catch."""
    psutil = pytest.importorskip("psutil", reason="needs the scale extra")
    script, folder = tmp_path / "run.py", tmp_path / "a"
    script.write_text(textwrap.dedent(RUN))
    # Its own session: Ctrl-C in a terminal reaches a run and all its workers at once.
    run = subprocess.Popen(
        [sys.executable, str(script), str(folder), engine],
        env={**os.environ, "PYTHONPATH": str(Path(sys.modules["fake_work"].__file__).parent)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(lambda: len([*folder.glob("patients.blocks/[0-9]*")]) >= 3)
    workers = psutil.Process(run.pid).children(recursive=True)
    assert workers
    if ending == signal.SIGKILL:
        run.kill()
    else:
        os.killpg(run.pid, ending)
    assert run.wait(60) != 0
    wait_for(lambda: not any(worker.is_running() and worker.status() != "zombie" for worker in workers))
    made = []

    def rows(plan, block):
        made.extend(block.items)
        return fake_rows(plan, block)

    # The run was of a script that called other rows of the same plan: only who asked differs.
    written = write_cohort(PLAN, rows, folder, executor=Serial(), block_size=5)
    assert 6 <= written.found < 60
    assert len(made) == 60 - written.found
    assert written.path.read_bytes() == whole
    assert sorted(path.name for path in folder.iterdir()) == ["patients.json", "patients.parquet"]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["serial", "processes", "dask"])
def test_every_engine_comes_to_the_same_bytes(tmp_path, whole, engine):
    for size in (None, 1, 59):
        written = write_cohort(
            PLAN, fake_rows, tmp_path / str(size), executor=executor(engine), block_size=size
        )
        assert written.path.read_bytes() == whole
