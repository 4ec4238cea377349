"""What the number of chromosomes says and the list leaves out: a man's cell with 45,X has lost its Y."""

from __future__ import annotations

from dataclasses import replace

from remnant.cytogenetics.iscn.karyotype import Abnormality, Change, Clone, Karyotype, Segment

AUTOSOMES = 44
POLYPLOID = 58  # chromosomes: the lower end of near-triploidy
IMPLIED = "not written, but implied by the number of chromosomes"


def with_implied_losses(karyotype: Karyotype) -> tuple[Clone, ...]:
    """Return the clones, with the sex chromosome that a clone written as 45,X has lost.

    The nomenclature writes an acquired loss as 45,X,-Y and keeps 45,X for one that the patient was born
    with. Reports do not keep to it. Beside cells with XY or XX the loss is taken as acquired, and marked as
    uncertain; alone it may be of either chromosome.
    """
    sexes = {clone.sex for clone in karyotype.clones if not clone.donor}
    lost = "Y" if any("Y" in sex for sex in sexes) else "X" if "XX" in sexes else "?"
    return tuple(
        replace(clone, abnormalities=(_loss(lost),)) if _is_45_x(clone) and not clone.donor else clone
        for clone in karyotype.clones
    )


def is_implied(abnormality: Abnormality) -> bool:
    """Whether it was not written."""
    return abnormality.text.endswith(IMPLIED)


def unlisted(karyotype: Karyotype) -> tuple[str, ...]:
    """Clones that list nothing, and yet have more or fewer chromosomes than a normal cell of their sex."""
    return tuple(
        clone.text
        for clone in karyotype.clones
        if _plain(clone)
        and clone.sex
        and clone.number_low is not None
        and clone.number_low == clone.number_high
        and clone.number_low - len(clone.sex.rstrip("c")) != AUTOSOMES
        and clone.number_low < POLYPLOID
    )


def _plain(clone: Clone) -> bool:
    return not (clone.abnormalities or clone.inherits or clone.nonclonal or clone.donor)


def _is_45_x(clone: Clone) -> bool:
    return _plain(clone) and clone.sex == "X" and clone.number_low == clone.number_high == AUTOSOMES + 1


def _loss(chromosome: str) -> Abnormality:
    text = f"-{chromosome}" if chromosome != "?" else "-X or -Y"
    part = Segment("", (chromosome,))
    return Abnormality(f"{text}, {IMPLIED}", "-", (part,), Change.LOSS, uncertain=True)
