"""HEADER of one FCS data set: 58 bytes that say where TEXT, DATA and ANALYSIS lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from remnant.errors import Fault, FcsError

VERSIONS = ("FCS2.0", "FCS3.0", "FCS3.1", "FCS3.2")
HEADER_BYTES = 58
QUOTED = 200  # characters of a file that an error or a repair repeats


@dataclass(frozen=True)
class Repair:
    """A mend that changed no value, made while reading and printed in the report.

    Parameters
    ----------
    keyword : str
        Keyword or segment that breaks the standard.
    found : str
        What stands there.
    read_as : str
        What it was read as.
    reason : str
        Why that cannot change a value.
    """

    keyword: str
    found: str
    read_as: str
    reason: str

    def __post_init__(self) -> None:
        for name in ("keyword", "found", "read_as"):
            object.__setattr__(self, name, _shortened(getattr(self, name)))


@dataclass(frozen=True)
class Segment:
    """Bytes `begin` to `end`, both included, counted from the start of the file."""

    name: str
    begin: int
    end: int

    @property
    def size(self) -> int:
        """Number of bytes; 0 where `end` is `begin - 1`."""
        return self.end - self.begin + 1

    def overlaps(self, other: Segment) -> bool:
        """Whether a byte belongs to both."""
        return min(self.size, other.size) > 0 and self.begin <= other.end and other.begin <= self.end

    def __str__(self) -> str:
        """Say the range."""
        return f"{self.name} bytes {self.begin}-{self.end}"


@dataclass(frozen=True)
class Header:
    """The HEADER of one data set; offsets as written, relative to `start`; 0, 0 means `see TEXT`."""

    version: str
    start: int
    text: Segment
    data: tuple[int, int]
    analysis: tuple[int, int]


def fault(source: str, where: str, found: object, expected: str, hint: str) -> Fault:
    """Build the fault of one keyword, segment or byte range of an FCS file."""
    return Fault(source, None, where, _shortened(str(found)), expected, hint)


def _shortened(text: str) -> str:
    """Quote a value of a file no further than a person reads."""
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}... ({len(text)} characters)"


def read_header(stream: BinaryIO, source: str, start: int, file_bytes: int) -> Header:
    """Read the HEADER that begins at byte `start`.

    Raises
    ------
    FcsError
        If it is cut short, is not FCS 2.0 to 3.2, or places TEXT outside the file.
    """
    stream.seek(start)
    raw = stream.read(HEADER_BYTES)
    where = f"HEADER bytes {start}-{start + 5}"
    if raw[:6].decode("latin-1") not in VERSIONS:
        hint = "is this an FCS file? export it again from the cytometer"
        found = repr(raw[:8]) if raw else "an empty file"
        raise FcsError([fault(source, where, found, " or ".join(VERSIONS), hint)])
    if len(raw) < HEADER_BYTES:
        hint = "the file is cut short: copy it again from the cytometer"
        found = f"{len(raw)} bytes"
        raise FcsError([fault(source, "HEADER", found, f"{HEADER_BYTES} bytes", hint)])
    numbers = [_offset(raw, position, source, start) for position in range(10, 58, 8)]
    begin, end = numbers[0] + start, numbers[1] + start
    if numbers[0] < HEADER_BYTES or begin >= file_bytes:
        expected = f"a TEXT segment within {file_bytes} bytes"
        raise FcsError(
            [fault(source, f"HEADER bytes {start + 10}-{start + 17}", numbers[0], expected, "cut short?")]
        )
    if end <= begin or end >= file_bytes:
        expected = f"the last byte of TEXT, from {begin + 1} to {file_bytes - 1}"
        hint = "the file is cut short, or its header is damaged: copy it again"
        raise FcsError([fault(source, f"HEADER bytes {start + 18}-{start + 25}", end, expected, hint)])
    text = Segment("TEXT", begin, end)
    return Header(raw[:6].decode("latin-1"), start, text, (numbers[2], numbers[3]), (numbers[4], numbers[5]))


def _offset(raw: bytes, position: int, source: str, start: int) -> int:
    """Read eight bytes of HEADER as an offset; blanks are 0."""
    field = raw[position : position + 8].strip(b" \0")
    if not field:
        return 0
    if field.isdigit():
        return int(field)
    where = f"HEADER bytes {start + position}-{start + position + 7}"
    hint = "the header is damaged: export the file again"
    if position < 26:
        raise FcsError(
            [fault(source, where, repr(raw[position : position + 8]), "an offset in digits", hint)]
        )
    # Writers put -1, N/A or ******** where DATA or ANALYSIS does not fit; TEXT then decides.
    return 0
