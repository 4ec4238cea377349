"""Monosomal karyotype: two autosomes lost, or one lost and the structure of another changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.cytogenetics.clones.clonality import ClonalChange, changes
from remnant.cytogenetics.clones.counted import is_polyploid, stands_in_for
from remnant.cytogenetics.clones.matching import is_marker
from remnant.cytogenetics.clones.variants import is_variant
from remnant.cytogenetics.iscn.karyotype import Abnormality, Change, Clone, Karyotype

AUTOSOMES = frozenset(str(number) for number in range(1, 23))
CORE_BINDING_FACTOR = (
    ("t", frozenset({"8", "21"}), "q22"),
    ("inv", frozenset({"16"}), "p13"),
    ("t", frozenset({"16"}), "p13"),
)


@dataclass(frozen=True)
class MonosomalKaryotype:
    """Whether a karyotype is monosomal, and what makes it so.

    Parameters
    ----------
    is_monosomal : bool or None
        As reported; None where a part was not read that could make it so.
    monosomies : tuple of str
        Autosomes that are lost in the clone that decides, such as "-7".
    structural : tuple of str
        Structural abnormalities of the same clone, markers and rings among them.
    certain : bool
        False where the lost chromosome may lie in a marker, a ring or a derivative of the same clone, or has
        a question mark, and the karyotype would not be monosomal then.
    core_binding_factor : bool
        Whether t(8;21), inv(16) or t(16;16) is there, which the definition leaves out.
    reason : str
        The rule that fired, or why none did.
    """

    is_monosomal: bool | None
    monosomies: tuple[str, ...]
    structural: tuple[str, ...]
    certain: bool
    core_binding_factor: bool
    reason: str


def monosomal(karyotype: Karyotype, *, known: Sequence[ClonalChange] = ()) -> MonosomalKaryotype:
    """Judge whether a karyotype is monosomal.

    Two distinct autosomal monosomies, or one and a structural abnormality, in the same clone. A chromosome
    whose loss is made good by a derivative written as a gain (-7,+der(7)) is not lost. Of a clone with extra
    sets of chromosomes a loss leaves more than one copy, and is no monosomy.

    Parameters
    ----------
    karyotype : Karyotype
        As read.
    known : sequence of ClonalChange
        Of earlier karyotypes of the patient (OR41).

    References
    ----------
    Breems et al. (2008) J Clin Oncol 26:4791-4797.

    Examples
    --------
    >>> from remnant.cytogenetics.iscn import read_karyotype
    >>> monosomal(read_karyotype("45,XX,-7,del(5)(q13q33)[9]/46,XX[1]")).is_monosomal
    True
    >>> monosomal(read_karyotype("45,XX,-7[9]/46,XX[1]")).is_monosomal
    False
    """
    clonal = [change for change in changes(karyotype, known=known) if change.clonal is not False]
    core = any(change.item is not None and _is_core_binding_factor(change.item) for change in clonal)
    best = max(
        (_judge(clone, _items(clonal, place)) for place, clone in enumerate(karyotype.clones)),
        key=lambda found: (bool(found.is_monosomal), found.certain, len(found.monosomies)),
        default=MonosomalKaryotype(False, (), (), True, False, "no abnormal clone"),
    )
    if core:
        return MonosomalKaryotype(
            False, best.monosomies, best.structural, True, True, "core-binding factor leukaemia is left out"
        )
    if not best.is_monosomal and not karyotype.complete:
        return MonosomalKaryotype(
            None, best.monosomies, best.structural, False, False, "a part was not read, or is incomplete"
        )
    return best


def _items(clonal: Sequence[ClonalChange], place: int) -> list[Abnormality]:
    return [change.item for change in clonal if place in change.clones and change.item is not None]


def _judge(clone: Clone, items: Sequence[Abnormality]) -> MonosomalKaryotype:
    if clone.donor or is_polyploid(clone):
        return MonosomalKaryotype(False, (), (), True, False, "no monosomy")
    lost = [item for item in items if _is_monosomy(item, items)]
    changed = [item for item in items if is_structural(item)]
    kept = [item for item in lost if item.uncertain or any(_may_hold(other, item) for other in changed)]
    markers = sum(item.copies for item in changed if is_marker(item))
    sure = len(lost) - min(len(lost), len(kept) + markers)
    rule = _rule(len(lost), len(changed))
    return MonosomalKaryotype(
        bool(rule),
        tuple(item.text for item in lost),
        tuple(item.text for item in changed),
        bool(rule) == bool(_rule(sure, len(changed))),
        False,
        rule or ("one autosomal monosomy and nothing structural" if lost else "no autosomal monosomy"),
    )


def _rule(lost: int, changed: int) -> str:
    if lost > 1:
        return f"{lost} autosomal monosomies"
    return "one autosomal monosomy and a structural abnormality" if lost and changed else ""


def _is_monosomy(item: Abnormality, items: Sequence[Abnormality]) -> bool:
    part = item.segments[0]
    name = part.chromosomes[0].strip("?") if item.change is Change.LOSS and not part.kind else ""
    return name in AUTOSOMES and not any(stands_in_for(other, name) for other in items)


def is_structural(item: Abnormality) -> bool:
    """Whether it changes the structure of a chromosome; markers and rings are changed chromosomes."""
    return bool(item.segments[0].kind) and item.sign != "-" and not is_variant(item)


def _may_hold(other: Abnormality, lost: Abnormality) -> bool:
    """Whether a part of the lost chromosome is known to be in a derivative."""
    name = lost.segments[0].chromosomes[0].strip("?")
    partners = {chromosome for part in other.segments for chromosome in part.chromosomes}
    return name in partners and any(
        part.kind in {"der", "dic", "idic", "ider", "i", "r"} for part in other.segments
    )


def _is_core_binding_factor(item: Abnormality) -> bool:
    part = item.segments[0]
    return item.sign != "-" and any(
        part.kind == kind
        and set(part.chromosomes) == chromosomes
        and (not part.bands or band in "".join(part.bands))
        for kind, chromosomes, band in CORE_BINDING_FACTOR
    )
