"""One server for a home: a lock that the system lets go when its holder ends, however it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from remnant.errors import Fault, StoreError
from remnant.store.disk_errors import disk_error

FILE = "serve.lock"


@contextmanager
def held(home: Path, says: str) -> Iterator[None]:
    """Hold the lock of a home.

    Parameters
    ----------
    home : Path
        Folder of the store.
    says : str
        What another one that wants it is told, such as the address of the app.

    Raises
    ------
    StoreError
        If another process holds it, or the home is not to be written to.
    """
    path = home / FILE
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise disk_error(error.errno or 0, str(home)) from error
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        if not _take(file.fileno()):
            found, hint = (
                f"a server at {file.read(200).strip() or 'work'}",
                "use it, stop it, or name another --home",
            )
            raise StoreError([Fault(str(home), None, "", found, "a home that no other server uses", hint)])
        file.truncate(0)
        file.write(says)
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _take(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows locks a byte range
        import msvcrt

        try:
            os.lseek(descriptor, 1 << 30, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            os.lseek(descriptor, 0, os.SEEK_SET)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
