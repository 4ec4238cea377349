"""Columns of a table of patients for the risk scores, as the published IPSS-M program names them."""

from __future__ import annotations

from remnant.diagnosis.ipss_m_weights import GENES
from remnant.diagnosis.ipss_r import CYTOGENETIC_GROUPS
from remnant.study.column import ABSENT_WORDS, Column, Kind
from remnant.study.schema import TableSchema

KARYOTYPE = "karyotype"
GROUP = "CYTO_IPSSR"
TWO = "2 or more"
# What else a header, a group or a number of mutations is called, in lower case and without marks.
ALIASES = {
    "patientid": "ID",
    "haemoglobingperdl": "HB",
    "hemoglobingperdl": "HB",
    "platelets1e9perl": "PLT",
    "neutrophils1e9perl": "ANC",
    "kmt2aptd": "MLL_PTD",
}
GROUPS = {"int": "Intermediate"} | {group.lower().replace(" ", ""): group for group in CYTOGENETIC_GROUPS}
MUTATIONS = {"0": "0", "1": "1"} | dict.fromkeys(("2", "3", "4", "5", "2ormore", ">=2", ">1", "2+"), TWO)


def _number(name: str, meaning: str, unit: str, low: float, high: float, hint: str) -> Column:
    return Column(name, Kind.NUMBER, meaning, unit, False, low, high, hint=hint)


def _flag(name: str, meaning: str) -> Column:
    return Column(name, Kind.FLAG, meaning, required=False, hint="1 for yes, 0 for no, empty for not known")


RISK = TableSchema(
    "patients",
    "a patient",
    (
        Column("ID", Kind.IDENTIFIER, "Your name for the patient."),
        _number(
            "HB",
            "Haemoglobin.",
            "g/dL",
            1,
            25,
            "g/L? divide by 10; mmol/L? multiply by 1.611",
        ),
        _number("PLT", "Platelets.", "1e9/L", 0, 5000, "per microlitre? divide by 1000"),
        _number("BM_BLAST", "Blasts among nucleated marrow cells.", "%", 0, 100, "in percent, as 4.5"),
        _number("ANC", "Neutrophils.", "1e9/L", 0, 200, "per microlitre? divide by 1000"),
        _number("AGE", "Age.", "years", 0, 120, "age in years, not the year of birth"),
        _flag("del5q", "del(5q)."),
        _flag("del7_7q", "-7 or del(7q)."),
        _flag("del17_17p", "-17 or del(17p)."),
        _flag("complex", "Three or more abnormalities."),
        Column(
            "CYTO_IPSSR", Kind.TEXT, "IPSS-R cytogenetic group.", required=False, choices=CYTOGENETIC_GROUPS
        ),
        Column(
            "TP53mut",
            Kind.TEXT,
            "TP53 mutations.",
            required=False,
            choices=("0", "1", TWO),
            hint="a number of mutations: 0, 1, or 2 or more",
        ),
        _number("TP53maxvaf", "Highest variant fraction in TP53.", "fraction", 0, 1, "write 55 % as 0.55"),
        _flag("TP53loh", "Loss of heterozygosity at TP53."),
        *(_flag(gene, f"{gene} mutated.") for gene in GENES),
    ),
    ("ID",),
)
FLAGS = {column.name for column in RISK.columns if column.kind is Kind.FLAG}
ALWAYS = ("ID", "HB", "PLT", "BM_BLAST")
OUTPUTS = (
    "SF3B1_5q", "SF3B1_alpha", "TP53multi", "HB1", "BLAST5", "TRANSF_PLT100", "CYTOVEC", "IPSSR", "IPSSRA",
    "nRes2", "IPSSM", "raw_",
)  # fmt: skip


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


NAMES = ALIASES | {_plain(column.name): column.name for column in RISK.columns} | {KARYOTYPE: KARYOTYPE}


def known(name: str) -> str:
    """Return our name of a column, whatever its case and marks; another name stays as it is."""
    return NAMES.get(_plain(name), name)


def meant(typed: str, name: str) -> str | None:
    """Return what a cell of a column plainly means; None where it is missing, itself where it is unknown."""
    if typed.lower() in ABSENT_WORDS:
        return None
    bare = "".join(letter for letter in typed.lower() if letter not in " _-")
    if name == GROUP:
        return GROUPS.get(bare, typed)
    # A program that keeps missing values writes 1 as 1.0.
    if name == "TP53mut":
        return MUTATIONS.get(bare.removesuffix(".0"), typed)
    return typed.removesuffix(".0") if name in FLAGS else typed
