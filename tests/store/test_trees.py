"""What goes in as a folder comes out as the same folder, byte for byte."""

import os
import socket
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.errors import NotHere, StoreError
from remnant.store.files.blobs import blob_path, put_bytes, put_file, read_blob
from remnant.store.files.listing import empty_folders
from remnant.store.files.trees import checkout, export_tree, put_folder, put_tree, replaced_file, tree_files
from remnant.store.house import open_store
from remnant.study import read_study


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write(folder, files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A store for many small trees."""
    store = open_store(tmp_path_factory.mktemp("trees") / "home")
    yield store
    store.close()


LETTERS = st.characters(codec="utf-8", exclude_characters="/\0")
NAMES = st.text(LETTERS, min_size=1, max_size=20).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@settings(max_examples=30)
@given(st.dictionaries(PATHS, st.binary(max_size=100), max_size=5))
def test_any_folder_comes_out_as_it_went_in(home, tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("any")
    kept = {}
    for path, data in files.items():
        try:
            write(folder / "in", {path: data})
        except OSError:  # a file where another path has a folder
            continue
        kept[path] = data
    (folder / "in").mkdir(exist_ok=True)
    tree = put_folder(home, folder / "in")
    export_tree(home, tree, folder / "out")
    assert contents(folder / "out") == contents(checkout(home, tree)) == kept
    assert set(tree_files(home, tree)) == set(kept)
    assert put_folder(home, folder / "out") == tree


def test_a_study_with_every_kind_of_file_comes_out_as_it_went_in(store, study_folder, tmp_path):
    tree = put_folder(store, study_folder)
    more = {
        "fish.csv": b"# read twice\r\n" + (study_folder / "fish.csv").read_bytes().replace(b"\n", b"\r\n"),
        "study.xlsx": b"PK\x03\x04 not read here",
        "gates/P1 d0.xml": b"<gating:Gating-ML/>\n",
        "notes/Bef\u00fcnde 2026 \u2014 \u795e.txt": "e\u0301 and \u00e9".encode(),
        ".hidden": b"",
        "line\nbreak": b"a name that no one should choose",
    }
    for path, data in more.items():
        tree = replaced_file(store, tree, path, data)
    export_tree(store, tree, tmp_path / "out")
    expected = contents(study_folder) | more
    assert contents(tmp_path / "out") == expected
    assert any(path.endswith(".fcs") for path in expected)
    assert any(path.startswith("truth/") for path in expected)
    assert put_folder(store, tmp_path / "out") == tree
    assert (tmp_path / "out" / "fish.csv").stat().st_mode & 0o200, "a person may go on writing there"


def test_a_checkout_is_read_as_the_study(store, study_folder):
    tree = put_folder(store, study_folder)
    read, again = read_study(study_folder), read_study(checkout(store, tree))
    assert read.tables.keys() == again.tables.keys()
    assert all(read[name].equals(again[name]) for name in read.tables)


def test_a_checkout_is_the_blobs_themselves_and_read_only(store, tmp_path):
    sha256 = put_bytes(store, b"counts")
    folder = checkout(store, put_tree(store, {"a/b.csv": sha256}))
    assert folder == checkout(store, put_tree(store, {"a/b.csv": sha256}))
    assert (folder / "a/b.csv").samefile(blob_path(store, sha256))
    modes = [path.stat().st_mode & 0o777 for path in (folder, folder / "a", folder / "a/b.csv")]
    assert modes == [0o555, 0o555, 0o444]


def test_where_the_disk_has_no_links_a_checkout_is_a_copy(home, monkeypatch):
    def no_links(*_):
        raise OSError("no links here")

    tree = put_tree(home, {"copied": put_bytes(home, b"copied")})
    monkeypatch.setattr(os, "link", no_links)
    copy = checkout(home, tree) / "copied"
    assert copy.read_bytes() == b"copied"
    assert not copy.samefile(blob_path(home, tree_files(home, tree)["copied"]))
    assert copy.stat().st_mode & 0o777 == 0o444


def test_a_checkout_that_breaks_off_is_not_there(home, monkeypatch):
    tree = put_tree(home, {name: put_bytes(home, name.encode()) for name in "abc"})
    link, calls = os.link, []

    def link_twice(*paths):
        calls.append(paths)
        if len(calls) > 2:
            raise KeyboardInterrupt
        link(*paths)

    monkeypatch.setattr(os, "link", link_twice)
    with pytest.raises(KeyboardInterrupt):
        checkout(home, tree)
    assert not (home.home / "checkouts" / tree).exists()
    monkeypatch.undo()
    assert contents(checkout(home, tree)) == {name: name.encode() for name in "abc"}
    assert not list((home.home / "partial").iterdir())


def test_two_who_make_one_checkout_get_the_same(home):
    tree = put_tree(home, {f"{n}": put_bytes(home, b"%d" % n) for n in range(30)})
    found, gate = [], threading.Barrier(4)

    def make():
        gate.wait()
        found.append(checkout(home, tree))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(contents(found[0])) == 30
    assert not list((home.home / "partial").iterdir())


def test_everything_that_is_no_file_is_refused_at_once(home, tmp_path):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "link").symlink_to("/etc/passwd")
    (tmp_path / "in" / "sub" / "up").symlink_to("..")
    os.mkfifo(tmp_path / "in" / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "in" / "socket"))
        (tmp_path / "in" / "fish.csv").touch()
        os.close(os.open(os.fsencode(tmp_path / "in") + b"/\xff.csv", os.O_CREAT))
        with pytest.raises(StoreError) as error:
            put_folder(home, tmp_path / "in")
    said = {fault.source: fault.found for fault in error.value.faults}
    assert said == {
        "link": "a symbolic link",
        "sub/up": "a symbolic link",
        "pipe": "a pipe",
        "socket": "a socket",
        "\\udcff.csv": "a name that is not UTF-8",
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a device")
def test_a_device_is_refused(home, tmp_path):
    os.mknod(tmp_path / "null", 0o20666, os.makedev(1, 3))
    with pytest.raises(StoreError, match="a device"):
        put_folder(home, tmp_path)
    with pytest.raises(StoreError, match="no plain file"):
        put_file(home, tmp_path / "null")


def test_a_folder_that_is_none_is_said(home, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="not a directory"):
        put_folder(home, tmp_path / "file")
    with pytest.raises(StoreError, match="no such file"):
        put_folder(home, tmp_path / "nothing")


@pytest.mark.parametrize(
    "paths",
    [
        ["/etc/passwd"],
        ["../a"],
        ["a/../../b"],
        ["a/./b"],
        ["a//b"],
        ["a/"],
        [""],
        ["a\0b"],
        ["\ud800"],
        ["a", "a/b"],
    ],
)
def test_a_path_that_leaves_the_folder_is_never_kept(home, paths):
    sha256 = put_bytes(home, b"x")
    with pytest.raises(StoreError):
        put_tree(home, dict.fromkeys(paths, sha256))
    good = put_tree(home, {"a": sha256})
    if paths != ["a", "a/b"]:
        with pytest.raises(StoreError):
            replaced_file(home, good, paths[0], b"y")


def test_a_tree_of_blobs_that_are_not_there_is_refused(store):
    with pytest.raises(NotHere, match="put its bytes first"):
        put_tree(store, {"a": "0" * 64, "b": put_bytes(store, b"b")})
    with pytest.raises(NotHere):
        checkout(store, "../../etc")
    with pytest.raises(NotHere):
        read_blob(store, "../" * 21 + "x")
    assert list((store.home / "checkouts").iterdir()) == []


def test_one_file_is_put_replaced_and_removed(store):
    first = put_tree(store, {"a": put_bytes(store, b"a")})
    both = replaced_file(store, first, "b/c", b"c")
    assert replaced_file(store, both, "b/c", None) == first
    other = replaced_file(store, both, "a", b"other")
    assert read_blob(store, tree_files(store, other)["a"]) == b"other"
    assert read_blob(store, tree_files(store, first)["a"]) == b"a", "the old tree is as it was"
    with pytest.raises(NotHere, match="no such file"):
        replaced_file(store, first, "b/c", None)


def test_the_empty_tree_is_a_tree(store, tmp_path):
    tree = put_tree(store, {})
    assert tree_files(store, tree) == {}
    export_tree(store, tree, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_empty_folders_are_not_kept_and_are_named(home, tmp_path):
    (tmp_path / "in/a/b/c").mkdir(parents=True)
    (tmp_path / "in/full/empty").mkdir(parents=True)
    (tmp_path / "in/full/file").touch()
    export_tree(home, put_folder(home, tmp_path / "in"), tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").rglob("*")) == ["file", "full"]
    assert empty_folders(tmp_path / "in") == ("a", "a/b", "a/b/c", "full/empty")


def test_an_export_writes_over_nothing_and_leaves_nothing_after_an_error(home, tmp_path):
    sha256 = put_bytes(home, b"will be broken")
    tree = put_tree(home, {"a": put_bytes(home, b"a"), "z": sha256})
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for place in ("full", "full/mine", "link"):
        with pytest.raises(StoreError, match="nothing is written over"):
            export_tree(home, tree, tmp_path / place)
    blob = blob_path(home, sha256)
    blob.chmod(0o600)
    blob.write_bytes(b"was not broken")
    with pytest.raises(StoreError, match="other bytes than were kept"):
        export_tree(home, tree, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "link"]


def test_a_blob_is_kept_once_and_only_to_read(store, tmp_path):
    (tmp_path / "file").write_bytes(b"same")
    sha256 = put_bytes(store, b"same")
    assert put_file(store, tmp_path / "file") == sha256
    assert blob_path(store, sha256).stat().st_mode & 0o777 == 0o444
    assert len(list(store.home.glob("blobs/*/*"))) == 1
    assert not list((store.home / "partial").iterdir())
    assert read_blob(store, put_bytes(store, b"")) == b""


def test_a_blob_that_was_cut_off_is_mended_when_it_is_put_again(store):
    path = blob_path(store, put_bytes(store, b"whole"))
    path.chmod(0o600)
    path.write_bytes(b"wh")
    assert read_blob(store, put_bytes(store, b"whole")) == b"whole"


def test_a_link_is_not_followed(home, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(StoreError, match="a link"):
        put_file(home, tmp_path / "link")
