"""What nothing names goes, on demand and after a day; all else stays."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from remnant.errors import NotHere
from remnant.store.backup.verify import verify
from remnant.store.files.blobs import put_bytes, read_blob
from remnant.store.files.sweep import spare, sweep
from remnant.store.files.trees import checkout, put_tree, replaced_file, tree_files
from remnant.store.studies.drafts import drop_draft, put_draft
from remnant.store.studies.studies import create_study, revise

NOW = timedelta(0)


@pytest.fixture
def named(store):
    """A study with two revisions and a draft: nothing of it may go."""
    first = put_tree(store, {"a": put_bytes(store, b"a"), "b": put_bytes(store, b"b")})
    study = create_study(store, who="a", title="t", tree=first)
    second = replaced_file(store, first, "a", None)
    revise(store, study, who="a", tree=second, expected=1, changes=[], why="")
    draft = put_draft(store, who="a", title="d", tree=replaced_file(store, second, "c", b"c"))
    checkout(store, first)
    return study, draft


def _older(store, days):
    """Make everything older than it is."""
    past = time.time() - days * 86_400
    with store.begin() as connection:
        for table in ("blobs", "trees"):
            connection.execute(text(f"UPDATE {table} SET at = '2020-01-01T00:00:00.000000Z'"))
    for path in store.home.glob("partial/*"):
        os.utime(path, (past, past))


def test_nothing_that_is_named_goes_however_old(store, named):
    _older(store, 99)
    assert spare(store, older_than=NOW) == sweep(store, older_than=NOW) == ()
    assert verify(store).faults == ()


def test_nothing_that_is_young_goes(store, named):
    put_tree(store, {"x": put_bytes(store, b"about to be named")})
    (store.home / "partial" / "upload").touch()
    assert spare(store) == sweep(store) == ()


def test_a_dropped_draft_goes_with_the_files_that_were_its_alone(store, named):
    _, draft = named
    drop_draft(store, draft, who="a")
    _older(store, 2)
    (store.home / "partial" / "broken off").touch()
    os.utime(store.home / "partial" / "broken off", (0, 0))
    found = spare(store)
    assert {(one.kind, one.name) for one in found} == {
        ("tree", draft.tree),
        ("blob", tree_files(store, draft.tree)["c"]),
        ("partial", "broken off"),
    }
    lost = tree_files(store, draft.tree)["c"]
    assert set(sweep(store)) == set(found)
    assert spare(store) == sweep(store) == ()
    assert not (store.home / "partial" / "broken off").exists()
    for call in (lambda: tree_files(store, draft.tree), lambda: read_blob(store, lost)):
        with pytest.raises(NotHere):
            call()
    assert verify(store).faults == ()


def test_the_checkout_of_a_tree_that_went_goes_too(store):
    tree = put_tree(store, {"a": put_bytes(store, b"a")})
    folder = checkout(store, tree)
    _older(store, 2)
    sweep(store)
    assert not folder.exists()
    sweep(store)
    again = put_tree(store, {"a": put_bytes(store, b"a")})
    assert (checkout(store, again) / "a").read_bytes() == b"a"


def test_what_is_put_again_is_young_again(store):
    sha256, tree = put_bytes(store, b"a"), put_tree(store, {"a": put_bytes(store, b"a")})
    _older(store, 2)
    put_bytes(store, b"a")
    assert {one.kind for one in spare(store)} == {"tree"}
    put_tree(store, {"a": sha256})
    assert sweep(store) == ()
    assert tree_files(store, tree) == {"a": sha256}


def test_a_file_without_a_row_is_found(store, named):
    lost = store.home / "blobs" / "00" / ("0" * 64)
    lost.parent.mkdir(exist_ok=True)
    lost.write_bytes(b"left by a broken-off run")
    assert [(one.kind, one.name) for one in sweep(store)] == [("file", "0" * 64)]
    assert not lost.exists()


def test_a_partial_file_that_its_writer_takes_away_meanwhile_stops_no_sweep(store, monkeypatch):
    gone = store.home / "partial" / "upload"
    glob = Path.glob

    def listed(self, pattern):
        found = list(glob(self, pattern))
        return [*found, gone] if pattern == "partial/*" else found  # it was there when the folder was read

    monkeypatch.setattr(Path, "glob", listed)
    assert spare(store, older_than=NOW) == sweep(store, older_than=NOW) == ()
