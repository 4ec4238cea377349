"""Where a breakpoint lies on its arm: bands put in order from the centromere to the telomere.

A band is a stretch, not a point: q31 holds q31.1 to q31.3, and a break "in q31" is somewhere in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

DIGITS = 5  # of a band with its sub-bands: q31.12 is 3, 1, 1, 2
TELOMERE = 10**DIGITS - 1
BREAK = re.compile(
    r"(?P<before>\?*)(?P<arm>[pq])(?P<doubt>\?*)(?P<first>\d(?:[\d.]|\?(?=\d))*|ter)?"
    r"(?:\s*[~-]\s*(?P<far>[pq]?)\??(?P<last>\d(?:[\d.]|\?(?=\d))*|ter))?(?P<after>\?*)",
    re.I,
)
REST = re.compile(r"(?:[\s():_;,]|cen)*", re.I)


@dataclass(frozen=True, order=True)
class Breakpoint:
    """A break, as a stretch of an arm.

    Parameters
    ----------
    arm : str
        "p" or "q".
    near, far : int
        Ends of the stretch, from 0 at the centromere to 99999 at the telomere.
    certain : bool
        False where the report marks the band with a question mark, gives a range, or names the arm only. A
        range is its whole stretch; a band in question may be any of its arm.
    """

    arm: str
    near: int
    far: int
    certain: bool = True


def stretch(band: str) -> tuple[int, int]:
    """Both ends of a band named by its digits, as "31.2".

    Examples
    --------
    >>> stretch("31"), stretch("31.2"), stretch("")
    ((31000, 31999), (31200, 31299), (0, 99999))
    """
    known = re.sub(r"\D", "", band.split("?")[0])[:DIGITS]
    return int(known.ljust(DIGITS, "0")), int(known.ljust(DIGITS, "9"))


@lru_cache(maxsize=4096)
def breakpoints(bands: str) -> tuple[Breakpoint, ...] | None:
    """Read the breakpoints of one chromosome; None where any of them cannot be read.

    Parameters
    ----------
    bands : str
        As a report has it: "q13q33", "q13~14q33", "?q22", "q".

    Examples
    --------
    >>> [(point.near, point.far) for point in breakpoints("q13~14q33") or ()]
    [(13000, 14999), (33000, 33999)]
    >>> [(point.near, point.far) for point in breakpoints("q1?3") or ()]
    [(10000, 19999)]
    >>> breakpoints("somewhere") is None
    True
    """
    found, place = [], 0
    for match in BREAK.finditer(bands):
        if not REST.fullmatch(bands[place : match.start()]):
            return None
        place = match.end()
        if (match["far"] or match["arm"]).lower() != match["arm"].lower():
            return None
        found.append(_breakpoint(match))
    return tuple(found) if REST.fullmatch(bands[place:]) else None


def _breakpoint(match: re.Match[str]) -> Breakpoint:
    first, last = match["first"] or "", match["last"] or match["first"] or ""
    ends = [(TELOMERE, TELOMERE) if band.lower() == "ter" else stretch(band) for band in (first, last)]
    near, far = min(low for low, _ in ends), max(high for _, high in ends)
    if match["before"] or match["doubt"] or match["after"]:
        near, far = 0, TELOMERE  # the band itself is in question, and not only its last digit
    certain = bool(first) and "?" not in match[0] and match["last"] is None
    return Breakpoint(match["arm"].lower(), near, far, certain)
