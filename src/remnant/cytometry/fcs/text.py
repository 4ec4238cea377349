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
    body, mark = raw[1:], raw[:1]
    if delimiter and mark != delimiter and delimiter in raw:
        body, mark = raw, delimiter
        repairs.append(
            Repair(segment, "no opening delimiter", "opened", "the delimiter of TEXT stands in it")
        )
    if not mark.isascii() or mark in (b"", b"\0") or not body.strip(_PADDING + mark):
        hint = "the file is damaged: export it again"
        raise FcsError([fault(source, segment, repr(raw[:8]), "a delimiter, then keywords and values", hint)])
    if body.count(mark) > 2 * MAXIMUM_KEYWORDS:
        found, hint = f"{body.count(mark)} delimiters", "the file is damaged: export it again"
        raise FcsError([fault(source, segment, found, f"at most {MAXIMUM_KEYWORDS} keywords", hint)])
    del raw  # a long TEXT is held once
    body = _close(body, mark, segment, repairs)
    pairs = _escaped(body, mark)
    if delimiter and not all(map(_is_printable, pairs[::2])):
        raise FcsError([fault(source, segment, repr(body[:8]), "keywords in ASCII", "is this TEXT?")])
    if not _sound(pairs, mark, needed):
        pairs = _with_empty_values(body.split(mark), mark)
        if not _sound(pairs, mark, needed):
            hint = "a value is empty or holds the delimiter: export the file with another delimiter"
            raise FcsError([fault(source, segment, _symptom(pairs), "keywords and values in pairs", hint)])
        reason = "only this reading pairs every keyword with a value"
        repairs.append(Repair(segment, "doubled delimiters", "empty values", reason))
    return _collect(pairs, source, segment, repairs), repairs


def _close(body: bytes, mark: bytes, segment: str, repairs: list[Repair]) -> bytes:
    """Cut at the last delimiter; what follows is padding, or a last value that was never closed."""
    last = body.rfind(mark)
    if body[last + 1 :].strip(bytes(c for c in _PADDING if c != mark[0])):
        repairs.append(Repair(segment, "no closing delimiter", "closed", "keywords and values still pair"))
        return body
    return body[:last] if last >= 0 else body


def _escaped(body: bytes, mark: bytes) -> list[bytes]:
    """Split at single delimiters, and turn each doubled one into itself."""
    if mark * 2 not in body:
        return body.split(mark)
    spare = next(b"\0%d\1" % n for n in range(len(body)) if b"\0%d\1" % n not in body)
    parts = body.replace(mark * 2, spare).split(mark)
    return [part.replace(spare, mark) for part in parts]


def _with_empty_values(parts: list[bytes], mark: bytes) -> list[bytes]:
    """Read the parts between delimiters with empty values: what is empty stands for one, or joins a value."""
    pairs: list[bytes] = []
    place = 0
    while place < len(parts):
        run = [parts[place]]
        place += 1
        # No keyword is empty: an empty part behind a value is the inside of a doubled delimiter.
        while len(pairs) % 2 and place + 1 < len(parts) and not parts[place]:
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
