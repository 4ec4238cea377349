"""The whole server killed while people write and a job runs: what was acknowledged is there."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import httpx
import pytest
from tests.service.conftest import small_study  # noqa: F401 -- a fixture

from remnant.service.work.worker import work_until_stopped
from remnant.store.backup.verify import verify
from remnant.store.files.checkout import checkout
from remnant.store.files.trees import put_folder
from remnant.store.house import open_store
from remnant.store.queue import jobs as queue
from remnant.store.queue.silence import revive
from remnant.store.studies.drafts import drafts
from remnant.store.studies.results import kept
from remnant.store.studies.studies import all_studies, create_study, study_called
from remnant.store.trail.audit import entries

PATIENCE_S = 240
SAMPLE = "P2-d0"
TINY = {
    "study.toml": b'[study]\ntitle = "Tiny"\nsynthetic = true\n',
    "patients.csv": b"patient_id\nA\n",
    "samples.csv": b"sample_id,patient_id,day,material\nA-0,A,0,marrow\n",
}
ANALYSE = {"kind": "analyse", "arguments": {"seed": 12, "forecast": "no"}}


class Server:
    """`remnant serve` in a process of its own."""

    def __init__(self, home):
        command = ["serve", "--home", str(home), "--port", "0", "--no-open"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "remnant", *command],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
        )  # fmt: skip
        self.address = re.search(r"http://\S+?:\d+", self.process.stdout.readline())[0]

    def end(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait()
        self.process.stdout.close()


class Person:
    """Somebody who writes without pause, and knows what the server has acknowledged."""

    def __init__(self, address, name):
        self.client = httpx.Client(base_url=address, timeout=60)
        self.name, self.number, self.answers = name, 0, []
        self.rows, self.drafts, self.studies = [], [], []
        self.client.headers["X-CSRF"] = self.client.get("/api/v1/session").json()["csrf"]

    def write(self):
        with suppress(httpx.TransportError):  # the server is gone: the last request was not acknowledged
            while True:
                self.number += 1
                (self.add_row, self.add_row, self.bring_draft, self.bring_study)[self.number % 4]()

    def add_row(self):
        name = f"{self.name}-{self.number}"
        row = {"sample_id": SAMPLE, "name": name, "value": self.number, "unit": "U/l"}
        answer = self.client.post("/api/v1/studies/small/tables/biomarkers/rows", json={"rows": [row]})
        self._told(answer, 201, self.rows, name)

    def bring_draft(self):
        files = [("files", ("samples.csv", f"sample_id\n{self.name}-{self.number}\n".encode()))]
        answer = self.client.post("/upload", files=files)
        self._told(answer, 303, self.drafts, int(answer.headers.get("location", "/0").split("/")[-1]))

    def bring_study(self):
        files = [("files", (name, data)) for name, data in TINY.items()]
        answer = self.client.post(
            "/api/v1/studies", files=files, data={"title": f"{self.name} {self.number}"}
        )
        self._told(answer, 201, self.studies, f"{self.name} {self.number}")

    def _told(self, answer, status, acknowledged, what):
        self.answers.append(answer.status_code)
        if answer.status_code == status:
            acknowledged.append(what)


def shelf(home, folder):
    store = open_store(home)
    create_study(store, who="anna", title="Small", tree=put_folder(store, folder), synthetic=True)
    return store


@pytest.fixture(scope="module")
def expected(small_study, tmp_path_factory):  # noqa: F811 -- a fixture
    """The result of the job where nobody is killed, and how long it takes."""
    store = shelf(tmp_path_factory.mktemp("undisturbed") / "home", small_study)
    began = time.monotonic()
    queue.submit(store, who="anna", study=1, revision=1, **ANALYSE)
    assert work_until_stopped(store, "w", stop=threading.Event(), once=True, engine="serial") == 1
    seconds = time.monotonic() - began
    (there,) = kept(store, study_called(store, "small"))
    findings = (checkout(store, there.tree) / "findings.json").read_bytes()
    store.close()
    return there.tree, findings, seconds


def until(true, what):
    for _ in range(PATIENCE_S * 20):
        if found := true():
            return found
        time.sleep(0.05)
    return pytest.fail(f"never: {what}")


def write_and_be_killed(store, people, moment, *, worker_too):
    """Serve, ask for the job, let all write; at a moment the server is killed, perhaps its worker too."""
    server = Server(store.home)
    try:
        present = [Person(server.address, f"{name}{len(people)}") for name in ("ben", "eva")]
        job = queue.submit(store, who="anna", study=1, revision=1, **ANALYSE).id
        threads = [threading.Thread(target=person.write) for person in present]
        for thread in threads:
            thread.start()
        until(lambda: queue.job_called(store, job).state != "waiting", "the job is taken")
        time.sleep(moment)
        held = queue.job_called(store, job)
        if worker_too and held.state == "running":
            with suppress(ProcessLookupError):
                os.kill(int(held.worker.rsplit("-", 2)[1]), signal.SIGKILL)
    finally:
        server.end()
    for thread in threads:
        thread.join()
    people += present
    return job


def is_whole(store, people):
    """Every file and row is as it was kept, and what anybody was told is kept is there, with its entry."""
    assert verify(store).faults == ()
    record = study_called(store, "small")
    there = (checkout(store, record.tree) / "biomarkers.csv").read_text()
    titles = {study.title for study in all_studies(store)}
    numbers = {draft.id for draft in drafts(store)}
    trail = entries(store, limit=100_000)
    for person in people:
        assert set(person.answers) <= {201, 303}, person.answers
        for name in person.rows:
            assert f",{name}," in there
            assert any(entry.new == name for entry in trail)
        assert set(person.studies) <= titles
        assert set(person.drafts) <= numbers
        assert {f"draft {number}" for number in person.drafts} <= {entry.what for entry in trail}
    rows = [line for line in there.splitlines() if line.startswith(SAMPLE)]
    assert len(rows) == len(set(rows)) == record.head - 1  # a revision for each row, and none lost or doubled


def goes_on(store, job, expected):
    """Serve again: the job ends, with the result of an undisturbed run."""
    revive(store, 0.0)  # what 30 s of silence would do
    server = Server(store.home)
    try:
        until(lambda: queue.job_called(store, job).ended, "the job ends")
        assert httpx.get(f"{server.address}/s/small", timeout=60).status_code == 200
    finally:
        server.end(signal.SIGTERM)
    tree, findings, _ = expected
    done = queue.job_called(store, job)
    assert (done.state, done.faults) == ("done", ())
    (there,) = kept(store, study_called(store, "small"))
    assert there.tree == tree
    assert (checkout(store, there.tree) / "findings.json").read_bytes() == findings
    states = [
        entry.new for entry in reversed(entries(store, limit=100_000)) if entry.what == f"job {job} analyse"
    ]
    assert (states[0], states[-1]) == ("waiting", "done")
    assert set(states[1:-1]) <= {"running", "waiting"}


@pytest.mark.slow
def test_a_server_killed_twice_while_people_write_loses_nothing(tmp_path, small_study, expected):  # noqa: F811
    store, people, chance = shelf(tmp_path / "home", small_study), [], random.Random(20100909)
    for worker_too in (False, True):
        moment = chance.uniform(0, min(expected[2], 3.0))
        job = write_and_be_killed(store, people, moment, worker_too=worker_too)
        is_whole(store, people)
    assert sum(len(person.rows) for person in people) > 3
    goes_on(store, job, expected)
    assert verify(store).faults == ()
    store.close()


@pytest.mark.slow
def test_twenty_random_moments_of_the_whole_server(tmp_path, small_study, expected):  # noqa: F811
    chance = random.Random(9)
    for number in range(20):
        store, people = shelf(tmp_path / f"home-{number}", small_study), []
        moment = chance.uniform(0, 1.2 * expected[2])
        job = write_and_be_killed(store, people, moment, worker_too=bool(number % 2))
        is_whole(store, people)
        goes_on(store, job, expected)
        is_whole(store, people)
        store.close()
