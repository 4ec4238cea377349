"""How large a workbook is inside, before it is read whole: a kilobyte can be a gigabyte there."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

MOST_BYTES = 512 * 1024 * 1024  # of XML; a million rows of FISH counts take a third of it
MOST_CELLS = (
    20_000_000  # from the first corner to the last, for each is room in memory whether or not it is used
)
PIECE = 1024 * 1024
OVERLAP = 64  # bytes in which a reference to a cell fits
CELL = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")


def too_large(path: Path) -> str:
    """Say in what a workbook is too large; nothing where it is not, or is no workbook at all.

    Its own word for a size is not taken: every byte is unpacked, and forgotten.
    """
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            for item in archive.infolist():
                item.file_size = left + PIECE  # read on, whatever it says
                columns = rows = 1
                for piece in _pieces(archive, item):
                    left -= len(piece) - OVERLAP
                    if left < 0:
                        return f"more than {MOST_BYTES >> 20} MB once unpacked"
                    for column, row in CELL.findall(piece):
                        columns, rows = max(columns, _number(column)), max(rows, int(row))
                    if columns * rows > MOST_CELLS:
                        return f"a sheet of {columns:,} columns and {rows:,} rows"
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        return ""  # what is wrong with it is for its reader to say
    return ""


def _pieces(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a member in pieces, each with the end of the one before it."""
    end = b" " * OVERLAP
    with archive.open(item) as stream:
        while piece := stream.read(PIECE):
            yield end + piece
            end = piece[-OVERLAP:].rjust(OVERLAP)


def _number(letters: bytes) -> int:
    """Return the number of a column from its letters.

    Examples
    --------
    >>> _number(b"A"), _number(b"Z"), _number(b"AA"), _number(b"XFD")
    (1, 26, 27, 16384)
    """
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number
