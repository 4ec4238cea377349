"""Data sets of an FCS file: a chain by `$NEXTDATA`, each with its HEADER and keywords."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from remnant.cytometry.fcs.data import other_segments
from remnant.cytometry.fcs.header import Header, Repair, Segment, fault, read_header
from remnant.cytometry.fcs.layout import whole
from remnant.cytometry.fcs.text import ESSENTIAL, merge, parse_keywords
from remnant.errors import FcsError

MAXIMUM_DATASETS = 1000  # a chain of data sets longer than this is damage
_CHECKSUM_BYTES = 8
_GAP = 4096  # as far as a HEADER that nothing points to is looked for
_HEADER = re.compile(rb"FCS[23]\.[0-9] {4}[ 0-9]{32}")
# What a supplement may hold that changes a value; the layout itself must stand in primary TEXT.
_WEIGHTY = re.compile(rb"\$P[0-9]+[A-Z]|\$TIMESTEP|SPILL|COMP", re.IGNORECASE)


@dataclass(frozen=True)
class DataSet:
    """One data set: what HEADER and TEXT say, and the byte before which all of it lies."""

    header: Header
    keywords: dict[str, str]
    repairs: list[Repair]
    limit: int


def read_data_sets(path: Path) -> list[DataSet]:
    """Follow `$NEXTDATA` and read the keywords of every data set, in the order of the file.

    Raises
    ------
    FcsError
        If a HEADER or TEXT cannot be read, or the chain leads nowhere, back, or into a segment.
    """
    size = path.stat().st_size
    sets: list[DataSet] = []
    start = 0
    with path.open("rb") as stream:
        while len(sets) < MAXIMUM_DATASETS:
            found = _read_keywords(stream, path.name, start, size)
            following, repairs = _following(stream, found, path.name, size)
            found = replace(found, repairs=[*found.repairs, *repairs], limit=following or size)
            sets.append(found)
            if following is None:
                return sets
            start = following
    raise FcsError([fault(path.name, "$NEXTDATA", "a chain without end", "a last data set", "file damaged")])


def _following(stream: BinaryIO, found: DataSet, source: str, size: int) -> tuple[int | None, list[Repair]]:
    """Find where the next data set begins: where `$NEXTDATA` says, or right behind this one unsaid."""
    start, text = found.header.start, found.keywords.get("$NEXTDATA", "0")
    step = whole(text) or 0
    if step == 0:
        behind = _behind(stream, found, size)
        reason = "another data set begins there, as where files are joined end to end"
        return behind, [Repair("$NEXTDATA", text, str(behind - start), reason)] if behind else []
    following = start + step
    if following == size:
        reason = "the file ends there: a slip of writers, unless the file was cut"
        return None, [Repair("$NEXTDATA", text, "0", reason)]
    stream.seek(min(max(following, 0), size))
    magic = stream.read(3)
    # Beyond TEXT, for the same reason as supplemental TEXT.
    if following <= found.header.text.end or magic != b"FCS":
        place = f"{magic!r} at byte {following}"
        expected = f"FCS, behind byte {found.header.text.end}"
        hint = "write 0 if this is the last data set"
        raise FcsError([fault(source, "$NEXTDATA", place, expected, hint)])
    return following, []


def _behind(stream: BinaryIO, found: DataSet, size: int) -> int | None:
    """Look for a HEADER behind the last segment, with nothing but padding and a checksum between."""
    header = found.header
    ends = [header.data[1], whole(found.keywords.get("$ENDDATA", "0")) or 0]
    ends = [end + header.start for end in ends] + [header.text.end]
    ends += [segment.end for segment in other_segments(header, found.keywords).values() if segment.size > 1]
    last = max(end for end in ends if end < size)
    stream.seek(last)  # not behind it: where `$ENDDATA` is a byte late, the HEADER begins on it
    window = stream.read(_GAP)
    place = _HEADER.search(window)
    if place is None or len(window[1 : place.start()].strip(b" \0\r\n")) > _CHECKSUM_BYTES:
        return None
    return last + place.start()


def _read_keywords(stream: BinaryIO, source: str, start: int, size: int) -> DataSet:
    """Read HEADER, TEXT and supplemental TEXT."""
    header = read_header(stream, source, start, size)
    repairs = []
    if _closes_a_byte_late(stream, header.text):
        header = replace(header, text=replace(header.text, end=header.text.end + 1))
        reason = "the closing delimiter is the next byte"
        repairs.append(Repair("HEADER", "TEXT ends a byte early", "one byte more", reason))
    stream.seek(header.text.begin)
    keywords, more = parse_keywords(stream.read(header.text.size), source, "TEXT", essential=ESSENTIAL)
    stream.seek(header.text.begin)
    delimiter = stream.read(1)
    segment = other_segments(header, keywords)["supplemental TEXT"]
    # It lies before the next data set, so that a chain takes no longer to read than the file is long.
    step = whole(keywords.get("$NEXTDATA", "0")) or 0
    limit = start + step if step > 0 else size
    extra, mends = _read_supplement(stream, segment, header.text, delimiter, source, min(limit, size))
    keywords, clashes = merge(keywords, extra)
    return DataSet(header, keywords, [*repairs, *more, *mends, *clashes], size)


def _closes_a_byte_late(stream: BinaryIO, text: Segment) -> bool:
    """Whether the delimiter that closes TEXT is the byte behind it."""
    stream.seek(text.begin)
    mark = stream.read(1)
    tail = max(text.begin + 1, text.end - 1023)
    stream.seek(tail)
    last = stream.read(text.end + 1 - tail)
    following = stream.read(1)
    return following == mark and last.rstrip(b" \0\r\n")[-1:] != mark


def _read_supplement(
    stream: BinaryIO, segment: Segment, text: Segment, delimiter: bytes, source: str, limit: int
) -> tuple[dict[str, str], list[Repair]]:
    """Read supplemental TEXT, if there is one apart from TEXT itself."""
    if segment.size <= 1 or (text.begin <= segment.begin and segment.end <= text.end):
        return {}, []
    if segment.overlaps(text):
        hint = "one of these offsets is wrong"
        found = f"{segment}, {text}"
        raise FcsError([fault(source, "$BEGINSTEXT", found, "segments that do not overlap", hint)])
    if segment.end >= limit:
        hint = "the file is cut short: copy it again"
        raise FcsError([fault(source, "$ENDSTEXT", segment, f"an end before byte {limit}", hint)])
    stream.seek(segment.begin)
    try:
        return parse_keywords(stream.read(segment.size), source, segment.name, delimiter=delimiter)
    except FcsError:
        stream.seek(segment.begin)
        raw = stream.read(segment.size)
        if not raw.strip(b" \0"):
            return {}, []
        # Some writers pack their settings here; only what could change a value must not be lost.
        if _WEIGHTY.search(raw):
            raise
        reason = "not keywords; no keyword of the layout or of compensation may or does stand there"
        return {}, [Repair(segment.name, repr(raw[:4]), "left out", reason)]


def check_tail(path: Path, data_set: DataSet, data: Segment) -> list[Repair]:
    """Let an unreadable `$NEXTDATA` pass where nothing but padding or a checksum follows."""
    text = data_set.keywords.get("$NEXTDATA", "0")
    if whole(text) is not None:
        return []
    segments = [data_set.header.text, data, *other_segments(data_set.header, data_set.keywords).values()]
    size = path.stat().st_size
    behind = max(segment.end for segment in segments if segment.size > 1 and segment.end < size) + 1
    with path.open("rb") as stream:
        stream.seek(behind)
        blocks = iter(lambda: stream.read(1 << 16), b"")
        rest = next((kept for block in blocks if (kept := block.strip(b" \0\r\n"))), b"")
        more = any(block.strip(b" \0\r\n") for block in blocks)
    if more or len(rest) > _CHECKSUM_BYTES:
        hint = "write 0 if this is the last data set"
        raise FcsError(
            [fault(path.name, "$NEXTDATA", repr(text), "the offset of the next data set, or 0", hint)]
        )
    return [Repair("$NEXTDATA", repr(text), "0", "only padding or a checksum follows")]
