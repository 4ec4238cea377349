"""A copy of an FCS file that says what was measured and not in whom, when or by whom.

Only keywords that decide on a value are kept, and the instrument; all others are dropped, those that no
standard names among them, for a lab writes names into keywords of its own. So are ANALYSIS and whatever lies
between the segments. The events are copied bit for bit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from remnant.cytometry.fcs.data import HEADER_LIMIT
from remnant.cytometry.fcs.file import read_fcs
from remnant.cytometry.fcs.write import _free_delimiter, _place

_KEPT = re.compile(
    r"\$(?:PAR|MODE|DATATYPE|BYTEORD|TIMESTEP|VOL|ABRT|LOST|CYT|COMP|DFC[0-9]+TO[0-9]+)"
    r"|\$P[0-9]+(?:[BDEFGNRSV]|DATATYPE)|\$?SPILL(?:OVER)?|REMNANT SYNTHETIC"
)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DATE = re.compile(rf"([0-9]{{1,2}})-({'|'.join(_MONTHS)})-([0-9]{{4}})")


@dataclass(frozen=True)
class Bare:
    """What a copy holds.

    Parameters
    ----------
    keywords : Mapping of str to str
        What it says beside the layout, for a person or a search to look at.
    dropped : tuple of str
        Keywords of the original that it does not say, sorted.
    """

    keywords: Mapping[str, str]
    dropped: tuple[str, ...]


def write_bare(source: Path, destination: Path, *, shift_days: int) -> Bare:
    """Copy the one data set of a file without what could name a person or a day.

    Parameters
    ----------
    source, destination : Path
        The file, and where its copy is made.
    shift_days : int
        Days by which `$DATE` is moved; a date that is not written as the standard says is dropped.

    Raises
    ------
    FcsError
        If the file cannot be read, or holds several data sets.
    """
    opened = read_fcs(source)
    keywords = {key: value for key, value in opened.keywords.items() if _KEPT.fullmatch(key)}
    if (moved := moved_date(opened.keywords.get("$DATE", ""), shift_days)) is not None:
        keywords["$DATE"] = moved
    layout = {"$BEGINANALYSIS": "0", "$ENDANALYSIS": "0", "$BEGINSTEXT": "0", "$ENDSTEXT": "0"}
    pairs = layout | {"$NEXTDATA": "0", "$TOT": str(opened.events)} | keywords
    packed = opened._rows.packed
    text, begin, end = _place(pairs, _free_delimiter(pairs), packed.nbytes)
    fits = end <= HEADER_LIMIT
    header = f"{opened.version}    {58:>8}{58 + len(text) - 1:>8}"
    header += f"{begin if fits else 0:>8}{end if fits else 0:>8}{0:>8}{0:>8}"
    with destination.open("xb") as file:
        file.write(header.encode("ascii") + text)
        for first, last in opened.spans():
            file.write(packed[first:last].tobytes())
        file.write(b"0" * 8)  # no checksum
    dropped = {key for key in opened.keywords if key not in pairs and key not in ("$BEGINDATA", "$ENDDATA")}
    return Bare(keywords, tuple(sorted(dropped)))


def moved_date(text: str, days: int) -> str | None:
    """Move a date of FCS; None where it is none.

    Examples
    --------
    >>> moved_date("01-MAR-2008", -1), moved_date("1.3.2008", -1)
    ('29-FEB-2008', None)
    """
    match = _DATE.fullmatch(text.strip().upper())
    if match is None:
        return None
    try:
        moved = date(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1])) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return f"{moved.day:02d}-{_MONTHS[moved.month - 1]}-{moved.year:04d}"
