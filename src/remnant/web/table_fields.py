"""The columns of a table as the fields of a form: label, unit, meaning, and how it is filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remnant.service.entry.table_files import TableFile, columns_of, label_of, unit_of
from remnant.study.column import Column, Kind

GROUPS = (
    (
        "Clinic",
        ("patients", "samples", "therapy", "blood_counts", "transfusions", "transfusion_log", "marrows"),
    ),
    ("Cytogenetics", ("karyotypes", "fish", "fish_controls")),
    ("Cells", ("events", "gate_reviews", "populations", "cell_cycle")),
    ("Cultures", ("dilution_plates", "colonies")),
    ("Molecules", ("mutations", "biomarkers")),
)
TITLES = {
    "blood_counts": "Blood counts",
    "transfusion_log": "Transfusion log",
    "fish": "FISH slides",
    "fish_controls": "FISH controls",
    "events": "FCS files",
    "gate_reviews": "Reviewed cuts",
    "populations": "Counts gated elsewhere",
    "cell_cycle": "Cell cycle",
    "dilution_plates": "Dilution plates",
}
_RANGED = (Kind.INTEGER, Kind.NUMBER, Kind.FRACTION, Kind.DAY, Kind.DATE, Kind.FLAG)


@dataclass(frozen=True)
class Field:
    """One field of a form.

    Parameters
    ----------
    name, label, unit, meaning : str
        Its column, and what is said of it.
    needed : bool
        Whether every row must have it.
    kind : str
        choice, number, area or text.
    choices : tuple of (str, str)
        Values and words, where there are only so many.
    names : tuple of str
        What is offered to choose from, where anything may be typed.
    """

    name: str
    label: str
    unit: str
    meaning: str
    needed: bool
    kind: str
    choices: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()


def title_of(table: str) -> str:
    """Say what a table holds."""
    return TITLES.get(table, table.replace("_", " ").capitalize())


def fields_of(table: TableFile, names: Mapping[str, tuple[str, ...]]) -> tuple[Field, ...]:
    """Return the fields of a table in the order of its file, its absent columns last."""
    return tuple(_field(column, names.get(column.name, ())) for column in columns_of(table))


def _field(column: Column, names: tuple[str, ...]) -> Field:
    kind, choices = "text", tuple((word, word.replace("_", " ")) for word in column.choices)
    if column.kind is Kind.FLAG:
        choices = (("yes", "yes"), ("no", "no"))
    if choices:
        kind, choices = "choice", (("", "— choose —" if column.required else "— not known —"), *choices)
    elif column.name == "iscn":
        kind = "area"
    elif column.kind in (Kind.INTEGER, Kind.NUMBER, Kind.FRACTION, Kind.DAY):
        kind = "number"
    said = [column.meaning.rstrip(".")]
    if column.kind in _RANGED and not choices:
        said.append(_expected(column))
    if column.example and kind != "choice" and column.kind is not Kind.DATE and not names:
        said.append(f"As in {column.example}")
    return Field(
        column.name,
        label_of(column),
        unit_of(column),
        ". ".join(said) + ".",
        column.required,
        kind,
        choices,
        names,
    )


def _expected(column: Column) -> str:
    """Say what a cell may hold; the column that bounds it by its label."""
    said = column.expected.replace(" from -36525 to 36525", "")
    if column.at_most:
        said = said.replace(column.at_most, f"“{column.at_most.replace('_', ' ').capitalize()}”")
    return said[:1].upper() + said[1:]
