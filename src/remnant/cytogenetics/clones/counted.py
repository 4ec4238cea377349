"""How often one abnormality counts: once, by copies, or not at all.

A derivative is one abnormality, however many exchanges made it. Every marker is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.cytogenetics.clones.clonality import ClonalChange, needed
from remnant.cytogenetics.clones.implied import POLYPLOID
from remnant.cytogenetics.clones.variants import is_variant
from remnant.cytogenetics.iscn.karyotype import Abnormality, Change, Clone, Segment


@dataclass(frozen=True)
class Counted:
    """An abnormality and how often it counts.

    Parameters
    ----------
    abnormality : str
        As written.
    count : int
        1 for most; more for several copies or markers; 0 where it is no abnormality of its own.
    reason : str
        Why it does not count once; empty where it does.
    fewest : int
        Less than `count` only where the report gives a range of copies.
    """

    abnormality: str
    count: int
    reason: str = ""
    fewest: int = 0


def count_of(change: ClonalChange, clones: Sequence[Clone]) -> Counted:
    """Say how often an abnormality of these clones counts.

    References
    ----------
    Chun et al. (2010) Leuk Res 34:160-165: each item of the list is one. The exception, +1,der(1;7)(q10;p10)
    as one abnormality: Ganster et al. (2019) Genes Chromosomes Cancer 58:689-697.
    """
    item = change.item
    assert item is not None, "changes() fills it"
    if change.clonal is False:
        return Counted(
            change.abnormality, 0, f"in {change.cells} cells, and a clone needs {needed(change.change)}"
        )
    if is_variant(item):
        return Counted(change.abnormality, 0, "a variant of the normal chromosome")
    holders = [clones[place] for place in change.clones]
    if partner := _part_of(item, holders):
        more = change.copies - 1
        return Counted(change.abnormality, more, f"written with {partner}, and one abnormality with it", more)
    if item.segments[0].kind in {"dmin", "min", "ace"}:
        return Counted(change.abnormality, 1, fewest=1)
    if item.copies_at_most is not None and item.copies_at_most > item.copies:
        reason = f"{item.copies} to {item.copies_at_most} of them, counted as the most"
        return Counted(change.abnormality, item.copies_at_most, reason, item.copies)
    # A cell without Y has lost Y, however many it had.
    lost_y = (item.sign, item.segments[0]) == ("-", Segment("", ("Y",)))
    copies = 1 if lost_y else min(_per_set(change.copies, clone) for clone in holders)
    reason = "its loss of 7q is not counted beside it" if is_der_1_7(item) else ""
    return Counted(change.abnormality, copies, f"{copies} copies" if copies > 1 else reason, copies)


def _part_of(item: Abnormality, holders: Sequence[Clone]) -> str:
    """The derivative that a whole chromosome is lost or gained with, where both are one abnormality.

    The +1 of +1,der(1;7)(q10;p10), since this derivative stands in for a chromosome 1 and a chromosome 7; and
    the -7 of the older spelling -7,+der(7), where the derivative makes good the loss that stands beside it.
    """
    if item.segments[0].kind or item.sign not in ("+", "-"):
        return ""
    (name,) = item.segments[0].chromosomes
    found = [
        next((other.text for other in clone.abnormalities if _goes_with(item.sign, name, other)), "")
        for clone in holders
    ]
    return found[0] if found and all(found) else ""


def _goes_with(sign: str, name: str, other: Abnormality) -> bool:
    if sign == "-":
        return stands_in_for(other, name)
    return name == "1" and other.sign == "" and is_der_1_7(other)


def is_der_1_7(item: Abnormality) -> bool:
    """Whether it is der(1;7)(q10;p10), which leaves three long arms of 1 and one of 7."""
    (part, *more) = item.segments
    return not more and part.kind == "der" and part.chromosomes == ("1", "7") and part.bands == ("q10", "p10")


def stands_in_for(other: Abnormality, name: str) -> bool:
    """Whether it is a changed chromosome of this number, written as a gain: +der(7), +i(7)(q10), +r(7)."""
    part = other.segments[0]
    centre = part.chromosomes[:1] if part.kind in {"der", "ider", "i", "idic", "r", "del", "add"} else ()
    return other.sign == "+" and "(" in other.text and name in centre


def _per_set(copies: int, clone: Clone) -> int:
    """Copies that are not explained by a doubled set of chromosomes."""
    sets = round(((clone.number_low or 46) + (clone.number_high or 46)) / 46)
    return max(1, -(-copies * 2 // sets)) if sets > 2 and is_polyploid(clone) else copies


def is_polyploid(clone: Clone) -> bool:
    """Whether its number is near three sets or more, and the gains that it lists do not explain it."""
    if clone.ploidy is not None:
        return clone.ploidy > 2
    if clone.number_low is None or clone.number_low < POLYPLOID:
        return False
    listed = sum(item.copies * (item.change is Change.GAIN) for item in clone.abnormalities)
    return clone.number_low > 46 + listed + 2
