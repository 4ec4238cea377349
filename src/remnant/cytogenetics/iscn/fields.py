"""Cut a karyotype at its slashes and a clone at its commas, also where they are missing."""

from __future__ import annotations

import re

from remnant.cytogenetics.iscn.abnormality import SYMBOLS
from remnant.cytogenetics.iscn.karyotype import Remark
from remnant.cytogenetics.iscn.text import CLOSE, OPEN, Piece

SHOWN = 20  # letters behind a place where something is missing
WORDS = "|".join(sorted(SYMBOLS, key=len, reverse=True))
HEAD = re.compile(r"([0-9]{2,3}(?:[~-][0-9]{2,3})?(?:<[0-9]+n[+-]?>)?)\s*([xy]+)", re.I)
CHROMOSOME = r"(?:2[0-2]|1[0-9]|[1-9]|[xy])(?![0-9~<]|-[0-9]|(?:d?mar|dmin|r|ace|frag)\b)"
SIGNED = re.compile(
    rf"(?<=[)a-z0-9])\s*-?(?=[+-]\??(?:{CHROMOSOME}|(?:{WORDS})(?![a-z]))|[+][0-9]+(?:[~-][0-9]*)?mar)", re.I
)
CLOSED = re.compile(rf"(?<=\))\.?\s*(?=\??(?:{WORDS})[\s(])|(?<=\))\.\s*(?=[+-])", re.I)
# These stand alone: what follows one of them without a comma is another abnormality.
ALONE = re.compile(r"[+-]?\??(?:del|add|dup|inv|t|ins|trp|r|i)\s*\(", re.I)
NUMBERED = re.compile(r".*mar[0-9]+-", re.I)  # mar1-3: a range, and no loss of a chromosome
NONCLONAL = re.compile(r"non[\s-]?clonal\s+w\s*$", re.I)
NEXT = re.compile(r"\](?=\s*[0-9][0-9](?:[~-][0-9][0-9])?\s*[,;])|\](?:\s*,\s*)?(?=nl\s*\[)", re.I)


def cut_clones(whole: Piece, remarks: list[Remark]) -> list[Piece]:
    """Cut at slashes, but not in `nonclonal w/clonal changes`; and where a slash is missing."""
    parts: list[Piece] = []
    for part in whole.split("/"):
        if parts and NONCLONAL.search(parts[-1].text[-40:]):
            last = parts.pop()
            part = whole.cut(last.start - whole.start, part.start - whole.start + len(part.text))
        low = 0
        for match in NEXT.finditer(part.text):
            rest = part.cut(match.end(), match.end() + SHOWN)
            remarks.append(Remark(rest.position, rest.text, "a slash is missing"))
            parts.append(part.cut(low, match.start() + 1))
            low = match.end()
        parts.append(part.cut(low))
    return parts


def cut_fields(body: Piece, remarks: list[Remark]) -> list[Piece]:
    """Cut a clone at commas; at semicolons, and where a comma is missing, with a remark."""
    fields: list[Piece] = []
    for part in body.split(",;"):
        place = part.start - body.start - 1
        if place >= 0 and body.text[place] == ";":
            remarks.append(Remark(part.start, ";", "a semicolon for a comma"))
        field = part.strip()
        if not field.text:
            remarks.append(Remark(field.position, "", "nothing between two commas"))
            continue
        fields += _part(field, remarks)
    return fields


def _part(field: Piece, remarks: list[Remark]) -> list[Piece]:
    """Cut a field where a comma is missing: `46XX`, `-7+8`, `del(5)(q13q33) del(7)(q22)`."""
    if match := HEAD.fullmatch(field.text):
        remarks.append(Remark(field.position, field.text, "a comma is missing"))
        return [field.cut(0, match.end(1)), field.cut(match.start(2))]
    parts = [field]
    for gap in (SIGNED, CLOSED, CLOSED):  # what stood behind a derivative may itself hold two
        parts = [part for whole in parts for part in _cut(whole, gap)]
    if len(parts) > 1:
        remarks.append(Remark(field.position, field.text, "a comma is missing"))
    return parts


def _cut(field: Piece, gap: re.Pattern[str]) -> list[Piece]:
    """Cut where `gap` matches outside brackets; a derivative's parts follow each other without any."""
    found = list(gap.finditer(field.text))
    if not found:
        return [field]
    outside = _outside(field.text)
    touching = gap is SIGNED or ALONE.match(field.text) is not None
    cuts = [
        match.span()
        for match in found
        if match.start() > 0
        and outside[match.start()]
        and (touching or match.end() > match.start())
        and not NUMBERED.fullmatch(field.text[max(match.start() - 6, 0) : match.end() + 1])
    ]
    lows, highs = [0, *(high for _, high in cuts)], [*(low for low, _ in cuts), len(field.text)]
    return [field.cut(low, high).strip() for low, high in zip(lows, highs, strict=True)]


def _outside(text: str) -> list[bool]:
    """For every place, whether it lies outside all brackets."""
    depth, found = 0, []
    for letter in text:
        found.append(depth == 0)
        depth += (letter in OPEN) - (letter in CLOSE)
    return [*found, depth == 0]
