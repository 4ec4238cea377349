"""Keywords of an FCS file: TEXT and supplemental TEXT, taken apart in linear time."""

from __future__ import annotations

from collections.abc import Iterable

from remnant.cytometry.fcs.header import Repair, fault
from remnant.errors import FcsError

ESSENTIAL = ("$PAR", "$DATATYPE", "$BYTEORD")
_PADDING = " \0\r\n\t"


def decode(raw: bytes, segment: str) -> tuple[str, list[Repair]]:
    """Decode TEXT as UTF-8, else byte for byte as Latin-1, which never fails."""
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError as error:
        reason = "not UTF-8; a byte beyond ASCII stands only in a name or a comment"
        return raw.decode("latin-1"), [Repair(segment, f"byte {error.start} is not UTF-8", "Latin-1", reason)]


def parse_keywords(
    raw: bytes, source: str, segment: str, *, essential: Iterable[str] = ()
) -> tuple[dict[str, str], list[Repair]]:
    """Take one TEXT segment apart.

    The first character is the delimiter. A doubled delimiter stands for itself (FCS 3.1, section
    3.2.9); some writers leave values empty instead, which looks the same. The first reading is kept
    where it is sound, else the second, listed as a repair; if neither is sound the file is refused,
    because a shifted key would give every later keyword the value of its neighbour.

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

    Returns
    -------
    keywords : dict
        Upper-case keyword to value; `$` belongs to the keyword.
    repairs : list of Repair
    """
    text, repairs = decode(raw, segment)
    delimiter, body = text[:1], text[1:]
    if not delimiter.isascii() or delimiter == "\0" or not body.strip(_PADDING + delimiter):
        hint = "the file is damaged: export it again"
        raise FcsError([fault(source, segment, repr(raw[:8]), "a delimiter, then keywords and values", hint)])
    # Cut at the last delimiter; what follows is padding, or a last value that was never closed.
    closed, found, rest = body.rpartition(delimiter)
    if rest.strip("".join(c for c in _PADDING if c != delimiter)):
        closed = body
        repairs.append(Repair(segment, "no closing delimiter", "closed", "keywords and values still pair"))
    elif not found:
        closed = body
    pairs = _escaped(closed, delimiter)
    if not _sound(pairs, delimiter, essential):
        pairs = closed.split(delimiter)
        if not _sound(pairs, delimiter, essential):
            hint = "a value is empty or holds the delimiter: export the file with another delimiter"
            raise FcsError([fault(source, segment, _symptom(pairs), "keywords and values in pairs", hint)])
        reason = "only this reading pairs every keyword with a value"
        repairs.append(Repair(segment, "doubled delimiters", "empty values", reason))
    return _collect(pairs, source, segment, repairs), repairs


def _escaped(body: str, delimiter: str) -> list[str]:
    """Split at single delimiters, and turn each doubled one into itself."""
    spare = next(chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in body)
    parts = body.replace(delimiter * 2, spare).split(delimiter)
    return [part.replace(spare, delimiter) for part in parts]


def _sound(parts: list[str], delimiter: str, essential: Iterable[str]) -> bool:
    """Whether the parts pair up, no keyword is empty or holds a delimiter, and the needed ones are there."""
    keys = [key.strip().upper() for key in parts[::2]]
    if len(parts) % 2 or any(not key or delimiter in key for key in keys):
        return False
    return set(essential) <= set(keys)


def _symptom(parts: list[str]) -> str:
    if len(parts) % 2:
        return f"{len(parts)} keywords and values, which cannot pair"
    names = {part.strip().upper() for part in parts[::2]}
    missing = [name for name in ESSENTIAL if name not in names]
    return f"no {', '.join(missing)}" if missing else "an empty keyword"


def _collect(pairs: list[str], source: str, segment: str, repairs: list[Repair]) -> dict[str, str]:
    """Join keywords and values; one keyword with two values is refused if the standard defines it."""
    keywords: dict[str, str] = {}
    for key, value in zip((part.strip().upper() for part in pairs[::2]), pairs[1::2], strict=True):
        known = keywords.setdefault(key, value)
        if known.strip() == value.strip():
            continue
        if key.startswith("$"):
            found = f"{known!r} and {value!r}"
            raise FcsError([fault(source, f"{segment} {key}", found, "one value", "which one is meant?")])
        repairs.append(Repair(key, f"{known!r} and {value!r}", repr(known), "not a keyword of the standard"))
    return keywords


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
