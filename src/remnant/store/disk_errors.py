"""What a disk does not take, said as something to mend: the error of a system, or of a database, in words.

Whoever writes cleans up and lets the error go up; the roof says it by `refusal`. Nothing is half written: a
file has its name when it is whole, and a transaction that does not end leaves no row.
"""

from __future__ import annotations

import errno
import re
import sqlite3

from polars.exceptions import PolarsError

from remnant.errors import DiskError, Fault

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)
BROKEN = (errno.EIO,)
_SQLITE = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_READONLY: errno.EROFS,
}
_SAID = re.compile(r"\(os error (\d+)\)")  # polars has the number in its text alone
_POSTGRESQL = {"53100": errno.ENOSPC, "58030": errno.EIO}  # SQLSTATE


def disk_error(code: int, place: str = "disk") -> DiskError:
    """Say what is wrong with a disk.

    Parameters
    ----------
    code : int
        As of `errno`.
    place : str
        What could not be written, where a person would know it by name.

    Examples
    --------
    >>> str(disk_error(errno.ENOSPC))
    'disk: found no room; expected room to write to; nothing of it was kept: make room, then do it again'
    """
    if code in FULL:
        found, expected, do = "no room", "room to write to", "make room, then do it again"
    elif code in CLOSED:
        found, expected = "what nobody may write to", "a folder that this user may write to"
        do = "mend the folder, or name another"
    else:
        found, expected, do = "an error of its own", "a disk that answers", "see what the system says of it"
    return DiskError([Fault(place, None, "", found, expected, f"nothing of it was kept: {do}")])


def refusal(error: BaseException | None) -> DiskError | None:
    """Return what to say of an error, if it or what it came of is that of a disk; None otherwise.

    A permission that is missing is none: it may be of a file that nobody should have asked for.
    """
    while error is not None:
        if isinstance(error, DiskError):
            return error
        code = _code(error)
        if code in (*FULL, errno.EROFS, *BROKEN):
            return disk_error(code)
        error = error.__cause__ or error.__context__
    return None


def _code(error: BaseException) -> int:
    if isinstance(error, OSError) and error.errno:
        return error.errno
    if said := _SAID.search(str(error)) if isinstance(error, OSError | PolarsError) else None:
        return int(said[1])
    if isinstance(error, sqlite3.Error):
        return _SQLITE.get(
            getattr(error, "sqlite_errorcode", 0) & 0xFF, 0
        )  # the rest says more exactly where
    return _POSTGRESQL.get(str(getattr(error, "sqlstate", "")), 0)
