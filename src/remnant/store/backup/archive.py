"""The file of a backup: a plain tar with a manifest, every table as JSON lines, every blob, and a seal.

Nothing in it is taken on trust: a member must be the one that the manifest says is next, of the size and the
digest that it says, a plain file, and no larger than the archive itself.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter, ValidationError

from remnant.errors import Fault, StoreError
from remnant.store.files.blobs import CHUNK
from remnant.store.records import to_json

FORMAT = "remnant backup 1"
FORM = tarfile.GNU_FORMAT  # the oldest in which a member may be larger than 8 GiB
MANIFEST = "manifest.json"
SEAL = "seal"  # digest of the manifest, at the very end: an archive with it is whole
_MOST = 256 << 20  # bytes of a manifest: a million blobs and more


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    Parameters
    ----------
    name : str
        `rows/TABLE.jsonl` or `blobs/DIGEST`.
    size : int
        Bytes.
    sha256 : str
        Digest.
    """

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an archive holds, in its order.

    Parameters
    ----------
    format, version, at : str
        Of this file, of the remnant that wrote it, and when.
    schema : int
        Number of the database (`remnant.store.database.migrations`).
    members : tuple of Member
        Tables first, in an order in which no row names a later one.
    """

    format: str
    version: str
    at: str
    schema: int
    members: tuple[Member, ...]


def add_manifest(archive: tarfile.TarFile, manifest: Manifest) -> None:
    """Write the manifest, which comes first."""
    data = to_json(manifest)
    add_member(archive, _about(MANIFEST, data), io.BytesIO(data))


def add_seal(archive: tarfile.TarFile, manifest: Manifest) -> None:
    """Write the seal, which comes last."""
    data = hashlib.sha256(to_json(manifest)).hexdigest().encode()
    add_member(archive, _about(SEAL, data), io.BytesIO(data))


def add_member(archive: tarfile.TarFile, member: Member, file: IO[bytes]) -> None:
    """Write the bytes of a member."""
    about = tarfile.TarInfo(member.name)
    about.size, about.mode = member.size, 0o600
    archive.addfile(about, file)


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """Open an archive.

    Raises
    ------
    StoreError
        If it is not a whole backup; while its members are read, too.
    """
    try:
        with tarfile.open(path, "r:") as archive:
            yield Reader(path, archive)
    except (tarfile.TarError, EOFError) as error:
        raise refused(path, str(error) or type(error).__name__, "") from error
    except OSError as error:
        raise refused(path, (error.strerror or str(error)).lower(), "") from error


def refused(path: Path, found: str, place: str) -> StoreError:
    """Say what is wrong with an archive."""
    expected, hint = "a whole backup of remnant", "nothing was restored: is there another copy?"
    return StoreError([Fault(path.name, None, place, found, expected, hint)])


class Reader:
    """Reads an archive once from its start to its seal.

    Parameters
    ----------
    path : Path
        The archive.
    archive : TarFile
        Opened at its start.
    """

    def __init__(self, path: Path, archive: tarfile.TarFile):
        self._path, self._tar, self._size = path, archive, path.stat().st_size
        about = self._next(MANIFEST)
        if about.size > _MOST:
            raise refused(path, f"{about.size:,} bytes", MANIFEST)
        data = b"".join(self._chunks(about))
        try:
            self.manifest = TypeAdapter(Manifest).validate_json(data)
        except ValidationError as error:
            raise refused(path, "another text than a manifest", MANIFEST) from error
        if self.manifest.format != FORMAT:
            raise refused(path, repr(self.manifest.format[:80]), MANIFEST)
        self._digest = hashlib.sha256(data).hexdigest().encode()

    def read(self, member: Member) -> Iterator[bytes]:
        """Yield the bytes of the next member; in the end an error if they are not those of the manifest."""
        about, digest = self._next(member.name), hashlib.sha256()
        if about.size != member.size:
            raise refused(self._path, f"{about.size:,} bytes", f"{member.name}, which has {member.size:,}")
        for chunk in self._chunks(about):
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != member.sha256:
            raise refused(self._path, "other bytes than were written", member.name)

    def finish(self) -> None:
        """See that the seal is there and nothing after it."""
        about = self._next(SEAL)
        if about.size != len(self._digest) or b"".join(self._chunks(about)) != self._digest:
            raise refused(self._path, "another manifest than was sealed", MANIFEST)
        if (more := self._tar.next()) is not None:
            raise refused(self._path, f"{more.name[:80]!r} after the seal", SEAL)

    def _next(self, name: str) -> tarfile.TarInfo:
        about = self._tar.next()
        if about is None:
            raise refused(self._path, f"its end, before {name}", "")
        if about.name != name or about.type != tarfile.REGTYPE or about.issparse():
            raise refused(
                self._path, f"{about.name[:80]!r} of type {about.type!r}", f"where {name} should be"
            )
        if about.size > self._size:  # a plain tar holds no file larger than itself
            raise refused(self._path, f"a claim of {about.size:,} bytes in {self._size:,}", name)
        return about

    def _chunks(self, about: tarfile.TarInfo) -> Iterator[bytes]:
        file, left = self._tar.extractfile(about), about.size
        while file is not None and left > 0:
            if not (chunk := file.read(min(CHUNK, left))):
                raise refused(self._path, "its end", about.name)
            left -= len(chunk)
            yield chunk


def _about(name: str, data: bytes) -> Member:
    return Member(name, len(data), "")
