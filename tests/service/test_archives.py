"""An archive that a browser brings becomes plain files in one folder, or nothing at all."""

import errno
import gzip
import io
import stat
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.errors import DiskError, StudyError
from remnant.service.intake.archives import Limits, unpack


def zipped(path, members, *, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def tarred(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for item, data in members:
            if isinstance(item, str):
                item = tarfile.TarInfo(item)
                item.size = len(data)
            archive.addfile(item, io.BytesIO(data))
    return path


def of_kind(name, kind, target=""):
    item = tarfile.TarInfo(name)
    item.type, item.linkname = kind, target
    return item


@pytest.fixture
def room(tmp_path):
    (tmp_path / "room").mkdir()
    return tmp_path / "room"


def refusal(archive, room, limits=None):
    """What is said; and nothing may stay in the room, nor lie beside it."""
    before = {path for path in room.parent.rglob("*") if room not in path.parents}
    with pytest.raises(StudyError) as caught:
        unpack(archive, room, limits)
    assert not list(room.iterdir())
    assert set(room.parent.rglob("*")) == before
    return caught.value.faults


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz"])
def test_a_plain_archive_comes_out_byte_for_byte(tmp_path, room, mode):
    members = [("study.toml", b"[study]\n"), ("fcs/S1.fcs", bytes(range(256)) * 50), ("Grüße.csv", b"")]
    archive = tmp_path / "study"
    zipped(archive, members) if mode == "zip" else tarred(archive, members, mode)
    paths = unpack(archive, room)
    assert [(path.relative_to(room).as_posix(), path.read_bytes()) for path in paths] == members
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in paths)


BAD_NAMES = [
    "../x", "a/../../x", "/etc/x", "C:/x", "c:x", "..\\x", "a\\..\\x", "a//b", "./a", "a/./b",
    "a:b", "CON", "nul.csv",
    "a/COM1.txt", "x.", "x ", "a\nb", "a\x1b[2J", "\u202egpj.exe", "x" * 201, "/".join("abcdefghijklmn"),
    "//host/share",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_name_that_is_not_plainly_inside_is_refused_and_named(tmp_path, room, name, kind):
    members = [("fine.csv", b"1"), (name, b"2")]
    archive = tmp_path / "study"
    zipped(archive, members) if kind == "zip" else tarred(archive, members)
    (fault,) = refusal(archive, room)
    assert fault.source == "study"
    assert fault.column
    assert "\x1b" not in str(fault)
    assert "\u202e" not in str(fault)


@pytest.mark.parametrize(
    ("first", "second"),
    [("a.csv", "a.csv"), ("a.csv", "A.CSV"), ("é.csv", "é.csv"), ("a", "a/b"), ("a/b", "a"), ("x/a", "X/b")],
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_two_members_never_share_a_place_on_any_disk(tmp_path, room, first, second, kind):
    archive = tmp_path / "study"
    if kind == "zip":
        with pytest.warns(UserWarning, match="Duplicate") if first == second else _quiet():
            zipped(archive, [(first, b"1"), (second, b"2")])
    else:
        tarred(archive, [(first, b"1"), (second, b"2")])
    assert refusal(archive, room)


def _quiet():
    from contextlib import nullcontext

    return nullcontext()


@pytest.mark.parametrize(
    "item",
    [
        of_kind("a", tarfile.SYMTYPE, "/etc/passwd"),
        of_kind("a", tarfile.SYMTYPE, "b"),
        of_kind("a", tarfile.LNKTYPE, "fine.csv"),
        of_kind("a", tarfile.CHRTYPE),
        of_kind("a", tarfile.BLKTYPE),
        of_kind("a", tarfile.FIFOTYPE),
    ],
    ids=lambda item: item.type.decode(),
)
def test_a_tar_brings_no_link_and_no_device(tmp_path, room, item):
    archive = tarred(tmp_path / "study", [("fine.csv", b"1"), (item, b"")])
    (fault,) = refusal(archive, room)
    assert fault.column == "a"


def test_nothing_is_written_through_a_link_that_came_before(tmp_path, room):
    (tmp_path / "outside").mkdir()
    link = of_kind("in", tarfile.SYMTYPE, str(tmp_path / "outside"))
    assert refusal(tarred(tmp_path / "study", [(link, b""), ("in/x", b"2")]), room)


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_a_zip_brings_no_link_and_no_device(tmp_path, room, mode):
    item = zipfile.ZipInfo("a")
    item.create_system, item.external_attr = 3, (mode | 0o777) << 16
    assert refusal(zipped(tmp_path / "study", [(item, b"/etc/passwd")]), room)[0].column == "a"


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_bomb_is_refused_before_it_fills_a_disk(tmp_path, room, kind):
    data = bytes(64 * 1024 * 1024)
    archive = tmp_path / "study"
    zipped(archive, [("a.fcs", data)]) if kind == "zip" else tarred(archive, [("a.fcs", data)])
    assert archive.stat().st_size < 100_000
    (fault,) = refusal(archive, room)
    assert "once unpacked" in fault.found


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_more_members_than_a_study_has_are_refused(tmp_path, room, kind):
    members = [(f"{number}.csv", b"") for number in range(30)]
    archive = tmp_path / "study"
    zipped(archive, members) if kind == "zip" else tarred(archive, members)
    assert "29 members" in refusal(archive, room, Limits(files=29))[0].found
    assert len(unpack(archive, room, Limits(files=30))) == 30


def test_one_member_and_all_together_have_their_own_bounds(tmp_path, room):
    archive = zipped(tmp_path / "study", [("a", b"12345"), ("b", b"12345")], compression=zipfile.ZIP_STORED)
    assert refusal(archive, room, Limits(member_bytes=4))[0].column == "a"
    assert refusal(archive, room, Limits(total_bytes=9))
    assert len(unpack(archive, room, Limits(total_bytes=10, member_bytes=5))) == 2


def test_a_size_that_lies_is_found_while_the_bytes_flow(tmp_path, room):
    """The directory of the zip says 10 bytes, the member holds a million."""
    archive = zipped(tmp_path / "study", [("a.csv", b"x" * 1_000_000)])
    raw = archive.read_bytes()
    real, lie = struct.pack("<I", 1_000_000), struct.pack("<I", 10)
    assert raw.count(real) == 2
    archive.write_bytes(raw.replace(real, lie))
    assert refusal(archive, room)[0].column == "a.csv"
    archive.write_bytes(raw.replace(real, struct.pack("<I", 2_000_000)))
    assert refusal(archive, room)[0].column == "a.csv"


def test_members_that_share_their_bytes_are_refused(tmp_path, room):
    archive = zipped(
        tmp_path / "study", [("a", b"1" * 100), ("b", b"2" * 100)], compression=zipfile.ZIP_STORED
    )
    raw = bytearray(archive.read_bytes())
    second = raw.rindex(b"PK\x01\x02")
    struct.pack_into("<I", raw, second + 42, 0)  # the second member begins where the first does
    archive.write_bytes(bytes(raw))
    assert refusal(archive, room)


def test_a_password_and_rare_ways_to_pack_are_refused(tmp_path, room):
    archive = zipped(tmp_path / "study", [("a", b"1")], compression=zipfile.ZIP_LZMA)
    assert refusal(archive, room)[0].column == "a"
    raw = bytearray(zipped(tmp_path / "study", [("a", b"1")]).read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + at] |= 1
    archive.write_bytes(bytes(raw))
    assert "password" in refusal(archive, room)[0].found


def test_a_head_of_gigabytes_is_not_read_into_memory(tmp_path, room):
    item = of_kind("x", tarfile.XHDTYPE)
    item.size = 2**31
    archive = tmp_path / "study"
    archive.write_bytes(item.tobuf(tarfile.USTAR_FORMAT) + bytes(10_000))
    assert "head" in refusal(archive, room)[0].found


def test_what_is_cut_short_or_no_archive_says_so(tmp_path, room):
    archive = tmp_path / "study"
    for data in (b"", b"PK", b"\x1f\x8b", b"hello", gzip.compress(b"hello"), zlib.compress(b"x")):
        archive.write_bytes(data)
        assert refusal(archive, room)
    whole = zipped(tmp_path / "whole", [("a", b"x" * 5000)]).read_bytes()
    packed = tarred(tmp_path / "whole2", [("a", bytes(range(256)) * 200)]).read_bytes()
    for data in (whole, packed):
        for cut in range(1, len(data), max(1, len(data) // 40)):
            archive.write_bytes(data[:cut])
            with pytest.raises(StudyError):
                unpack(archive, room)
            assert not list(room.iterdir())


@given(
    flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8),
    kind=st.booleans(),
)
def test_any_bytes_become_files_inside_or_a_refusal(tmp_path_factory, flips, kind):
    folder = tmp_path_factory.mktemp("flipped")
    (room := folder / "room").mkdir()
    members = [("study.toml", b"[study]\n"), ("a/b.csv", b"x,y\n" * 50)]
    archive = folder / "study"
    zipped(archive, members) if kind else tarred(archive, members, "w")
    raw = bytearray(archive.read_bytes())
    for place, value in flips:
        raw[place % len(raw)] = value
    archive.write_bytes(bytes(raw))
    try:
        paths = unpack(archive, room)
    except StudyError:
        assert not list(room.iterdir())
    else:
        assert all(room in path.resolve().parents and not path.is_symlink() for path in paths)
    assert {path.name for path in folder.iterdir()} == {"room", "study"}


def test_a_full_disk_is_no_fault_of_the_archive(tmp_path, room, monkeypatch):
    def full(self, *_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    archive = zipped(tmp_path / "a.zip", [("study.toml", b"x")])
    monkeypatch.setattr(Path, "chmod", full)
    with pytest.raises(DiskError, match="no room; expected room to write to"):
        unpack(archive, room)
    assert not any(room.iterdir())
