"""Names that stand where nobody looks for them: in a diagnosis, a comment, the name of a channel."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from remnant.errors import Fault

DISTINCT = 4  # letters from which a name is a name wherever it stands
LONG_NUMBER = 6  # digits from which a number names someone
_MONTH = "jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz]"
_YEAR = r"(?:19|20)\d\d"
_DATE = re.compile(
    rf"(?<!\d)(?:{_YEAR}[-./]\d{{1,2}}[-./]\d{{1,2}}|\d{{1,2}}[-./]\d{{1,2}}[-./]{_YEAR}"
    rf"|\d{{1,2}}[-. ]{{1,2}}(?:{_MONTH})[a-zä]*[-. ]{{1,2}}{_YEAR}"
    rf"|(?:{_MONTH})[a-zä]*\.? \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR})(?!\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cell:
    """A text that is kept, where it stands, and whether anything at all may be typed there."""

    source: str
    line: int
    column: str
    text: str
    free: bool = False


class Names:
    """Finds names in texts.

    A name of four letters or more is found inside other text, in any case; a long number where it stands
    alone; a short name, such as P1 or 7, only where it is the whole text, for a karyotype is full of such.

    Parameters
    ----------
    names : iterable of str
        Of patients, samples and controls.

    Examples
    --------
    >>> names = Names(["Meier", "P1", "123456"])
    >>> [bool(names.found(text)) for text in ("frau meier, 70", "P1", "P1N", "no. 123456", "1234567")]
    [True, True, False, True, False]
    """

    def __init__(self, names: Iterable[str]):
        names = sorted({name.strip() for name in names if name.strip()}, key=len, reverse=True)
        self.whole = {name.casefold() for name in names}
        long = [name for name in names if len(name) >= DISTINCT and not name.isdecimal()]
        numbers = [name for name in names if len(name) >= LONG_NUMBER and name.isdecimal()]
        patterns = [re.escape(name.casefold()) for name in long]
        patterns += [rf"(?<!\d){name}(?!\d)" for name in numbers]
        self.inside = re.compile("|".join(patterns)) if patterns else None

    def found(self, text: str) -> bool:
        """Say whether a text holds a name."""
        folded = text.strip().casefold()
        return folded in self.whole or bool(self.inside and self.inside.search(folded))

    def faults_of(self, text: str, source: str, column: str, line: int | None = None) -> list[Fault]:
        """Return the fault of a text that holds a name; the name is not repeated."""
        if not self.found(text):
            return []
        hint = "take it out of the text, in the study itself, and try again"
        return [Fault(source, line, column, "a name of a patient, sample or control", "no name", hint)]

    def faults_of_cells(self, cells: Iterable[Cell]) -> list[Fault]:
        """Return the fault of every cell that holds a name."""
        return [
            fault
            for cell in cells
            for fault in self.faults_of(cell.text, cell.source, cell.column, cell.line)
        ]


def faults_of_dates(cells: Iterable[Cell]) -> list[Fault]:
    """Return the fault of every cell of free text that holds a date; the date is not repeated.

    Dates of a patient are moved by days that nobody is told: one that was not moved tells them.

    Examples
    --------
    >>> texts = ("seen 2007-03-17", "17.3.2007: blasts", "on March 17, 2007", "IPSS 1997", "46,XX,del(5q)")
    >>> [bool(faults_of_dates([Cell("karyotypes.csv", 2, "iscn", text, True)])) for text in texts]
    [True, True, True, False, False]
    """
    hint = "write the day since the anchor in its place, in the study itself, and try again"
    return [
        Fault(cell.source, cell.line, cell.column, "a date", "no date, for dates are moved", hint)
        for cell in cells
        if cell.free and _DATE.search(cell.text)
    ]
