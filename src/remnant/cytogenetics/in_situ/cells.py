"""Cells behind a pattern: [k/n], [n], [cp n]; a percentage is no count."""

from __future__ import annotations

from dataclasses import dataclass

from lark import Token, Tree

from remnant.cytogenetics.in_situ.grammar import Place, leaves, tokens, trees
from remnant.cytogenetics.iscn.karyotype import Remark

PERCENT = "a percentage, not a count: the number of cells is not known"


@dataclass(frozen=True)
class Cells:
    """Cells with a pattern, of so many scored; None for what the report does not say."""

    abnormal: int | None = None
    scored: int | None = None
    composite: bool = False


def read_cells(branch: Tree[Token], place: Place, remarks: list[Remark]) -> Cells:
    """Read the square bracket of a pattern, and say what stands behind it unread.

    Raises
    ------
    IscnError
        If more cells show the pattern than were scored.
    """
    for remark in trees(branch, "remark"):
        (leaf,) = tokens(remark, "COMMENT", "ASIDE")
        piece = place.of(leaf).strip()
        aside = leaf.type == "ASIDE"
        reading = "a percentage beside the count, not used" if aside else "not read"
        remarks.append(Remark(piece.position, piece.text, reading, not aside))
    if not (found := trees(branch, "cells")):
        return Cells()
    inside = leaves(found[0])
    piece = place.around(found[0], found[0])
    numbers = [int(leaf) for leaf in tokens(found[0], "NUMBER")]
    if tokens(found[0], "PERCENT"):
        alone = inside[0].type == "PERCENT"
        remarks.append(
            Remark(piece.position, piece.text, PERCENT if alone else "a percentage beside the count")
        )
        if alone:
            return Cells(None, numbers[0] if numbers else None)
    composite = bool(tokens(found[0], "CP"))
    if composite:
        remarks.append(Remark(piece.position, piece.text, "composite: its cells differ"))
    between = tokens(found[0], "BETWEEN")
    if between and between[0] != "/":
        remarks.append(Remark(piece.position, piece.text, "taken as [k/n]"))
    cells, scored = numbers[0], numbers[1] if len(numbers) > 1 else None
    if scored is not None and cells > scored:
        expected = "at most as many cells with the pattern as scored"
        raise place.error(piece, expected, "write [k/n], k first")
    return Cells(cells, scored, composite)
