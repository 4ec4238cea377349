"""What people do while the disk is full: each is told so, and nothing is half written.

As a program it does so on a small disk of its own, mounted where only it can see it: `unshare --mount`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.web.conftest import Visitor
from tests.web.furnished import BUSY

from remnant.errors import DiskError
from remnant.service.work.worker import work_until_stopped
from remnant.store.backup.backup import backup
from remnant.store.backup.verify import verify
from remnant.store.database.tables import metadata
from remnant.store.files.trees import export_tree, put_folder
from remnant.store.house import Store, open_store
from remnant.store.queue import jobs as queue
from remnant.store.studies.results import kept
from remnant.store.studies.studies import create_study, study_called

TINY = {
    "study.toml": b'[study]\ntitle = "Tiny"\nsynthetic = true\n',
    "patients.csv": b"patient_id\nA\n",
    "samples.csv": b"sample_id,patient_id,day,material\nA-0,A,0,marrow\n",
}
BIG = 3_000_000  # bytes of a file that is brought: kept on the disk while it comes in
ROOM = 400_000  # bytes in which a row, a draft and a job have room, and a big file and results have none
MB = 1_000_000
_COUNT = count()


def shelf(home: Path, study: Path) -> Store:
    """Open a store with the small study."""
    store = open_store(home)
    create_study(store, who="anna", title="Small", tree=put_folder(store, study), synthetic=True)
    return store


def visitor_of(store: Store) -> Visitor:
    """Return somebody who has the page open."""
    visitor = Visitor(store, BUSY, raise_server_exceptions=False)
    visitor.headers["X-CSRF"] = visitor.word()
    return visitor


def deeds(visitor: Visitor) -> dict[str, Callable[[], Any]]:
    """Return what can be done, by name; each does something new at each call."""
    number = next(_COUNT)
    small = [("files", (name, data)) for name, data in TINY.items()]
    small.append(("files", (f"note-{number}.txt", b"a note")))
    big = [*small, ("files", ("big.bin", os.urandom(BIG)))]
    row = {"sample_id": "P2-d0", "name": f"n{number}", "value": 1, "unit": "U/l"}
    job = {"kind": "analyse", "arguments": {"seed": number, "forecast": "no"}}
    rows, send = "/api/v1/studies/small/tables/biomarkers/rows", {"bare": True}
    return {
        "bring a draft": lambda: visitor.post("/upload", files=small, **send),
        "bring a big file": lambda: visitor.post("/upload", files=big, **send),
        "check a big file": lambda: visitor.post("/api/v1/check", files=big, **send),
        "bring a study": lambda: visitor.post(
            "/api/v1/studies", files=small, data={"title": f"Tiny {number}"}, **send
        ),
        "add a row": lambda: visitor.post(rows, json={"rows": [row]}, **send),
        "ask for a job": lambda: visitor.post("/api/v1/studies/small/jobs", json=job, **send),
    }  # fmt: skip


LARGE = ("bring a big file", "check a big file")
LOOKS = ("/", "/s/small/tables/events", "/s/small/gates", "/s/small/history", "/jobs")


def refused_in_words(name: str, answer: Any) -> None:
    """An answer says that there is no room, and that nothing was kept."""
    assert answer.status_code in (507, 422), (name, answer.status_code, answer.text[-300:])
    words = " ".join(answer.text.split()).lower()
    assert "nothing of it was kept" in words, (name, words[-300:])


def counted(store: Store) -> dict[str, int]:
    """Count the rows of every table that a person's deed writes to."""
    with store.reading() as connection:
        every = [
            table for table in metadata.sorted_tables if table.name not in ("trees", "tree_files", "blobs")
        ]
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in every
        }


def on_a_full_disk(store: Store, visitor: Visitor, names: tuple[str, ...] | None = None) -> None:
    """Do everything: all is refused in words, nothing is left, and what is there can be read."""
    before = counted(store)
    for name, do in deeds(visitor).items():
        if names is None or name in names:
            refused_in_words(name, do())
    assert counted(store) == before
    assert not [path for path in (store.home / "partial").rglob("*") if path.is_file()]
    for address in LOOKS:
        assert visitor.get(address).status_code == 200, address


def with_room_again(store: Store, visitor: Visitor) -> None:
    """The store is whole, and takes everything."""
    assert verify(store).faults == ()
    for name, do in deeds(visitor).items():
        assert do().status_code < 400, name
    assert verify(store).faults == ()


class Disk:
    """A small disk, which can be filled up to so many bytes."""

    def __init__(self, place: Path, megabytes: int):
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
        subprocess.run(command, check=True)
        self.place, self.filler = place, place / "filler"

    def leave(self, free: int | None) -> None:
        """Leave so many bytes free; None leaves all that is not in use."""
        self.filler.unlink(missing_ok=True)
        if free is not None:
            about = os.statvfs(self.place)
            with self.filler.open("wb") as file:
                for _ in range(max(0, about.f_bavail * about.f_frsize - free) // 4096):
                    file.write(b"\0" * 4096)


def job_on_a_full_disk(disk: Disk, store: Store) -> None:
    """A job finds no room: it fails with a word of it, or waits where there is no room for the word."""
    asked = {"study": 1, "revision": 1, "kind": "analyse", "arguments": {"seed": 12, "forecast": "no"}}
    study, stop = study_called(store, "small"), threading.Event()
    for other in queue.jobs(store, state="waiting"):
        queue.cancel(store, other, "anna")
    job = queue.submit(store, who="anna", **asked)
    disk.leave(ROOM)
    work = {"stop": stop, "engine": "serial", "silent_s": 2.0}
    worker = threading.Thread(target=work_until_stopped, args=(store, "w"), kwargs=work)
    worker.start()
    try:
        until(lambda: queue.job_called(store, job.id).ended or free(disk) < 4096, "the disk is full")
        time.sleep(3)
        assert kept(store, study) == ()
        disk.leave(None)
        until(lambda: not queue.job_called(store, job.id).open, "it ends")
        ended = queue.job_called(store, job.id)
        if ended.state == "failed":
            assert {fault.found for fault in ended.faults} == {"no room"}
            again = queue.submit(store, who="anna", **asked)
            until(lambda: not queue.job_called(store, again.id).open, "it ends")
            ended = queue.job_called(store, again.id)
        assert (ended.state, ended.faults) == ("done", ())
        assert len(kept(store, study)) == 1
    finally:
        stop.set()
        worker.join()


def free(disk: Disk) -> int:
    """Count the bytes that are left."""
    about = os.statvfs(disk.place)
    return about.f_bavail * about.f_frsize


def until(true: Callable[[], Any], what: str) -> None:
    """Wait until something is true, and say what when it never is."""
    for _ in range(24_000):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(f"never: {what}")


def copies_on_a_full_disk(disk: Disk, store: Store) -> None:
    """A backup and an export that find no room leave nothing."""
    disk.leave(MB)
    tree = study_called(store, "small").tree
    for make in (lambda to: backup(store, to), lambda to: export_tree(store, tree, to)):
        with pytest.raises((DiskError, OSError)) as error:
            make(disk.place / "copy")
        assert "no room" in str(error.value) or "No space left" in str(error.value)
        assert sorted(path.name for path in disk.place.iterdir()) == ["filler", "home", "tmp"]
    command = [sys.executable, "-m", "remnant", "store", "backup", "--out", str(disk.place / "copy.tar")]
    said = subprocess.run(
        [*command, "--home", str(store.home)], capture_output=True, text=True, check=False, env=_elsewhere()
    )
    assert said.returncode == 1
    assert "found no room" in said.stderr
    assert "Traceback" not in said.stderr
    disk.leave(None)
    backup(store, disk.place / "copy")
    (disk.place / "copy").unlink()


def _elsewhere() -> dict[str, str]:
    return os.environ | {"TMPDIR": "/tmp"}


def main(place: Path, study: Path) -> None:
    """Do all of it on a disk of this process."""
    disk = Disk(place, 70)
    (place / "tmp").mkdir()
    tempfile.tempdir = str(place / "tmp")  # what a browser sends lies there first
    store = shelf(place / "home", study)
    visitor = visitor_of(store)
    for free, names in ((0, None), (4096, None), (ROOM, LARGE)):
        disk.leave(free)
        on_a_full_disk(store, visitor, names)
    disk.leave(None)
    with_room_again(store, visitor)
    copies_on_a_full_disk(disk, store)
    job_on_a_full_disk(disk, store)
    assert verify(store).faults == ()
    store.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
