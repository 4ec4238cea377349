"""Whether two reported abnormalities are the same: kinds, chromosomes and arms, and how far the bands."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum

from remnant.cytogenetics.clones.bands import Breakpoint, breakpoints
from remnant.cytogenetics.iscn.karyotype import Abnormality, Segment

NO_BANDS = frozenset({"der", "ider", "rec", "psu"})  # the next part of the description has them
MARKERS = frozenset({"mar", "r", "dmin", "min", "hsr", "ace", "frag"})


class Match(IntEnum):
    """How well two reports of an abnormality agree, from not at all to fully."""

    DIFFERENT = 0
    BAND_DIFFERS = 1  # the same arms, broken elsewhere
    MAY_BE_SAME = 2  # one of them leaves bands out, or in doubt
    SAME = 3


def match(first: Abnormality, second: Abnormality) -> Match:
    """Compare two abnormalities.

    Within one report a band that differs is another abnormality; between two reports it is usually the
    same one, read at another resolution, and the difference is worth a word.

    Examples
    --------
    >>> from remnant.cytogenetics.iscn import read_karyotype
    >>> def one(text):
    ...     return read_karyotype(f"46,XX,{text}[5]").clones[0].abnormalities[0]
    >>> match(one("del(5)(q13q33)"), one("del(5)(q14q34)")).name
    'BAND_DIFFERS'
    >>> match(one("del(5)(q13q33)"), one("del(5)(q)")).name
    'MAY_BE_SAME'
    """
    if len(first.segments) != len(second.segments) or _sign(first) != _sign(second):
        return Match.DIFFERENT
    found = [_match(a, b) for a, b in zip(first.segments, second.segments, strict=True)]
    return min(found, default=Match.SAME)


def outline(abnormality: Abnormality) -> tuple[object, ...]:
    """What two abnormalities have in common wherever they match at all: to look among few, not among all."""
    return (_sign(abnormality), *((part.kind, _names(part)) for part in abnormality.segments))


def is_marker(abnormality: Abnormality) -> bool:
    """Whether it is a chromosome of unknown origin: a marker, a ring without a number, double minutes."""
    (part, *more) = abnormality.segments
    return not more and part.kind in MARKERS and "(" not in abnormality.text


def _sign(abnormality: Abnormality) -> str:
    return "+" if abnormality.sign != "-" and abnormality.segments[0].kind in MARKERS else abnormality.sign


def _match(a: Segment, b: Segment) -> Match:
    if a.kind != b.kind or _names(a) != _names(b):
        return Match.DIFFERENT
    if a.chromosomes != b.chromosomes:  # one of them with a question mark
        return min(Match.MAY_BE_SAME, _match(a, replace(b, chromosomes=a.chromosomes)))
    if a == b and (not a.kind or a.kind in MARKERS or (a.kind in NO_BANDS and not a.bands)):
        return Match.SAME
    found = [_match_bands(x, y) for x, y in zip(_padded(a), _padded(b), strict=True)]
    return min(found, default=Match.SAME)


def _names(part: Segment) -> tuple[str, ...]:
    return tuple(name.strip("?") or "?" for name in part.chromosomes)


def _padded(part: Segment) -> tuple[str, ...]:
    return part.bands if len(part.bands) == len(part.chromosomes) else ("",) * len(part.chromosomes)


def _match_bands(a: str, b: str) -> Match:
    first, second = breakpoints(a), breakpoints(b)
    if first is None or second is None or not first or not second:
        return Match.MAY_BE_SAME
    if {point.arm for point in first} != {point.arm for point in second}:
        return Match.DIFFERENT
    if a == b and all(point.certain for point in first):
        return Match.SAME
    if len(first) != len(second):
        return Match.MAY_BE_SAME if _vague(first) or _vague(second) else Match.BAND_DIFFERS
    apart = any(x.far < y.near or y.far < x.near for x, y in zip(first, second, strict=True))
    return Match.BAND_DIFFERS if apart else Match.MAY_BE_SAME


def _vague(points: tuple[Breakpoint, ...]) -> bool:
    """Whether only the arm is named."""
    return all((point.near, point.far) == (0, 99_999) for point in points)
