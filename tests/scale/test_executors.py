"""Whoever does the work, the answer is the same, in order, and so is the error.

Workers import what they run, so these tests map functions of the package and of Python, never their own.
"""

from __future__ import annotations

import inspect
import math
import operator
import os
import pickle
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant import errors
from remnant.errors import Fault, RemnantError, SettingError
from remnant.scale import Dask, Processes, Serial, executor, stream
from remnant.scale.pools import cores, local_cluster
from remnant.study import TABLES, read_study, read_table
from remnant.study.template import write_template

ERRORS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, RemnantError)]
FAULT = Fault("fish.csv", 3, "nuclei_scored", "'x'", "a whole number", "check it")


@pytest.fixture(scope="module")
def scheduler():
    """The address of a cluster that serves all tests: starting one takes longer than any of them."""
    pytest.importorskip("distributed", reason="needs the scale extra")
    with local_cluster() as cluster:
        yield cluster.scheduler_address


@pytest.fixture(params=["serial", "processes", "dask"])
def engine(request):
    if request.param == "dask":
        return executor(f"dask={request.getfixturevalue('scheduler')}")
    return executor(request.param)


def count(function, items, engine):
    """Map, counting the calls of `done`."""
    calls = []
    return engine.map(function, items, done=partial(calls.append, 1)), len(calls)


def test_answers_keep_their_order_and_each_is_counted_once(engine):
    items = range(40)
    assert count(operator.neg, (item for item in items), engine) == ([-item for item in items], 40)


def test_no_work_is_no_answer(engine):
    assert count(operator.neg, [], engine) == ([], 0)


def test_chance_does_not_know_who_does_the_work(engine):
    draws = [generator.random() for generator in engine.map(partial(stream, 7), [f"P{i}" for i in range(6)])]
    assert draws == [stream(7, f"P{i}").random() for i in range(6)]


def test_the_first_error_in_order_arrives_with_its_type_and_its_faults(engine):
    with pytest.raises(SettingError) as caught:
        engine.map(executor, ["serial", "first", "second", "serial"])
    assert [fault.found for fault in caught.value.faults] == ["'first'"]


def test_a_bug_stays_a_bug(engine):
    with pytest.raises(ValueError, match=r"domain error|nonnegative"):
        engine.map(math.sqrt, [4.0, -1.0])


def test_tables_and_their_errors_cross_to_other_processes(tmp_path):
    write_template(tmp_path / "new")
    (tmp_path / "bad.csv").write_text("sample_id,iscn\nS1,\n")
    (study,) = Processes().map(read_study, [tmp_path / "new"])
    assert study["fish"].equals(read_study(tmp_path / "new")["fish"])
    read = partial(read_table, schema=TABLES["karyotypes"])
    with pytest.raises(errors.TableError) as there:
        Processes().map(read, [tmp_path / "bad.csv"])
    with pytest.raises(errors.TableError) as here:
        read(tmp_path / "bad.csv")
    assert there.value.faults == here.value.faults


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_survives_the_border_between_processes(kind):
    error = pickle.loads(pickle.dumps(kind([FAULT, FAULT])))
    assert type(error) is kind
    assert error.faults == (FAULT, FAULT)
    assert str(error) == f"{FAULT}\n{FAULT}"


texts = st.text()


@given(st.builds(Fault, texts, st.none() | st.integers(1), texts, texts, texts, texts))
def test_every_fault_survives_the_border_between_processes(fault):
    assert pickle.loads(pickle.dumps(RemnantError([fault]))).faults == (fault,)


def test_all_errors_are_known():
    assert len(ERRORS) >= 10


def test_a_cluster_of_this_machine_is_started_and_closed():
    pytest.importorskip("distributed", reason="needs the scale extra")
    assert Dask().map(operator.neg, [1, 2, 3]) == [-1, -2, -3]


def test_the_serial_executor_takes_items_as_they_come():
    taken = []

    def items():
        for item in range(3):
            taken.append(item)
            yield item

    Serial().map(lambda item: taken.append(-item), items())
    assert taken == [0, 0, 1, -1, 2, -2]


def test_work_that_is_stopped_by_its_watcher_stops():
    """A person who presses Ctrl-C does not wait for the rest."""

    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Processes(2).map(operator.neg, range(1000), done=stop)


def test_workers_are_other_processes_and_no_more_than_asked():
    found = Processes(1).map(eval, ["__import__('os').getpid()"] * 4)
    assert len(set(found)) == 1
    assert os.getpid() not in found


def test_at_least_one_worker_is_needed():
    assert 1 <= cores() <= (os.cpu_count() or 1)
    for workers in (0, -1):
        with pytest.raises(SettingError, match="at least 1"):
            Processes(workers)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://here"])
def test_a_scheduler_that_does_not_answer_is_said(monkeypatch, address):
    pytest.importorskip("distributed", reason="needs the scale extra")
    monkeypatch.setattr("remnant.scale.pools.PATIENCE", "300ms")
    with pytest.raises(SettingError, match="no answer from"):
        Dask(address).map(operator.neg, [1])


def test_an_engine_is_asked_for_by_name():
    assert executor("serial") == Serial()
    assert executor("processes") == Processes()
    assert executor("dask") == Dask()
    assert executor("dask=tcp://10.0.0.5:8786") == Dask("tcp://10.0.0.5:8786")


@pytest.mark.parametrize("name", ["", "Serial", "dask=", "daskx", "processes=4", "serial=1"])
def test_an_unknown_engine_lists_the_known_ones(name):
    with pytest.raises(SettingError, match="serial, processes, dask or dask=ADDRESS"):
        executor(name)


def test_an_engine_without_its_extra_says_what_to_install(monkeypatch):
    monkeypatch.setattr("remnant.scale.executors.find_spec", lambda _: None)
    with pytest.raises(SettingError, match="scale extra"):
        executor("dask")
