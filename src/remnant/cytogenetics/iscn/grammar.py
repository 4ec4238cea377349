"""The grammar at work: a field of a karyotype becomes a tree, or the place where it stops making sense."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Lark, Tree

REMEMBERED = 8192  # field texts: a cohort repeats its commonest changes
RULES = ("number", "sex", "heir", "cells", "abnormality")


class Unparsed(Exception):  # noqa: N818 - whether it is an error is for the caller to say
    """A field that the rule does not take, from `place` on (from 0)."""

    def __init__(self, place: int):
        super().__init__(place)
        self.place = place


@cache
def _parser() -> Lark:
    # Made when the first karyotype is read: no other command waits for it.
    from lark import Lark

    grammar = files("remnant.cytogenetics.iscn").joinpath("karyotype.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", start=list(RULES), maybe_placeholders=False)


@lru_cache(maxsize=REMEMBERED)
def parse(rule: str, text: str) -> Tree[str] | Unparsed:
    """Parse a field by one of `RULES`; what cannot be parsed is an answer too, and remembered."""
    from lark.exceptions import UnexpectedInput

    try:
        return _parser().parse(text, start=rule)  # type: ignore[return-value]
    except UnexpectedInput as stop:
        place = stop.pos_in_stream
        return Unparsed(len(text) if place is None or place < 0 else place)
