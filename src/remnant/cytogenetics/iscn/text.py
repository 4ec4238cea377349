"""Text with places: cut a string and still know where each part stood."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.errors import Fault, IscnError

OPEN, CLOSE = "([", ")]"


@dataclass(frozen=True)
class Piece:
    """A part of a text and where it starts, from 0."""

    text: str
    start: int

    @property
    def position(self) -> int:
        """Its place as a person counts, from 1."""
        return self.start + 1

    def strip(self) -> Piece:
        """Leave out white space at both ends."""
        text = self.text.strip()
        if len(text) == len(self.text):
            return self
        left = len(self.text) - len(self.text.lstrip()) if text else 0
        return Piece(text, self.start + left)

    def cut(self, low: int, high: int | None = None) -> Piece:
        """Return the part from `low` to `high`."""
        return Piece(self.text[low:high], self.start + low)

    def split(self, marks: str) -> list[Piece]:
        """Cut at every mark that stands outside brackets."""
        parts, depth, low = [], 0, 0
        for place, letter in enumerate(self.text):
            depth += (letter in OPEN) - (letter in CLOSE)
            if letter in marks and depth == 0:
                parts.append(self.cut(low, place))
                low = place + 1
        return [*parts, self.cut(low)]


class Refusal(Exception):  # noqa: N818 - not an error yet
    """Carries the place of a fault up to where its source is known."""

    def __init__(self, piece: Piece, expected: str, hint: str):
        super().__init__(piece, expected, hint)
        self.piece, self.expected, self.hint = piece, expected, hint


def refuse(source: str, piece: Piece, expected: str, hint: str, *, line: int | None = None) -> IscnError:
    """Return the error that says what is wrong at `piece`."""
    found = repr(piece.text) if piece.text else "nothing"
    return IscnError([Fault(source, line, f"position {piece.position}", found, expected, hint)])


def check_brackets(source: str, piece: Piece, *, line: int | None = None) -> None:
    """Refuse a text whose brackets do not pair."""
    opened: list[int] = []
    for place, letter in enumerate(piece.text):
        if letter in OPEN:
            opened.append(place)
        elif letter in CLOSE and (not opened or OPEN.index(piece.text[opened.pop()]) != CLOSE.index(letter)):
            lone = piece.cut(place, place + 1)
            raise refuse(source, lone, "its opening bracket before it", "add or remove one", line=line)
    if opened:
        lone = piece.cut(opened[-1], opened[-1] + 1)
        raise refuse(source, lone, "its closing bracket after it", "add or remove one", line=line)
