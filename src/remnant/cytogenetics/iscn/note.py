"""An abnormality jotted down alone, without number, sex chromosomes or cells: `del(5q)`, `-7`."""

from __future__ import annotations

from remnant.cytogenetics.iscn.abnormality import read_abnormality
from remnant.cytogenetics.iscn.fields import cut_fields
from remnant.cytogenetics.iscn.karyotype import Abnormality, Clone, Remark
from remnant.cytogenetics.iscn.text import Piece, Refusal


def read_note(piece: Piece, remarks: list[Remark]) -> Clone | None:
    """Read abnormalities alone, and say that the rest is not known; None where the text is anything else."""
    read: list[Remark] = []
    found: list[Abnormality] = []
    if "[" in piece.text:
        return None
    for field in cut_fields(piece, read):
        try:
            abnormality = read_abnormality(field, read)
        except Refusal:
            return None
        if abnormality is None:
            return None
        found.append(abnormality)
    if not found:
        return None
    words = "abnormalities alone: neither the chromosomes nor the cells are told"
    remarks += [*read, Remark(piece.position, piece.text, words, True)]
    text = ",".join(a.text for a in found)
    return Clone(text, None, None, "", tuple(found), "", None, False, False, False)
