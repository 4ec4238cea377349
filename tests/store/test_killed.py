"""A process that is killed in the middle of its work leaves a store in which nothing is half."""

import itertools
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from remnant.store.backup.verify import verify
from remnant.store.files.trees import checkout, put_tree, tree_files
from remnant.store.house import open_store
from remnant.store.queue.jobs import claim, finish, job_called, revive, submit
from remnant.store.queue.silence import Silence
from remnant.store.studies.results import kept
from remnant.store.studies.studies import all_studies, create_study, revisions

# A nursery, so that only one process has to import: for each line that it is told it forks a child that
# makes, revises, keeps and checks out for ever, waits for the child's first study if so told, and kills it a
# moment later. Everything is invented.
NURSERY = """
import itertools, os, signal, sys, tempfile, time
from pathlib import Path
from remnant.store.trail.audit import Change
from remnant.store.house import open_store
from remnant.store.studies.results import keep
from remnant.store.studies.studies import create_study, revise
from remnant.store.files.trees import checkout, put_folder, replaced_file

def work(home, url, first):
    store = open_store(home, url)
    folder = Path(tempfile.mkdtemp(dir=home.parent))
    for number in itertools.count():
        for name in ("study.toml", "fish.csv", "fcs/S1.fcs"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(os.urandom(20_000))
        study = create_study(store, who="w", title=f"Study {number}", tree=put_folder(store, folder))
        os.write(first, b".")
        for more in range(3):
            tree = replaced_file(store, study.tree, f"note {more}", os.urandom(100))
            changes = [Change("note", "", str(more)), Change("other", "", "")]
            study = revise(store, study, who="w", tree=tree, expected=study.head, changes=changes, why="w")
            checkout(store, tree)
        keep(store, who="w", study=study, revision=study.head, kind="analysis", folder=folder, key="k")

for line in sys.stdin:
    waits, after_s = line.split()
    end, first = os.pipe()
    if (child := os.fork()) == 0:
        work(Path(sys.argv[1]), sys.argv[2] or None, first)
    if waits == "True":
        os.read(end, 1)
    time.sleep(float(after_s))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(end), os.close(first)
    print(os.WTERMSIG(status), flush=True)
"""


@pytest.fixture
def kill(tmp_path, database):
    """Starts the work, and kills it a moment after it began or after its first study."""
    command = [sys.executable, "-c", NURSERY, str(tmp_path / "home"), database or ""]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as nursery:

        def once(*, waits, after_s):
            nursery.stdin.write(f"{waits} {after_s}\n")
            nursery.stdin.flush()
            assert int(nursery.stdout.readline()) == signal.SIGKILL, (
                "it was killed, and did not fail by itself"
            )

        yield once


def test_nothing_is_half_after_kill_9_at_any_moment(tmp_path, database, kill):
    rng, seen = random.Random(7), 0
    for number in range(5 if database is None else 3):
        kill(waits=number % 2 == 1, after_s=rng.uniform(0, 0.2))
        store = open_store(tmp_path / "home", database)
        found = verify(store)  # integrity, every blob, every listing, every foreign key, the audit trail
        assert found.faults == ()
        assert found.studies >= seen, "nothing is lost"
        seen = found.studies
        _whole(store)
        store.close()
    assert seen >= 1


def _whole(store):
    """What the rows speak of is there, and a checkout is all of its tree or nothing."""
    for study in all_studies(store):
        history = revisions(store, study)
        assert [revision.number for revision in history] == list(range(study.head, 0, -1))
        assert study.tree == history[0].tree
        for one in kept(store, study):
            assert tree_files(store, one.tree).keys() == {"study.toml", "fish.csv", "fcs/S1.fcs"}
        folder = checkout(store, study.tree)
        there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        assert there == tree_files(store, study.tree).keys()
    for folder in (store.home / "checkouts").iterdir():
        assert sum(path.is_file() for path in folder.rglob("*")) == len(tree_files(store, folder.name))


@pytest.mark.slow
def test_a_database_server_that_is_killed_loses_nothing_that_it_took(
    tmp_path, fresh_postgresql, kill_cluster
):
    """Three people write and a worker works while PostgreSQL is killed twenty times under their hands."""
    store, chance, over = (
        open_store(tmp_path / "home", fresh_postgresql()),
        random.Random(7),
        threading.Event(),
    )
    taken, refused = [], []
    tree = put_tree(store, {})

    def write(name):
        for number in itertools.count():
            if over.is_set():
                return
            try:
                study = create_study(store, who=name, title=f"{name} {number}", tree=tree, synthetic=True)
                job = submit(store, who=name, kind="fit", study=study.id, revision=1, arguments={})
                taken.append((study.title, job.id))
            except Exception as error:
                refused.append(error)
                time.sleep(0.05)

    def work():
        while not over.is_set():
            with suppress(Exception):
                if (job := claim(store, "w")) is not None:
                    finish(store, job, "w", {})

    threads = [threading.Thread(target=write, args=(name,)) for name in ("anna", "ben", "eva")]
    threads.append(threading.Thread(target=work))
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            time.sleep(chance.uniform(0.05, 0.5))
            before = len(taken)
            kill_cluster()
            for _ in range(600):
                if len(taken) > before + 3:
                    break
                time.sleep(0.1)
            assert len(taken) > before + 3, "they go on"
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert refused, "it was killed under their hands"
    assert verify(store).faults == ()
    assert {title for title, _ in taken} <= {study.title for study in all_studies(store)}
    revive(store, Silence(0.0))
    while (job := claim(store, "w2")) is not None:
        assert finish(store, job, "w2", {})
    assert {job_called(store, number).state for _, number in taken} == {"done"}
    assert verify(store).faults == ()
    store.close()


RUN = """
import sys, time
from pathlib import Path
from tests.store.conftest import guarded
with guarded(Path(sys.argv[1]), "touch", sys.argv[2]):
    print("begun", flush=True)
    time.sleep(999)
"""


def test_a_run_of_these_tests_that_is_killed_leaves_no_database_server(tmp_path):
    folder, stopped = tmp_path / "cluster", tmp_path / "stopped"
    folder.mkdir()
    (folder / "data").touch()
    command = [sys.executable, "-c", RUN, str(folder), str(stopped)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as run:
        assert run.stdout.readline() == b"begun\n"
        run.kill()
    for _ in range(600):
        if not folder.exists():
            break
        time.sleep(0.1)
    assert not folder.exists()
    assert stopped.exists()
