"""The bytes of a file as UTF-8 text, or the one fault that says why they are not."""

from __future__ import annotations

import codecs
import re
import tomllib
from pathlib import Path
from typing import Any

from remnant.errors import Fault


def printable(name: str) -> str:
    """Return the name of a file as text; the bytes of a name that is not UTF-8 are written out."""
    return name.encode("utf-8", "backslashreplace").decode()


def read_bytes(path: Path, source: str) -> bytes | Fault:
    """Read a file that may be a folder, a circle of links, or not ours to read."""
    try:
        return path.read_bytes()
    except OSError as error:  # the message of the system is kept, its path is not: it says where we run
        found = (error.strerror or type(error).__name__).lower()
        hint = "look at what the name stands for, and who may read it"
        return Fault(source, None, "", found, "a file that can be read", hint)


def utf8_fault(data: bytes, source: str, hint: str) -> Fault | None:
    """Say where bytes stop being UTF-8 text, if they do."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Fault(source, 1, "", "a UTF-16 byte-order mark", "UTF-8 text", hint)
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte {data[error.start]:#04x}, which is not UTF-8 (Latin-1?)"
        return Fault(source, line, "", found, "UTF-8 text", hint)
    if (nul := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, nul) + 1
        return Fault(source, line, "", "a NUL character", "text", f"is this a spreadsheet? {hint}")
    return None


ENDLESS = re.compile(r"\b0[xob][0-9A-Fa-f_]{3000}")


def toml_of(text: str) -> dict[str, Any]:
    """Read TOML.

    Raises
    ------
    tomllib.TOMLDecodeError
        If it is none.
    ValueError
        If a whole number has more digits than Python reads, or writes when it says what is wrong.
    """
    if ENDLESS.search(text):
        raise ValueError("a whole number of thousands of digits")
    return tomllib.loads(text)
