"""A worker that is silent is told from a clock that was set, by whoever looks."""

import datetime as real
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remnant.store import clock as wall_clock
from remnant.store.clock import now
from remnant.store.queue import jobs as queue
from remnant.store.queue.silence import CERTAIN_S, SILENT_S, Silence

HOUR = 3600.0
NOON = real.datetime(2026, 1, 31, 12, tzinfo=real.UTC)


class Clocks:
    """Time that passes only when told: the wall's, which can be set, and that of whoever looks."""

    def __init__(self):
        self.passed, self.set_by = 0.0, 0.0

    def now(self, _zone):
        return NOON + real.timedelta(seconds=self.passed + self.set_by)

    def passes(self, seconds):
        self.passed += seconds


@pytest.fixture
def clocks(monkeypatch):
    """Clocks of our own."""
    ours = Clocks()
    monkeypatch.setattr(wall_clock, "datetime", ours)
    return ours


@pytest.fixture
def held(store, clocks):
    """A job that a worker holds, and a function that looks for silence."""
    queue.submit(store, who="anna", kind="analyse", study=None, revision=None, arguments={})
    job, silence = queue.claim(store, "w1"), Silence(clock=lambda: clocks.passed)
    return job, lambda: queue.revive(store, silence)


def beats(store, job, clocks, look, seconds):
    """The worker lives for so long, while another looks twice between its heartbeats."""
    for _ in range(int(seconds)):
        clocks.passes(0.5)
        assert look() == ()
        clocks.passes(0.5)
        assert look() == ()
        assert queue.beat(store, job, "w1", done=0, total=9, label="counting")


@pytest.mark.parametrize("set_by", [HOUR, -HOUR, 40 * 24 * HOUR, 31.0, -31.0, 0.0])
def test_a_clock_that_is_set_takes_no_job_from_a_worker_that_lives(store, clocks, held, set_by):
    job, look = held
    beats(store, job, clocks, look, 10)
    clocks.set_by = set_by
    beats(store, job, clocks, look, 2 * SILENT_S)
    assert queue.finish(store, job, "w1", {})


@pytest.mark.parametrize("set_by", [HOUR, -HOUR, 0.0])
def test_a_job_of_a_worker_that_was_killed_goes_on_though_the_clock_was_set(store, clocks, held, set_by):
    """Set back, its last heartbeat lies in the future: nobody waits for that hour to come again."""
    _, look = held
    clocks.set_by = set_by
    waited = 0.0
    while not (back := look()):
        clocks.passes(0.5)
        waited += 0.5
        assert waited <= SILENT_S + CERTAIN_S
    assert back[0].state == "waiting"
    assert waited >= CERTAIN_S
    assert queue.claim(store, "w2").attempts == 2


def test_who_looks_for_the_first_time_at_an_old_heartbeat_has_an_answer_in_seconds(store, clocks, held):
    _, look = held
    clocks.passes(HOUR)  # the server was killed, and is started again
    assert look() == ()
    clocks.passes(CERTAIN_S - 0.1)
    assert look() == ()
    clocks.passes(0.1)
    assert [job.state for job in look()] == ["waiting"]


def test_what_is_heard_between_the_look_and_the_taking_counts(store, clocks, held, monkeypatch):
    job, look = held
    clocks.passes(HOUR)
    assert look() == ()
    clocks.passes(CERTAIN_S)
    silent = Silence.among

    def late(self, running):
        found = silent(self, running)
        clocks.passes(0.1)
        assert queue.beat(store, job, "w1", done=1, total=9, label="counting")
        return found

    monkeypatch.setattr(Silence, "among", late)
    assert look() == ()
    assert queue.finish(store, job, "w1", {})


HELD = queue.Job(
    1, "fit", None, None, {}, "running", "anna", "", None, None, "w1", None, 1, 0, 0, "", None, ()
)  # fmt: skip
MOMENTS = st.lists(st.tuples(st.floats(0.1, 4.0), st.floats(-1e7, 1e7) | st.just(0.0)), max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=MOMENTS, skew=st.floats(-1e6, 1e6), at_the_end=st.floats(-1e7, 1e7))
def test_no_setting_of_clocks_hides_a_dead_worker_or_buries_one_that_lives(clocks, moments, skew, at_the_end):
    """Machines whose clocks differ, and are set again and again."""
    clocks.passed = clocks.set_by = 0.0
    silence = Silence(clock=lambda: clocks.passed)

    def heard(job):
        """A heartbeat, by the clock of the worker's own machine."""
        clocks.set_by += skew
        job = replace(job, heartbeat=now())
        clocks.set_by -= skew
        return job

    job = heard(HELD)
    for passes, set_by in moments:
        clocks.passes(passes)
        clocks.set_by = set_by
        assert silence.among((job,)) == ()
        job = heard(job)
    clocks.set_by = at_the_end  # it is dead from here on
    assert silence.among((job,)) == ()
    clocks.passes(SILENT_S + 0.001)
    assert silence.among((job,)) == (job,)
    assert not silence.doubts
