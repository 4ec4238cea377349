"""Pages that were made once: kept beside the store as files, and in memory while they are asked for.

HOME/cache/pages/KEY/NAME.z     a part of a page, or its charts, as zlib; KEY names all it depends on
HOME/cache/findings/KEY/N.z     the findings of patient N alone, as JSON

All of it can be deleted at any time: it is made again. It is no part of a backup.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from remnant.store.house import Store

ROOMS = ("report", "figures", "service", "web")  # the rooms that say how a page looks
ALL = "all"  # names the parts of a folder; no part is called so
SMALL = 1 << 13  # bytes
IN_MEMORY = 64 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Piece:
    """A text as it is, and deflated so that it can stand in the midst of a stream.

    Parameters
    ----------
    text : bytes
        UTF-8.
    packed : bytes
        Raw deflate blocks that end at a whole byte, none of them the last of its stream.
    digest : str
        SHA-256 of the text.
    """

    text: bytes
    packed: bytes
    digest: str

    @classmethod
    def of(cls, text: bytes, level: int = 6) -> Piece:
        """Deflate a text.

        Examples
        --------
        >>> Piece.of(b"a page").text
        b'a page'
        """
        bits = (
            zlib.MAX_WBITS if len(text) > SMALL else SMALL.bit_length() - 1
        )  # a small window is quick to make
        work = zlib.compressobj(level, wbits=-bits, memLevel=8 if len(text) > SMALL else 5)
        packed = work.compress(text) + work.flush(zlib.Z_SYNC_FLUSH)
        return cls(text, packed, hashlib.sha256(text).hexdigest())


def gzipped(*pieces: Piece) -> bytes:
    """Return one gzip stream of pieces that were deflated apart.

    Examples
    --------
    >>> import gzip
    >>> gzip.decompress(gzipped(Piece.of(b"a page "), Piece.of(b"of two parts")))
    b'a page of two parts'
    """
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    check, length = 0, 0
    for piece in pieces:
        check = zlib.crc32(piece.text, check)
        length += len(piece.text)
    foot = check.to_bytes(4, "little") + (length & 0xFFFFFFFF).to_bytes(4, "little")
    return head + b"".join(piece.packed for piece in pieces) + b"\x03\x00" + foot


@dataclass
class Memory:
    """Pieces that were asked for last, up to so many bytes."""

    most: int = IN_MEMORY
    _held: OrderedDict[str, Piece] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: str) -> Piece | None:
        """Return a piece, and count it as the newest."""
        with self._lock:
            if (piece := self._held.get(key)) is not None:
                self._held.move_to_end(key)
            return piece

    def put(self, key: str, piece: Piece) -> None:
        """Hold a piece; the oldest go."""
        with self._lock:
            if key in self._held:
                return
            self._held[key] = piece
            self._bytes += _weight(piece)
            while self._bytes > self.most and len(self._held) > 1:
                self._bytes -= _weight(self._held.popitem(last=False)[1])


def _weight(piece: Piece) -> int:
    return len(piece.text) + len(piece.packed)


_MEMORY = Memory()
_MAKING: dict[str, threading.Lock] = {}
_GUARD = threading.Lock()

Make = Callable[[], Mapping[str, str | bytes]]


def kept(store: Store, key: str, name: str, make: Make) -> Piece | None:
    """Return a part of a page, which is made the first time.

    Parameters
    ----------
    store : Store
        Whose home keeps it.
    key : str
        Names all that the parts depend on but the program (`program`), which is added.
    name : str
        Which part; letters, digits, dots and dashes.
    make : callable
        Makes all parts of this key at once, by name. While it works, others who ask wait for it.

    Returns
    -------
    Piece or None
        None if there is no such part.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        return None
    place = f"{store.home}\0{key}\0{name}"
    if (piece := _MEMORY.get(place)) is not None:
        return piece
    folder = _folder(store.home, key)
    with _GUARD:
        lock = _MAKING.setdefault(str(folder), threading.Lock())
    with lock:
        text = read(folder / f"{name}.z")
        if text is None:
            names = read(folder / ALL)
            if names is None or name in names.decode().splitlines():  # not made yet, or broken since
                text = _make(folder, make).get(name)
    if text is None:
        return None
    piece = Piece.of(text)
    _MEMORY.put(place, piece)
    return piece


def make_ahead(home: Path, key: str, make: Make) -> None:
    """Make all parts of a key before anybody asks for one."""
    _make(_folder(home, key), make)


def _folder(home: Path, key: str) -> Path:
    return home / "cache" / "pages" / hashlib.sha256(f"{key}\0{program()}".encode()).hexdigest()[:40]


def _make(folder: Path, make: Make) -> dict[str, bytes]:
    texts = {name: text.encode() if isinstance(text, str) else text for name, text in make().items()}
    with suppress(OSError):  # a page can be read on a full disk, and is made again at every look
        for name, text in texts.items():
            write(folder / f"{name}.z", text)
        write(folder / ALL, "\n".join(texts).encode())  # written last: a folder with it is whole
    return texts


def read(path: Path) -> bytes | None:
    """Return a text that was kept; None if there is none, or if what is there is broken."""
    try:
        return zlib.decompress(path.read_bytes())
    except (FileNotFoundError, zlib.error):
        return None


def write(path: Path, text: bytes, level: int = 6) -> None:
    """Keep a text, whole or not at all, packed as tightly as a level of zlib does."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(zlib.compress(text, level))
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@cache
def program() -> str:
    """Name the program that makes pages: its version, and the files that say how they look."""
    known = hashlib.sha256(version("remnant").encode())
    home = Path(str(files("remnant")))
    for room in ROOMS:
        for path in sorted((home / room).rglob("*")):
            if path.suffix in {".py", ".j2", ".js"}:
                known.update(path.read_bytes())
    return known.hexdigest()[:20]
