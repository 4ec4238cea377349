"""On which chromosome a FISH probe lies: from the name of its locus, or from a short list of genes."""

from __future__ import annotations

import re

# Genes of the probes in use for myeloid disease, by HGNC's assignment.
GENES = {
    "EGR1": "5", "CSF1R": "5", "RPS14": "5", "TERT": "5", "CDC25C": "5", "PDGFRB": "5", "NPM1": "5",
    "MET": "7", "EZH2": "7", "KMT2E": "7", "CUX1": "7", "MYC": "8", "RUNX1T1": "8",
    "ABL1": "9", "KMT2A": "11", "ATM": "11", "ETV6": "12", "RB1": "13", "PML": "15",
    "CBFB": "16", "MYH11": "16", "TP53": "17", "RARA": "17", "NF1": "17", "RUNX1": "21", "BCR": "22",
}  # fmt: skip
LOCUS = re.compile(r"D(\d+|X|Y)[SZF]\d+\w*|C(?:EP|EN)(\d+|X|Y)|(\d+|X|Y)(?:CEN|[PQ]\d*(?:TEL)?)", re.I)


def chromosome_of(probe: str) -> str | None:
    """Chromosome of a probe; None where its name does not tell.

    Examples
    --------
    >>> chromosome_of("D5S23"), chromosome_of("CEP8"), chromosome_of("egr1"), chromosome_of("XYZ9")
    ('5', '8', '5', None)
    """
    name = re.sub(r"[\s'’-]", "", probe).upper()
    if match := LOCUS.fullmatch(name):
        return next(group for group in match.groups() if group)
    return GENES.get(name)
