"""The patients that a table holds, or the one that was asked for, and their scores."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from remnant.diagnosis.risk import RiskInputs, RiskScores, score
from remnant.diagnosis.risk_remarks import remarks
from remnant.diagnosis.risk_table import RiskTable, read_risk_table
from remnant.errors import Fault, SettingError
from remnant.study.faults import suggest
from remnant.study.text import printable


@dataclass(frozen=True)
class Taken:
    """Patients, their values and their scores, in the order of the table."""

    ids: tuple[str, ...]
    lines: tuple[int, ...]
    inputs: RiskInputs
    scores: RiskScores
    remarks: list[tuple[str, ...]]
    notes: tuple[str, ...]


def taken(path: Path, patient: str | None) -> Taken:
    """Read a table and score every patient, or one."""
    table = read_risk_table(path)
    if table.karyotypes is not None:
        from remnant.cli.risk.karyotypes import with_karyotypes

        table = with_karyotypes(table, printable(path.name))
    if patient is not None:
        table = _only(table, patient)
    return Taken(
        table.ids, table.lines, table.inputs, score(table.inputs), remarks(table.inputs), table.notes
    )


def _only(table: RiskTable, patient: str) -> RiskTable:
    if patient not in table.ids:
        hint = suggest(patient, table.ids, "name an ID of the table, letter for letter")
        raise SettingError(
            [Fault("command line", None, "--patient", repr(patient), "an ID of the table", hint)]
        )
    place = table.ids.index(patient)
    return replace(
        table,
        ids=(patient,),
        lines=(table.lines[place],),
        inputs=table.inputs.only(place),
    )
