"""An uploaded archive becomes files in a folder of ours, or it is said which member keeps it from being one.

Nothing is believed: a name may leave the folder, a size may lie, a link may point anywhere, and a small file
may unpack to a disk full. Names are judged before anything is written, bytes are counted while they flow.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from remnant.errors import Fault, StudyError
from remnant.service.intake.archive_names import Names
from remnant.service.intake.archive_readers import BROKEN, Member, NotAnArchiveError, members_of
from remnant.store.disk_errors import disk_error

MEBIBYTE = 1024 * 1024
CHUNK = 256 * 1024
FEW_BYTES = 16 * MEBIBYTE  # below it a ratio says nothing: a page of zeros is no bomb


@dataclass(frozen=True)
class Limits:
    """What an archive may unpack to.

    Parameters
    ----------
    files : int
        Most members, folders among them.
    total_bytes, member_bytes : int
        Most bytes of all, and of one.
    ratio : float
        Most bytes unpacked for each byte of the archive: text shrinks to a twentieth, a bomb to a thousandth.
    """

    files: int = 20_000
    total_bytes: int = 4096 * MEBIBYTE
    member_bytes: int = 2048 * MEBIBYTE
    ratio: float = 200

    def of(self, archive: Path) -> int:
        """Most bytes of all that this archive may unpack to."""
        return int(min(self.total_bytes, max(FEW_BYTES, self.ratio * archive.stat().st_size)))

    def without(self, unpacked: Iterable[Path]) -> Limits:
        """Return what is left for the archives after one: a hundred small bombs are a large one."""
        sizes = [path.stat().st_size for path in unpacked]
        return replace(self, files=self.files - len(sizes), total_bytes=self.total_bytes - sum(sizes))


def unpack(archive: Path, room: Path, limits: Limits | None = None, *, called: str = "") -> list[Path]:
    """Unpack a zip, tar or tar.gz into an empty folder.

    Parameters
    ----------
    archive : Path
        The file.
    room : Path
        An empty folder.
    limits : Limits, optional
        What it may unpack to.
    called : str
        What faults call it; by default the name of the file.

    Returns
    -------
    list of Path
        The files, in the order of the archive; plain files that only their owner reads.

    Raises
    ------
    StudyError
        With every member whose name or kind is refused, or with the first whose bytes are; the folder is
        then empty.
    """
    assert not any(room.iterdir()), "the room of an archive is empty"
    limits, source = limits or Limits(), called or archive.name
    try:
        return _unpacked(archive, room, limits, source)
    except BaseException as error:
        for made in room.iterdir():
            shutil.rmtree(made) if made.is_dir() else made.unlink()
        if isinstance(error, NotAnArchiveError):
            raise StudyError([Fault(source, None, "", error.found, error.expected, error.hint)]) from None
        raise


def _unpacked(archive: Path, room: Path, limits: Limits, source: str) -> list[Path]:
    names, faults = Names(source), []
    with members_of(archive, limits.of(archive), limits.files) as members:
        for member in members():
            faults += names.judge(member)
    if faults:
        raise StudyError(faults)
    made, left = [], limits.of(archive)
    with members_of(archive, left, limits.files) as members:
        for member in members():
            path = room.joinpath(*member.name.rstrip("/").split("/"))
            if member.kind == "folder":
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
                continue
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            left -= _write(member, path, min(limits.member_bytes, left), source)
            made.append(path)
    return made


def _write(member: Member, path: Path, most: int, source: str) -> int:
    """Write one member; return its size."""
    size = 0
    with _room(source), path.open("xb") as file:
        path.chmod(0o600)
        for piece in _pieces(member, source):
            size += len(piece)
            if size > min(most, member.size):
                found = "more bytes than it claims" if size > member.size else f"more than {most:,} bytes"
                expected = f"{member.size:,} bytes" if size > member.size else f"{most:,} bytes at most"
                hint = "pack the study folder alone, and again"
                raise StudyError([Fault(source, None, member.shown, found, expected, hint)])
            file.write(piece)
    if size < member.size:
        found, hint = f"{size:,} bytes", "the archive is cut short: pack it again"
        raise StudyError([Fault(source, None, member.shown, found, f"{member.size:,} bytes", hint)])
    return size


@contextmanager
def _room(source: str) -> Iterator[None]:
    """Say of a disk that takes no more that it is the disk: the archive is as good as it was."""
    try:
        yield
    except OSError as error:
        raise disk_error(error.errno or 0, source) from error


def _pieces(member: Member, source: str) -> Iterator[bytes]:
    try:
        with member.opened() as stream:
            while piece := stream.read(CHUNK):
                yield piece
    except BROKEN:
        hint = "pack it again"
        fault = Fault(source, None, member.shown, "bytes that are not what they claim", "a whole file", hint)
        raise StudyError([fault]) from None
