"""Secret keys of a home: in files that only their owner reads, never in a database or a backup."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from remnant.errors import Fault, StoreError
from remnant.store.disk import flush_folder

FOLDER = "keys"
BYTES = 32


def key_of(home: Path, name: str) -> bytes:
    """Return a key, made at its first use.

    Parameters
    ----------
    home : Path
        Folder of the store.
    name : str
        What the key is for.

    Returns
    -------
    bytes, length 32
        The same at every call.

    Raises
    ------
    StoreError
        If its file is not a key, or others may read it.
    """
    path = home / FOLDER / f"{name}.key"
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != BYTES:
        hint = "bring the file back from your copy: nothing else makes the same pseudonyms again"
        raise StoreError([Fault(str(path), None, "", f"{len(key)} bytes", f"a key of {BYTES} bytes", hint)])
    if os.name == "posix" and path.stat().st_mode & 0o077:
        found, hint = "a key that others may read", "chmod 600, and think about who has read it"
        raise StoreError([Fault(str(path), None, "", found, "a key that only its owner may read", hint)])
    return key


def _make(path: Path) -> None:
    """Write a fresh key whole; of two that make one at once, both then read the first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
        except OSError:  # a disk without hard links
            fresh.rename(path)
        flush_folder(path.parent)  # whoever was given pseudonyms may ask for the same ones after a power cut
    finally:
        fresh.unlink(missing_ok=True)
