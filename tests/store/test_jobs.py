"""A queue that loses nothing: one worker for each job, and an end that is said once, on either database."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from remnant.errors import Fault, NotHere
from remnant.store.clock import ago
from remnant.store.database import hours
from remnant.store.database.tables import jobs as table
from remnant.store.house import open_store
from remnant.store.queue import jobs as queue
from remnant.store.queue.silence import revive
from remnant.store.trail.audit import entries, verify_chain

SLIP = Fault("fish.csv", 7, "nuclei_abnormal", "412", "0 to nuclei_scored", "swapped?")


def ask(store, number=0, who="anna", **more):
    asked = {"kind": "analyse", "study": None, "revision": None, "arguments": {"seed": number}}
    return queue.submit(store, who=who, **asked | more)


def silent(store, job, seconds):
    """Have the worker of a job fall silent so many seconds ago."""
    with store.begin() as connection:
        since = ago(timedelta(seconds=seconds))
        connection.execute(update(table).where(table.c.id == job.id).values(heartbeat=since))


def trail(store):
    """The changes of state, the oldest first."""
    return [(e.who, e.action, e.old, e.new) for e in reversed(entries(store)) if e.new or e.old]


def test_a_job_waits_runs_and_is_done_and_the_trail_says_who_did_what(store):
    job = ask(store)
    assert (job.state, job.by, job.arguments, job.attempts) == ("waiting", "anna", {"seed": 0}, 0)
    held = queue.claim(store, "w1")
    assert (held.id, held.state, held.worker, held.attempts) == (job.id, "running", "w1", 1)
    assert queue.beat(store, held, "w1", done=3, total=12, label="counting cells")
    assert queue.finish(store, held, "w1", {"kept": 5})
    ended = queue.job_called(store, job.id)
    assert (ended.state, ended.result, ended.done, ended.total) == ("done", {"kept": 5}, 12, 12)
    assert ended.created <= ended.started <= ended.ended
    assert [line for line in trail(store) if line[3] != '{"seed": 0}'] == [
        ("anna", "ask for job", "", "waiting"),
        ("w1", "start job", "waiting", "running"),
        ("w1", "finish job", "running", "done"),
    ]
    assert verify_chain(store) == ()


def test_the_same_question_is_one_job_until_it_has_ended(store):
    first = ask(store)
    assert ask(store, who="ben").id == first.id
    assert ask(store, 1).id != first.id
    assert ask(store, kind="fit").id != first.id
    queue.claim(store, "w1")
    assert ask(store).id == first.id
    queue.finish(store, first, "w1", {})
    assert ask(store).id != first.id


def test_jobs_are_taken_in_the_order_in_which_they_were_asked_for(store):
    asked = [ask(store, number).id for number in range(4)]
    assert [queue.claim(store, "w").id for _ in asked] == asked
    assert queue.claim(store, "w") is None


def test_no_two_workers_ever_hold_one_job(tmp_path, database):
    """Eight workers, each with connections of its own, take forty jobs at once."""
    store = open_store(tmp_path / "home", database)
    asked = {ask(store, number).id for number in range(40)}

    def work(name):
        own = open_store(tmp_path / "home", database)
        mine = []
        while (job := queue.claim(own, name)) is not None:
            mine.append(job.id)
            assert queue.finish(own, job, name, {"by": name})
        own.close()
        return mine

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(work, [f"w{n}" for n in range(8)]))
    assert sorted(number for mine in taken for number in mine) == sorted(asked)
    for name, mine in zip([f"w{n}" for n in range(8)], taken, strict=True):
        assert all(queue.job_called(store, number).result == {"by": name} for number in mine)
    assert verify_chain(store) == ()
    store.close()


def test_only_the_worker_that_holds_a_job_speaks_of_it(store):
    job = ask(store)
    assert not queue.beat(store, job, "w1", done=1, total=2, label="")  # nobody holds it yet
    queue.claim(store, "w1")
    before = queue.job_called(store, job.id), entries(store)
    assert not queue.beat(store, job, "w2", done=1, total=2, label="")
    assert not queue.finish(store, job, "w2", {})
    assert not queue.fail(store, job, "w2", [SLIP])
    assert not queue.give_back(store, job, "w2", why="", counts=True)
    assert (queue.job_called(store, job.id), entries(store)) == before


def test_a_cancelled_job_is_noticed_at_the_next_heartbeat_and_cannot_be_finished(store):
    job = ask(store)
    queue.claim(store, "w1")
    assert queue.cancel(store, job, "ben").state == "cancelled"
    assert not queue.beat(store, job, "w1", done=1, total=2, label="")
    assert not queue.finish(store, job, "w1", {"kept": 1})
    ended = queue.job_called(store, job.id)
    assert (ended.state, ended.result) == ("cancelled", None)
    assert trail(store)[-1] == ("ben", "cancel job", "running", "cancelled")


def test_a_job_that_waits_can_be_cancelled_and_one_that_ended_stays_as_it_ended(store):
    job = ask(store)
    queue.cancel(store, job, "anna")
    assert queue.claim(store, "w1") is None
    count = len(entries(store))
    assert queue.cancel(store, job, "ben").state == "cancelled"
    assert len(entries(store)) == count


def test_faults_are_kept_with_their_place(store):
    job = ask(store)
    queue.claim(store, "w1")
    queue.fail(store, job, "w1", [SLIP, SLIP])
    assert queue.job_called(store, job.id).faults == (SLIP, SLIP)


def test_a_silent_worker_loses_its_job_to_the_next(store):
    job = ask(store)
    queue.claim(store, "w1")
    assert revive(store) == ()
    silent(store, job, 31)
    (back,) = revive(store)
    assert (back.state, back.worker, back.attempts) == ("waiting", None, 1)
    assert not queue.beat(store, job, "w1", done=1, total=2, label="")  # it wakes up too late
    again = queue.claim(store, "w2")
    assert (again.id, again.attempts) == (job.id, 2)
    assert not queue.finish(store, job, "w1", {"of": "w1"})
    assert queue.finish(store, job, "w2", {"of": "w2"})
    assert queue.job_called(store, job.id).result == {"of": "w2"}


def test_five_attempts_that_bring_nothing_new_end_a_job_and_say_so(store):
    job = ask(store)
    for attempt in range(1, queue.ATTEMPTS + 1):
        assert queue.claim(store, "w").attempts == attempt
        queue.beat(store, job, "w", done=0, total=9, label="counting")
        silent(store, job, 60)
        (now,) = revive(store)
    assert now.state == "failed"
    (fault,) = now.faults
    assert f"job {job.id}" in fault.source
    assert "5 attempts in a row" in fault.found
    assert "go" in fault.hint
    assert queue.claim(store, "w") is None


def test_a_job_that_comes_further_each_time_may_be_killed_as_often_as_it_likes(store):
    job = ask(store)
    for done in range(1, 21):
        queue.claim(store, "w")
        assert queue.beat(store, job, "w", done=done, total=30, label="counting")
        silent(store, job, 60)
        (now,) = revive(store)
        assert (now.state, now.done) == ("waiting", done)


def test_what_was_reached_does_not_fall_when_an_attempt_begins_again(store):
    job = ask(store)
    queue.claim(store, "w")
    queue.beat(store, job, "w", done=7, total=12, label="counting")
    queue.give_back(store, job, "w", why="a restart", counts=False)
    queue.claim(store, "w")
    queue.beat(store, job, "w", done=0, total=0, label="reading the study")
    now = queue.job_called(store, job.id)
    assert (now.done, now.total, now.label) == (7, 7, "reading the study")


def test_a_worker_that_is_asked_to_stop_costs_no_attempt(store):
    job = ask(store)
    for _ in range(3 * queue.ATTEMPTS):
        assert queue.claim(store, "w").attempts == 1
        assert queue.give_back(store, job, "w", why="its worker was asked to stop", counts=False)
    assert queue.job_called(store, job.id).state == "waiting"


@pytest.mark.parametrize("number", [0, -1, 99, 2**63, 10**30])
def test_a_number_of_no_job_is_not_here(store, number):
    with pytest.raises(NotHere) as error:
        queue.job_called(store, number)
    assert str(number) in str(error.value)


def test_jobs_are_listed_the_latest_first_by_study_and_by_state(store):
    one, two, three = (ask(store, number) for number in range(3))
    queue.claim(store, "w")
    assert [job.id for job in queue.jobs(store)] == [three.id, two.id, one.id]
    assert [job.id for job in queue.jobs(store, limit=1)] == [three.id]
    assert [job.id for job in queue.jobs(store, before=three.id)] == [two.id, one.id]
    assert [job.id for job in queue.jobs(store, state="running")] == [one.id]
    assert queue.jobs(store, study=1) == ()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "claim", "beat", "finish", "fail", "cancel", "stop", "kill"]),
        st.integers(0, 2),
    ),
    max_size=40,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_each_job_ends_once_and_the_trail_tells_how(tmp_path_factory, steps):
    """Any order of wishes, by three workers, some of whom are killed."""
    store = open_store(tmp_path_factory.mktemp("store") / "home")
    for what, who in steps:
        worker, known = f"w{who}", queue.jobs(store)
        job = known[who % len(known)] if known else None
        if what == "ask":
            ask(store, who)
        elif what == "claim":
            queue.claim(store, worker)
        elif job is None:
            continue
        elif what == "beat":
            queue.beat(store, job, worker, done=1, total=2, label="")
        elif what == "finish":
            queue.finish(store, job, worker, {})
        elif what == "fail":
            queue.fail(store, job, worker, [SLIP])
        elif what == "cancel":
            queue.cancel(store, job, "anna")
        elif what == "stop":
            queue.give_back(store, job, worker, why="", counts=False)
        else:
            silent(store, job, 99) if job.state == "running" else None
            revive(store)
    told = {}
    for entry in reversed(entries(store, limit=1000)):
        if "arguments" in entry.what:
            continue
        number = int(entry.what.split()[1])
        assert told.get(number, "") == entry.old  # each begins where the one before ended
        assert entry.old not in ("done", "failed", "cancelled")
        told[number] = entry.new
    assert told == {job.id: job.state for job in queue.jobs(store)}
    assert verify_chain(store) == ()
    store.close()


def test_arguments_and_labels_of_any_script_come_back_as_they_were(store):
    words = {"title": "Étude Ω 研究 \U0001f9ec \x00 \"'", "none": None, "yes": True, "many": 0.1}
    job = ask(store, arguments=words)
    assert job.arguments == words
    assert json.loads(json.dumps(dict(queue.job_called(store, job.id).arguments))) == words


def test_a_job_fails_with_the_name_of_a_file_that_is_no_text(store):
    ask(store)
    job = queue.claim(store, "w")
    assert queue.fail(store, job, "w", [Fault("fcs/\udcff.fcs", None, "", "x", "y", "z")])
    assert queue.job_called(store, job.id).faults[0].source == "fcs/\udcff.fcs"


def test_a_worker_whose_clock_is_slow_keeps_its_job(store, monkeypatch):
    if store.engine.dialect.name == "sqlite":
        pytest.skip("an embedded database is of one machine, which has one clock")
    slow = ago(timedelta(hours=1))
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(queue, "now", lambda: slow)
        elsewhere.setattr(hours, "now", lambda: slow)
        ask(store)
        job = queue.claim(store, "w")
        queue.beat(store, job, "w", done=1, total=2, label="")
    assert revive(store) == ()
    silent(store, job, 60)
    assert [one.state for one in revive(store)] == ["waiting"]
