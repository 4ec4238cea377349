"""Clonal evolution between two karyotypes: what was gained, lost and kept, and how sure a loss is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from remnant.cytogenetics.clones.clonality import ClonalChange
from remnant.cytogenetics.clones.lineage import Lineage, spelling_note
from remnant.cytogenetics.iscn.karyotype import Clone, Karyotype


class Development(StrEnum):
    """What became of the clone."""

    NO_CLONE = "no clone at either"
    STABLE = "the same abnormalities"
    EVOLUTION = "clonal evolution"
    REGRESSION = "a part of the abnormalities is no longer seen"
    NOT_SEEN = "no clone is seen any more"
    NEW_CLONE = "a clone where none was seen before"
    UNRELATED = "a new clone, unrelated to the one before"
    NOT_EVALUABLE = "not evaluable"


class Relation(StrEnum):
    """How a clone stands to those of the earlier karyotype."""

    SAME = "same"
    DESCENDANT = "has more than one of them"
    ANCESTOR = "has less than one of them"
    RELATED = "shares an abnormality"
    UNRELATED = "shares none"


@dataclass(frozen=True)
class Fate:
    """One abnormality at two visits.

    Parameters
    ----------
    abnormality : str
        As the later report has it; the earlier one, if it is lost.
    cells_before, cells_after : int or None
        Cells that carry it, at most; None where a report gives no number.
    excluded_above : float or None
        Of a lost one: the clone, as a fraction of the metaphases, that the later count excludes, one-sided.
        None where it is not lost, or the number of metaphases is not known.
    note : str
        What a reader must know: other bands in the earlier report, a marker.
    """

    abnormality: str
    cells_before: int | None
    cells_after: int | None
    excluded_above: float | None = None
    note: str = ""


@dataclass(frozen=True)
class CloneRelation:
    """A clone of the later karyotype and its relation to the earlier clones."""

    clone: str
    cells: int | None
    relation: Relation


@dataclass(frozen=True)
class ClonalEvolution:
    """Two karyotypes of a patient, compared.

    Parameters
    ----------
    before, after : str
        Samples.
    development : Development
        What became of the clone.
    gained, lost, kept : tuple of Fate
        Clonal abnormalities.
    single : tuple of str
        New ones in too few cells to be a clone.
    clones : tuple of CloneRelation
        Every abnormal clone of the later karyotype.
    metaphases : int or None
        Of the later karyotype, without a donor's.
    certain : bool
        False where a part of either report was not read, or a composite clone hides which cells have what.
    reason : str
        In words.
    """

    before: str
    after: str
    development: Development
    gained: tuple[Fate, ...]
    lost: tuple[Fate, ...]
    kept: tuple[Fate, ...]
    single: tuple[str, ...]
    clones: tuple[CloneRelation, ...]
    metaphases: int | None
    certain: bool
    reason: str


def evolve(
    before: Karyotype,
    after: Karyotype,
    *,
    earlier: Sequence[Karyotype] = (),
    between: Sequence[Karyotype] = (),
    samples: tuple[str, str] = ("before", "after"),
    confidence: float = 0.95,
) -> ClonalEvolution:
    """Compare two karyotypes of a patient.

    Parameters
    ----------
    before, after : Karyotype
        In the order of time.
    earlier, between : sequence of Karyotype
        Those before `before`, and those between: one cell of a clone that is known is the clone (OR41).
    samples : tuple of str
        Names of both samples.
    confidence : float, default 0.95
        Of the one-sided bound that the later count puts on a lost clone, in (0, 1).

    Examples
    --------
    >>> from remnant.cytogenetics.iscn import read_karyotype
    >>> found = evolve(
    ...     read_karyotype("46,XX,del(5)(q13q33)[18]/46,XX[2]"),
    ...     read_karyotype("46,XX,del(5)(q14q33)[8]/47,idem,+8[4]/46,XX[8]"),
    ... )
    >>> found.development.value, [fate.abnormality for fate in found.gained]
    ('clonal evolution', ['+8'])
    """
    lineage = Lineage.of([*earlier, before, *between, after])
    # Imported here: who only reads a karyotype does not wait for the statistics.
    from remnant.stats.fractions.proportion import upper_bound

    first = len(earlier)
    old, new = lineage.clonal(first), lineage.clonal(-1)
    metaphases = metaphases_of(after)
    bound = float(upper_bound(0, metaphases, confidence=confidence)) if metaphases else None
    # A clone of an earlier visit that comes back is not new to the patient, but new since `before`.
    kept = {
        number for number in old if number in lineage.visits[-1] and lineage.visits[-1][number].cells != 0
    }
    gained = [number for number in new if number not in old]
    lost = [number for number in old if number not in kept]
    earlier_clones = [held for at in range(len(before.clones)) if (held := held_by(old, at))]
    relations = _relations(new, after, earlier_clones)
    development = _develop(
        old, kept, gained, lost, relations, evaluable=metaphases != 0 and bool(after.clones)
    )
    return ClonalEvolution(
        *samples,
        development,
        tuple(Fate(new[n].abnormality, _seen(lineage.visits[first], n), new[n].cells) for n in gained),
        tuple(Fate(old[n].abnormality, old[n].cells, 0 if metaphases else None, bound) for n in lost),
        tuple(_kept(old[n], lineage.visits[-1][n]) for n in sorted(kept)),
        tuple(c.abnormality for c in lineage.visits[-1].values() if c.clonal is False),
        relations,
        metaphases,
        all(item.complete and not any(clone.composite for clone in item.clones) for item in (before, after)),
        _reason(development, len(lost), metaphases, bound),
    )


def metaphases_of(karyotype: Karyotype) -> int | None:
    """Metaphases of the patient; None where a clone has no number."""
    counts = [clone.cells for clone in karyotype.clones if not clone.donor]
    return None if None in counts else sum(count or 0 for count in counts)


def _seen(earlier: dict[int, ClonalChange], number: int) -> int | None:
    """Cells with it in the earlier karyotype, where it was there in too few to be a clone."""
    return earlier[number].cells if number in earlier else 0


def _kept(before: ClonalChange, after: ClonalChange) -> Fate:
    return Fate(after.abnormality, before.cells, after.cells, None, spelling_note(before, after))


def _relations(
    clonal: dict[int, ClonalChange], after: Karyotype, earlier: Sequence[frozenset[int]]
) -> tuple[CloneRelation, ...]:
    """Set every abnormal clone of the later karyotype against those of the earlier one."""
    return tuple(
        CloneRelation(_name(clone), clone.cells, _relation(held, earlier))
        for place, clone in enumerate(after.clones)
        if (held := held_by(clonal, place))
    )


def held_by(clonal: dict[int, ClonalChange], place: int) -> frozenset[int]:
    """Numbers of the clonal abnormalities that a clone has."""
    return frozenset(number for number, change in clonal.items() if place in change.clones)


def _name(clone: Clone) -> str:
    return clone.text.rsplit("[", 1)[0]


def _relation(held: frozenset[int], earlier: Sequence[frozenset[int]]) -> Relation:
    if held in earlier:
        return Relation.SAME
    if any(other < held for other in earlier):
        return Relation.DESCENDANT
    if any(held < other for other in earlier):
        return Relation.ANCESTOR
    return Relation.RELATED if any(held & other for other in earlier) else Relation.UNRELATED


def _develop(
    old: dict[int, ClonalChange],
    kept: set[int],
    gained: Sequence[int],
    lost: Sequence[int],
    relations: Sequence[CloneRelation],
    *,
    evaluable: bool,
) -> Development:
    if not evaluable:
        return Development.NOT_EVALUABLE
    if not old:
        return Development.NEW_CLONE if gained else Development.NO_CLONE
    if gained:
        alone = all(
            clone.relation is Relation.UNRELATED for clone in relations if clone.relation is not Relation.SAME
        )
        fresh = any(clone.relation is Relation.UNRELATED for clone in relations)
        return Development.UNRELATED if alone and fresh else Development.EVOLUTION
    if not kept:
        return Development.NOT_SEEN
    return Development.REGRESSION if lost else Development.STABLE


def _reason(development: Development, lost: int, metaphases: int | None, bound: float | None) -> str:
    if development is Development.NOT_EVALUABLE:
        return "the later sample gave no metaphase"
    if not lost:
        return development.value
    if bound is None:
        return f"{development.value}; without a number of metaphases no clone is excluded"
    return f"{development.value}; 0 of {metaphases} metaphases exclude a clone above {100 * bound:.1f} %"
