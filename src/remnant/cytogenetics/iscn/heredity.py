"""What a subclone inherits by idem, sl and sdl, and what it gives back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from remnant.cytogenetics.iscn.karyotype import Abnormality, Clone
from remnant.cytogenetics.iscn.text import Piece, Refusal


def parent_of(field: Piece, parent: str, number: int | None, before: Sequence[Clone]) -> Clone:
    """Find the clone that idem, sl or sdl points at.

    idem and sl are the last clone that stood on its own, sl2 the second such clone; sdl is the subclone
    before, sdl2 the second subclone of the last clone that stood on its own.

    Raises
    ------
    Refusal
        If there is no such clone.
    """
    alone = [i for i, one in enumerate(before) if not one.inherits and (one.abnormalities or not one.whole)]
    stems = [i for i in alone if not before[i].normal] or alone  # or only the patient's own changes
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
    """Abnormalities of a clone as it grows: those it inherits, less what it gives back, then its own.

    Parameters
    ----------
    inherited : sequence of Abnormality
        Those of the parent.
    times : int
        How many times the clone has them: a doubled clone that loses one still has the other.
    """

    def __init__(self, inherited: Sequence[Abnormality] = (), times: int = 1):
        self._held = {
            place: a if a.cells is None else replace(a, cells=None) for place, a in enumerate(inherited)
        }
        self._left: dict[int, int] = {}
        self._times = times
        self._own: list[Abnormality] = []

    def take(self, found: Abnormality) -> None:
        """Add an abnormality; one that only takes back what was inherited is not a change of its own."""
        place = self._undone_by(found)
        if place is None:
            self._own.append(found)
            return
        left = self._left.get(place, self._held[place].copies * self._times) - found.copies
        self._left[place] = left
        if left <= 0:
            del self._held[place]
        elif self._times == 1:
            self._held[place] = _fewer(self._held[place], left)

    def _undone_by(self, found: Abnormality) -> int | None:
        """Find what -8 takes back of +8, +7 of -7, -del(11) of del(11); the same bands first."""
        if found.segments[0].kind and found.sign != "-":
            return None
        for key in _keys(found, OPPOSITE.get(found.sign, "")):
            places = self._places.get(key, [])
            while places and places[-1] not in self._held:
                places.pop()
            if places:
                return places[-1]
        return None

    @cached_property
    def _places(self) -> dict[tuple[object, ...], list[int]]:
        """Where each abnormality that can be given back is held, the first one last."""
        places: dict[tuple[object, ...], list[int]] = {}
        for place, held in reversed(self._held.items()):
            for key in _keys(held, held.sign):
                places.setdefault(key, []).append(place)
        return places

    def replace_last(self, abnormality: Abnormality) -> None:
        """Put another in the place of the one taken last."""
        self._own[-1:] = [abnormality]

    def all(self) -> tuple[Abnormality, ...]:
        """Inherited ones first."""
        return (*self._held.values(), *self._own)


OPPOSITE = {"+": "-", "-": "+"}


def _keys(abnormality: Abnormality, sign: str) -> list[tuple[object, ...]]:
    """What an abnormality is found by: a whole chromosome by its sign, all else unless it is a loss."""
    first = abnormality.segments[0]
    if not first.kind:
        return [("", first.chromosomes, sign)]
    if sign == "-":
        return []
    return [(first.kind, first.chromosomes, first.bands), (first.kind, first.chromosomes)]


def _fewer(held: Abnormality, left: int) -> Abnormality:
    text = re.sub(r"x[0-9]+$", f"x{left}" if left > 1 else "", held.text)
    text = re.sub(r"^\+[0-9]+", f"+{left}" if left > 1 else "+", text) if text == held.text else text
    return replace(held, copies=left, text=text, copies_at_most=None)
