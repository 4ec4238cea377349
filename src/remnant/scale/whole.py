"""Files that are whole or not there at all, whatever ends the run: a full disk, a power cut, a kill."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from polars.exceptions import ComputeError

from remnant.errors import Fault, SettingError

PART = ".part-"  # begins the name of a file that is not whole yet


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write, which takes its name only when all of it is on the disk.

    Yields
    ------
    BinaryIO
        Takes the bytes.

    Raises
    ------
    SettingError
        If they cannot be written, such as on a full disk; no part is left behind.
    """
    part = path.with_name(f"{PART}{path.name}")
    with usable(path.parent):
        try:
            with part.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        _settle_names(path.parent)


@contextmanager
def usable(directory: Path) -> Iterator[None]:
    """Say what is wrong with a folder as something to mend.

    Raises
    ------
    SettingError
        If what is done within cannot be, for a disk that is full or a folder that is not to be written.
    """
    try:
        yield
    except (OSError, ComputeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "what was finished is kept: make room, or mend the folder, and run the same line again"
        fault = Fault(str(directory), None, "", reason, "a folder to write into", hint)
        raise SettingError([fault]) from error


@contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """Keep a second run out of a folder; when a run ends, in whatever way, the folder is free again.

    Raises
    ------
    SettingError
        If another run is writing there.
    """
    try:
        import fcntl
    except ImportError:  # a system without such locks
        yield
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without such locks
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                hint = "wait until it ends, or name another folder"
                fault = Fault(
                    str(directory), None, "", "another run at work here", "a folder of its own", hint
                )
                raise SettingError([fault]) from None
        yield
    finally:
        os.close(handle)


def clear_parts(directory: Path) -> None:
    """Remove what a killed run had not finished."""
    for part in directory.glob(f"{PART}*"):
        part.unlink()


def _settle_names(directory: Path) -> None:
    """Have the disk remember the names in a folder, where a system can be asked to."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
