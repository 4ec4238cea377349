"""Where DATA lies: HEADER, TEXT, `$TOT` and the length of the file must agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from remnant.cytometry.fcs.header import HEADER_BYTES, Header, Repair, Segment, fault
from remnant.cytometry.fcs.layout import number, whole
from remnant.errors import Fault, FcsError

HEADER_LIMIT = 99_999_999  # eight digits


def locate_data(
    header: Header,
    keywords: Mapping[str, str],
    row_bytes: int,
    source: str,
    limit: int,
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
    limit : int
        Where the next data set begins, or the file ends: DATA lies before it.
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
    total = _total(keywords, source)
    size = None if total is None else total * row_bytes
    begin, end, from_text, repairs = _choose(header, keywords, source, offsets, size, limit)
    data = Segment("DATA", begin + header.start, end + header.start)
    where = "$BEGINDATA" if from_text else f"HEADER bytes {header.start + 26}-{header.start + 41}"
    if _is_empty(data, begin, end, total, where, source):
        return Segment("DATA", data.begin, data.begin - 1), 0, repairs
    if data.overlaps(header.text) or data.begin < header.start + HEADER_BYTES:
        hint = "the offset is wrong by some bytes: every value would be another"
        raise FcsError([fault(source, where, f"{data}, {header.text}", "segments that do not overlap", hint)])
    if total is None:
        total = data.size // row_bytes
        if header.version != "FCS2.0":
            reason = "counted from DATA, which holds whole events"
            repairs.append(Repair("$TOT", "nothing", str(total), reason))
    surplus = data.size - total * row_bytes
    _check_room(data, surplus, row_bytes, limit, source)
    _check_apart(data, other_segments(header, keywords).values(), where, limit, source)
    if surplus == 1:
        reason = "one byte more than whole events: a common slip of writers"
        repairs.append(Repair("$ENDDATA", str(end), str(end - 1), reason))
    elif surplus:
        rows = f"{data.size // row_bytes} events and {data.size % row_bytes} bytes in {data}"
        hint = "the file contradicts itself: export it again"
        raise FcsError([fault(source, "$TOT", f"{total}, but {rows}", "as many events as DATA holds", hint)])
    return data, total, repairs


def _check_room(data: Segment, surplus: int, row_bytes: int, limit: int, source: str) -> None:
    """Refuse DATA that runs beyond its file, or into the next data set; but not by the byte of a slip."""
    if data.end < limit or (surplus == 1 and data.end == limit):
        return
    there = max(limit - data.begin, 0)
    found = f"{there} bytes of DATA, so event {there // row_bytes + 1} is the first missing"
    hint = "the file is cut short: copy it again from the cytometer"
    raise FcsError([fault(source, "DATA", found, f"{data.size} bytes from byte {data.begin}", hint)])


def _check_apart(data: Segment, others: Iterable[Segment], where: str, limit: int, source: str) -> None:
    """Refuse DATA that overlaps supplemental TEXT or ANALYSIS."""
    for other in others:
        # A damaged ANALYSIS offset beyond the file says nothing about the events.
        if data.overlaps(other) and other.end < limit and other.size > 1:
            found, hint = f"{data}, {other}", "one of these offsets is wrong"
            raise FcsError([fault(source, where, found, "segments that do not overlap", hint)])


def _choose(
    header: Header,
    keywords: Mapping[str, str],
    source: str,
    offsets: str | None,
    size: int | None,
    limit: int,
) -> tuple[int, int, bool, list[Repair]]:
    """Return begin, end (from the start of the data set), whether TEXT gave them, and what was mended."""
    said = _text_offsets(keywords, source)
    if said is None or said == (0, 0):
        return *header.data, False, []
    begin, end = said
    if header.data in ((0, 0), said):
        return begin, end, True, []
    if offsets is not None:
        chosen = said if offsets == "text" else header.data
        found = f"{begin}-{end} in TEXT, {header.data[0]}-{header.data[1]} in HEADER"
        repair = Repair("$BEGINDATA", found, f"{chosen[0]}-{chosen[1]}", f"asked for: offsets={offsets}")
        return *chosen, offsets == "text", [repair]
    # HEADER has eight digits for each offset: what does not fit stands in TEXT alone, and some writers
    # leave nines or the digits that fit instead of 0.
    if end > HEADER_LIMIT and header.data[0] in (0, begin, begin % (HEADER_LIMIT + 1), HEADER_LIMIT):
        found, read = f"{header.data[0]}-{header.data[1]}", f"{begin}-{end}"
        reason = f"beyond byte {HEADER_LIMIT:,} TEXT places DATA"
        repairs = [] if header.data[1] == 0 else [Repair("HEADER", found, read, reason)]
        return begin, end, True, repairs
    if header.data == (begin, 0):
        return begin, end, True, [Repair("HEADER", "no end of DATA", str(end), "TEXT has it")]
    # One byte apart at the end: the count of events decides which is meant, so either will do.
    if header.data[0] == begin and abs(header.data[1] - end) == 1 and size is not None:
        right = begin + size - 1
        if right in (end, header.data[1]):
            found = f"{end} in TEXT, {header.data[1]} in HEADER"
            return begin, right, True, [Repair("$ENDDATA", found, str(right), "only it holds whole events")]
        return begin, max(end, header.data[1]), True, []
    raise FcsError([_contradiction(header, (begin, end), size, limit, source)])


def _contradiction(header: Header, said: tuple[int, int], size: int | None, limit: int, source: str) -> Fault:
    """Say both readings, and which of them can be: in the file, apart from TEXT, as long as `$TOT` says."""
    places = {"TEXT": said, "HEADER": header.data}
    fitting = []
    for name, (begin, end) in places.items():
        data = Segment("DATA", begin + header.start, end + header.start)
        surplus = 0 if size is None else data.size - size
        if surplus in (0, 1) and data.end - surplus < limit and not data.overlaps(header.text):
            fitting.append(name)
    found = " and ".join(f"{begin}-{end} in {name}" for name, (begin, end) in places.items())
    hint = 'say which to believe: offsets="header" or offsets="text"'
    if len(fitting) == 1:
        hint += f"; only that of {fitting[0]} holds $TOT events within the file and outside TEXT"
    return fault(source, "$BEGINDATA", found, "the same bytes in both", hint)


def _text_offsets(keywords: Mapping[str, str], source: str) -> tuple[int, int] | None:
    """Read `$BEGINDATA` and `$ENDDATA`; None where one is absent or blank, as in FCS 2.0."""
    first, last = keywords.get("$BEGINDATA", ""), keywords.get("$ENDDATA", "")
    if not first.strip() or not last.strip():
        return None
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
    return begin, end


def _is_empty(data: Segment, begin: int, end: int, total: int | None, where: str, source: str) -> bool:
    """Whether DATA holds no event, and says so in one of the ways that writers have for it."""
    nowhere = (begin, end) == (0, 0)
    if data.size > 0 and not nowhere:
        return False
    if total:
        hint = "the events are not in this file"
        raise FcsError([fault(source, "$TOT", total, f"0, as DATA is empty: {begin}-{end}", hint)])
    if total is None and (data.size < 0 or nowhere):
        hint = "nothing says where the events are, nor how many: export the file again"
        raise FcsError([fault(source, where, f"{begin}-{end}", "the first and last byte of DATA", hint)])
    return True


def _total(keywords: Mapping[str, str], source: str) -> int | None:
    """Read `$TOT`; None where it is left out, as FCS 2.0 allows."""
    text = keywords.get("$TOT", "")
    if not text.strip():
        return None
    total = whole(text)
    if total is None or total < 0:
        raise FcsError([fault(source, "$TOT", repr(text), "a number of events", "export the file again")])
    return total


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
    if value == 0:
        return None, [
            Repair("$TIMESTEP", repr(text), "Time in ticks", "a clock with no step tells no seconds")
        ]
    if value is None or value < 0:
        hint = "write seconds per tick, with a decimal point"
        raise FcsError([fault(source, "$TIMESTEP", repr(text), "a number above 0", hint)])
    return value, []
