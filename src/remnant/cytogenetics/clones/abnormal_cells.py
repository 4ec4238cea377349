"""How many of a karyotype's cells carry one given abnormality."""

from __future__ import annotations

from remnant.cytogenetics.iscn import read_abnormality
from remnant.cytogenetics.iscn.karyotype import Abnormality, CellCount, Karyotype, Remark, Segment
from remnant.cytogenetics.iscn.text import Piece, Refusal, refuse


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
