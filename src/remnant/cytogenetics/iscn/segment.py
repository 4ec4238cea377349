"""From the tree of one rearrangement to its segment: kind, chromosomes and where each is broken."""

from __future__ import annotations

import re

from remnant.cytogenetics.iscn.breakpoints import Impossible, check_bands, chromosome_name, share
from remnant.cytogenetics.iscn.grammar import Node, Word
from remnant.cytogenetics.iscn.karyotype import Remark, Segment

FROM_END_TO_END = frozenset({"::", "->", "→"})
MANNERS = frozenset({"psu", "der", "inv", "ter"})  # words that another symbol may follow
OUTWARDS = re.compile(r"q([0-9][0-9])(?:\.[0-9]+)?q([0-9][0-9])(?:\.[0-9]+)?")


def segment_of(node: Node, remarks: list[Remark]) -> Segment:
    """Make the segment of `t(9;22)(q34;q11.2)`; `remarks` grows, with places in the field.

    Raises
    ------
    Impossible
        If it contradicts itself or the map of bands.
    """
    words, *groups = node.nodes
    kind, manner = words.words[-1].text, " ".join(word.text for word in words.words[:-1])
    place = words.words[-1].end
    if not MANNERS.issuperset(manner.split()):
        found = f"{manner} {kind}"
        raise Impossible(
            words.words[0].start,
            found,
            f"one symbol, or {' or '.join(sorted(MANNERS))} before it",
            "is a comma missing?",
        )
    chromosomes = tuple(_chromosome(item, kind) for item in groups[0].nodes)
    bands, detail = _bands(groups, kind, place, remarks)
    check_bands(chromosomes, bands, place, remarks)
    if kind in ("del", "inv") and len(bands) == 1:
        match = OUTWARDS.fullmatch(bands[0])
        if match and match[1] > match[2]:
            remarks.append(Remark(place + 1, bands[0], "the band nearer to the centromere is written first"))
    return Segment(kind, chromosomes, bands, manner, detail)


def _chromosome(item: Node, kind: str) -> str:
    first = item.words[0]
    if first.kind == "POINT":
        hint = f"name it first, as in {kind}(5)(q13)"
        raise Impossible(first.start, first.text, f"the chromosome of the {kind}", hint)
    return chromosome_name(first.text, first.start)


def _bands(groups: list[Node], kind: str, place: int, remarks: list[Remark]) -> tuple[tuple[str, ...], str]:
    """Breakpoints of each chromosome, and the bands from end to end where the report writes them out."""
    chromosomes = groups[0].nodes
    if len(groups) == 1:  # del(5q), i(17q): the arm beside the number
        points = [[_point(word) for word in item.words[1:]] for item in chromosomes]
        return (share(kind, len(chromosomes), points, place) if any(points) else ()), ""
    last = groups[-1]
    if len(groups) > 2:
        remarks.append(Remark(place + 1, kind, "more than one set of breakpoints: the last is taken"))
    if any(word.text in FROM_END_TO_END for word in last.words):
        return _end_to_end(last, kind)
    for item in last.nodes:
        if item.words[0].kind == "CHROMOSOME":
            word = item.words[0]
            raise Impossible(word.start, word.text, "a band, such as q13", "is the arm, p or q, missing?")
    points = [[_point(word) for word in item.words] for item in last.nodes]
    return share(kind, len(chromosomes), points, place), ""


def _point(word: Word) -> str:
    return word.text.replace("-", "~")  # q13-14: somewhere between


def _end_to_end(group: Node, kind: str) -> tuple[tuple[str, ...], str]:
    """Read `pter->q13::q33->qter`: of one chromosome, the bands at each :: are its breakpoints."""
    joins = ["->" if word.text == "→" else word.text for word in group.words]
    names = [_upper(item) for item in group.nodes]
    text = names[0] + "".join(join + name for join, name in zip(joins, names[1:], strict=True))
    own = kind != "der" and all(item.words[0].kind == "POINT" for item in group.nodes)
    breaks = [
        name
        for place, name in enumerate(names)
        if "::" in (*joins[max(place - 1, 0) : place], *joins[place : place + 1])
    ]
    return (("".join(breaks),) if own and breaks else ()), text


def _upper(item: Node) -> str:
    return "".join(word.text.upper() if word.kind == "CHROMOSOME" else word.text for word in item.words)
