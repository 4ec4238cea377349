"""The dose that every patient took, and whether the clone grew under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from remnant.analysis.clone_series import SELECTED, CloneSeries, followed_series
from remnant.analysis.courses import PatientAnswers
from remnant.persistence import DosePeriod, Resistance, judge_resistance
from remnant.study.estimate import Source
from remnant.study.study import Study

ROLES = ("progenitor", "stem", "bulk", SELECTED)


def doses(study: Study, patient: str, first_dose: int | None) -> tuple[DosePeriod, ...]:
    """List the courses of the drug of the first dose, from that day on; a course at dose 0 is a hold."""
    if first_dose is None:
        return ()
    rows = [row for row in study["therapy"].iter_rows(named=True) if row["patient_id"] == patient]
    given = [row for row in rows if row["dose_mg"] != 0]
    first = next((row for row in given if row["start_day"] == first_dose), None)
    if first is None:
        return ()
    drug = first["drug"].strip().lower()
    own = sorted(
        (row for row in given if row["drug"].strip().lower() == drug and row["start_day"] >= first_dose),
        key=lambda row: row["start_day"],
    )
    return tuple(
        DosePeriod(
            row["start_day"],
            row["end_day"],
            _per_day(row["dose_mg"], row["days_on"], row["cycle_days"]),
            Source("therapy.csv", row["line"]),
        )
        for row in own
    )


def _per_day(dose: float | None, on: int | None, cycle: int | None) -> float | None:
    """Dose averaged over the cycle; every day where no cycle is given."""
    if dose is None:
        return None
    return dose * on / cycle if on is not None and cycle is not None else dose


def resistances(
    study: Study,
    answers: Mapping[str, PatientAnswers],
    series: Mapping[str, Sequence[CloneSeries]],
    *,
    probability: float,
) -> tuple[Resistance, ...]:
    """Judge the resistance of every patient in the series in which the clone is followed."""
    found = []
    for patient in study.patients:
        first = answers[patient].history.treatment.first_dose
        best = followed_series(series[patient], ROLES)
        readings, changes, name = ((), (), "") if best is None else _of(best)
        found.append(
            judge_resistance(
                patient, name, readings, changes, doses(study, patient, first), treated_from=first,
                probability=probability,
            )
        )  # fmt: skip
    return tuple(found)


def _of(series: CloneSeries) -> tuple[tuple, tuple, str]:  # type: ignore[type-arg]
    return series.followed.readings, series.changes, series.name
