"""What a definition of disease asks of a patient, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.diagnosis.ipss_m import LOST_ABOVE, tp53_multihit
from remnant.diagnosis.rules import Rule

MULTIHIT = (
    "two mutations, or one with the other copy lost: found so, by del(17p) or -17, or by a variant "
    f"fraction above {100 * LOST_ABOVE:g} %, the limit of IPSS-M"
)


@dataclass(frozen=True)
class DiseaseFacts:
    """What is known of a patient at diagnosis; None is not known, which is neither yes nor no.

    Parameters
    ----------
    marrow_blasts, blood_blasts : float or None
        In percent of nucleated cells, and of leukocytes.
    auer_rods : bool or None
    dysplastic_lines : int or None
        Of three.
    haemoglobin : float or None
        In g/dL.
    platelets, neutrophils : float or None
        In 1e9/L.
    ring_sideroblasts : float or None
        In percent of erythroid cells of the marrow.
    del5q, monosomy7, del7q, complex_ : bool or None
        Clonal; a constitutional change is none.
    other_abnormalities : int or None
        Acquired ones beside del(5q), over all clones: one of a subclone counts (OR47).
    tp53_mutations : int or None
    tp53_vaf : float or None
        Highest variant fraction in TP53, in [0, 1].
    tp53_loss : bool or None
        Loss of heterozygosity at TP53, by copy number or copy-neutral.
    del17p : bool or None
        -17 or del(17p) in the karyotype.
    sf3b1 : bool or None
        Mutated.
    """

    marrow_blasts: float | None = None
    blood_blasts: float | None = None
    auer_rods: bool | None = None
    dysplastic_lines: int | None = None
    haemoglobin: float | None = None
    platelets: float | None = None
    neutrophils: float | None = None
    ring_sideroblasts: float | None = None
    del5q: bool | None = None
    monosomy7: bool | None = None
    del7q: bool | None = None
    complex_: bool | None = None
    other_abnormalities: int | None = None
    tp53_mutations: int | None = None
    tp53_vaf: float | None = None
    tp53_loss: bool | None = None
    del17p: bool | None = None
    sf3b1: bool | None = None

    def multihit(self) -> bool | None:
        """Whether both copies of TP53 are hit, as IPSS-M has it; None where it cannot be said."""
        given = (self.tp53_mutations, self.tp53_vaf, self.tp53_loss, self.del17p)
        one = [np.array([np.nan if value is None else float(value)]) for value in given]
        answer = tp53_multihit(*one)[0]
        return None if np.isnan(answer) else bool(answer)


def multihit_rule(facts: DiseaseFacts, *, wanted: bool, source: str, reading: str = "") -> Rule:
    """Ask that both copies of TP53 be hit, or that they be not."""
    answer = facts.multihit()
    found = {None: "not known", True: "both copies hit", False: "not both copies hit"}[answer]
    if facts.tp53_mutations is None:
        found = "TP53 not tested"
    elif answer is None:
        found = "one mutation, the other copy not known"
    asks = MULTIHIT if wanted else f"not: {MULTIHIT}"
    needs = "" if answer is not None else "TP53" if facts.tp53_mutations is None else "the other copy of TP53"
    met = None if answer is None else answer is wanted
    return Rule("TP53", found, asks, met, source, reading, needs)
