"""How many had the disease return, and how many died before it could, by time since remission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remnant.persistence.relapse import Relapse, limits_or_none
from remnant.stats.survival.cumulative_incidence import aalen_johansen


@dataclass(frozen=True)
class ReturnIncidence:
    """Cumulative incidence of one kind of return since remission, where death without it competes.

    Who has died cannot relapse; a Kaplan-Meier estimate counts them as if they still could, and one less it
    is above the fraction that did.

    Parameters
    ----------
    kind : str
        As in `Relapse`.
    patients, events, deaths : int
        Patients that reached remission; returns; deaths without a return.
    days : tuple of int
        Days since remission on which either came.
    returned, died : tuple of float
        Fraction with a return, and dead without one, from each day on (Aalen-Johansen).
    lower, upper, died_lower, died_upper : tuple of float or None
        Their log-log limits; None where there is nothing yet to bound.
    at_risk : tuple of int
        Patients under observation, free of both, just before each day.
    last_day : int
        Last day since remission on which anybody was under observation.
    """

    kind: str
    patients: int
    events: int
    deaths: int
    days: tuple[int, ...]
    returned: tuple[float, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    died: tuple[float, ...]
    died_lower: tuple[float | None, ...]
    died_upper: tuple[float | None, ...]
    at_risk: tuple[int, ...]
    last_day: int


def return_incidence(
    kind: str, relapses: Sequence[Relapse], deaths: Mapping[str, int], *, confidence: float
) -> ReturnIncidence:
    """Estimate how many have had one kind of return, and how many died without it, by day since remission.

    Parameters
    ----------
    kind : str
        As in `Relapse`.
    relapses : sequence of Relapse
        Of every patient.
    deaths : mapping of str to int
        Patient to the day of death.
    confidence : float
        Coverage of the limits, in (0, 1).
    """
    times, causes = [], []
    for item in relapses:
        death = deaths.get(item.patient_id)
        until = item.observed_until if death is None else max(death, item.observed_until or death)
        end = item.day if item.day is not None else until
        if item.kind == kind and item.remission_day is not None and end is not None:
            times.append(end - item.remission_day)
            causes.append(1 if item.day is not None else 0 if death is None else 2)
    curve = aalen_johansen(times, causes, causes=(1, 2), confidence=confidence)
    return ReturnIncidence(
        kind,
        len(times),
        causes.count(1),
        causes.count(2),
        tuple(int(day) for day in curve.time),
        tuple(curve.incidence[:, 0].tolist()),
        limits_or_none(curve.lower[:, 0]),
        limits_or_none(curve.upper[:, 0]),
        tuple(curve.incidence[:, 1].tolist()),
        limits_or_none(curve.lower[:, 1]),
        limits_or_none(curve.upper[:, 1]),
        tuple(int(count) for count in curve.at_risk),
        int(curve.last),
    )
