"""Markers before treatment, and the endpoints that they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from remnant.analysis.courses import PatientAnswers
from remnant.errors import Fault, TableError
from remnant.persistence.association import MarkerValues
from remnant.persistence.relapse import Relapse
from remnant.response import NOT_EVALUABLE, REMISSIONS, History
from remnant.study.estimate import Source
from remnant.study.study import Study

TABLE = "biomarkers.csv"


def baseline_markers(study: Study, histories: Mapping[str, History]) -> tuple[MarkerValues, ...]:
    """Pick each marker's last value before treatment in every patient.

    A patient who was never treated has no baseline, and one in whom it was not measured, or not detected
    last, has no value: nothing is filled in.

    Raises
    ------
    TableError
        Where one marker is given in several units, every such row.
    """
    faults: list[Fault] = []
    markers: dict[str, MarkerValues] = {}
    visits = {sample: (patient, day) for patient, sample, day in study.visits()}
    rows = sorted(
        study["biomarkers"].iter_rows(named=True),
        key=lambda row: (row["name"], visits[row["sample_id"]][1], row["sample_id"]),
    )
    units = _units(study)
    for row in rows:
        name = row["name"]
        if row["unit"] != units[name]:
            faults.append(_mixed(row, units[name]))
            continue
        marker = markers.setdefault(name, MarkerValues(name, units[name], {}, {}))
        patient, day = visits[row["sample_id"]]
        first = histories[patient].treatment.first_dose
        if first is not None and day <= first:
            marker.values.pop(patient, None)
            if not row["below_detection"]:
                marker.values[patient] = row["value"]
                marker.sources[patient] = Source(TABLE, row["line"])
    if faults:
        raise TableError(sorted(faults, key=lambda fault: fault.line or 0))
    return tuple(markers[name] for name in units if name in markers)


def _units(study: Study) -> dict[str, str]:
    """Unit of the first row of each marker, markers in the order of the table."""
    found: dict[str, str] = {}
    for row in study["biomarkers"].iter_rows(named=True):
        found.setdefault(row["name"], row["unit"])
    return found


def _mixed(row: Mapping[str, object], unit: str) -> Fault:
    hint = "give all values of a marker in one unit, or another name to the other measurement"
    line = row["line"]
    assert isinstance(line, int)
    return Fault(TABLE, line, "unit", repr(row["unit"]), f"{unit!r}, as above for {row['name']}", hint)


def responders(answers: Mapping[str, PatientAnswers]) -> dict[str, bool]:
    """Say of every patient whose response can be told whether there ever was one, by the criteria."""
    found = {}
    for patient, mine in answers.items():
        if any(call.category in REMISSIONS or call.improvement for call in mine.calls):
            found[patient] = True
        elif any(call.category != NOT_EVALUABLE for call in mine.calls):
            found[patient] = False
    return found


def remission_times(relapses: Sequence[Relapse]) -> dict[str, tuple[int, bool]]:
    """Days from remission to clinical relapse, or to the last look, of every patient who reached one."""
    found = {}
    for item in relapses:
        until = item.day if item.day is not None else item.observed_until
        if item.kind == "clinical" and item.remission_day is not None and until is not None:
            found[item.patient_id] = (until - item.remission_day, item.day is not None)
    return found
