"""Where DATA lies: HEADER, TEXT, `$TOT` and the length of the file must agree."""

from __future__ import annotations

from collections.abc import Mapping

from remnant.cytometry.fcs.header import Header, Repair, Segment, fault
from remnant.cytometry.fcs.layout import number, whole
from remnant.errors import FcsError


def locate_data(
    header: Header,
    keywords: Mapping[str, str],
    row_bytes: int,
    source: str,
    file_bytes: int,
    offsets: str | None,
) -> tuple[Segment, int, list[Repair]]:
    """Find DATA and count its events.

    Parameters
    ----------
    header, keywords
        HEADER and TEXT of the data set.
    row_bytes : int
        Bytes of one event.
    source : str
        File name, for errors.
    file_bytes : int
        Length of the file.
    offsets : {"header", "text"} or None
        Which to believe where the two differ.

    Returns
    -------
    segment : Segment
        DATA, from the start of the file.
    events : int
        Whole rows in it.
    repairs : list of Repair
    """
    begin, end, from_text = _choose(header, keywords, source, offsets)
    data = Segment("DATA", begin + header.start, end + header.start)
    total, repairs = _total(keywords, header, data, row_bytes, source)
    if data.size <= 0 or (begin, end) == (0, 0):
        if total:
            hint = "the events are not in this file"
            raise FcsError([fault(source, "$TOT", total, "0, as DATA is empty", hint)])
        return Segment("DATA", data.begin, data.begin - 1), 0, repairs
    where = "$BEGINDATA" if from_text else "HEADER bytes 26-41"
    if data.overlaps(header.text) or data.begin < header.start + 58:
        hint = "the offset is wrong by some bytes: every value would be another"
        raise FcsError([fault(source, where, f"{data}, {header.text}", "segments that do not overlap", hint)])
    surplus = data.size - total * row_bytes
    if data.end >= file_bytes and not (surplus == 1 and data.end == file_bytes):
        there = max(file_bytes - data.begin, 0)
        found = f"{there} bytes of DATA, so event {there // row_bytes + 1} is the first missing"
        hint = "the file is cut short: copy it again from the cytometer"
        raise FcsError([fault(source, "DATA", found, f"{data.size} bytes from byte {data.begin}", hint)])
    for other in other_segments(header, keywords).values():
        # A damaged ANALYSIS offset beyond the file says nothing about the events.
        if data.overlaps(other) and other.end < file_bytes and other.size > 1:
            hint = "one of these offsets is wrong"
            raise FcsError([fault(source, where, f"{data}, {other}", "segments that do not overlap", hint)])
    if surplus == 1:
        reason = "one byte more than whole events: a common slip of writers"
        repairs.append(Repair("$ENDDATA", str(end), str(end - 1), reason))
    elif surplus:
        rows = f"{data.size // row_bytes} events and {data.size % row_bytes} bytes in DATA"
        hint = "the file contradicts itself: export it again"
        raise FcsError([fault(source, "$TOT", f"{total}, but {rows}", "as many events as DATA holds", hint)])
    return data, total, repairs


def _choose(
    header: Header, keywords: Mapping[str, str], source: str, offsets: str | None
) -> tuple[int, int, bool]:
    """Return begin, end (from the start of the data set) and whether TEXT gave them."""
    first, last = keywords.get("$BEGINDATA"), keywords.get("$ENDDATA")
    if first is None or last is None:
        return *header.data, False
    begin, end = whole(first), whole(last)
    faults = [
        fault(source, name, repr(text), "a byte offset from 0", "export the file again")
        for name, text, value in (("$BEGINDATA", first, begin), ("$ENDDATA", last, end))
        # $ENDDATA of -1 after $BEGINDATA 0 is how some writers say that there are no events.
        if value is None or value < -(name == "$ENDDATA")
    ]
    if faults:
        raise FcsError(faults)
    assert begin is not None
    assert end is not None
    if header.data == (0, 0) or header.data == (begin, end):
        return begin, end, True
    if (begin, end) == (0, 0):
        return *header.data, False
    if offsets == "header":
        return *header.data, False
    if offsets == "text":
        return begin, end, True
    # One byte apart at the end: the count of events decides which is meant, so either will do.
    if header.data[0] == begin and abs(header.data[1] - end) == 1:
        return begin, max(end, header.data[1]), True
    found = f"{begin}-{end} in TEXT, {header.data[0]}-{header.data[1]} in HEADER"
    hint = 'say which to believe: offsets="header" or offsets="text"'
    raise FcsError([fault(source, "$BEGINDATA", found, "the same bytes in both", hint)])


def _total(
    keywords: Mapping[str, str], header: Header, data: Segment, row_bytes: int, source: str
) -> tuple[int, list[Repair]]:
    """Read `$TOT`, or count the rows of DATA where FCS leaves it out."""
    text = keywords.get("$TOT")
    if text is None or not text.strip():
        rows = max(data.size, 0) // row_bytes if data.end else 0
        if header.version == "FCS2.0":
            return rows, []
        return rows, [Repair("$TOT", "nothing", str(rows), "counted from DATA, which holds whole events")]
    total = whole(text)
    if total is None or total < 0:
        raise FcsError([fault(source, "$TOT", repr(text), "a number of events", "export the file again")])
    return total, []


def other_segments(header: Header, keywords: Mapping[str, str]) -> dict[str, Segment]:
    """Locate supplemental TEXT and ANALYSIS; an absent or unreadable one has size 1 or less."""
    found = {}
    for name, key in (("supplemental TEXT", "STEXT"), ("ANALYSIS", "ANALYSIS")):
        begin = whole(keywords.get(f"$BEGIN{key}", "0")) or 0
        end = whole(keywords.get(f"$END{key}", "0")) or 0
        if key == "ANALYSIS" and not (begin and end):
            begin, end = header.analysis
        begin, end = (begin, end) if 0 < begin < end else (0, 0)
        found[name] = Segment(name, begin + header.start, end + header.start)
    return found


def read_timestep(keywords: Mapping[str, str], source: str) -> tuple[float | None, list[Repair]]:
    """Read `$TIMESTEP`, in seconds; None where it is absent, blank or blotted out with x."""
    text = keywords.get("$TIMESTEP")
    if text is None:
        return None, []
    if not text.strip().strip("xX"):
        return None, [Repair("$TIMESTEP", repr(text), "Time in ticks", "no gate needs seconds")]
    value = number(text)
    if value is None or value <= 0:
        hint = "write seconds per tick, with a decimal point"
        raise FcsError([fault(source, "$TIMESTEP", repr(text), "a number above 0", hint)])
    return value, []
