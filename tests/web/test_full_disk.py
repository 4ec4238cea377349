"""A full disk, and one not to be written to: a word of it, nothing half written, the database whole."""

import os
import resource
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.service.conftest import small_study  # noqa: F401 -- a fixture
from tests.web import full_disk

from remnant.store.house import open_store


@contextmanager
def no_file_beyond(size):
    """Have the system refuse to write further into any file, as a disk does that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def tiny(tmp_path):
    """A study of one sample."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "study.toml").write_text('[study]\ntitle = "Small"\nsynthetic = true\n')
    (folder / "patients.csv").write_text("patient_id\nP2\n")
    (folder / "samples.csv").write_text("sample_id,patient_id,day,material\nP2-d0,P2,0,marrow\n")
    return folder


def test_whoever_writes_where_nothing_is_taken_is_told_so_and_nothing_is_half(tmp_path, tiny):
    store = full_disk.shelf(tmp_path / "home", tiny)
    visitor = full_disk.visitor_of(store)
    full_disk.with_room_again(store, visitor)
    with no_file_beyond(0):
        full_disk.on_a_full_disk(store, visitor)
    with no_file_beyond(2_000_000):
        full_disk.on_a_full_disk(store, visitor, full_disk.LARGE)
    full_disk.with_room_again(store, visitor)
    store.close()


def alone_with_a_disk():
    """The words before a command that may mount a disk which nobody else sees; none where it may not."""
    words = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if shutil.which("unshare") is None or subprocess.run([*words, "true"], check=False).returncode:
        return None
    return words


READ_ONLY = """
mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" || exit 9
"$@" serve --home "$0" --port 0 --no-open
"""


def test_a_home_on_a_disk_that_is_not_to_be_written_to_is_refused_in_words(tmp_path, tiny):
    if (alone := alone_with_a_disk()) is None:
        pytest.skip("this system lets nobody mount a disk of his own")
    home = tmp_path / "home"
    full_disk.shelf(home, tiny).close()
    before = sorted(home.rglob("*"))
    command = [*alone, "sh", "-c", READ_ONLY, str(home), sys.executable, "-m", "remnant"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 1, said.stderr
    assert f"{home}: found permission denied; expected a folder to write to" in said.stderr
    assert "Traceback" not in said.stderr
    assert sorted(home.rglob("*")) == before
    open_store(home).close()


@pytest.mark.slow
def test_a_disk_that_is_really_full(tmp_path, small_study):  # noqa: F811
    """Uploads, drafts, rows, jobs, pages, backup and export on a small disk: full, nearly full, freed."""
    if (alone := alone_with_a_disk()) is None:
        pytest.skip("this system lets nobody mount a disk of his own")
    command = [*alone, sys.executable, "-m", "tests.web.full_disk", str(tmp_path / "disk"), str(small_study)]
    run = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
