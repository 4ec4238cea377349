"""Which changes of a karyotype are clonal: every acquired abnormality once, with the cells that carry it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from remnant.cytogenetics.clones.implied import with_implied_losses
from remnant.cytogenetics.clones.matching import Match, match, outline
from remnant.cytogenetics.iscn.karyotype import Abnormality, Change, Clone, Karyotype

CELLS_FOR_GAIN, CELLS_FOR_LOSS = 2, 3  # the same gain or structural change; the same loss


@dataclass(frozen=True)
class ClonalChange:
    """An abnormality over all clones of a karyotype.

    Parameters
    ----------
    abnormality : str
        In the strict spelling; of several clones that of the one which says most, or the first.
    cells : int or None
        Cells that carry it, with those of clones that inherit it; of a composite clone the most that can.
        None where a clone has no number.
    clonal : bool or None
        Whether so many cells define a clone; None where the number is not known.
    fewest : int or None
        The least number of cells that can carry it: less than `cells` only where a composite clone is
        counted, in which each clonal abnormality is in some of the cells.
    copies : int
        Copies in one cell that are themselves clonal, or may be: +8,+8 has two.
    change : Change
        Gain, loss or structural: it sets the number of cells that are needed.
    item : Abnormality or None
        What was read; None only in results of earlier versions.
    clones : tuple of int
        Places of the clones that have it, from 0.
    known : bool
        Whether an earlier karyotype of the patient had it as a clone: then one cell is enough (OR41).
    """

    abnormality: str
    cells: int | None
    clonal: bool | None
    fewest: int | None = None
    copies: int = 1
    change: Change = Change.STRUCTURAL
    item: Abnormality | None = None
    clones: tuple[int, ...] = ()
    known: bool = False

    @property
    def exact(self) -> bool:
        """Whether the number of cells is known and the same for every reading of a composite clone."""
        return self.cells is not None and self.fewest == self.cells


def changes(karyotype: Karyotype, *, known: Sequence[ClonalChange] = ()) -> tuple[ClonalChange, ...]:
    """List every acquired abnormality once, with its cells and whether it is clonal.

    Two cells with the same gain or structural change define a clone, three with the same loss, over all
    clones of the report. A composite clone lists by its definition what is clonal in it, so that it is
    clonal with at least so many cells and at most all of them. Cells of a donor are not the patient's.

    Parameters
    ----------
    karyotype : Karyotype
        As read.
    known : sequence of ClonalChange
        Of earlier karyotypes of the patient: one cell of a known clone is the clone (OR41).

    Returns
    -------
    tuple of ClonalChange
        In the order in which the report names them.

    References
    ----------
    The number of cells is that of the international nomenclature (ISCN) for a clone.

    Examples
    --------
    >>> from remnant.cytogenetics.iscn import read_karyotype
    >>> [(c.abnormality, c.cells, c.clonal) for c in changes(read_karyotype("45,XX,-7[2]/46,XX,+8,-7[1]"))]
    [('-7', 3, True), ('+8', 1, False)]
    """
    clones = with_implied_losses(karyotype)
    groups = _classes([(place, clone) for place, clone in enumerate(clones) if not clone.donor])
    fullest = [max((item for _, item in members), key=lambda item: match(item, item)) for members in groups]
    before = [change.item for change in known if change.item is not None and change.clonal is not False]
    listed = []
    for members, first, old in zip(groups, fullest, _known(fullest, before), strict=True):
        places = tuple(sorted({place for place, _ in members}))
        holders = [(clones[place], [item for at, item in members if at == place]) for place in places]
        most, fewest = _cells(holders, first.change, 1)
        listed.append(
            ClonalChange(
                first.text,
                most,
                _clonal(holders, first.change, 1, old),
                fewest,
                max(1, _clonal_copies(holders, first.change, old)),
                first.change,
                first,
                places,
                old,
            )
        )
    return tuple(listed)


def _known(found: Sequence[Abnormality], before: Sequence[Abnormality]) -> list[bool]:
    """Whether each was there before; at other bands only where the earlier one is not itself found again."""
    free = [item for item in before if all(match(other, item) < Match.MAY_BE_SAME for other in found)]
    return [
        any(match(item, other) >= Match.MAY_BE_SAME for other in before)
        or any(match(item, other) is Match.BAND_DIFFERS for other in free)
        for item in found
    ]


def _classes(clones: Sequence[tuple[int, Clone]]) -> list[list[tuple[int, Abnormality]]]:
    """Put the same abnormality of several clones together; full descriptions first, vague ones join them."""
    found = [
        (place, item) for place, clone in clones for item in clone.abnormalities if not item.constitutional
    ]
    classes: dict[tuple[object, ...], list[list[int]]] = {}  # places in `found`, by what may match at all
    for at in sorted(range(len(found)), key=lambda at: match(found[at][1], found[at][1]) < Match.SAME):
        item = found[at][1]
        alike = classes.setdefault(outline(item), [])
        fits = [group for group in alike if match(found[group[0]][1], item) >= Match.MAY_BE_SAME]
        if fits:
            best = min(fits, key=lambda group: _distance(found[group[0]][1], item))
            best.append(at)
        else:
            alike.append([at])
    return [[found[at] for at in group] for group in sorted(map(sorted, chain(*classes.values())))]


def _distance(first: Abnormality, item: Abnormality) -> tuple[int, str]:
    """Order of the classes that an abnormality may join; it does not depend on the order of the clones."""
    return -match(first, item), first.text


Holders = Sequence[tuple[Clone, Sequence[Abnormality]]]


def needed(change: Change) -> int:
    """Cells that define a clone with a change of this kind."""
    return CELLS_FOR_LOSS if change is Change.LOSS else CELLS_FOR_GAIN


def _cells(holders: Holders, change: Change, copies: int) -> tuple[int | None, int | None]:
    """Most and fewest cells with at least so many copies."""
    most = fewest = 0
    for clone, items in holders:
        if sum(item.copies for item in items) < copies:
            continue
        own = [item.cells for item in items if item.cells is not None] if clone.composite else []
        if clone.cells is None and not own:
            return None, None
        cells = max(own) if own else clone.cells or 0
        most += cells
        fewest += min(cells, needed(change)) if clone.composite and not own else cells
    return most, fewest


def _clonal(holders: Holders, change: Change, copies: int, known: bool) -> bool | None:
    kept = [(clone, items) for clone, items in holders if not clone.nonclonal]
    cells, _ = _cells(kept, change, copies)
    if cells is None:
        counted = [pair for pair in kept if pair[0].cells is not None]
        enough, _ = _cells(counted, change, copies)
        return True if enough is not None and enough >= needed(change) else None
    return cells >= (1 if known else needed(change))


def _clonal_copies(holders: Holders, change: Change, known: bool) -> int:
    """Most copies that are clonal, or of which it is not known."""
    most = max(sum(item.copies for item in items) for _, items in holders)
    return sum(_clonal(holders, change, copies, known) is not False for copies in range(1, most + 1))


def new_abnormalities(before: Karyotype, after: Karyotype) -> tuple[ClonalChange, ...]:
    """List what `after` has and `before` has not.

    Bands are not compared: two reports of one deletion often differ by a band.
    """
    known = [a for clone in before.clones for a in clone.abnormalities]
    return tuple(
        change
        for change in changes(after)
        if change.item is not None and all(match(change.item, a) < Match.BAND_DIFFERS for a in known)
    )
