"""Folders as a zip that flows: no more of it than a piece is ever in memory."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from remnant.service.privacy.pseudonymised import Exported, export_pseudonymised
from remnant.service.viewer import Viewer
from remnant.store.files.blobs import blob_path
from remnant.store.files.trees import tree_files
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord

CHUNK = 1 << 18
PACKED = (".fcs", ".parquet", ".xlsx", ".png", ".pdf", ".gz", ".zip")  # would not get smaller, or not by much


class _Pipe:
    """Where a zip is written to, and taken from, a piece at a time."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is written is there."""

    def taken(self) -> bytes:
        piece = b"".join(self.pieces)
        self.pieces.clear()
        return piece


def zipped(store: Store, tree: str, name: str) -> Iterator[bytes]:
    """Yield a zip of a folder of the store; the same folder gives the same bytes.

    Parameters
    ----------
    store : Store
        Where it is kept.
    tree : str
        Its name in the store.
    name : str
        The folder within the zip.

    Yields
    ------
    bytes
        The next piece.
    """
    files = tree_files(store, tree)
    return zip_of((f"{name}/{path}", blob_path(store, sha)) for path, sha in files.items())


def pseudonymised_zip(store: Store, viewer: Viewer, record: StudyRecord, *, why: str) -> Iterator[bytes]:
    """Yield a zip of a study without names, and of what somebody has to read before it leaves the house.

    Parameters
    ----------
    store : Store
        Where the study is kept.
    viewer : Viewer
        Who asks; an admin.
    record : StudyRecord
        The study, as it is now.
    why : str
        For whom, for the audit trail.

    Raises
    ------
    StudyError
        With every text that holds a name; nothing is handed out then.
    Refused
        If the viewer may not.
    """
    room = Path(tempfile.mkdtemp(prefix="pseudonymised-", dir=store.home / "partial"))
    try:
        found = export_pseudonymised(store, viewer, record, room / "study", why=why)
    except BaseException:
        shutil.rmtree(room)
        raise
    (room / "READ_FIRST.txt").write_text(_to_read(found), encoding="utf-8")
    pieces = _and_away(room)
    first = next(pieces)  # begun, so that the room goes even if nobody is there to take it
    return chain((first,), pieces)


def _and_away(room: Path) -> Iterator[bytes]:
    try:
        files = sorted(path for path in room.rglob("*") if path.is_file())
        yield from zip_of((path.relative_to(room).as_posix(), path) for path in files)
    finally:
        shutil.rmtree(room)


def _to_read(found: Exported) -> str:
    lines = [f"{found.patients} patients and {found.files} FCS files have new names, by key {found.key_id}."]
    if found.texts:
        lines += ["", "Texts that people typed are as they were. Read them before this leaves the house:"]
        lines += [f"  {column}: {number} different" for column, number in found.texts]
    if found.left_out:
        # What such a file is called is left behind with it: this page may leave the house with the copy.
        many = "1 other file" if len(found.left_out) == 1 else f"{len(found.left_out):,} other files"
        lines += ["", f"Not taken over: {many} of the study; its list of files names them."]
    if found.old:
        lines += ["", f"Years of birth left out, for an age above 89: {found.old}."]
    if found.other_keys:
        lines += [
            "",
            f"Earlier copies were made by another key, {', '.join(found.other_keys)}: their names differ.",
        ]
    return "\n".join([*lines, ""])


def zip_of(files: Iterable[tuple[str, Path]]) -> Iterator[bytes]:
    """Yield a zip of files by the names that they have in it."""
    pipe = _Pipe()
    with ZipFile(cast(IO[bytes], pipe), "w") as archive:
        for name, path in files:
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_STORED if name.lower().endswith(PACKED) else ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with archive.open(entry, "w", force_zip64=True) as into, path.open("rb") as source:
                while chunk := source.read(CHUNK):
                    into.write(chunk)
                    if piece := pipe.taken():
                        yield piece
            yield pipe.taken()
    yield pipe.taken()
