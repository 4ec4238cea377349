"""Brackets that do not pair: mended where there is one way to do it, else refused with their place."""

from __future__ import annotations

import re

from remnant.cytogenetics.iscn.repairs import mend_field, pairs
from remnant.cytogenetics.iscn.spelling import small
from remnant.cytogenetics.karyotype import Remark

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
