"""What a subclone inherits by idem, sl and sdl, and what it gives back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from remnant.cytogenetics.karyotype import Abnormality, Change, Clone
from remnant.cytogenetics.text import Piece, Refusal


def parent_of(field: Piece, parent: str, number: int | None, before: Sequence[Clone]) -> Clone:
    """Find the clone that idem, sl or sdl points at.

    idem and sl are the last clone that stood on its own, sl2 the second such clone; sdl is the subclone
    before, sdl2 the second subclone of the last clone that stood on its own.

    Raises
    ------
    Refusal
        If there is no such clone.
    """
    stems = [i for i, c in enumerate(before) if not c.inherits and not c.normal and not c.nonclonal]
    if not stems:
        hint = f"{field.text} repeats a clone that comes first"
        raise Refusal(field, "an abnormal clone before it", hint)
    if parent != "sdl":
        if number is not None and not 1 <= number <= len(stems):
            hint = f"{len(stems)} stand before it: write sl{len(stems)} at most"
            raise Refusal(field, f"a clone number {number} before it", hint)
        return before[stems[-1] if number is None else stems[number - 1]]
    sidelines = [clone for clone in before[stems[-1] + 1 :] if clone.inherits]
    number = len(sidelines) if number is None else number
    if not 1 <= number <= len(sidelines):
        hint = f"{field.text} names a subclone that is not there; sl is the clone they come from"
        raise Refusal(field, "a subclone before it", hint)
    return sidelines[number - 1]


class Inheritance:
    """Abnormalities of a clone as it grows: those it inherits, less what it gives back, then its own."""

    def __init__(self, inherited: Sequence[Abnormality] = ()):
        self._held: dict[int, Abnormality] = dict(enumerate(replace(a, cells=None) for a in inherited))
        self._own: list[Abnormality] = []
        self._where: dict[tuple[str, tuple[str, ...]], list[int]] = {}
        for place, abnormality in self._held.items():
            self._where.setdefault(_what(abnormality), []).append(place)

    def take(self, found: Abnormality) -> None:
        """Add an abnormality; one that only takes back what was inherited is not a change of its own."""
        places = self._where.get(_what(found), [])
        opposite = [place for place in places if _undoes(found, self._held[place])]
        if not opposite:
            self._own.append(found)
            return
        same = [p for p in opposite if self._held[p].segments[0].bands == found.segments[0].bands]
        place = (same or opposite)[0]
        left = self._held[place].copies - found.copies
        if left > 0:
            self._held[place] = _fewer(self._held[place], left)
        else:
            del self._held[place]
            places.remove(place)

    def last(self) -> Abnormality | None:
        """The abnormality taken last."""
        return self._own[-1] if self._own else None

    def change_last(self, abnormality: Abnormality) -> None:
        """Put another in the place of the one taken last."""
        self._own[-1] = abnormality

    def all(self) -> tuple[Abnormality, ...]:
        """Inherited ones first."""
        return (*self._held.values(), *self._own)


def _what(abnormality: Abnormality) -> tuple[str, tuple[str, ...]]:
    return abnormality.segments[0].kind, abnormality.segments[0].chromosomes


def _undoes(found: Abnormality, held: Abnormality) -> bool:
    """Whether -8 takes back +8, +7 a -7, -del(11) a del(11)."""
    if found.segments[0].kind == "":
        return {found.sign, held.sign} == {"+", "-"}
    return found.sign == "-" and held.change is not Change.LOSS


def _fewer(held: Abnormality, left: int) -> Abnormality:
    text = re.sub(r"x\d+$", f"x{left}" if left > 1 else "", held.text)
    text = re.sub(r"^\+\d+", f"+{left}" if left > 1 else "+", text) if text == held.text else text
    return replace(held, copies=left, text=text, copies_at_most=None)
