"""Read one clone of a karyotype: number, sex chromosomes, what it inherits, changes and cells."""

from __future__ import annotations

import re
from dataclasses import replace

from remnant.cytogenetics.abnormality import CHROMOSOME, KINDS, read_abnormality
from remnant.cytogenetics.karyotype import Abnormality, Change, Clone, Remark
from remnant.cytogenetics.text import Piece, outside_brackets

NUMBER = re.compile(
    r"(?:(?:mos|chi)\s+)?(\d{1,3})(?:\s*[~-]\s*(\d{1,3}))?(?:\s*<\s*(\d)n[+-]?\s*>)?|<(\d)n[+-]?>", re.I
)
SEX = re.compile(r"[xyu?]+c?|(?:x|y)*\?+", re.I)
INHERITS = re.compile(r"(idem|sl|sdl)(\d*)(?:[x*](\d))?", re.I)
IN_WORDS = re.compile(r"non[\s-]?clonal\b.*|\d+n", re.I | re.S)
CELLS = re.compile(r"\s*(cp)?\s*(\d+)\s*(?:cells?|metaphases?)?\s*", re.I)
FEWEST, MOST = 20, 300  # chromosomes: near-haploid blasts have 23 and more, near-dodecaploid cells 276


class Refusal(Exception):  # noqa: N818 - not an error yet
    """Carries the place of a fault up to where its source is known."""

    def __init__(self, piece: Piece, expected: str, hint: str):
        super().__init__(piece, expected, hint)
        self.piece, self.expected, self.hint = piece, expected, hint


def read_clone(piece: Piece, before: list[Clone], donor: bool, remarks: list[Remark]) -> Clone:
    """Read one clone; `before` holds the clones that it may inherit from, `remarks` grows.

    Raises
    ------
    Refusal
        With the piece at fault.
    """
    body, cells, composite = _cell_count(piece, remarks)
    count = "" if cells is None else f"[{'cp' if composite else ''}{cells}]"
    if IN_WORDS.fullmatch(body.text):
        remarks.append(Remark(body.position, body.text, "cells with changes of their own, in words"))
        return Clone(body.text + count, None, None, "", (), "", cells, composite, True, donor)
    fields = [field.strip() for field in body.split(",;")]
    fields = [part for field in fields for part in _part(field, remarks) if part.text]
    number = NUMBER.fullmatch(fields[0].text) if fields else None
    if number is None:
        raise Refusal(
            fields[0] if fields else body,
            "the number of chromosomes, then a comma",
            "start each clone as in 46,XX",
        )
    low = int(number[1]) if number[1] else None
    high = int(number[2]) if number[2] else low
    if low is None or high is None or not (FEWEST <= low <= MOST and FEWEST <= high <= MOST):
        raise Refusal(fields[0], f"{FEWEST} to {MOST} chromosomes", "is this the number of chromosomes?")
    if len(fields) < 2:
        raise Refusal(
            fields[0].cut(len(fields[0].text)),
            "sex chromosomes, or idem, after the number",
            "write 46,XX or 46,XY",
        )
    sex, inherits = "", ""
    abnormalities: list[Abnormality] = []
    for place, field in enumerate(fields[1:]):
        if match := INHERITS.fullmatch(field.text):
            inherits = match[0].lower()
            abnormalities = _inherited(field, match, before) + abnormalities
            if match[3]:
                remarks.append(
                    Remark(field.position, field.text, "doubled: copies of each change are not told apart")
                )
        elif place == 0 and SEX.fullmatch(field.text):
            sex = field.text.upper().replace("C", "c")
        else:
            if place == 0:
                remarks.append(Remark(field.position, field.text, "no sex chromosomes before this"))
            _take(field, abnormalities, inherits != "", remarks)
    own = _written(fields)
    clone = Clone(own + count, low, high, sex, tuple(abnormalities), inherits, cells, composite, False, donor)
    _compare_number(clone, fields[0], number[3], remarks)
    return clone


def _take(field: Piece, abnormalities: list[Abnormality], subclone: bool, remarks: list[Remark]) -> None:
    """Read one field into the list; in a subclone a loss first takes back what was inherited."""
    if re.fullmatch(r"inc\.?", field.text, re.I):
        remarks.append(
            Remark(field.position, field.text, "incomplete: there are more changes than written", True)
        )
        return
    found = read_abnormality(field, remarks)
    if found is None:
        return
    if subclone and found.sign == "-":
        opposite = [a for a in abnormalities if _undoes(found, a)]
        if opposite:
            abnormalities.remove(opposite[0])
            return
    abnormalities.append(found)


def _undoes(loss: Abnormality, other: Abnormality) -> bool:
    """Whether `-del(11)` or `-8` in a subclone takes back `other` of its parent."""
    first, second = loss.segments[0], other.segments[0]
    same = first.kind == second.kind and first.chromosomes == second.chromosomes
    return same and (other.change is not Change.LOSS) and (first.kind != "" or other.sign == "+")


def _inherited(field: Piece, match: re.Match[str], before: list[Clone]) -> list[Abnormality]:
    """Abnormalities of the clone that idem, sl or sdl points at.

    idem and sl are the last clone that stood on its own; sdl is the clone before, sdl2 the second subclone.
    """
    abnormal = [clone for clone in before if not clone.normal]
    if not abnormal:
        raise Refusal(field, "an abnormal clone before it", f"{match[0]} repeats a clone that comes first")
    stem = max(
        (
            place
            for place, clone in enumerate(before)
            if not clone.inherits and not clone.normal and not clone.nonclonal
        ),
        default=0,
    )
    source = before[stem]
    own = [clone for clone in abnormal if not clone.inherits and not clone.nonclonal]
    if match[1].lower() == "sl" and match[2] and int(match[2]) <= len(own):
        source = own[int(match[2]) - 1]
    if match[1].lower() == "sdl":
        sidelines = [clone for clone in before[stem + 1 :] if clone.inherits]
        index = int(match[2]) - 1 if match[2] else len(sidelines) - 1
        if not 0 <= index < len(sidelines):
            raise Refusal(field, "a subclone before it", f"{match[0]} names a subclone that is not there")
        source = sidelines[index]
    return [replace(abnormality, cells=None) for abnormality in source.abnormalities]


def _cell_count(piece: Piece, remarks: list[Remark]) -> tuple[Piece, int | None, bool]:
    """Cut the cells in brackets off a clone: `[20]`, `[cp8]`, `[16,one is 4n]`, `[6+3]`."""
    match = re.search(r"\[([^\[\]]*)\]([^\[\],]*)$", piece.text)
    if match is None:
        remarks.append(
            Remark(piece.start + len(piece.text) + 1, "", "no cells in brackets: the fraction is not known")
        )
        return piece, None, False
    inside, after = match[1], match[2].strip()
    where = piece.start + match.start() + 1
    if after:
        remarks.append(Remark(piece.start + match.start(2) + 1, after, "not read", True))
    body = piece.cut(0, match.start()).strip()
    if plain := CELLS.fullmatch(inside):
        return body, int(plain[2]), bool(plain[1])
    if plain := re.fullmatch(r"\s*(cp)?\s*(\d+)\s*(?:cp)?\s*[,;:\s].*", inside, re.I | re.S):
        remarks.append(Remark(where, f"[{inside}]", f"{plain[2]} cells, with a comment"))
        return body, int(plain[2]), bool(plain[1])
    if re.fullmatch(r"\s*\d+(?:\s*\+\s*\d+)+\s*", inside):
        total = sum(int(number) for number in re.findall(r"\d+", inside))
        remarks.append(Remark(where, f"[{inside}]", f"{total} cells in all"))
        return body, total, False
    remarks.append(Remark(where, f"[{inside}]", "not a number of cells: the fraction is not known", True))
    return body, None, "cp" in inside.lower()


def _part(field: Piece, remarks: list[Remark]) -> list[Piece]:
    """Cut a field where a comma is missing: `46XX`, `-7+8`, `del(5)(q13q33) del(7)(q22)`."""
    if match := re.fullmatch(r"(\d{2,3}(?:[~-]\d{2,3})?)\s*([xy]+)", field.text, re.I):
        remarks.append(Remark(field.position, field.text, "a comma is missing"))
        return [field.cut(0, match.end(1)), field.cut(match.start(2))]
    words = "|".join(sorted(KINDS))
    signed = rf"(?<=[)\w])[\s_]*(?=[+-]\??(?:{CHROMOSOME}\b|(?:{words})\b|\d*mar))"
    starts = rf"{signed}|(?<=\))[\s_]+(?=(?:{words})\()"
    cuts = [0]
    for match in re.finditer(starts, field.text, re.I):
        if match.start() > 0 and outside_brackets(field.text, match.start()):
            cuts += [match.end()]
    if len(cuts) > 1:
        remarks.append(Remark(field.position, field.text, "a comma is missing"))
    ends = [*cuts[1:], len(field.text)]
    return [
        Piece(piece.text.strip(" _"), piece.start)
        for piece in (field.cut(low, high).strip() for low, high in zip(cuts, ends, strict=True))
    ]


def _written(fields: list[Piece]) -> str:
    """Spell the fields of a clone strictly."""
    words = [re.sub(r"(?<=\d)\s*-\s*(?=\d)", "~", fields[0].text)]
    for place, field in enumerate(fields[1:]):
        if place == 0 and SEX.fullmatch(field.text):
            words.append(field.text.upper().replace("C", "c"))
        elif INHERITS.fullmatch(field.text):
            words.append(field.text.lower())
        else:
            found = read_abnormality(field, [])
            cells = f"[{found.cells}]" if found and found.cells is not None else ""
            words.append(found.text + cells if found else field.text)
    return ",".join(words)


def _compare_number(clone: Clone, field: Piece, ploidy: str | None, remarks: list[Remark]) -> None:
    """Remark where the number of chromosomes and plain gains and losses disagree."""
    simple = all(
        len(a.segments) == 1 and a.segments[0].kind in {"", "del", "inv", "t", "add", "dup", "i"}
        for a in clone.abnormalities
    )
    if not simple or clone.composite or clone.inherits or ploidy or not clone.sex or clone.number_low is None:
        return
    change = sum(
        {Change.GAIN: 1, Change.LOSS: -1, Change.STRUCTURAL: 0}[a.change] * a.copies
        for a in clone.abnormalities
    )
    # X,-Y is written with the sex chromosomes that are left.
    lost_sex = sum(a.sign == "-" and a.segments[0].chromosomes[0] in ("X", "Y") for a in clone.abnormalities)
    gained_sex = sum(
        a.sign == "+" and a.segments[0].chromosomes[0] in ("X", "Y") for a in clone.abnormalities
    )
    sexes = len(clone.sex.rstrip("c"))
    possible = {44 + sexes + change, 44 + sexes + change + lost_sex, 46 + change, 46 + change - gained_sex}
    if any(clone.number_low <= number <= (clone.number_high or 0) for number in possible):
        return
    remarks.append(
        Remark(field.position, field.text, f"the changes give {44 + sexes + change + lost_sex} chromosomes")
    )
