"""Keywords of an FCS file: TEXT and supplemental TEXT, taken apart in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterable

from remnant.cytometry.fcs.header import Repair, fault
from remnant.errors import FcsError

ESSENTIAL = ("$PAR", "$DATATYPE", "$BYTEORD")
MAXIMUM_KEYWORDS = 500_000  # a claim beyond this is damage: 10,000 channels need half of it
_PADDING = b" \0\r\n\t"
# Two values of one of these would be two readings of the file; elsewhere the first stands, and it is said.
_DECIDES = re.compile(
    r"\$(PAR|TOT|MODE|DATATYPE|BYTEORD|NEXTDATA|TIMESTEP|BEGIN\w+|END\w+|P[0-9]+[BDEGNRS]|P[0-9]+DATATYPE)"
    r"|\$?SPILL(OVER)?|\$?COMP|\$DFC.*"
)


def parse_keywords(
    raw: bytes, source: str, segment: str, *, essential: Iterable[str] = (), delimiter: bytes = b""
) -> tuple[dict[str, str], list[Repair]]:
    """Take one TEXT segment apart.

    The first character is the delimiter. A doubled delimiter stands for itself (FCS 3.1, section
    3.2.9); some writers leave values empty instead, which looks the same. The first reading is kept
    where it is sound. Else a doubled delimiter right behind a keyword is an empty value, for no keyword
    holds the delimiter, and one within a value still stands for itself, for no keyword is empty: listed
    as a repair. If neither is sound the file is refused, because a shifted key would give every later
    keyword the value of its neighbour.

    Parameters
    ----------
    raw : bytes
        The whole segment.
    source : str
        File name, for errors.
    segment : str
        `TEXT`, `supplemental TEXT` or `ANALYSIS`.
    essential : iterable of str
        Keywords that a sound reading must have.
    delimiter : bytes, optional
        That of primary TEXT, with which a supplement may do without an opening one.

    Returns
    -------
    keywords : dict
        Upper-case keyword to value; `$` belongs to the keyword.
    repairs : list of Repair
    """
    repairs: list[Repair] = []
    needed = {name.encode() for name in essential}
    begin, mark = 1, raw[:1]
    if delimiter and mark != delimiter and delimiter in raw:
        begin, mark = 0, delimiter
        repairs.append(
            Repair(segment, "no opening delimiter", "opened", "the delimiter of TEXT stands in it")
        )
    _check_delimiter(raw, mark, source, segment)
    body = _close(raw, begin, mark, segment, repairs)
    del raw  # a long TEXT is held no more than twice
    parts = body.split(mark)
    del body
    pairs = _join(parts, mark, within_keywords=True)
    if delimiter and not all(map(_is_printable, pairs[::2])):
        raise FcsError([fault(source, segment, repr(parts[0][:8]), "keywords in ASCII", "is this TEXT?")])
    if not _sound(pairs, mark, needed):
        pairs = _join(parts, mark, within_keywords=False)
        if not _sound(pairs, mark, needed):
            hint = "a value is empty or holds the delimiter: export the file with another delimiter"
            raise FcsError([fault(source, segment, _symptom(pairs), "keywords and values in pairs", hint)])
        reason = "only this reading pairs every keyword with a value"
        repairs.append(Repair(segment, "doubled delimiters", "empty values", reason))
    del parts
    return _collect(pairs, source, segment, repairs), repairs


def _check_delimiter(raw: bytes, mark: bytes, source: str, segment: str) -> None:
    """Refuse what cannot be a delimiter, nothing but delimiters, and more of them than there are keywords."""
    something = re.compile(b"[^" + re.escape(_PADDING + mark) + b"]")
    hint = "the file is damaged: export it again"
    if not mark.isascii() or mark in (b"", b"\0") or not something.search(raw, 1):
        raise FcsError([fault(source, segment, repr(raw[:8]), "a delimiter, then keywords and values", hint)])
    if (count := raw.count(mark)) > 2 * MAXIMUM_KEYWORDS:
        expected = f"at most {MAXIMUM_KEYWORDS} keywords"
        raise FcsError([fault(source, segment, f"{count} delimiters", expected, hint)])


def _close(raw: bytes, begin: int, mark: bytes, segment: str, repairs: list[Repair]) -> bytes:
    """Cut at the last delimiter; what follows is padding, or a last value that was never closed."""
    last = raw.rfind(mark, begin)
    if raw[last + 1 :].strip(bytes(c for c in _PADDING if c != mark[0])):
        repairs.append(Repair(segment, "no closing delimiter", "closed", "keywords and values still pair"))
        last = len(raw)
    return raw[begin : last if last >= 0 else None]


def _join(parts: list[bytes], mark: bytes, *, within_keywords: bool) -> list[bytes]:
    """Turn each doubled delimiter, which leaves an empty part, into itself: within values, or everywhere.

    Where keywords have none, an empty part right behind a keyword is its value: but two in a row are a
    value that begins with the delimiter, for no keyword is empty.
    """
    pairs: list[bytes] = []
    place = 0
    while place < len(parts):
        run = [parts[place]]
        place += 1
        while (len(pairs) % 2 or within_keywords) and place + 1 < len(parts) and not parts[place]:
            run.append(parts[place + 1])
            place += 2
        pairs.append(mark.join(run))
    return pairs


def _is_printable(key: bytes) -> bool:
    """Whether a keyword is in printable ASCII, as the standard asks."""
    return key.isascii() and key.decode("ascii").strip().isprintable()


def _sound(parts: list[bytes], mark: bytes, essential: set[bytes]) -> bool:
    """Whether the parts pair up, no keyword is empty or holds a delimiter, and the needed ones are there."""
    keys = [key.strip().upper() for key in parts[::2]]
    if len(parts) % 2 or any(not key or mark in key for key in keys):
        return False
    return essential <= set(keys)


def _symptom(parts: list[bytes]) -> str:
    if len(parts) % 2:
        return f"{len(parts)} keywords and values, which cannot pair"
    names = {part.strip().upper() for part in parts[::2]}
    missing = [name for name in ESSENTIAL if name.encode() not in names]
    return f"no {', '.join(missing)}" if missing else "an empty keyword"


def _collect(pairs: list[bytes], source: str, segment: str, repairs: list[Repair]) -> dict[str, str]:
    """Join keywords and values; one keyword with two values is refused where that decides on the reading."""
    keywords: dict[str, str] = {}
    foreign: list[str] = []
    for place in range(0, len(pairs), 2):
        key = _decode(pairs[place], foreign).strip().upper()
        value = _decode(pairs[place + 1], foreign, key)
        pairs[place] = pairs[place + 1] = b""  # a long TEXT is held once
        known = keywords.setdefault(key, value)
        if known.strip() == value.strip():
            continue
        found = f"{known!r} and {value!r}"
        if _DECIDES.fullmatch(key):
            raise FcsError([fault(source, f"{segment} {key}", found, "one value", "which one is meant?")])
        repairs.append(Repair(key, found, repr(known), "no value of an event depends on it"))
    if foreign:
        found = f"{len(foreign)} not in UTF-8, the first {foreign[0]}"
        reason = "a byte beyond ASCII stands only in a name or a comment"
        repairs.insert(0, Repair(segment, found, "Latin-1", reason))
    return keywords


def _decode(part: bytes, foreign: list[str], key: str = "") -> str:
    """Decode as UTF-8, else byte for byte as Latin-1, which never fails."""
    try:
        return part.decode("utf-8")
    except UnicodeDecodeError:
        foreign.append(f"value of {key}" if key else f"keyword {part[:20]!r}")
        return part.decode("latin-1")


def merge(primary: dict[str, str], supplement: dict[str, str]) -> tuple[dict[str, str], list[Repair]]:
    """Add supplemental TEXT to TEXT, which wins; every conflict is listed."""
    clashes = [
        key for key in supplement if primary.get(key, supplement[key]).strip() != supplement[key].strip()
    ]
    reason = "the standard lets primary TEXT win"
    repairs = [
        Repair(
            key, f"{primary[key]!r}, and {supplement[key]!r} in supplemental TEXT", repr(primary[key]), reason
        )
        for key in clashes
    ]
    return supplement | primary, repairs
