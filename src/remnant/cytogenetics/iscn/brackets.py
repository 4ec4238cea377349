"""Brackets that do not pair: mended where there is one way to do it, else refused with their place."""

from __future__ import annotations

import re

from remnant.cytogenetics.iscn.karyotype import Remark
from remnant.cytogenetics.iscn.repairs import mend_field, pairs
from remnant.cytogenetics.iscn.spelling import small
from remnant.cytogenetics.iscn.text import CLOSE, OPEN, Piece, Refusal

WITHIN = {"/": "(", "[": "(["}  # what never stands inside which bracket
FIELD = re.compile(r"[^,/]+")


def mend_brackets(text: str, remarks: list[Remark]) -> tuple[str, list[int]]:
    """Mend fields whose brackets do not pair; return the text, and where each letter of it stood before."""
    done: list[str] = []
    places: list[int] = []
    low = 0
    for match in FIELD.finditer(text):
        if pairs(match[0]):
            continue
        field = match[0].rstrip()
        cells = re.search(r"\[[^\[\]()]*\]$", field)
        stem = field[: cells.start()] if cells else field
        mended, words = mend_field(small(stem))
        if not words or not pairs(mended):
            continue
        remarks.append(Remark(match.start() + 1, stem, words[0]))
        done += [text[low : match.start()], mended]
        places += [*range(low, match.start()), *[match.start()] * len(mended)]
        low = match.start() + len(stem)
    return "".join([*done, text[low:]]), [*places, *range(low, len(text) + 1)]


def unpaired(piece: Piece) -> Refusal | None:
    """Find a bracket without a partner; a round one has it before the clone and its cells end."""
    opened: list[int] = []
    for place, letter in enumerate(piece.text):
        if letter in WITHIN and opened and piece.text[opened[-1]] in WITHIN[letter]:
            break
        if letter in OPEN:
            opened.append(place)
        elif letter in CLOSE and (not opened or OPEN.index(piece.text[opened.pop()]) != CLOSE.index(letter)):
            return Refusal(piece.cut(place, place + 1), "its opening bracket before it", "add or remove one")
    if not opened:
        return None
    lone = piece.cut(opened[-1], opened[-1] + 1)
    return Refusal(lone, "its closing bracket after it", "add or remove one")
