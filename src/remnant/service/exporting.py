"""A folder of the store as a zip that flows: no more of it than a piece is ever in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from remnant.store.blobs import blob_path
from remnant.store.house import Store
from remnant.store.trees import tree_files

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


def zipped(store: Store, tree: str, name: str, *, under: str = "") -> Iterator[bytes]:
    """Yield a zip of a folder; the same folder gives the same bytes.

    Parameters
    ----------
    store : Store
        Where it is kept.
    tree : str
        Its name in the store.
    name : str
        The folder within the zip.
    under : str
        Only files below this folder; all of them where it is empty.

    Yields
    ------
    bytes
        The next piece.
    """
    pipe = _Pipe()
    with ZipFile(cast(IO[bytes], pipe), "w") as archive:
        for path, sha in tree_files(store, tree).items():
            if not path.startswith(under):
                continue
            entry = ZipInfo(f"{name}/{path}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_STORED if path.lower().endswith(PACKED) else ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with archive.open(entry, "w", force_zip64=True) as into, blob_path(store, sha).open("rb") as blob:
                while chunk := blob.read(CHUNK):
                    into.write(chunk)
                    if piece := pipe.taken():
                        yield piece
            yield pipe.taken()
    yield pipe.taken()
