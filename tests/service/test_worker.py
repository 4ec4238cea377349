"""Work that survives everything: workers and servers that are killed, jobs that crash, people who cancel."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from remnant.service.work import process, workers
from remnant.service.work import worker as worker_module
from remnant.service.work.kinds import ANALYSE
from remnant.service.work.worker import work_until_stopped
from remnant.store.files.trees import checkout, tree_files
from remnant.store.house import open_store
from remnant.store.queue import jobs as queue
from remnant.store.queue.silence import revive
from remnant.store.studies.results import kept
from remnant.store.trail.audit import entries, verify_chain

PATIENCE_S = 240


def ask(store, record, **more):
    asked = {"kind": "analyse", "study": record.id, "revision": record.head}
    asked["arguments"] = {field.name: field.default or None for field in ANALYSE.fields}
    return queue.submit(store, who="anna", **asked | more)


def until(true, what):
    """Wait until something is true, and say what when it never is."""
    for _ in range(PATIENCE_S * 20):
        if found := true():
            return found
        time.sleep(0.05)
    return pytest.fail(f"never: {what}")


def gone(number):
    """Whether a process has ended; one that nobody has waited for yet has."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def script(monkeypatch, tmp_path):
    """Have a few lines stand in for the process of a job; it writes its number into a file."""

    def stand_in(lines):
        pids = str(tmp_path / "pids")
        note = f"import os, sys, time, signal, json\nopen({pids!r}, 'a').write(f'{{os.getpid()}} ')"
        monkeypatch.setattr(process, "PROGRAM", ("-c", f"{note}\n{lines}"))

    return stand_in


@pytest.fixture
def at_work():
    """Run a worker in a thread; what comes back stops it and waits for it."""
    stop, threads = threading.Event(), []

    def begin(store, **options):
        thread = threading.Thread(
            target=work_until_stopped, args=(store, "w1"), kwargs={"stop": stop, **options}
        )
        thread.start()
        threads.append(thread)
        return stop

    yield begin
    stop.set()
    for thread in threads:
        thread.join()


def pids(tmp_path):
    return [int(number) for number in (tmp_path / "pids").read_text().split()]


def test_a_job_that_brings_down_its_interpreter_ends_after_five_tries_and_takes_no_other_with_it(
    shelf, script, tmp_path
):
    store, record = shelf()
    script(
        "if int(sys.argv[2]) == 1: os.kill(os.getpid(), signal.SIGSEGV)\n"
        "print(json.dumps({'result': {'kept': 7}}))"
    )
    bad = ask(store, record)
    good = ask(store, record, kind="report", arguments={"figures": False})
    assert work_until_stopped(store, "w1", stop=threading.Event(), once=True) == 1
    bad, good = queue.job_called(store, bad.id), queue.job_called(store, good.id)
    assert (good.state, good.result) == ("done", {"kept": 7})
    assert bad.state == "failed"
    assert "SIGSEGV" in bad.faults[0].found
    assert len(pids(tmp_path)) == queue.ATTEMPTS + 1


def test_a_cancelled_job_ends_within_a_heartbeat_and_its_process_with_it(shelf, script, at_work, tmp_path):
    store, record = shelf()
    script("time.sleep(999)")
    job = ask(store, record)
    at_work(store)
    until(lambda: (tmp_path / "pids").exists() and pids(tmp_path), "the job began")
    queue.cancel(store, job, "ben")
    asked = time.monotonic()
    until(lambda: gone(pids(tmp_path)[0]), "its process ended")
    assert time.monotonic() - asked < 20 * worker_module.BEAT_S  # a busy machine is no failure
    assert queue.job_called(store, job.id).state == "cancelled"


def test_a_long_step_does_not_look_dead_and_a_worker_asked_to_stop_gives_its_job_back(
    shelf, script, at_work, tmp_path
):
    store, record = shelf()
    script("time.sleep(999)")
    job = ask(store, record)
    stop = at_work(store)
    beats = set()
    until(lambda: beats.add(queue.job_called(store, job.id).heartbeat) or len(beats - {None}) > 4, "beats")
    assert revive(store, 20.0) == ()
    stop.set()
    back = until(lambda: (j := queue.job_called(store, job.id)).state == "waiting" and j, "it is given back")
    assert back.attempts == 0
    assert gone(pids(tmp_path)[0])


def test_progress_reaches_the_database_and_what_a_library_prints_is_no_word_of_the_job(
    shelf, script, at_work
):
    store, record = shelf()
    script(
        "print('a library says hello')\n"
        "print(json.dumps({'done': 3, 'total': 12, 'label': 'counting cells'}), flush=True)\ntime.sleep(999)"
    )
    job = ask(store, record)
    at_work(store)
    seen = until(lambda: (j := queue.job_called(store, job.id)).done and j, "progress")
    assert (seen.done, seen.total, seen.label) == (3, 12, "counting cells")


def test_a_database_that_does_not_answer_for_a_while_ends_no_work(shelf, script, monkeypatch):
    store, record = shelf()
    script("time.sleep(3)\nprint(json.dumps({'result': {'kept': 1}}))")
    job, calls = ask(store, record), []
    for name in ("beat", "finish"):
        there = getattr(worker_module, name)

        def broken(*args, there=there, **more):
            calls.append(1)
            if len(calls) in (1, 2, 4):
                raise OSError("server closed the connection unexpectedly")
            return there(*args, **more)

        monkeypatch.setattr(worker_module, name, broken)
    monkeypatch.setattr(worker_module, "AGAIN_S", 0.05)
    assert work_until_stopped(store, "w1", stop=threading.Event(), once=True) == 1
    assert queue.job_called(store, job.id).state == "done"


def test_what_nobody_has_gone_on_with_for_a_month_is_forgotten(shelf):
    store, _ = shelf()
    for name, days in (("old", 31), ("new", 29)):
        folder = store.home / "work" / name
        folder.mkdir(parents=True)
        since = time.time() - days * 86_400
        os.utime(folder, (since, since))
    worker_module.forget(store)
    assert [folder.name for folder in (store.home / "work").iterdir()] == ["new"]


# Killed for good

SERVER = """
import sys, time
from pathlib import Path
from remnant.service.work.workers import start_workers
start_workers(Path(sys.argv[1]), sys.argv[2] or None, 1)
time.sleep(9999)
"""


def begin(home, url, what):
    """Start a worker, or what stands for a server with one."""
    more = {"env": process.environment(url), "start_new_session": True, "stderr": subprocess.DEVNULL}
    if what == "server":
        return subprocess.Popen([sys.executable, "-c", SERVER, str(home), url or ""], **more)
    command = [sys.executable, "-m", "remnant", "worker", "--home", str(home), "--engine", "serial"]
    return subprocess.Popen([*command, "--silent", "2"], stdout=subprocess.DEVNULL, **more)


def kill(started):
    os.kill(started.pid, signal.SIGKILL)
    started.wait()


def killed_and_resumed(shelf, name, url, what, moment):
    """Ask for an analysis, kill whoever does it at a moment, and let another go on."""
    store, record = shelf(name, url)
    job = ask(store, record)
    first = begin(store.home, url, what)
    try:
        held = until(lambda: (j := queue.job_called(store, job.id)).state != "waiting" and j, "it is taken")
        time.sleep(moment)
    finally:
        kill(first)
    until(lambda: gone(int(held.worker.rsplit("-", 2)[1])), "a worker ends with its server")
    state = queue.job_called(store, job.id).state
    second = begin(store.home, url, "worker")
    try:
        until(lambda: queue.job_called(store, job.id).ended, "it ends")
    finally:
        second.terminate()
        second.wait()
    return store, record, job, state


def is_whole(store, record, job, expected):
    """The result is that of an undisturbed run, there is one, and the trail tells all of it."""
    ended = queue.job_called(store, job.id)
    assert (ended.state, ended.faults) == ("done", ())
    (there,) = kept(store, record)
    assert ended.result == {"kept": there.id, "kind": "analysis"}
    assert there.tree == expected.tree
    assert (checkout(store, there.tree) / "findings.json").read_bytes() == expected.findings
    assert verify_chain(store) == ()
    states = [e.new for e in reversed(entries(store, limit=1000)) if e.what == f"job {job.id} analyse"]
    assert states[0] == "waiting"
    assert states[-1] == "done"
    assert set(states[1:-1:2]) == {"running"}
    assert set(states[2:-1:2]) <= {"waiting"}
    if store.engine.dialect.name == "sqlite":
        with store.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert not list((store.home / "work").iterdir())


class Undisturbed:
    """What a run brings that nobody kills, and how long it takes."""

    def __init__(self, store, record):
        job, started = ask(store, record), time.monotonic()
        assert work_until_stopped(store, "w", stop=threading.Event(), once=True, engine="serial") == 1
        self.seconds = time.monotonic() - started
        assert queue.job_called(store, job.id).state == "done"
        (there,) = kept(store, record)
        self.tree = there.tree
        self.findings = (checkout(store, there.tree) / "findings.json").read_bytes()
        assert "findings.json" in tree_files(store, there.tree)


def test_a_killed_job_resumes_and_its_answer_is_that_of_an_undisturbed_run(shelf):
    """Worker and server, each at a moment of its own; both at once, for the time is mostly waiting."""
    expected = Undisturbed(*shelf("undisturbed"))
    chance, answers = random.Random(20100909), {}

    def one(number, what, moment):
        answers[number] = killed_and_resumed(shelf, f"home-{number}", None, what, moment)

    moments = [chance.uniform(0, expected.seconds) for _ in range(2)]
    threads = [
        threading.Thread(target=one, args=(number, what, moment))
        for number, (what, moment) in enumerate(zip(("worker", "server"), moments, strict=True))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 2
    for store, record, job, _ in answers.values():
        is_whole(store, record, job, expected)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["worker", "server"])
def test_twenty_random_moments(shelf, database, request, what):
    """Killed at twenty moments on each database: what was running goes on, and nothing is lost or doubled."""
    expected = Undisturbed(*shelf("undisturbed"))
    chance, caught = random.Random(f"{what} {database is None}"), 0
    for number in range(20):
        url = None if database is None else request.getfixturevalue("fresh_postgresql")()
        moment = chance.uniform(0, 1.2 * expected.seconds)
        store, record, job, state = killed_and_resumed(shelf, f"home-{number}", url, what, moment)
        is_whole(store, record, job, expected)
        caught += state != "done"
    assert caught >= 10  # most moments were within the job


@pytest.mark.slow
def test_one_job_killed_again_and_again_still_ends(shelf):
    """The same job, killed each time that it has come further."""
    expected = Undisturbed(*shelf("undisturbed"))
    store, record = shelf()
    job, kills = ask(store, record), 0

    def further(reached):
        now = queue.job_called(store, job.id)
        return now.ended or (now.state == "running" and now.done > reached)

    while not (now := queue.job_called(store, job.id)).ended:
        started = begin(store.home, None, "worker")
        until(lambda: further(now.done if kills else -1), "it comes further")  # noqa: B023 -- asked at once
        kill(started)
        kills += 1
    assert kills > 2
    is_whole(store, record, job, expected)


def test_a_worker_that_dies_is_put_back_and_all_end_when_they_are_stopped(shelf):
    store, _ = shelf()
    with_server = workers.start_workers(store.home, None, 2)
    first = list(with_server.processes)
    kill(first[0])
    now = until(lambda: (p := with_server.processes) != first and p, "it is put back")
    assert now[1] is first[1]
    with_server.stop()
    assert all(process.returncode is not None for process in now)


def test_the_command_does_what_waits_and_says_how_much(shelf, tmp_path):
    store, record = shelf()
    ask(store, record, kind="report", arguments={"figures": False})
    command = [sys.executable, "-m", "remnant", "worker", "--home", str(store.home), "--once", "--json"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(shown.stdout) == {"jobs": 1}
    (ended,) = queue.jobs(store)
    assert ended.state == "failed"
    assert "run Analyse first" in ended.faults[0].hint


def test_a_store_opened_elsewhere_sees_how_far_a_job_is(shelf):
    """The browser may be closed: how far a job is stands in the database and nowhere else."""
    store, record = shelf()
    job = ask(store, record)
    held = queue.claim(store, "w")
    queue.beat(store, held, "w", done=4, total=9, label="counting cells")
    other = open_store(store.home)
    assert queue.job_called(other, job.id) == queue.job_called(store, job.id)
    other.close()
