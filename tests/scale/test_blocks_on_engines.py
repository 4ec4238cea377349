"""Blocks on processes that are killed and on a cluster that is not ours: each answer once, each loss told."""

from __future__ import annotations

import os
import pickle
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace

import pytest
from fake_work import die, environment, go_wrong, refuse_all, total_of, wait_long

from remnant.errors import SettingError
from remnant.scale import Dask, Processes, map_blocks
from remnant.scale.pools import Pool, dask_pool, local_cluster

ITEMS = 60


@dataclass(frozen=True)
class Held:
    """An engine whose pool is open: starting a cluster takes longer than any test."""

    held: Pool

    def pool(self):
        return nullcontext(self.held)


@pytest.fixture(scope="module")
def dask():
    """A cluster of this machine that serves all tests."""
    pytest.importorskip("distributed", reason="needs the scale extra")
    with dask_pool(None) as pool:
        yield Held(pool)


@pytest.fixture(params=["processes", "dask"])
def engine(request):
    return request.getfixturevalue("dask") if request.param == "dask" else Processes(2)


def failed(outcome):
    """Check that all else was answered, and return what was not."""
    lost = {item for one in outcome.failed for item in one.block.items}
    assert [item for block, _ in outcome.answers for item in block.items] == [
        item for item in range(ITEMS) if item not in lost
    ]
    assert all(answer == sum(block.items) for block, answer in outcome.answers)
    assert outcome.untried == ()
    return [(one.block.first, one.block.last, one.error) for one in outcome.failed]


def test_errors_are_told_and_what_cannot_travel_too_and_the_rest_is_kept(engine):
    counted = []
    outcome = map_blocks(go_wrong, ITEMS, executor=engine, size=5, retries=0, done=counted.append)
    raised, answered, rude = failed(outcome)
    assert raised == (35, 40, "ZeroDivisionError: no clone left to divide")
    assert answered[:2] == (40, 45)
    assert "pickle" in answered[2]
    assert rude == (45, 50, "_RudeError: rude error")
    assert sum(counted) == ITEMS - 15


def test_a_function_that_cannot_travel_is_a_bug_at_once():
    with pytest.raises((AttributeError, pickle.PicklingError)):
        map_blocks(lambda block: block, ITEMS, executor=Processes(1))


def test_a_killed_worker_costs_no_other_block(engine, tmp_path):
    """Killed for an item every time: that item is told. Killed once, for whatever reason: nothing is.

    One more try is needed for that: a worker may be killed for the first time when its block is alone.
    """
    ((first, last, error),) = failed(
        map_blocks(partial(die, tmp_path), ITEMS, executor=engine, size=10, retries=1)
    )
    assert (first, last) == (30, 40)
    assert "its worker died" in error


def test_workers_use_one_thread_and_import_no_command(dask, monkeypatch, tmp_path):
    jax = SimpleNamespace(config=SimpleNamespace(jax_compilation_cache_dir=str(tmp_path)))
    monkeypatch.setitem(sys.modules, "jax", jax)
    before = dict(os.environ)
    for engine in (Processes(1), dask):
        ((_, told),) = map_blocks(environment, 1, executor=engine).answers
        assert told["OMP_NUM_THREADS"] == told["NUMBA_NUM_THREADS"] == "1"
        assert told["loaded"] == ""
        if engine != dask:  # which was started before
            assert told["JAX_COMPILATION_CACHE_DIR"] == str(tmp_path)
    assert dict(os.environ) == before


def test_an_input_to_mend_comes_back_as_itself(dask):
    with pytest.raises(SettingError, match=r"scenario\.toml, line 3"):
        map_blocks(refuse_all, ITEMS, executor=dask)


def test_ctrl_c_does_not_wait_for_a_block_that_takes_long():
    def stop(items):
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        map_blocks(wait_long, 8, executor=Processes(2), size=1, done=stop)
    assert time.monotonic() - start < 60


@pytest.mark.slow
def test_a_scheduler_that_goes_away_is_said():
    pytest.importorskip("distributed", reason="needs the scale extra")
    cluster = local_cluster()

    def end(items):
        cluster.close()

    with pytest.raises(SettingError, match="went away"):
        map_blocks(total_of, 50, executor=Dask(cluster.scheduler_address), size=1, done=end)
