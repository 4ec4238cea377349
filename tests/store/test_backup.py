"""A backup is everything, and a damaged one is nothing."""

import hashlib
import io
import json
import os
import tarfile
import threading

import pytest
from sqlalchemy import select

from remnant.errors import NotHere, StoreError
from remnant.store.backup.archive import FORM, Member, add_member
from remnant.store.backup.backup import backup
from remnant.store.backup.restore import restore
from remnant.store.backup.verify import verify
from remnant.store.database.tables import metadata, sessions, trees, users
from remnant.store.files.blobs import put_bytes
from remnant.store.files.trees import checkout, put_tree, replaced_file, tree_files
from remnant.store.house import open_store
from remnant.store.studies.drafts import drop_draft, put_draft
from remnant.store.studies.results import keep
from remnant.store.studies.studies import all_studies, create_study, revise, study_called
from remnant.store.trail.audit import Change, verify_chain


def _filled(store, tmp_path):
    """A store with some of everything, invented."""
    tree = put_tree(
        store, {"study.toml": put_bytes(store, b"[study]\n"), "fish ü.csv": put_bytes(store, b"a,b\r\n")}
    )
    study = create_study(store, who="anna", title="Zürich", tree=tree, why="first", synthetic=True)
    newer = replaced_file(store, tree, "gates/S1.xml", b"<x/>")
    change = Change("gates/S1.xml", "", "CD38 < 300 \u2014 \x00")
    study = revise(store, study, who="ben", tree=newer, expected=1, changes=[change], why="gate")
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "manifest.json").write_text("{}")
    keep(store, who="ben", study=study, revision=2, kind="analysis", folder=tmp_path / "results", key="k")
    put_draft(store, who="anna", title="another", tree=tree)
    with store.begin() as connection:
        user = {"name": "anna", "role": "admin", "token_sha256": "0" * 64, "created": "2026"}
        session = {"sha256": "1" * 64, "user": "anna", "created": "", "expires": ""}
        connection.execute(users.insert().values(user))
        connection.execute(sessions.insert().values(session))
    return study


def _rows(store):
    with store.reading() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table))))
            for table in metadata.sorted_tables
            if table.name not in ("migrations", "sessions")
        }


@pytest.fixture
def archive(tmp_path):
    """A backup of a small store on SQLite."""
    store = open_store(tmp_path / "first")
    _filled(store, tmp_path)
    backup(store, tmp_path / "store.tar")
    store.close()
    return tmp_path / "store.tar"


def test_sqlite_to_postgresql_to_sqlite_is_the_same_store(tmp_path, fresh_postgresql):
    first = open_store(tmp_path / "first")
    study = _filled(first, tmp_path)
    done = backup(first, tmp_path / "one.tar")
    second = restore(tmp_path / "one.tar", tmp_path / "second", fresh_postgresql())
    backup(second, tmp_path / "two.tar")
    third = restore(tmp_path / "two.tar", tmp_path / "third")
    assert done.blobs == 4
    for store in (second, third):
        assert _rows(store) == _rows(first)
        assert verify(store).faults == ()
        assert (checkout(store, study.tree) / "fish ü.csv").read_bytes() == b"a,b\r\n"
        with store.reading() as connection:
            assert connection.execute(select(sessions)).all() == []
        later = create_study(store, who="c", title="Later", tree=study.tree)
        assert later.id == study.id + 1, "numbers go on after the last"
    for store in (first, second, third):
        store.close()


def test_a_backup_while_others_write_is_a_store_of_one_moment(store, tmp_path):
    study, stop = _filled(store, tmp_path), threading.Event()

    def write():
        now = study
        while not stop.wait(0.005):
            tree = replaced_file(store, now.tree, f"note{now.head}", str(now.head).encode())
            now = revise(store, now, who="w", tree=tree, expected=now.head, changes=[], why="")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(2):
            backup(store, tmp_path / f"{number}.tar")
    finally:
        stop.set()
        writer.join()
    for number in range(2):
        again = restore(tmp_path / f"{number}.tar", tmp_path / f"again{number}")
        assert verify(again).faults == ()
        assert len(tree_files(again, study_called(again, study.slug).tree)) >= 3
        again.close()


def test_what_nothing_names_is_not_in_a_backup(store, tmp_path):
    study = _filled(store, tmp_path)
    orphan = put_bytes(store, b"never named")
    dropped = put_draft(store, who="a", title="t", tree=replaced_file(store, study.tree, "x", b"only here"))
    drop_draft(store, dropped, who="a")
    backup(store, tmp_path / "b.tar")
    again = restore(tmp_path / "b.tar", tmp_path / "again")
    with again.reading() as connection:
        assert dropped.tree not in connection.scalars(select(trees.c.tree)).all()
    with pytest.raises(NotHere):
        put_tree(again, {"a": orphan})
    again.close()


def test_a_backup_writes_over_nothing_and_is_for_its_owner_alone(archive, tmp_path):
    store = open_store(tmp_path / "first")
    assert archive.stat().st_mode & 0o777 == 0o600
    with pytest.raises(StoreError, match="a new file"):
        backup(store, archive)
    store.close()


def test_a_blob_that_the_disk_has_changed_stops_a_backup(store, tmp_path):
    _filled(store, tmp_path)
    blob = next(store.home.glob("blobs/*/*"))
    blob.chmod(0o644)
    blob.write_bytes(bytes(blob.stat().st_size))
    with pytest.raises(StoreError, match="the bytes of its name"):
        backup(store, tmp_path / "b.tar")
    assert not list(tmp_path.glob("*b.tar*"))


def _left(tmp_path):
    return {path.name for path in tmp_path.iterdir()} - {"first", "store.tar", "results", "bad.tar"}


def _refused(tmp_path, data):
    bad = tmp_path / "bad.tar"
    bad.write_bytes(data)
    with pytest.raises(StoreError) as error:
        restore(bad, tmp_path / "again")
    assert error.value.faults
    assert _left(tmp_path) == set(), "something was left behind"
    return str(error.value)


def test_a_truncated_archive_is_refused_at_every_length(archive, tmp_path):
    whole = archive.read_bytes()
    with tarfile.open(archive) as tar:
        ends = [member.offset_data + member.size for member in tar]
    for length in {0, 1, 511, 4096, *ends[:-1:3], *(end - 1 for end in ends[::3])}:
        _refused(tmp_path, whole[:length])


def test_a_flipped_byte_of_any_member_is_refused(archive, tmp_path):
    whole = archive.read_bytes()
    with tarfile.open(archive) as tar:
        places = [member.offset for member in tar] + [member.offset_data for member in tar if member.size]
    for place in places:
        _refused(tmp_path, whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])


def _again(archive, change):
    """The archive with each member changed, dropped (None), or its header changed."""
    out = io.BytesIO()
    with tarfile.open(archive) as old, tarfile.open(fileobj=out, mode="w") as new:
        for member in old:
            if (changed := change(member, old.extractfile(member).read())) is not None:
                about, data = changed
                new.addfile(about, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "blobs/../../evil", "rows/studies.jsonl/../../../evil"]
)
def test_a_name_that_leaves_the_folder_is_refused(archive, tmp_path, name):
    def renamed(member, data):
        if member.name.startswith("blobs/"):
            member.name = name
        return member, data

    def named_in_the_manifest(member, data):
        if member.name == "manifest.json":
            text = json.loads(data)
            text["members"][-1]["name"] = name
            data = json.dumps(text).encode()
            member.size = len(data)
        return member, data

    assert "where blobs/" in _refused(tmp_path, _again(archive, renamed))
    assert "evil" in _refused(tmp_path, _again(archive, named_in_the_manifest))


def test_a_link_in_the_place_of_a_file_is_refused(archive, tmp_path):
    def linked(member, data):
        if member.name.startswith("blobs/"):
            member.type, member.linkname, member.size = tarfile.SYMTYPE, "/etc/passwd", 0
        return member, data

    assert "of type b'2'" in _refused(tmp_path, _again(archive, linked))


def test_a_claim_of_more_bytes_than_the_archive_has_is_refused_before_anything_is_written(archive, tmp_path):
    whole = bytearray(archive.read_bytes())
    with tarfile.open(archive) as tar:
        member = tar.getmembers()[-2]
    member.size = 1 << 60
    whole[member.offset : member.offset + 512] = member.tobuf(tarfile.GNU_FORMAT)
    assert "1,152,921,504,606,846,976" in _refused(tmp_path, bytes(whole))


def _sealed_again(archive, table, change):
    """An archive that is whole and says something else: its digests are right."""
    with tarfile.open(archive) as tar:
        parts = [(member.name, tar.extractfile(member).read()) for member in tar]
    parts = [(name, change(data) if name == f"rows/{table}.jsonl" else data) for name, data in parts]
    manifest = json.loads(parts[0][1])
    manifest["members"] = [
        {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in parts[1:-1]
    ]
    head = json.dumps(manifest).encode()
    parts = [("manifest.json", head), *parts[1:-1], ("seal", hashlib.sha256(head).hexdigest().encode())]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in parts:
            about = tarfile.TarInfo(name)
            about.size = len(data)
            tar.addfile(about, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        ("audit", b"gate", b"gote", "audit trail, line"),
        ("tree_files", b"fish", b"fash", "another listing"),
        ("studies", b'"head":2', b'"head":"2"', "a row that does not fit"),
        ("studies", b'"head":2', b'"mistake":2', "a row that does not fit"),
        ("studies", b"{", b"[", "a row that does not fit"),
        ("users", b"admin", b"owner", "rows/users.jsonl"),
        ("revisions", b'"number":2', b'"number":1', "rows/revisions.jsonl"),
        ("blobs", b'"bytes":', b'"bytes":1', "the file of a row"),
    ],
)
def test_rows_that_were_tampered_with_are_refused(archive, tmp_path, table, old, new, said):
    changed = _sealed_again(archive, table, lambda data: data.replace(old, new))
    assert said in _refused(tmp_path, changed)


def test_an_archive_that_was_only_sealed_again_is_restored(archive, tmp_path):
    (tmp_path / "same.tar").write_bytes(_sealed_again(archive, "studies", lambda data: data))
    again = restore(tmp_path / "same.tar", tmp_path / "again")
    assert len(all_studies(again)) == 1
    again.close()


def test_a_restore_writes_over_nothing(archive, tmp_path, fresh_postgresql):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(StoreError, match="an empty folder"):
        restore(archive, tmp_path / "full")
    address = fresh_postgresql()
    restore(archive, tmp_path / "again", address).close()
    with pytest.raises(StoreError, match="an empty database"):
        restore(archive, tmp_path / "other", address)
    assert not (tmp_path / "other").exists()


def test_a_restored_audit_trail_goes_on(archive, tmp_path):
    store = restore(archive, tmp_path / "again")
    study = all_studies(store)[0]
    revise(store, study, who="c", tree=study.tree, expected=2, changes=[], why="on")
    assert verify_chain(store) == ()
    store.close()


def _deep(data):
    return b"[" * 100_000 + b"\n"


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("studies", lambda data: data.replace(b'"head":2', b'"head":9223372036854775808'), "does not fit"),
        ("studies", lambda data: data.replace(b"Z\\u00fcrich", b"\\ud800"), "does not fit"),
        ("studies", _deep, "does not fit"),
        (
            "meta",
            lambda data: data.replace(b'"audit head","value":"', b'"audit head","value":"x'),
            "a last entry",
        ),
        ("audit", lambda data: data.replace(b'"number":2', b'"number":9007199254740993'), "no entry from"),
    ],
)
def test_a_row_that_no_database_could_hold_is_refused_and_not_a_crash(archive, tmp_path, table, change, said):
    assert said in _refused(tmp_path, _sealed_again(archive, table, change))


def test_a_file_of_any_size_can_be_backed_up(tmp_path):
    class EndlessError(Exception):
        """The head was written: the bytes follow."""

    class Bytes:
        def read(self, _):
            raise EndlessError

    with tarfile.open(tmp_path / "large.tar", "w", format=FORM) as tar, pytest.raises(EndlessError):
        add_member(tar, Member("blobs/" + "0" * 64, 9 << 30, "0" * 64), Bytes())


def test_a_restored_store_is_on_the_disk_before_it_has_its_name(archive, tmp_path, monkeypatch):
    flushed, fsync = set(), os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (flushed.add(os.fstat(handle).st_ino), fsync(handle)))
    restore(archive, tmp_path / "again").close()
    home = tmp_path / "again"
    needed = [home, home / "identity", *home.glob("blobs/*"), *home.glob("blobs/*/*")]
    assert len(needed) > 4
    assert {path.name for path in needed if path.stat().st_ino not in flushed} == set()
