"""Read one abnormality of a karyotype: `+8`, `del(5)(q13q33)`, `der(10)t(7;10)(q22;p13)`, `+2mar`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from remnant.cytogenetics.iscn.breakpoints import Impossible
from remnant.cytogenetics.iscn.grammar import LONG, REMEMBERED, Unparsed, parse
from remnant.cytogenetics.iscn.karyotype import Abnormality, Remark
from remnant.cytogenetics.iscn.records import abnormality_of
from remnant.cytogenetics.iscn.repairs import mend_field
from remnant.cytogenetics.iscn.spelling import small
from remnant.cytogenetics.iscn.text import Piece, Refusal

SYMBOLS = frozenset(
    """add cht chr cx del der dic dicr dmin dup fis fra hsr i ider idic inc ins inv mar min neo psu qdp r rcp
    rea rec rob t tas tel ter trc trp upd""".split()  # noqa: SIM905 - a list to be read
)
WORD = re.compile(r"[a-z]{2}")
NO_ARM = re.compile(r"[+-]?\??([a-z]+) ?\([^()]*\) ?\(([a-or-z0-9.;~]+)\)")
CELLS = re.compile(r"(?:\[ *[0-9]{1,6} *\] *)+")


@dataclass(frozen=True)
class _Reading:
    """What a field's text says, its places counted from its own start."""

    abnormality: Abnormality | None
    remarks: tuple[Remark, ...] = ()
    fault: Impossible | None = None


def read_abnormality(piece: Piece, remarks: list[Remark]) -> Abnormality | None:
    """Read one abnormality; None where it cannot be read, with a remark that says so.

    Parameters
    ----------
    piece : Piece
        What stands between two commas.
    remarks : list of Remark
        Grows by what was repaired or not understood.

    Raises
    ------
    Refusal
        If it names what does not exist, contradicts itself, or is a misspelt word that could be guessed.
    """
    piece = piece.strip()
    reading = _read(piece.text) if len(piece.text) <= LONG else _read.__wrapped__(piece.text)
    if (fault := reading.fault) is not None:
        raise Refusal(Piece(fault.found, piece.start + fault.place), fault.expected, fault.hint)
    remarks += [replace(remark, position=piece.start + remark.position) for remark in reading.remarks]
    return reading.abnormality


@lru_cache(maxsize=REMEMBERED)
def _read(written: str) -> _Reading:
    body, cells, remarks = _own_cells(written)
    text, mended = mend_field(small(body))
    remarks += [Remark(1, body, words) for words in mended]
    tree = parse("abnormality", text)
    if isinstance(tree, Unparsed):
        if (fault := _misspelt(text) or _no_arm(text)) is not None:
            return _Reading(None, fault=fault)
        stop = tree.place
        tree = parse("abnormality", text[:stop])
        if isinstance(tree, Unparsed) or WORD.search(text[max(stop - 1, 0) : stop + 1]):
            return _Reading(None, (*remarks, Remark(1, body, "not read", True)))
        remarks.append(Remark(stop + 1, text[stop:], "not read", True))
    try:
        found = abnormality_of(tree, text, remarks)
    except Impossible as fault:
        place = fault.place if not mended else 0
        return _Reading(None, fault=Impossible(place, fault.found, fault.expected, fault.hint))
    if found is None:
        return _Reading(None, (Remark(1, body, f"not read: {remarks[-1].reading}", True),))
    if not remarks and found.text != body and found.text.lower() != body.lower():
        remarks.append(Remark(1, body, f"read as {found.text}"))
    return _Reading(replace(found, cells=cells), tuple(remarks))


def _own_cells(written: str) -> tuple[str, int | None, list[Remark]]:
    """Cut the cells of one abnormality of a composite clone: `-7[3]`."""
    start = written.find("[", len(written.rstrip("0123456789[] ")))
    if start < 0 or CELLS.fullmatch(written, start) is None:
        return written, None, []
    stem, found = (
        written[:start].rstrip(),
        [number.strip("[] ") for number in written[start:].split("]")[:-1]],
    )
    if len(found) > 1:
        return stem, None, [Remark(start + 1, "", "more than one number of cells: none is taken")]
    return stem, int(found[0]), []


def _misspelt(text: str) -> Impossible | None:
    """Find a word where one letter would make a known symbol: it could be guessed, and is not."""
    for match in re.finditer(r"(?<![a-z])([a-z]+)\s*\(", text):
        word = match[1]
        near = [symbol for symbol in sorted(SYMBOLS) if len(symbol) > 2 and _one_slip(word, symbol)]
        if word not in SYMBOLS and near:
            return Impossible(match.start(), word, "a known symbol", f"write {' or '.join(near)}?")
    return None


def _no_arm(text: str) -> Impossible | None:
    """Find brackets for breakpoints that hold no arm at all: `del(5)(z13z33)`."""
    match = NO_ARM.match(text)
    if match is None or match[1] not in SYMBOLS or not any(map(str.isdigit, match[2])):
        return None
    hint = "write the arm, p or q, before each band"
    return Impossible(match.start(2), match[2], "breakpoints, such as q13q33", hint)


def _one_slip(word: str, symbol: str) -> bool:
    """Whether one letter swapped, added, left out or changed makes `symbol` of `word`."""
    if abs(len(word) - len(symbol)) > 1 or word == symbol:
        return False
    same = next(
        (i for i, (a, b) in enumerate(zip(word, symbol, strict=False)) if a != b), min(len(word), len(symbol))
    )
    rests = word[same:], symbol[same:]
    swapped = rests[0][:2] == rests[1][:2][::-1] and rests[0][2:] == rests[1][2:]
    return swapped or rests[0][1:] in (rests[1], rests[1][1:]) or rests[0] == rests[1][1:]
