"""What counts only once it is on the disk: names in folders; and fresh folders beside a place."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_NAME = 40  # letters of a name that a fresh one begins with: the whole would be longer than a disk allows


def flush_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flush_all(folder: Path) -> None:
    """Have the names in a folder and in every folder beneath on the disk."""
    for below, _, _ in os.walk(folder):
        flush_folder(Path(below))


def write_flushed(path: Path, data: bytes) -> None:
    """Write a new file of which the bytes are on the disk."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def name_beside(place: Path) -> Path:
    """Return a hidden name that nobody has, in the folder in which a place is."""
    return place.parent / f".{place.name[:_NAME]}-{secrets.token_hex(8)}"


def folder_beside(place: Path, mode: int = 0o777) -> Path:
    """Make an empty folder beside a place; who may look into it is said by `mode` and the umask."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = name_beside(place)
    fresh.mkdir(mode=mode)
    return fresh
