"""The sex that a karyotype shows, to be set against that of the patient."""

from __future__ import annotations

from remnant.cytogenetics.karyotype import Clone, Karyotype


def reported_sex(karyotype: Karyotype) -> str | None:
    """Return "female" or "male", from the cells that are not called a donor's.

    Any Y, present or written as lost, is a man's; two X, or one and another lost, are a woman's. None for
    45,X alone, for sex chromosomes that were not read, and where the clones disagree: then there are cells of
    two people, as after a transplant.

    Examples
    --------
    >>> from remnant.cytogenetics.iscn import read_karyotype
    >>> texts = "45,X,-Y[9]", "45,X,-X[9]", "47,XXY[20]", "45,X[20]", "46,XX[3]/46,XY[17]"
    >>> [reported_sex(read_karyotype(text)) for text in texts]
    ['male', 'female', 'male', None, None]
    """
    found = {sex for clone in karyotype.clones if not clone.donor and (sex := _sex(clone))}
    return found.pop() if len(found) == 1 else None


def _sex(clone: Clone) -> str | None:
    lost = {
        name
        for item in clone.abnormalities
        if item.sign == "-" and not item.segments[0].kind
        for name in item.segments[0].chromosomes
    }
    changed = {
        name for item in clone.abnormalities if item.segments[0].kind for name in item.segments[0].chromosomes
    }
    letters = clone.sex.rstrip("c").upper()
    if "Y" in letters or "Y" in lost or (letters == "X" and "Y" in changed):
        return "male"
    if letters.count("X") > 1 or (letters == "X" and ("X" in lost or "X" in changed)):
        return "female"
    return None
