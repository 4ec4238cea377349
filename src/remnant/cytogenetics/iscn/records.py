"""From the tree of one abnormality to its record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from remnant.cytogenetics.iscn.breakpoints import (
    BARE,
    NEED_BANDS,
    NO_BAND,
    Impossible,
    check_bands,
    chromosome_name,
    share,
)
from remnant.cytogenetics.iscn.write import spell_abnormality
from remnant.cytogenetics.karyotype import Abnormality, Change, Remark, Segment

if TYPE_CHECKING:
    from lark import Token, Tree

CHANGES = {"+": Change.GAIN, "-": Change.LOSS, "": Change.STRUCTURAL}
DETAIL = frozenset({"::", "->", "→"})


def abnormality_of(tree: Tree[Token], text: str, remarks: list[Remark]) -> Abnormality | None:
    """Make the record of a parsed field; None where it says too little, with a remark that says so.

    Raises
    ------
    Impossible
        If it contradicts itself or the map of bands.
    """
    first, *others = [choice for choice in tree.children if not _is(choice, "OR")]
    found = _choice(first, text, remarks)
    if not others or found is None:
        return found
    also = [_choice(choice, text, remarks) for choice in others]
    spelt = " or ".join(a.text for a in (found, *also) if a is not None)
    remarks.append(Remark(1, text.strip(), "one or the other: the first is counted, and not certain"))
    return _with(found, text=spelt, uncertain=True)


def _choice(choice: Tree[Token], text: str, remarks: list[Remark]) -> Abnormality | None:
    lead = "".join(token.value for token in choice.children[0].children)
    sign, doubt = lead.strip("?"), "?" in lead
    tail = _Tail(choice.children[-1]) if choice.data != "arm" else _Tail(None)
    if choice.data == "arm":
        return _arm(choice, sign, text, remarks)
    if choice.data == "whole":
        return _whole(choice.children[1], sign, doubt, tail, remarks)
    if choice.data == "lone":
        return _lone(choice, sign, doubt, tail)
    return _structural(choice, sign, doubt, tail, text, remarks)


class _Tail:
    """What follows an abnormality: `?`, `c`, `dn`, `x2`."""

    def __init__(self, tree: Tree[Token] | None):
        words = {} if tree is None else {token.type: token.value for token in tree.children}
        self.doubt, self.own = "UNKNOWN" in words, "CONSTITUTIONAL" in words
        self.origin = words.get("ORIGIN", "")
        numbers = [int(number) for number in re.findall(r"\d+", words.get("COPIES", ""))]
        self.copies = max(numbers[0], 1) if numbers else 1
        self.at_most = numbers[1] if len(numbers) > 1 else None

    def __str__(self) -> str:
        many = f"x{self.copies}" if self.copies > 1 or self.at_most else ""
        span = f"~{self.at_most}" if self.at_most else ""
        return ("?" if self.doubt else "") + ("c" if self.own else "") + self.origin + many + span


def _whole(token: Token, sign: str, doubt: bool, tail: _Tail, remarks: list[Remark]) -> Abnormality | None:
    name = chromosome_name(token.value, token.start_pos or 0)
    if not sign:
        remarks.append(Remark(1, token.value, "not read: neither + nor - stands before it", True))
        return None
    doubt = doubt or "?" in name or tail.doubt
    tail.doubt = False
    part = Segment("", (name.strip("?"),))
    text = f"{sign}{'?' if doubt else ''}{name.strip('?')}{tail}"
    return _record(text, sign, (part,), tail, doubt)


def _arm(choice: Tree[Token], sign: str, text: str, remarks: list[Remark]) -> Abnormality | None:
    """Read `5q-` and `-5q`, as in old reports."""
    tokens = {token.type: token.value for token in choice.children[1:]}
    chromosome = choice.children[1]
    sign = tokens.get("SIGN", sign if sign == "-" else "")
    if not sign:
        remarks.append(Remark(1, text.strip(), "not read: is it lost (5q-) or gained?", True))
        return None
    name = chromosome_name(chromosome.value, chromosome.start_pos or 0)
    points = "".join(token.value for token in choice.children[2:] if token.type == "POINT")
    kind = "del" if sign == "-" else "add"
    part = Segment(kind, (name,), (points if any(map(str.isdigit, points)) else points.strip("?") + "?",))
    check_bands(part.chromosomes, part.bands, 0, remarks)
    spelt = spell_abnormality("", False, (part,), "")
    remarks.append(Remark(1, text.strip(), f"short for {spelt}"))
    return Abnormality(spelt, "", (part,), Change.STRUCTURAL, uncertain=True)


def _lone(choice: Tree[Token], sign: str, doubt: bool, tail: _Tail) -> Abnormality:
    """Read markers, rings and minutes: `+2mar`, `+mar1`, `4~8dmin`."""
    place = next(i for i, part in enumerate(choice.children) if _is(part, "LONE"))
    before, kind, after = (
        choice.children[1:place],
        choice.children[place].value,
        choice.children[place + 1 : -1],
    )
    number = "".join(part.children[0].value for part in after)
    written = "".join(token.value for part in before for token in part.children)
    counts = [int(count) for count in re.findall(r"\d+", written)]
    part = Segment(kind, (number,) if number else ())
    span = "~".join(map(str, counts))
    text = f"{sign}{'?' if doubt else ''}{span}{kind}{number}{tail}"
    if counts:
        tail.copies, tail.at_most = max(counts[0], 1), counts[1] if len(counts) > 1 else None
    return _record(text, sign, (part,), tail, doubt or "?" in text)


def _structural(
    choice: Tree[Token], sign: str, doubt: bool, tail: _Tail, text: str, remarks: list[Remark]
) -> Abnormality:
    parts = tuple(_segment(part, remarks) for part in choice.children[1:-1])
    bare = any(part.kind in NEED_BANDS and not part.bands and not part.detail for part in parts)
    if bare and len(parts) == 1 and sign != "-":
        remarks.append(Remark(1, text.strip(), BARE))
    doubt = doubt or any(_is(word, "UNKNOWN") for part in choice.children[1:-1] for word in part.children)
    spelt = spell_abnormality(sign, doubt, parts, str(tail))
    amiss = bare or any(remark.reading.startswith(NO_BAND) for remark in remarks)
    return _record(spelt, sign, parts, tail, "?" in spelt or amiss)


def _segment(tree: Tree[Token], remarks: list[Remark]) -> Segment:
    words, *groups = [part for part in tree.children if not _is(part, "UNKNOWN")]
    *manner, kind = [token.value for token in words.children]
    place = words.children[-1].end_pos or 0
    items = [part for part in groups[0].children if not _is(part, "JOIN")]
    chromosomes = tuple(_chromosome(item, kind, place) for item in items)
    bands: tuple[str, ...] = ()
    detail = ""
    if len(groups) == 1:
        points = [[token.value for token in item.children[1:]] for item in items]
        if any(points):
            bands = share(kind, len(chromosomes), points, place)
    else:
        last = groups[-1]
        if len(groups) > 2:
            remarks.append(Remark(place + 1, kind, "more than one set of breakpoints: the last is taken"))
        if any(token.value in DETAIL for token in last.children if _is(token, "JOIN")):
            detail, bands = _detail(last, kind)
        else:
            points = [[t.value for t in item.children] for item in last.children if not _is(item, "JOIN")]
            bands = share(kind, len(chromosomes), points, place)
    check_bands(chromosomes, bands, place, remarks)
    _check_order(kind, bands, place, remarks)
    return Segment(kind, chromosomes, bands, " ".join(manner), detail)


def _chromosome(item: Tree[Token], kind: str, place: int) -> str:
    first = item.children[0]
    if first.type == "POINT":
        hint = f"name it first: {kind}(5)(q13)"
        raise Impossible(place, first.value, f"the chromosome of the {kind}", hint)
    return chromosome_name(first.value, first.start_pos or 0)


def _detail(group: Tree[Token], kind: str) -> tuple[str, tuple[str, ...]]:
    """Read bands from end to end: the text, and where one chromosome is broken and joined."""
    words, breaks = [], ""
    children = group.children
    for place, part in enumerate(children):
        if _is(part, "JOIN"):
            words.append("->" if part.value == "→" else part.value)
            continue
        name = "".join(t.value.upper() if t.type == "CHROMOSOME" else t.value for t in part.children)
        words.append(name)
        beside = {children[i].value for i in (place - 1, place + 1) if 0 <= i < len(children)}
        if "::" in beside and part.children[0].type == "POINT":
            breaks += name
    return "".join(words), ((breaks,) if breaks and kind != "der" else ())


def _check_order(kind: str, bands: tuple[str, ...], place: int, remarks: list[Remark]) -> None:
    """Remark where a deletion or inversion names the outer band of the long arm first."""
    if kind not in ("del", "inv") or len(bands) != 1:
        return
    if (match := re.fullmatch(r"q(\d\d)(?:\.\d+)?q(\d\d)(?:\.\d+)?", bands[0])) and match[1] > match[2]:
        remarks.append(Remark(place + 1, bands[0], "the band nearer to the centromere is written first"))


def _record(text: str, sign: str, parts: tuple[Segment, ...], tail: _Tail, doubt: bool) -> Abnormality:
    return Abnormality(
        text, sign, parts, CHANGES[sign], tail.copies, doubt, tail.own, None, tail.at_most, tail.origin
    )


def _with(abnormality: Abnormality, **changes: object) -> Abnormality:
    from dataclasses import replace

    return replace(abnormality, **changes)  # type: ignore[arg-type]


def _is(part: object, kind: str) -> bool:
    return getattr(part, "type", "") == kind
