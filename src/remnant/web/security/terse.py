"""Log lines without the text of an exception: an identifier could stand in it."""

from __future__ import annotations

import logging
import traceback
from pathlib import PurePath


class Terse(logging.Formatter):
    """Time, level, the first line of what is said; of an exception its kind and where it happened.

    Examples
    --------
    >>> try:
    ...     {}["P-0042"]
    ... except KeyError:
    ...     import sys
    ...     line = Terse().formatException(sys.exc_info())
    >>> line.splitlines()[0], "P-0042" in line
    ('KeyError', False)
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        if not record.name.startswith("remnant.web"):
            # What a library says may quote a request, or the repr of a failed task.
            known = record.name.startswith("uvicorn") and not record.args
            said = str(record.msg).splitlines()[0] if known and record.msg else f"({record.name})"
            record = logging.makeLogRecord(record.__dict__ | {"msg": said, "args": ()})
        return super().format(record)

    def formatException(self, ei: object) -> str:  # noqa: N802 -- the name is the library's
        """Write the kinds of an exception and its causes, and the places, without a word of what they say."""
        error = ei[1] if isinstance(ei, tuple) else None
        lines = []
        while error is not None:
            lines.append(type(error).__name__)
            places = traceback.extract_tb(error.__traceback__)
            lines += [f"  {PurePath(at.filename).name}:{at.lineno} {at.name}" for at in places]
            error = error.__cause__ or error.__context__
        return "\n".join(lines)
