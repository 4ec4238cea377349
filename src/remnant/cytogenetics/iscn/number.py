"""How many chromosomes a clone has, and whether its gains and losses account for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from remnant.cytogenetics.iscn.grammar import LONG, REMEMBERED, Unparsed, parse
from remnant.cytogenetics.iscn.karyotype import Abnormality, Change, Clone, Remark
from remnant.cytogenetics.iscn.spelling import small
from remnant.cytogenetics.iscn.text import Piece, Refusal
from remnant.cytogenetics.iscn.write import spell_number

FEWEST, MOST = 20, 300  # chromosomes: near-haploid blasts have 23 and more, near-dodecaploid cells 276
AUTOSOMES, SET = 22, 23
NEAR = 11  # chromosomes above or below a full set that still go by its name: 35 to 57 are near-diploid
UNCOUNTED = frozenset({"dmin", "ace", "frag", "min", "tas", "neo", "fis", "mar", "upd"})  # unless signed
JOINED = frozenset({"dic", "dicr", "der", "rob", "trc"})  # several chromosomes become one


@dataclass(frozen=True)
class Number:
    """Chromosomes of a clone: a range, the sets that it names, and its strict spelling."""

    low: int
    high: int
    ploidy: int | None
    text: str


def read_number(field: Piece, remarks: list[Remark]) -> Number:
    """Read the first field of a clone.

    Raises
    ------
    Refusal
        If it is not a number of chromosomes.
    """
    number = _number(field.text[:LONG])
    if number is None:
        raise Refusal(field, "the number of chromosomes, then a comma", "start each clone as in 46,XX")
    if number.low < FEWEST or number.high > MOST:
        raise Refusal(field, f"{FEWEST} to {MOST} chromosomes", "is this the number of chromosomes?")
    if number.text != re.sub(r"\s+", " ", field.text):
        remarks.append(Remark(field.position, field.text, f"read as {number.text}"))
    return number


@lru_cache(maxsize=REMEMBERED)
def _number(text: str) -> Number | None:
    tree = parse("number", re.sub(r"^([0-9]{2})(?=[0-9]{2}$)", r"\1~", small(text)))
    if isinstance(tree, Unparsed):
        return None
    first = int(tree.first("INT"))
    last = int(tree.first("SPAN").strip("~- ") or first)
    low, high = min(first, last), max(first, last)
    ploidy = re.sub(r"\s", "", tree.first("PLOIDY"))
    sets = re.search(r"[0-9]+", ploidy)
    return Number(
        low, high, int(sets[0]) if sets else None, spell_number(low, high, tree.first("PREFIX"), ploidy)
    )


def check_number(
    number: Number, sex: str, changes: Sequence[Abnormality], field: Piece, remarks: list[Remark]
) -> None:
    """Remark where a clone's own gains and losses do not give its number of chromosomes.

    Raises
    ------
    Refusal
        If they cannot: the number is a set and more away, and nothing explains it.
    """
    effects = [_effect(a) for a in changes]
    if not sex or "?" in sex or "U" in sex or None in effects:
        return
    change = sum(effect or 0 for effect in effects)
    spare = sum((a.copies_at_most or a.copies) - a.copies for a in changes if a.sign)
    starts = _starts(number, sex, changes)
    ends = [(start + change, start + change + spare) for start in starts]
    away = min(max(number.low - high, low - number.high, 0) for low, high in ends)
    if away == 0:
        return
    low, high = ends[0]
    given = f"{low}" if low == high else f"{low} to {high}"
    polyploid = number.low >= 3 * SET and number.low % SET == 0  # said, if only by the number
    if away > NEAR and number.ploidy is None and not polyploid:
        hint = (
            "correct the number, write the sex chromosomes of every set (XXYY), or add what is gained or lost"
        )
        raise Refusal(field, f"about {given} chromosomes, by the sex chromosomes and changes", hint)
    remarks.append(Remark(field.position, field.text, f"the changes give {given} chromosomes"))


def check_heir(
    number: Number,
    parent: Clone,
    times: int,
    changes: Sequence[Abnormality],
    field: Piece,
    remarks: list[Remark],
) -> None:
    """Remark where a subclone's number is not its parent's with its own gains and losses."""
    effects = [_effect(a) for a in changes]
    if parent.number_low is None or parent.number_high is None or None in effects:
        return
    change = sum(effect or 0 for effect in effects)
    spare = sum((a.copies_at_most or a.copies) - a.copies for a in changes if a.sign)
    low, high = parent.number_low * times + change, parent.number_high * times + change + spare
    if number.low > high or number.high < low:
        given = f"{low}" if low == high else f"{low} to {high}"
        words = f"the clone that it comes from and its changes give {given} chromosomes"
        remarks.append(Remark(field.position, field.text, words))


def _starts(number: Number, sex: str, changes: Sequence[Abnormality]) -> list[int]:
    """Numbers that gains and losses may be counted from, the likeliest first."""
    letters = len(sex.rstrip("c"))
    sets = number.ploidy or 2
    if number.ploidy is None and number.low > 2 * SET + NEAR:
        sets = max(2, letters)  # XXY of 69 chromosomes, XXYY of 92
    elif number.ploidy is None and letters == 1 and number.high <= SET + NEAR:
        sets = 1
    lost = sum(a.copies for a in changes if a.sign == "-" and _of_sex(a))
    gained = sum(a.copies for a in changes if a.sign == "+" and _of_sex(a))
    # X,-Y is written with the sex chromosomes that are left, XXY,+X with those that came; a constitutional
    # set counts as it stands.
    with_letters = AUTOSOMES * sets + letters
    return [with_letters + lost, SET * sets, with_letters, with_letters - gained, SET * 2]


def _of_sex(abnormality: Abnormality) -> bool:
    first = abnormality.segments[0]
    return not first.kind and first.chromosomes[0] in ("X", "Y")


def _effect(abnormality: Abnormality) -> int | None:
    """Chromosomes that it adds or takes; None where that is not known."""
    first = abnormality.segments[0]
    if abnormality.constitutional and abnormality.sign:
        return {Change.GAIN: 1, Change.LOSS: -1}.get(abnormality.change, 0)
    if first.kind in {"dmin", "ace", "frag"}:
        return 0
    joined = 1 - len(first.chromosomes) if first.kind in JOINED else 0
    if first.kind == "trc" and len(first.chromosomes) == 1:
        return None
    if abnormality.sign:
        return (1 if abnormality.sign == "+" else -1) * abnormality.copies
    return None if first.kind in UNCOUNTED else joined * abnormality.copies
