"""On which chromosome a FISH probe lies: from the name of its locus, or from a short list of genes."""

from __future__ import annotations

import re

# Genes of the probes in use for haematological disease, by HGNC's assignment.
GENES = {
    "CKS1B": "1", "CDKN2C": "1", "TP73": "1", "PBX1": "1", "ALK": "2", "MYCN": "2", "REL": "2", "MECOM": "3",
    "RPN1": "3", "BCL6": "3", "FGFR3": "4", "CHIC2": "4", "FIP1L1": "4", "PDGFRA": "4", "TET2": "4",
    "EGR1": "5", "CSF1R": "5", "RPS14": "5", "TERT": "5", "CDC25C": "5", "PDGFRB": "5", "NPM1": "5",
    "CSNK1A1": "5", "TLX3": "5", "MYB": "6", "SEC63": "6", "DEK": "6", "CCND3": "6",
    "MET": "7", "EZH2": "7", "KMT2E": "7", "CUX1": "7", "EGFR": "7", "IKZF1": "7", "TRB": "7", "TRG": "7",
    "MYC": "8", "RUNX1T1": "8", "FGFR1": "8", "ABL1": "9", "CDKN2A": "9", "JAK2": "9", "NUP214": "9",
    "PTEN": "10", "TLX1": "10", "KMT2A": "11", "ATM": "11", "CCND1": "11", "NUP98": "11",
    "BIRC3": "11", "ETV6": "12", "MDM2": "12", "RB1": "13", "LAMP1": "13", "DLEU1": "13",
    "IGH": "14", "TRA": "14", "TCL1A": "14", "PML": "15", "CBFB": "16", "MYH11": "16", "MAF": "16",
    "TP53": "17", "RARA": "17", "NF1": "17", "HER2": "17", "MPO": "17", "BCL2": "18",
    "MALT1": "18", "TCF3": "19", "MAFB": "20", "PTPRT": "20", "MYBL2": "20", "ASXL1": "20",
    "RUNX1": "21", "ERG": "21", "BCR": "22", "NF2": "22", "IGL": "22", "EWSR1": "22",
    "CRLF2": "X", "BTK": "X", "AR": "X", "SRY": "Y",
}  # fmt: skip
# Older names that reports still use.
ALIASES = {
    "MLL": "KMT2A", "TEL": "ETV6", "AML1": "RUNX1", "ETO": "RUNX1T1", "P53": "TP53", "CMYC": "MYC",
    "NMYC": "MYCN", "EVI1": "MECOM", "ABL": "ABL1", "P16": "CDKN2A", "ERBB2": "HER2", "HER2/NEU": "HER2",
}  # fmt: skip
LOCUS = re.compile(
    r"D(\d+|X|Y)[SZF]\d+\w*|C(?:EP|EN)(\d+|X|Y)|(?:WCP|PCP)(\d+|X|Y)|(\d+|X|Y)(?:CEN|[PQ][\d.]*(?:TEL|SUBTEL)?)",
    re.I,
)
X_GENES = re.compile(
    r"(?:RUN|PA|CU|SO|TB|TL|LH|NK|CD|CB|MS|DL|PB|PRR|AL|DD|DH|ST|SN|GP|SI|IR|OT|EM|HE|LM|CPL|VS|VA|BAR)X\d+",
    re.I,
)


def chromosome_of(probe: str) -> str | None:
    """Chromosome of a probe; None where its name does not tell.

    Examples
    --------
    >>> chromosome_of("D5S23"), chromosome_of("CEP8"), chromosome_of("egr1"), chromosome_of("XYZ9")
    ('5', '8', '5', None)
    """
    name = probe_key(probe)
    if match := LOCUS.fullmatch(name):
        return next(group for group in match.groups() if group)
    return GENES.get(gene_of(probe))


def probe_key(probe: str) -> str:
    """What two spellings of a probe share: case, hyphens, spaces and the vendor's LSI do not matter.

    Examples
    --------
    >>> probe_key("LSI egr-1"), probe_key("5' KMT2A")
    ('EGR1', "5'KMT2A")
    """
    name = re.sub(r"[\s-]", "", probe.replace("’", "'")).upper()
    return name.removeprefix("LSI") or name


def gene_of(probe: str) -> str:
    """The gene of a probe in its present name, without the end of it that the probe covers.

    Examples
    --------
    >>> gene_of("5'KMT2A"), gene_of("3' MLL"), gene_of("IGH@"), gene_of("c-myc")
    ('KMT2A', 'KMT2A', 'IGH', 'MYC')
    """
    name = re.sub(r"^[35]'|@", "", probe_key(probe))
    return ALIASES.get(name, name)


def ends_in_x(name: str) -> bool:
    """Whether an X and a number at the end belong to the name of a gene: RUNX1, PAX5.

    Examples
    --------
    >>> ends_in_x("RUNX1"), ends_in_x("IGHX2")
    (True, False)
    """
    return X_GENES.fullmatch(name) is not None
