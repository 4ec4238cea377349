"""The members of a zip or a tar, one by one, with names and sizes that are claimed and not believed."""

from __future__ import annotations

import gzip
import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Literal

from remnant.errors import RemnantError

Kind = Literal[
    "file", "folder", "link", "device or pipe", "member under a password", "member of another kind"
]
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BLOCK = 512
# What the readers of the standard library say of bytes that are no archive.
BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    OSError,
    EOFError,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    struct.error,
)
HEAD_BYTES = 64 * 1024  # a long name in a tar; a head of gigabytes would be read into memory
LONG_HEADS = b"xgXLK"


@dataclass(frozen=True)
class Member:
    """One member, as the archive has it.

    Parameters
    ----------
    name : str
        As claimed.
    kind : str
        What it is.
    size : int
        Bytes, as claimed.
    opened : callable
        Opens its bytes; they flow until they end, whatever `size` says.
    """

    name: str
    kind: Kind
    size: int
    opened: Callable[[], IO[bytes]]

    @property
    def shown(self) -> str:
        """The name as a fault says it."""
        return "".join(
            letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in self.name[:200]
        )


class NotAnArchiveError(Exception):
    """A file that is no archive which can be unpacked."""

    def __init__(self, found: str, expected: str, hint: str):
        self.found, self.expected, self.hint = found, expected, hint
        super().__init__(found)


@contextmanager
def members_of(archive: Path, most: int, files: int) -> Iterator[Callable[[], Iterator[Member]]]:
    """Open an archive by what its bytes say, whatever its name is.

    Parameters
    ----------
    archive : Path
        The file.
    most : int
        Bytes that it may unpack to.
    files : int
        Members that it may have.

    Yields
    ------
    callable
        Iterates over the members, once.
    """
    with archive.open("rb") as file:
        start = file.read(BLOCK)
        file.seek(0)
        try:
            if start.startswith(b"PK"):
                yield lambda: _counted(_zipped(file, most), files)
            elif start.startswith(b"\x1f\x8b"):
                _check_heads(_Counted(gzip.GzipFile(fileobj=file), most))
                file.seek(0)
                yield lambda: _counted(_tarred(_Counted(gzip.GzipFile(fileobj=file), most)), files)
            elif start[257:262] == b"ustar":
                _check_heads(_Counted(file, most))
                file.seek(0)
                yield lambda: _counted(_tarred(_Counted(file, most)), files)
            else:
                hint = "pack the study folder as zip, tar or tar.gz, or bring its files"
                raise NotAnArchiveError("a file that is no archive", "a zip, tar or tar.gz", hint)
        except RemnantError:
            raise
        except BROKEN as error:
            raise _broken() from error


def _broken() -> NotAnArchiveError:
    return NotAnArchiveError("an archive that is broken", "a whole zip, tar or tar.gz", "pack it again")


def _counted(members: Iterator[Member], files: int) -> Iterator[Member]:
    for number, member in enumerate(members, 1):
        if number > files:
            hint = "pack the study folder alone"
            raise NotAnArchiveError(f"more than {files:,} members", f"{files:,} at most", hint)
        yield member


def _zipped(file: IO[bytes], most: int) -> Iterator[Member]:
    with zipfile.ZipFile(file) as opened:
        items = opened.infolist()
        if (claimed := sum(item.file_size for item in items)) > most:
            raise _too_much(claimed, most)
        _check_apart(items)
        for item in items:
            yield Member(item.filename, _zip_kind(item), item.file_size, partial(opened.open, item))


def _zip_kind(item: zipfile.ZipInfo) -> Kind:
    mode = item.external_attr >> 16
    form = stat.S_IFMT(mode) if item.create_system == 3 else 0
    if item.flag_bits & 0x1:
        return "member under a password"
    if form == stat.S_IFLNK:
        return "link"
    if form not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "device or pipe"
    if item.compress_type not in PLAIN:
        return "member of another kind"
    return "folder" if item.filename.endswith("/") else "file"


def _check_apart(items: list[zipfile.ZipInfo]) -> None:
    """Refuse members that share their bytes, by which a few megabytes claim to be petabytes.

    References
    ----------
    Fifield (2019) A better zip bomb. USENIX WOOT.
    """
    ends = 0
    for item in sorted(items, key=lambda item: item.header_offset):
        if item.header_offset < ends:
            raise NotAnArchiveError("members that share their bytes", "each with its own", "pack it again")
        ends = item.header_offset + item.compress_size


class _Counted(io.RawIOBase):
    """A stream that ends with a refusal where it has given too much."""

    def __init__(self, stream: Any, most: int):
        self.stream, self.most, self.read_so_far = stream, most + 1024 * BLOCK, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece: bytes = self.stream.read(size)
        self.read_so_far += len(piece)
        if self.read_so_far > self.most:
            raise _too_much(self.read_so_far, self.most)
        return piece


def _too_much(found: int, most: int) -> NotAnArchiveError:
    hint = "pack the study folder alone, or bring the large files one by one"
    return NotAnArchiveError(f"{found:,} bytes or more once unpacked", f"{most:,} at most", hint)


def _check_heads(stream: _Counted) -> None:
    """Walk over a tar, so that no head is larger than a name can be: they are read into memory whole."""
    while len(head := stream.read(BLOCK)) == BLOCK and head.strip(b"\0"):
        size = tarfile.nti(head[124:136])  # type: ignore[attr-defined]
        if size < 0 or (head[156:157] in LONG_HEADS and size > HEAD_BYTES):
            raise NotAnArchiveError(
                "a head of a member that is too large", f"{HEAD_BYTES:,} bytes at most", "pack it again"
            )
        left = -(-size // BLOCK) * BLOCK
        while left > 0:
            piece = stream.read(min(left, 1024 * BLOCK))
            if not piece:
                raise _broken()
            left -= len(piece)
    if len(head) < BLOCK:
        raise _broken()  # a tar ends with blocks of zeros: what is cut between two members would be missed
    while stream.read(1024 * BLOCK):
        pass  # to the checksum of what packs it


def _tarred(stream: _Counted) -> Iterator[Member]:
    with tarfile.open(fileobj=stream, mode="r|", errorlevel=2, encoding="utf-8", errors="replace") as opened:
        for item in opened:
            yield Member(item.name, _tar_kind(item), item.size, partial(_file_in, opened, item))


def _file_in(opened: tarfile.TarFile, item: tarfile.TarInfo) -> IO[bytes]:
    found = opened.extractfile(item)
    assert found is not None, "only plain files are opened"
    return found


def _tar_kind(item: tarfile.TarInfo) -> Kind:
    if item.issym() or item.islnk():
        return "link"
    if item.issparse():
        return "member of another kind"
    if item.isdir():
        return "folder"
    return "file" if item.isreg() else "device or pipe"
