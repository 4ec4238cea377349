"""Read one abnormality of a karyotype: `+8`, `del(5)(q13q33)`, `der(9)t(8;9)(q13;p22)`, `+2mar`."""

from __future__ import annotations

import re

from remnant.cytogenetics.karyotype import Abnormality, Change, Remark, Segment
from remnant.cytogenetics.text import Piece

CHROMOSOME = r"(?:2[0-2]|1\d|[1-9]|[xy])"
KINDS = frozenset(
    re.findall(
        r"\w+",
        "add cht chr chrb chtb ctr cx cth del de der dic dicr dn dup fis fra hsr i ider idic ins inv mar min "
        "neo psu qdp qr r rcp rea rec rob t tas tr trc trp upd",
    )
)
NEED_BANDS = {"del", "t", "inv", "dup", "ins", "add", "trp"}
NUMERIC = re.compile(rf"([+-])(\??)({CHROMOSOME})(c?)(?:[x*](\d+))?(\??)", re.I)
SHORTHAND = re.compile(r"(\d{1,2}|[xy])([pq])([-+])", re.I)
MARKER = re.compile(
    r"([+-]?)(\d+(?:[~-]\d+)?)?(?:[~-])?(mar|dmin|min|hsr|r|ace|frag)(\d*)(?:[~-]\d*(?:mar)?\d*)?(?:[x*](\d+)(?:[~-]\d+)?)?(c?)",
    re.I,
)
SEGMENT = re.compile(r"\??\s*(?:(der|psu|idic|dic|trc|i)\s+)?([a-z]+)\s*((?:\([^()]*\)\s*)+)", re.I)
TAIL = re.compile(r"\??(c?)(?:[x*](\d+)(?:[~-]\d+)?)?(?:dn|mat|pat)?\??", re.I)


def read_abnormality(piece: Piece, remarks: list[Remark]) -> Abnormality | None:
    """Read one abnormality; None where it cannot be read, with a remark that says so.

    Parameters
    ----------
    piece : Piece
        What stands between two commas.
    remarks : list of Remark
        Grows by what was repaired or not understood.
    """
    piece, cells = _cells(piece.strip())
    text = re.sub(r"\s+", " ", piece.text)
    if match := NUMERIC.fullmatch(text):
        sign, before, chromosome, own, copies, after = match.groups()
        change = Change.GAIN if sign == "+" else Change.LOSS
        name = chromosome.upper()
        strict = f"{sign}{'?' if before or after else ''}{name}{own.lower()}" + (
            f"x{copies}" if copies else ""
        )
        part = (Segment("", (name,)),)
        unsure = bool(before or after)
        return Abnormality(strict, sign, part, change, int(copies or 1), unsure, bool(own), cells)
    if match := SHORTHAND.fullmatch(text):
        chromosome, arm, sign = match.groups()
        kind = "del" if sign == "-" else "add"
        remarks.append(Remark(piece.position, piece.text, f"short for {kind}({chromosome})({arm}?)"))
        part = (Segment(kind, (chromosome.upper(),), (arm.lower() + "?",)),)
        return Abnormality(_spell("", part), "", part, Change.STRUCTURAL, uncertain=True, cells=cells)
    if match := MARKER.fullmatch(text):
        sign, many, kind, number, copies, own = match.groups()
        count = int(re.split(r"[~-]", many)[0]) if many else int(copies or 1)
        change = {"+": Change.GAIN, "-": Change.LOSS}.get(sign, Change.STRUCTURAL)
        part = (Segment(kind.lower(), (number,) if number else ()),)
        return Abnormality(text.lower(), sign, part, change, max(count, 1), False, bool(own), cells)
    return _structural(piece, cells, remarks)


def _structural(piece: Piece, cells: int | None, remarks: list[Remark]) -> Abnormality | None:
    text = piece.text
    lead = re.match(r"\s*\??([+-]?)\??\s*", text)
    assert lead is not None, "every part of this pattern may be empty"
    sign, place, segments = lead[1], lead.end(), []
    while match := SEGMENT.match(text, place):
        if match[2].lower() not in KINDS:
            break
        segments += [_segment(kind.lower(), match[3]) for kind in (match[1], match[2]) if kind]
        place = match.end()
    tail = TAIL.fullmatch(text[place:].strip())
    if not segments or tail is None:
        unread = piece if not segments else piece.cut(place)
        remarks.append(Remark(unread.position, unread.text.strip(), "not read", True))
        if not segments:
            return None
    parts = tuple(segments)
    change = {"+": Change.GAIN, "-": Change.LOSS}.get(sign, Change.STRUCTURAL)
    bare = [part for part in parts if part.kind in NEED_BANDS and not part.bands]
    if bare and len(parts) == 1 and sign != "-":
        remarks.append(Remark(piece.position, text.strip(), "no breakpoints: the arm is not known"))
    own, copies = (bool(tail[1]), int(tail[2] or 1)) if tail else (False, 1)
    spelt = _spell(sign, parts) + ("c" if own else "") + (f"x{copies}" if copies > 1 else "")
    return Abnormality(spelt, sign, parts, change, copies, "?" in text or bool(bare), own, cells)


def _segment(kind: str, groups: str) -> Segment:
    inside = [re.sub(r"\s", "", group) for group in re.findall(r"\(([^()]*)\)", groups)]
    # Real reports put a colon or a comma where the two chromosomes of an exchange are parted.
    names = [name for name in re.split(r"[;,:]", inside[0]) if name]
    whole = [re.fullmatch(rf"({CHROMOSOME})([pq][\d.pq?]*)", name, re.I) for name in names]
    if len(inside) == 1 and whole and all(whole):  # del(5q), i(17q): the arm beside the number
        pairs = [(match[1], match[2]) for match in whole if match]
        return Segment(
            kind, tuple(name.upper() for name, _ in pairs), tuple(band.lower() for _, band in pairs)
        )
    bands = re.split(r"[;,:]", inside[1].lower()) if len(inside) > 1 else []
    if len(names) == 1 and len(bands) > 1:  # del(5)(q13;q33): both bands are of the one chromosome
        bands = ["".join(bands)]
    return Segment(kind, tuple(name.upper() for name in names), tuple(bands))


def _spell(sign: str, segments: tuple[Segment, ...]) -> str:
    parts = []
    for part in segments:
        bands = f"({';'.join(part.bands)})" if part.bands else ""
        parts.append(f"{part.kind}({';'.join(part.chromosomes)}){bands}")
    return sign + "".join(parts)


def _cells(piece: Piece) -> tuple[Piece, int | None]:
    """Cut the cells of one abnormality of a composite clone: `-7[3]`."""
    match = re.search(r"\[\s*(\d+)\s*\]\s*$", piece.text)
    return (piece.cut(0, match.start()).strip(), int(match[1])) if match else (piece, None)
