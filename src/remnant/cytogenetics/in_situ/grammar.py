"""The grammar of in situ and array results: a text becomes a tree whose leaves know their places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from remnant.cytogenetics.in_situ.chromosome import ends_in_x
from remnant.cytogenetics.iscn.karyotype import Remark
from remnant.cytogenetics.iscn.text import Piece, check_brackets, refuse

SIGNS = str.maketrans("×✕*’‘′`–−‐‑（）［］，；／", "×××''''----()[],;/")
TIMES = re.compile(r" ?([xX×]) ?(?=[0-9]{1,9}(?: ?[~-] ?[0-9]{1,9})? ?(?:[],;()[/.]|$|(?<= )[a-z]))")
WORD_BEFORE = re.compile(r"[A-Za-z0-9]{0,8}\Z")
NUMBER_AFTER = re.compile(r"[0-9]+")
STOPPED = re.compile(r"[][(),;/.]|[^][(),;/]+")
SHOWN = 40  # letters of what was found
EXAMPLE = "write it as nuc ish(D5S23x2,EGR1x1)[150/200]"
WORDS = {
    "LPAR": "probes in brackets", "PROBE": "a probe", "RPAR": "a closing bracket",
    "COPIES": "copies, as in x2",
    "JOIN": "a comma", "LSQB": "cells as [k/n]", "NUMBER": "a number of cells", "RSQB": "]",
    "NAME": "a band or an abnormality", "BANDS": "a chromosome with its bands", "SPAN": "a region",
    "NUC_ISH": "nuc ish", "ISH": "ish", "ARR": "arr", "BUILD": "the genome build", "DECIMAL": "a fraction",
}  # fmt: skip
HINTS = {
    "PROBE": "name one; a comma too many?", "RPAR": "add the bracket", "NUMBER": "write [150/200]",
    "COPIES": "write x and a number", "SPAN": "write (80000000_155000000)", "BANDS": "write 5q14.1q33.3",
    "DECIMAL": "write [0.6]", "LSQB": "write [150/200] at its end",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where a text stands in its file, and how its tidy form maps back to it."""

    text: str
    places: tuple[int, ...]
    start: int
    source: str
    line: int | None

    def piece(self, low: int, high: int) -> Piece:
        """Return the original text between two places of the tidy form."""
        first = self.places[low]
        last = self.places[high - 1] + 1 if high > low else first
        return Piece(self.text[first:last], self.start + first)

    def of(self, *tokens: Token) -> Piece:
        """Return the original text from the first of `tokens` to the last."""
        return self.piece(tokens[0].start_pos or 0, tokens[-1].end_pos or 0)

    def around(self, first: Tree[Token], last: Tree[Token]) -> Piece:
        """Return the original text from one branch to another, their brackets included."""
        return self.piece(first.meta.start_pos, last.meta.end_pos)

    def error(self, piece: Piece, expected: str, hint: str) -> Exception:
        """Return the error that says what is wrong at `piece`."""
        return refuse(self.source, piece, expected, hint, line=self.line)


def parse(
    text: str, remarks: list[Remark], *, source: str, line: int | None, start: int = 0
) -> tuple[Tree[Token], Place]:
    """Parse the results that stand in `text`.

    Parameters
    ----------
    text : str
        In situ and array results alone, without a karyotype before them.
    remarks : list of Remark
        What had to be forgiven is added to it.
    source, line : str and int or None
        Where the text comes from, for the error.
    start : int
        Where it starts in its own line, from 0.

    Raises
    ------
    IscnError
        With the first place that no result can have.
    """
    check_brackets(source, Piece(text.translate(SIGNS), start), line=line)
    tidy, place = _tidy(text, remarks, source, line, start)
    try:
        return grammar().parse(tidy), place
    except UnexpectedInput as error:
        raise _refusal(error, tidy, place) from None


@cache
def grammar() -> Lark:
    """Build the parser, once."""
    written = files("remnant.cytogenetics.in_situ").joinpath("in_situ.lark").read_text("utf-8")
    return Lark(written, parser="lalr", lexer="contextual", propagate_positions=True)


def tokens(tree: Tree[Token], *kinds: str) -> list[Token]:
    """Return the leaves of these kinds directly under `tree`."""
    return [leaf for leaf in tree.children if isinstance(leaf, Token) and leaf.type in kinds]


def trees(tree: Tree[Token], *kinds: str) -> list[Tree[Token]]:
    """Return the branches of these kinds directly under `tree`."""
    return [branch for branch in tree.children if isinstance(branch, Tree) and branch.data in kinds]


def leaves(tree: Tree[Token]) -> list[Token]:
    """Return every leaf under `tree`, in order."""
    return list(tree.scan_values(lambda leaf: isinstance(leaf, Token)))


def _tidy(text: str, remarks: list[Remark], source: str, line: int | None, start: int) -> tuple[str, Place]:
    """Reduce white space to single spaces and write every "times" as ×."""
    kept: list[tuple[int, str]] = []
    for place, letter in enumerate(text.translate(SIGNS)):
        letter = " " if letter.isspace() or letter in "\u200b\ufeff" else letter
        if letter != " " or (kept and kept[-1][1] != " "):
            kept.append((place, letter))
    if kept and kept[-1][1] == " ":
        kept.pop()
    places = (*(place for place, _ in kept), len(text))
    once = "".join(letter for _, letter in kept)
    where = Place(text, places, start, source, line)
    marks = [match.start(1) for match in TIMES.finditer(once) if _is_times(match, once, where, remarks)]
    cuts = [0, *(cut for mark in marks for cut in (mark, mark + 1)), len(once)]
    parts = [once[low:high] for low, high in pairwise(cuts)]
    return "".join("×" if number % 2 else part for number, part in enumerate(parts)), where


def _is_times(match: re.Match[str], text: str, where: Place, remarks: list[Remark]) -> bool:
    """Whether an x before a number means times: in RUNX1 it belongs to the name."""
    mark, place = match[1], match.start(1)
    before = text[place - 1 : place]
    if mark == "×" or before == " ":
        return before not in "(" or mark == "×"
    if not before or before in "([,;":
        return False
    if not before.isalpha() or before.isupper() != mark.isupper():
        return True
    number = NUMBER_AFTER.match(text, match.end())
    stem = WORD_BEFORE.search(text[max(place - 8, 0) : place])
    name = (stem[0] if stem else "") + mark + (number[0] if number else "")
    if ends_in_x(name):
        return False
    found = where.piece(place, match.end() + len(number[0] if number else ""))
    remarks.append(Remark(found.position, found.text, f"{mark} is taken as times"))
    return True


def _refusal(error: UnexpectedInput, tidy: str, where: Place) -> Exception:
    """Say in words what the parser wanted at the place where it stopped."""
    place = len(tidy)
    allowed: Iterable[str] = ()
    if isinstance(error, UnexpectedToken):
        if error.token.type != "$END":
            place = error.token.start_pos or 0
        allowed = error.accepts or error.expected
    elif isinstance(error, UnexpectedCharacters):
        place, allowed = error.pos_in_stream or 0, error.allowed or ()
    stopped = STOPPED.match(tidy, place)
    found = stopped.end() if stopped else place
    if (opening := tidy.rfind("[", 0, place)) > tidy.rfind("]", 0, place):
        # Inside cells the whole bracket is at fault.
        place, found = opening, tidy.find("]", place) + 1
    wanted = [kind for kind in WORDS if kind in set(allowed)]
    expected = " or ".join(dict.fromkeys(WORDS[kind] for kind in wanted[:3])) or "the end of the result"
    hint = next((HINTS[kind] for kind in wanted if kind in HINTS), EXAMPLE)
    return where.error(where.piece(place, min(found, place + SHOWN)), expected, hint)
