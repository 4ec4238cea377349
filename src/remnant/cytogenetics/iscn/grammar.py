"""The grammar at work: a field of a karyotype becomes a tree, or the place where it stops making sense."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark, Tree

REMEMBERED, LONG = 8192, 200  # texts of fields, and their longest: a cohort repeats its commonest changes
RULES = ("number", "sex", "heir", "cells", "abnormality")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the grammar as it stands in the text, from `start` to `end`, counted from 0."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Node:
    """A rule of the grammar and what it was read from."""

    rule: str
    words: tuple[Word, ...]
    nodes: tuple[Node, ...]

    def first(self, kind: str) -> str:
        """Text of its first word of a kind; empty where there is none."""
        return next((word.text for word in self.words if word.kind == kind), "")

    @property
    def text(self) -> str:
        """Its own words, one after the other."""
        return "".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A field that the rule does not take, from `place` on, counted from 0."""

    place: int


def parse(rule: str, text: str) -> Node | Unparsed:
    """Parse a field by one of `RULES`; what cannot be parsed is an answer too, and is remembered."""
    return _remembered(rule, text) if len(text) <= LONG else _parse(rule, text)


def _parse(rule: str, text: str) -> Node | Unparsed:
    from lark.exceptions import UnexpectedInput

    try:
        return _node(_parser().parse(text, start=rule))
    except UnexpectedInput as stop:
        place = stop.pos_in_stream
        return Unparsed(len(text) if place is None or place < 0 else place)


_remembered = lru_cache(maxsize=REMEMBERED)(_parse)


@cache
def _parser() -> Lark:
    # Made when the first karyotype is read: no other command waits for it.
    from lark import Lark

    grammar = files("remnant.cytogenetics.iscn").joinpath("karyotype.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", start=list(RULES), maybe_placeholders=False)


def _node(tree: Tree[Any]) -> Node:
    words, nodes = [], []
    part: Any
    for part in tree.children:
        if hasattr(part, "children"):
            nodes.append(_node(part))
        else:
            words.append(Word(part.type, str(part), part.start_pos, part.end_pos))
    return Node(str(tree.data), tuple(words), tuple(nodes))
