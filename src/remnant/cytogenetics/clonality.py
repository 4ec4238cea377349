"""What a karyotype's cells prove: how many carry a change, which changes are clonal, what is new."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.cytogenetics.iscn import read_abnormality
from remnant.cytogenetics.karyotype import Abnormality, CellCount, Change, Karyotype, Remark, Segment
from remnant.cytogenetics.text import Piece, Refusal, refuse

CELLS_FOR_GAIN, CELLS_FOR_LOSS = 2, 3  # the same gain or structural change; the same loss
COMPLEX = 3  # abnormalities


def cells_with(karyotype: Karyotype, abnormality: str) -> CellCount:
    """Count the cells that carry an abnormality.

    Parameters
    ----------
    karyotype : Karyotype
        As read.
    abnormality : str
        For example "del(5q)", "-7", "+8", "t(9;22)", "del(5)(q13q33)". Kind, chromosomes and arms must
        agree, and bands where given. A monosomy is never counted as a deletion.

    Returns
    -------
    CellCount
        Uncertain where a composite clone, missing breakpoints or an unread part may hide or feign cells.

    Raises
    ------
    IscnError
        If `abnormality` cannot be read.

    Examples
    --------
    >>> from remnant.cytogenetics.iscn import read_karyotype
    >>> cells_with(read_karyotype("46,xx,del(5)(q14q34)[6]/44~45,xx,idem,-7[3]/46,xx[7]"), "del(5q)")
    CellCount(abnormal=9, scored=16, uncertain=False)
    """
    wanted = _wanted(abnormality)
    carriers = [clone for clone in karyotype.clones if any(_is(a, wanted) for a in clone.abnormalities)]
    unsure = not karyotype.complete or any(
        clone.composite
        or any(_is(a, wanted, loosely=True) and not _is(a, wanted) for a in clone.abnormalities)
        for clone in karyotype.clones
    )
    if karyotype.cells is None:
        return CellCount(None, None, unsure)
    total = 0
    for clone in carriers:
        own = [a.cells for a in clone.abnormalities if _is(a, wanted) and a.cells is not None]
        total += max(own) if clone.composite and own else clone.cells or 0
    return CellCount(total, karyotype.cells, unsure)


@dataclass(frozen=True)
class ClonalChange:
    """An abnormality over all clones of a karyotype.

    Parameters
    ----------
    abnormality : str
        In the strict spelling of its first clone.
    cells : int or None
        Cells that carry it; None where a clone has no number.
    clonal : bool or None
        Whether so many cells define a clone; None where the number is not known.
    """

    abnormality: str
    cells: int | None
    clonal: bool | None


def changes(karyotype: Karyotype) -> tuple[ClonalChange, ...]:
    """List every acquired abnormality once, with its cells and whether it is clonal.

    Two cells with the same gain or structural change define a clone, three with the same loss.
    """
    first: dict[str, Abnormality] = {}
    cells: dict[str, int | None] = {}
    for clone in karyotype.clones:
        for key in dict.fromkeys(a.key for a in clone.abnormalities if not a.constitutional):
            found = next(a for a in clone.abnormalities if a.key == key)
            first.setdefault(key, found)
            own = found.cells if clone.composite and found.cells is not None else clone.cells
            known = cells.get(key, 0)
            cells[key] = None if own is None or known is None else known + own
    listed = []
    for key, found in first.items():
        needed = CELLS_FOR_LOSS if found.change is Change.LOSS else CELLS_FOR_GAIN
        count = cells[key]
        listed.append(ClonalChange(found.text, count, None if count is None else count >= needed))
    return tuple(listed)


@dataclass(frozen=True)
class Complexity:
    """How many abnormalities a karyotype holds.

    Parameters
    ----------
    abnormalities : int
        Distinct acquired ones that are clonal, or whose cells are not counted.
    at_least : bool
        Whether there may be more: a part was not read, or the report calls itself incomplete.
    """

    abnormalities: int
    at_least: bool

    @property
    def is_complex(self) -> bool:
        """Whether there are three or more."""
        return self.abnormalities >= COMPLEX


def complexity(karyotype: Karyotype) -> Complexity:
    """Count the clonal abnormalities over all clones; each marker and each copy counts once."""
    counted = [change for change in changes(karyotype) if change.clonal is not False]
    return Complexity(len(counted), not karyotype.complete)


def new_abnormalities(before: Karyotype, after: Karyotype) -> tuple[ClonalChange, ...]:
    """List what `after` has and `before` has not.

    Bands are not compared: two reports of one deletion often differ by a band.
    """
    known = {a.key for clone in before.clones for a in clone.abnormalities}
    keys = {a.text: a.key for clone in reversed(after.clones) for a in clone.abnormalities}
    return tuple(change for change in changes(after) if keys[change.abnormality] not in known)


def _wanted(text: str) -> Abnormality:
    remarks: list[Remark] = []
    try:
        found = read_abnormality(Piece(text, 0), remarks)
    except Refusal as no:
        raise refuse("abnormality", no.piece, no.expected, no.hint) from None
    if found is None or any(remark.unread for remark in remarks):
        raise refuse("abnormality", Piece(text, 0), "one abnormality", "write it as del(5q), -7 or t(9;22)")
    return found


def _is(abnormality: Abnormality, wanted: Abnormality, *, loosely: bool = False) -> bool:
    """Whether a clone's abnormality is the wanted one; loosely: whether it may be."""
    if abnormality.constitutional:
        return False
    target = wanted.segments[0]
    if target.kind == "":
        return abnormality.sign == wanted.sign and abnormality.segments == wanted.segments
    return abnormality.sign != "-" and any(_same(part, target, loosely) for part in abnormality.segments)


def _same(part: Segment, target: Segment, loosely: bool) -> bool:
    if part.kind != target.kind or part.chromosomes != target.chromosomes:
        return False
    if not target.bands or (loosely and not part.bands):
        return True
    if all(band in ("p", "q", "p?", "q?") for band in target.bands):
        return part.arms == target.arms
    return part.bands == target.bands
