"""A table of counted compartments: patient by patient, or the fish table of a study.

The short form has a patient, a compartment and two counts in each row, and may have a visit and a probe. A
fish table has samples in place of patients: each sample is then taken for a patient of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from remnant.errors import Fault, TableError
from remnant.study.column import Column, Kind
from remnant.study.columns import count
from remnant.study.csv_text import CsvText, read_text
from remnant.study.read import read_table
from remnant.study.schema import LINE, TableSchema
from remnant.study.tables import FISH
from remnant.study.text import printable

NO_PROBE = "not named"
COUNTED = TableSchema(
    "counted compartments",
    "one slide of one compartment of one patient",
    (
        Column("patient", Kind.IDENTIFIER, "Your name for the patient; no personal data.", example="P1"),
        Column("visit", Kind.IDENTIFIER, "Your name for the visit or sample.", required=False),
        Column("compartment", Kind.IDENTIFIER, "Sorted compartment.", example="stem"),
        Column("probe", Kind.IDENTIFIER, "Probe of the clone.", required=False, example="EGR1"),
        count(
            "nuclei_scored",
            "Nuclei scored; 0, of which 0 abnormal, where hybridisation failed.",
            unit="nuclei",
            example="40",
        ),
        count(
            "nuclei_abnormal",
            "Nuclei with the clone's pattern.",
            at_most="nuclei_scored",
            unit="nuclei",
            hint="scored and abnormal swapped?",
            example="38",
        ),
    ),
)
ALSO_CALLED = {"patient_id": "patient", "sample_id": "visit", "sample": "visit", "visit_id": "visit"}


@dataclass(frozen=True)
class CompartmentTable:
    """Slides of compartments, with the patient and visit of each.

    Parameters
    ----------
    fish : DataFrame
        As the fish table of a study, with `line`; a name for each patient and visit as `sample_id`.
    people : Mapping of str to (str, str or None)
        Patient and visit of each `sample_id`; no visit where the table has none.
    file : str
        Name of the file.
    by_sample : bool
        Whether the table has samples and no patients.
    """

    fish: pl.DataFrame
    people: Mapping[str, tuple[str, str | None]]
    file: str
    by_sample: bool


def read_compartments(path: Path) -> CompartmentTable:
    """Read either form, told apart by whether the header names patients.

    Raises
    ------
    TableError
        With every fault of the file, among them names that differ by capital letters alone.
    """
    source = printable(path.name)
    text = read_text(path, source)
    if not {"patient", "patient_id"} & set(text.header):
        fish = read_table(path, FISH, given={"sample_id": path.stem})
        _refuse_twins(fish, ("sample_id", "compartment", "probe"), source)
        people = {name: (name, None) for name in fish["sample_id"].unique(maintain_order=True)}
        return CompartmentTable(fish, people, source, by_sample=True)
    rows = _counted(_renamed(text), source)
    _refuse_twins(rows, ("patient", "visit", "compartment", "probe"), source)
    pairs = rows.select("patient", "visit").unique(maintain_order=True).rows()
    names = {pair: pair[0] if pair[1] is None else f"{pair[0]}, {pair[1]}" for pair in pairs}
    if len(set(names.values())) < len(names):  # a comma in a name: write the parts apart
        names = {pair: repr(pair) for pair in pairs}
    fish = rows.with_columns(
        pl.Series("sample_id", [names[pair] for pair in rows.select("patient", "visit").rows()], pl.String),
        pl.col("probe").fill_null(NO_PROBE),
    )
    fish = FISH.empty().vstack(pl.concat([FISH.empty(), fish], how="diagonal").select(FISH.empty().columns))
    return CompartmentTable(fish, {name: pair for pair, name in names.items()}, source, by_sample=False)


def _renamed(text: CsvText) -> CsvText:
    """Give the columns of the short form one name each; a column that is there twice stays a fault."""
    free = {old: new for old, new in ALSO_CALLED.items() if old in text.header and new not in text.header}
    if len(set(free.values())) < len(free):
        return text
    header = [free.get(name, name) for name in text.header]
    return replace(text, header=header, table=text.table.rename(free))


def _counted(text: CsvText, source: str) -> pl.DataFrame:
    faults = list(text.faults) or COUNTED.check_header(text.header, source, text.header_line)
    if faults:
        raise TableError(faults)
    rows, faults = COUNTED.check_rows(text.table, source)
    if rows.is_empty():
        faults.append(Fault(source, None, "", "no rows", "a row for each compartment", "fill it in"))
    if faults:
        raise TableError(faults)
    return rows


def _refuse_twins(rows: pl.DataFrame, columns: tuple[str, ...], source: str) -> None:
    """Refuse names that differ by capital letters alone: one thing would be counted as two."""
    faults = []
    for column in columns:
        first: dict[str, str] = {}
        told = set()
        for line, name in rows.select(LINE, column).drop_nulls().rows():
            known = first.setdefault(name.casefold(), name)
            if known != name and name not in told:
                told.add(name)
                hint = "write one name in one way, or two names with more difference"
                faults.append(Fault(source, line, column, repr(name), f"{known!r}, as above", hint))
    if faults:
        raise TableError(faults)
