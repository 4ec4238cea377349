"""A table of patients for the risk scores, as the published IPSS-M program names its columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from remnant.diagnosis.ipss_m_weights import GENES
from remnant.diagnosis.ipss_r import CYTOGENETIC_GROUPS
from remnant.diagnosis.risk import RiskInputs
from remnant.diagnosis.risk_columns import (
    ALWAYS,
    GROUP,
    KARYOTYPE,
    NAMES,
    OUTPUTS,
    RISK,
    TWO,
    known,
    meant,
)
from remnant.errors import Fault, TableError
from remnant.stats.numerics.arrays import FloatArray
from remnant.study.csv_text import CsvText, read_text
from remnant.study.faults import nearest
from remnant.study.schema import LINE
from remnant.study.text import printable


@dataclass(frozen=True)
class RiskTable:
    """Patients as a table has them.

    Parameters
    ----------
    ids : tuple of str
    lines : tuple of int
        Line of each in the file.
    inputs : RiskInputs
    absent : tuple of str
        Columns that the file does not have, and that are missing in every patient.
    karyotypes : tuple of (str or None), or None
        Strings of a column `karyotype`, from which the caller fills the cytogenetic inputs.
    notes : tuple of str
        What was left unread, and what may be a slip.
    """

    ids: tuple[str, ...]
    lines: tuple[int, ...]
    inputs: RiskInputs
    absent: tuple[str, ...]
    karyotypes: tuple[str | None, ...] | None
    notes: tuple[str, ...]


def read_risk_table(path: Path) -> RiskTable:
    """Read patients for the risk scores.

    Headers are read in any case. An empty cell, or NA, is missing; so is what has no column: a gene, an
    abnormality, an age, a neutrophil count. Results that another program wrote into the table are not read.

    Raises
    ------
    TableError
        With every fault of the table.
    """
    source = printable(path.name)
    text = read_text(path, source)
    if not text.header:
        raise TableError(text.faults)
    header = [known(name) for name in text.header]
    renamed = _renamed(text, header)
    faults = [*text.faults, *_columns(text, header, source)]
    if any(header.count(name) > 1 for name in NAMES.values()):
        raise TableError(faults)
    read, more = RISK.check_rows(renamed, source)
    if faults := sorted([*faults, *more], key=lambda fault: fault.line or 0):
        raise TableError(faults)
    strings = tuple(renamed[KARYOTYPE].to_list()) if KARYOTYPE in header else None
    absent = tuple(column.name for column in RISK.columns if column.name not in header)
    notes = (*text.notes, *_unread(header), *_suspicions(read))
    return RiskTable(
        tuple(read["ID"].to_list()), tuple(read[LINE].to_list()), _inputs(read), absent, strings, notes
    )


def _renamed(text: CsvText, header: list[str]) -> pl.DataFrame:
    """Take the columns that are read, under our names, with what stands for a known value written as that."""
    columns = [text.table[LINE]]
    for typed, name in dict(zip(reversed(text.header), reversed(header), strict=True)).items():
        if name in NAMES.values() and typed in text.table.columns and typed != LINE:
            columns.append(_cells(text.table[typed], name).alias(name))
    return pl.DataFrame(list({column.name: column for column in columns}.values()))


def _cells(cells: pl.Series, name: str) -> pl.Series:
    """Write what a cell plainly means as the schema has it; what it does not mean stays, to be refused."""
    meanings = {typed: meant(typed, name) for typed in cells.unique().to_list() if typed is not None}
    changed = {typed: meaning for typed, meaning in meanings.items() if meaning != typed}
    return cells.replace(changed) if changed else cells


def _columns(text: CsvText, header: list[str], source: str) -> list[Fault]:
    """List columns that occur twice, and those that no patient can be scored without."""
    faults = []
    for name in dict.fromkeys(name for name in NAMES.values() if header.count(name) > 1):
        expected = "each column once, whatever its case"
        faults.append(Fault(source, text.header_line, name, "the column twice", expected, "keep one of them"))
    needed = ALWAYS if KARYOTYPE in header else (*ALWAYS, GROUP)
    spare = [name for name in header if name not in NAMES.values()]
    for name in needed:
        if name not in header:
            near = nearest(name, spare)
            column = RISK.column(name)
            add = f"add it: {column.meaning} Leave cells empty where it is not known"
            if name == GROUP:
                add += f"; or give a column {KARYOTYPE} with the ISCN string"
            hint = f"rename {near}" if near else add
            faults.append(Fault(source, text.header_line, name, "no such column", column.expected, hint))
    return faults


def _inputs(read: pl.DataFrame) -> RiskInputs:
    def numbers(name: str) -> FloatArray:
        return np.asarray(read[name].cast(pl.Float64).fill_null(np.nan).to_numpy(), float)

    groups = {group: float(place) for place, group in enumerate(CYTOGENETIC_GROUPS)}
    mutations = {"0": 0.0, "1": 1.0, TWO: 2.0}
    cytogenetics = _coded(read[GROUP], groups)
    return RiskInputs(
        haemoglobin=numbers("HB"),
        platelets=numbers("PLT"),
        neutrophils=numbers("ANC"),
        blasts=numbers("BM_BLAST"),
        age=numbers("AGE"),
        cytogenetics=cytogenetics,
        del5q=numbers("del5q"),
        del7=numbers("del7_7q"),
        del17p=numbers("del17_17p"),
        complex_=numbers("complex"),
        tp53_mutations=_coded(read["TP53mut"], mutations),
        tp53_vaf=numbers("TP53maxvaf"),
        tp53_loss=numbers("TP53loh"),
        genes={gene: numbers(gene) for gene in GENES},
    )


def _coded(cells: pl.Series, words: dict[str, float]) -> FloatArray:
    coded = cells.replace_strict(words, default=None, return_dtype=pl.Float64)
    return np.asarray(coded.fill_null(np.nan).to_numpy(), float)


def _unread(header: list[str]) -> list[str]:
    """Say which columns were not read; one that is nearly a name that was not found may be a slip."""
    said = []
    spare = [name for name in header if name not in NAMES.values()]
    lacking = [column.name for column in RISK.columns if column.name not in header]
    results = [name for name in spare if name.startswith(OUTPUTS)]
    others = [name for name in spare if name not in results]
    if results:
        said.append(f"results of another program were not read: {', '.join(results)}")
    for name in others:
        near = nearest(name.upper(), lacking, cutoff=0.7)
        said.append(f"column {name} was not read" + (f": did you mean {near}?" if near else ""))
    return said


def _suspicions(read: pl.DataFrame) -> list[str]:
    """Say what a whole column suggests, and no cell proves."""
    said = []
    blasts = read["BM_BLAST"].drop_nulls()
    if len(blasts) > 4 and blasts.max() <= 1 and blasts.max() > 0:  # type: ignore[operator]
        said.append("every BM_BLAST is at most 1 %: are they fractions? 5 % is written 5")
    platelets = read["PLT"].drop_nulls()
    if len(platelets) > 4 and platelets.min() >= 1000:  # type: ignore[operator]
        said.append("every PLT is at least 1000: are they per microlitre? divide by 1000")
    return said
