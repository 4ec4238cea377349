"""From the tree of one abnormality to its record."""

from __future__ import annotations

import re
from dataclasses import replace

from remnant.cytogenetics.iscn.breakpoints import BARE, NEED_BANDS, NO_BAND, check_bands, chromosome_name
from remnant.cytogenetics.iscn.grammar import Node
from remnant.cytogenetics.iscn.karyotype import Abnormality, Change, Remark, Segment
from remnant.cytogenetics.iscn.segment import segment_of
from remnant.cytogenetics.iscn.write import spell_abnormality

CHANGES = {"+": Change.GAIN, "-": Change.LOSS, "": Change.STRUCTURAL}


def abnormality_of(tree: Node, text: str, remarks: list[Remark]) -> Abnormality | None:
    """Make the record of a parsed field; None where it says too little, with a remark that says so.

    Raises
    ------
    Impossible
        If it contradicts itself or the map of bands.
    """
    found = _choice(tree.nodes[0], text, remarks)
    if len(tree.nodes) == 1 or found is None:
        return found
    others = [_choice(choice, text, []) for choice in tree.nodes[1:]]
    spelt = " or ".join(a.text for a in (found, *others) if a is not None)
    remarks.append(Remark(1, text.strip(), "one or the other: the first is counted, and is not certain"))
    return replace(found, text=spelt, uncertain=True)


def _choice(choice: Node, text: str, remarks: list[Remark]) -> Abnormality | None:
    lead = choice.nodes[0].text
    sign, doubt = lead.strip("?"), "?" in lead
    if choice.rule == "arm":
        return _arm(choice, sign, text, remarks)
    tail = _Tail(choice.nodes[-1])
    if choice.rule == "whole":
        return _whole(choice, sign, doubt, tail, remarks)
    if choice.rule == "lone":
        return _lone(choice, sign, doubt, tail)
    return _structural(choice, sign, doubt, tail, text, remarks)


class _Tail:
    """What follows an abnormality: `?`, `c`, `dn`, `x2`."""

    def __init__(self, node: Node):
        self.doubt, self.own = bool(node.first("UNKNOWN")), bool(node.first("CONSTITUTIONAL"))
        self.origin = node.first("ORIGIN")
        numbers = [int(number) for number in re.findall(r"[0-9]+", node.first("COPIES"))]
        self.copies = max(numbers[0], 1) if numbers else 1
        self.at_most = numbers[1] if len(numbers) > 1 else None

    def __str__(self) -> str:
        many = f"x{self.copies}" if self.copies > 1 or self.at_most else ""
        span = f"~{self.at_most}" if self.at_most else ""
        return ("?" if self.doubt else "") + ("c" if self.own else "") + self.origin + many + span


def _record(text: str, sign: str, parts: tuple[Segment, ...], tail: _Tail, doubt: bool) -> Abnormality:
    return Abnormality(
        text, sign, parts, CHANGES[sign], tail.copies, doubt, tail.own, None, tail.at_most, tail.origin
    )


def _whole(choice: Node, sign: str, doubt: bool, tail: _Tail, remarks: list[Remark]) -> Abnormality | None:
    """Read a chromosome gained or lost: `+8`, `-Y`, `+21c`."""
    word = choice.words[0]
    name = chromosome_name(word.text, word.start)
    if not sign:
        remarks.append(Remark(word.start + 1, word.text, "neither + nor - stands before it"))
        return None
    doubt = doubt or "?" in name or tail.doubt
    tail.doubt = False
    text = f"{sign}{'?' if doubt else ''}{name.strip('?')}{tail}"
    return _record(text, sign, (Segment("", (name.strip("?"),)),), tail, doubt)


def _arm(choice: Node, sign: str, text: str, remarks: list[Remark]) -> Abnormality | None:
    """Read an arm lost or gained as in old reports: `5q-`, `-5q`."""
    sign = choice.first("SIGN") or (sign if sign == "-" else "")
    if not sign:
        remarks.append(Remark(1, text.strip(), "is the arm lost, as in 5q-, or gained?"))
        return None
    chromosome = choice.words[0]
    name = chromosome_name(chromosome.text, chromosome.start)
    points = "".join(word.text for word in choice.words if word.kind == "POINT")
    if not re.search(r"[0-9]", points):
        points = points.strip("?") + "?"
    part = Segment("del" if sign == "-" else "add", (name,), (points,))
    check_bands(part.chromosomes, part.bands, 0, remarks)
    spelt = spell_abnormality("", False, (part,), "")
    remarks.append(Remark(1, text.strip(), f"short for {spelt}"))
    return Abnormality(spelt, "", (part,), Change.STRUCTURAL, uncertain=True)


def _lone(choice: Node, sign: str, doubt: bool, tail: _Tail) -> Abnormality:
    """Read markers, rings and minutes: `+2mar`, `+mar1`, `4~8dmin`."""
    kind = choice.words[0]
    manys = choice.nodes[1:-1]
    written = "".join(node.text for node in manys if node.words[0].start < kind.start)
    number = "".join(node.text for node in manys if node.words[0].start > kind.start).replace("-", "~")
    counts = [int(count) for count in re.findall(r"[0-9]+", written)]
    doubt = doubt or "?" in written or "?" in number or tail.doubt
    number, tail.doubt = number.strip("?*~"), False
    span = "~".join(map(str, counts))
    text = f"{sign}{'?' if doubt else ''}{span}{kind.text}{number}{tail}"
    if counts:
        tail.copies, tail.at_most = max(counts[0], 1), counts[1] if len(counts) > 1 else None
    elif "~" in number:  # one to three markers, or those numbered so: the fewest are counted
        tail.at_most, number, doubt = int(number.partition("~")[2]), "", True
    return _record(text, sign, (Segment(kind.text, (number,) if number else ()),), tail, doubt)


def _structural(
    choice: Node, sign: str, doubt: bool, tail: _Tail, text: str, remarks: list[Remark]
) -> Abnormality:
    """Read rearrangements, one or several in a row."""
    chain = choice.nodes[1:-1]
    parts = tuple(segment_of(node, remarks) for node in chain)
    bare = any(part.kind in NEED_BANDS and not part.bands and not part.detail for part in parts)
    if bare and len(parts) == 1 and sign != "-":
        remarks.append(Remark(1, text.strip(), BARE))
    doubt = doubt or any(node.words for node in chain)
    spelt = spell_abnormality(sign, doubt, parts, str(tail))
    amiss = bare or any(remark.reading.startswith(NO_BAND) for remark in remarks)
    return _record(spelt, sign, parts, tail, "?" in spelt or amiss)
