"""Later observations, kept from the fit: a table of them, read strictly."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from remnant.dynamics.model.observables import Kind as Cells
from remnant.errors import Fault, TableError
from remnant.study.column import Column, Kind
from remnant.study.csv_text import read_text
from remnant.study.faults import quoted, suggest
from remnant.study.schema import LINE, TableSchema

What = Literal["transcript", "haemoglobin", "nuclei"]
COMPARTMENTS: Mapping[str, Cells] = {"stem": "stem", "progenitor": "progenitor", "bulk": "mature"}

MEASURES: Mapping[What, tuple[str, ...]] = {
    "transcript": ("value",),
    "nuclei": ("compartment", "nuclei_scored", "nuclei_abnormal"),
    "haemoglobin": ("haemoglobin_g_per_dl",),
}


def held_schema(compartments: Collection[str]) -> TableSchema:
    """Return the columns of the table, where cells are of the compartments of a study."""
    return TableSchema(
        "held",
        "a later observation: a transcript, nuclei of a compartment, or haemoglobin",
        (
            Column("patient_id", Kind.IDENTIFIER, "The patient, as in the fit.", example="P1"),
            Column("day", Kind.INTEGER, "Days since the anchor.", "days", example="900"),
            Column(
                *(
                    "value",
                    Kind.NUMBER,
                    "Transcript, or the limit below which it lies.",
                    "% of the control gene",
                ),
                required=False,
                above=0.0,
                hint="what was not detected has its limit here, and below_detection yes",
                example="0.03",
            ),
            Column(
                *("below_detection", Kind.FLAG, "Whether the transcript was not detected."),
                required=False,
                example="no",
            ),
            Column(
                *("compartment", Kind.IDENTIFIER, "Which cells were looked at."),
                required=False,
                choices=tuple(compartments),
                example=next(iter(compartments), ""),
            ),
            Column(
                *("nuclei_scored", Kind.INTEGER, "Nuclei scored."), required=False, minimum=1, example="200"
            ),
            Column(
                *("nuclei_abnormal", Kind.INTEGER, "Nuclei with the clone's signal pattern."),
                required=False,
                minimum=0,
                at_most="nuclei_scored",
                hint="are the two swapped?",
                example="12",
            ),
            Column(
                *("haemoglobin_g_per_dl", Kind.NUMBER, "Haemoglobin.", "g/dL"),
                required=False,
                above=0.0,
                maximum=25.0,
                hint="grams per litre are ten times as many",
                example="11.2",
            ),
        ),
    )


@dataclass(frozen=True)
class Held:
    """One later observation.

    Parameters
    ----------
    patient_id : str
        Whose.
    line, day : int
        Line of the file; days since the anchor.
    what : {"transcript", "nuclei", "haemoglobin"}
        What was measured.
    value : float
        Per cent, abnormal nuclei, or g/dL.
    below : bool
        Whether a transcript lies below `value`.
    kind : {"stem", "progenitor", "mature"}
        Whose nuclei.
    total : int
        Nuclei scored.
    """

    patient_id: str
    line: int
    day: int
    what: What
    value: float
    below: bool = False
    kind: Cells = "mature"
    total: int = 1


def read_held(
    path: Path, patients: Collection[str], *, compartments: Mapping[str, Cells] = COMPARTMENTS
) -> tuple[Held, ...]:
    """Read a table of later observations.

    Parameters
    ----------
    path : Path
        CSV with `patient_id`, `day` and, row by row, either `value` (a transcript in per cent, with
        `below_detection`), or `compartment`, `nuclei_scored` and `nuclei_abnormal`, or
        `haemoglobin_g_per_dl`.
    patients : collection of str
        Those of the fit.
    compartments : mapping of str to {"stem", "progenitor", "mature"}
        Names that the study gives to compartments, and the cells that they hold.

    Raises
    ------
    TableError
        If the file is missing, empty or no table, has a column that is not known, or a row that is not one
        observation of a known patient: everything wrong with it at once.
    """
    source, schema = path.name, held_schema(compartments)
    text = read_text(path, source)
    faults = list(text.faults)
    if text.header:
        faults += schema.check_header(text.header, source, text.header_line)
    if faults:
        raise TableError(faults)
    table, faults = schema.check_rows(text.table, source)
    if faults:
        raise TableError(faults)
    rows = list(table.iter_rows(named=True))
    faults = [fault for row in rows for fault in _faults(row, source, patients, schema)]
    if faults:
        raise TableError(faults)
    return tuple(_held(row, compartments) for row in rows)


def _faults(
    row: Mapping[str, Any], source: str, patients: Collection[str], schema: TableSchema
) -> list[Fault]:
    """List what is wrong with one row whose cells can be read."""
    faults = []
    if row["patient_id"] not in patients:
        found, hint = quoted(row["patient_id"]), "it is not among those fitted"
        expected = "a patient of the fit"
        hint = suggest(row["patient_id"], patients, hint)
        faults.append(Fault(source, row[LINE], "patient_id", found, expected, hint))
    begun = [what for what, columns in MEASURES.items() if any(row[name] is not None for name in columns)]
    if len(begun) != 1:
        found = " and ".join(begun) or "no measurement"
        hint = "give each measurement a row of its own" if begun else "fill one in, or remove the row"
        faults.append(Fault(source, row[LINE], "", found, "one measurement", hint))
        return faults
    faults += [
        Fault(source, row[LINE], name, "nothing", schema.column(name).expected, "fill it in")
        for name in MEASURES[begun[0]]
        if row[name] is None
    ]
    if row["below_detection"] is not None and begun[0] != "transcript":
        hint = "leave it empty: only a transcript lies below a limit here"
        faults.append(Fault(source, row[LINE], "below_detection", "a flag", "nothing", hint))
    return faults


def _held(row: Mapping[str, Any], compartments: Mapping[str, Cells]) -> Held:
    place = row["patient_id"], row[LINE], row["day"]
    if row["value"] is not None:
        return Held(*place, "transcript", float(row["value"]), below=bool(row["below_detection"]))
    if row["haemoglobin_g_per_dl"] is not None:
        return Held(*place, "haemoglobin", float(row["haemoglobin_g_per_dl"]))
    kind, total = compartments[row["compartment"]], int(row["nuclei_scored"])
    return Held(*place, "nuclei", float(row["nuclei_abnormal"]), kind=kind, total=total)
