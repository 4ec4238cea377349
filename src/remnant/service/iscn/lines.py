"""Strings, one a line, as people's files hold them: byte order marks, quotes, tabs, any line ending."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
QUOTED = re.compile(r"""\s*+(["'“”])(.*)["'“”]\s*+[,;]?\s*+""", re.DOTALL)  # no space is tried twice


@dataclass(frozen=True)
class Line:
    """A string and where it stands.

    Parameters
    ----------
    number : int
        Line of the file, or place among the arguments, from 1.
    text : str
        As given, without its line ending.
    content : str
        Without surrounding quotes.
    start : int
        Where `content` starts in `text`, from 0.
    """

    number: int
    text: str
    content: str
    start: int


def file_lines(file: Path) -> list[Line]:
    """Read the lines of a file, or of standard input for `-`; what is no UTF-8 shows as U+FFFD."""
    data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    code = next((code for mark, code in MARKS if data.startswith(mark)), "utf-8-sig")
    text = data.decode(code, errors="replace")
    lines = re.split(r"\r\n|\r|\n", text)
    if lines[-1] == "":
        lines.pop()  # what ends in a line ending has no line after it
    return arguments(lines)


def arguments(texts: Iterable[str]) -> list[Line]:
    """Number the strings and take the quotes off."""
    return [_line(number, text) for number, text in enumerate(texts, 1)]


def _line(number: int, text: str) -> Line:
    # A shell may hand over bytes that are no text: they must not break the answer.
    text = text.encode("utf-8", "replace").decode("utf-8")
    if (match := QUOTED.fullmatch(text)) and match[1] not in match[2]:
        return Line(number, text, match[2], match.start(2))
    return Line(number, text, text, 0)
