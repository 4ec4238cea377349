"""What is true of a person on every day: the clone in every compartment, the blood that it makes, blasts.

The odds of the clone over normal cells rise or fall at the difference of their rates, so they are exponential
in time and in dose::

    d log(odds)/dt = growth (1 - dose) - kill dose,   odds of progenitors >= leak x odds of stem cells

A resistant line rises whatever the dose. Maturing cells follow progenitors, and counts follow those; drug and
leukaemia hold counts down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.dynamics.treatment import calendar
from remnant.observation.blood import follow
from remnant.observation.courses_outline import Person

Array = NDArray[np.float64]

FIRST_DAY = -112  # sixteen weeks before the first dose
MATURING_DAYS, NORMAL_BLASTS, LEUKAEMIA = 14.0, 0.01, 0.20
LARGEST = 6.0  # log-odds beyond which a clone is all there is


@dataclass(frozen=True, eq=False)
class Body:
    """A person, day by day; every array has shape (days,), from FIRST_DAY.

    Parameters
    ----------
    days : ndarray of int
        Days since the first dose.
    stem, progenitor, dividing, bulk : ndarray
        Clone fraction of stem cells, progenitors, dividing cells (metaphases) and all nucleated cells.
    side : ndarray
        Resistant line among dividing cells.
    haemoglobin : ndarray
        Without transfused cells, g/dL, to 0.1.
    platelets, neutrophils : ndarray
        1e9/L, to 1 and to 0.01.
    blasts, blood_blasts : ndarray
        Fractions of marrow and of blood cells, to 0.001.
    """

    days: NDArray[np.int64]
    stem: Array
    progenitor: Array
    dividing: Array
    bulk: Array
    side: Array
    haemoglobin: Array
    platelets: Array
    neutrophils: Array
    blasts: Array
    blood_blasts: Array

    def until(self, last: int) -> Body:
        """Return the same person up to a day."""
        return Body(*(getattr(self, name)[: last - FIRST_DAY + 1] for name in self.__dataclass_fields__))


def live(person: Person) -> Body:
    """Return what is true of a person on every day until the end of the course."""
    days = np.arange(FIRST_DAY, person.end + 1)
    dose = calendar(person.courses).dose(days)
    stem, sensitive, resistant = _odds(person, days, dose)
    progenitors = sensitive + resistant
    progenitor = progenitors / (1 + progenitors)
    dividing = follow(progenitor, time_constant=MATURING_DAYS)
    side = dividing * resistant / progenitors
    excess = max(person.blasts - NORMAL_BLASTS, 0.0) * progenitor / progenitor[0]
    blasts = np.clip(min(person.blasts, NORMAL_BLASTS) + excess + person.peak * side, 0, 1)
    # A marrow full of blasts makes less of everything.
    room = np.exp(-4 * np.clip(blasts - 0.10, 0, 1))
    drug = follow(dose, time_constant=14.0)
    learnt = drug * (0.15 + 0.5 * np.exp(-np.maximum(days, 0) / 90))  # it learns to live with the drug

    def line(span: tuple[float, float]) -> Array:
        clone, normal = span
        return np.asarray((clone + (normal - clone) * (1 - dividing)) * np.exp(-learnt) * room)

    return Body(
        days,
        stem / (1 + stem),
        progenitor,
        dividing,
        (1 - person.lymphoid) * dividing,
        side,
        np.round(np.clip(follow(person.haemoglobin.steady(dividing)) * room, 2.0, None), 1),
        np.asarray(np.round(np.maximum(line(person.platelets), 1.0)), float),
        np.asarray(np.round(np.maximum(line(person.neutrophils), 0.01), 2), float),
        np.round(blasts, 3),
        np.round(np.clip(0.5 * (blasts - 0.10), 0, 1), 3),
    )


def _odds(person: Person, days: NDArray[np.int64], dose: Array) -> tuple[Array, Array, Array]:
    """Odds of the clone among stem cells; of its sensitive and resistant cells among progenitors."""
    treated = days > 0  # what is drawn on the day of the first dose is drawn before it

    def walk(start: float, growth: float, kill: float) -> Array:
        # Three weeks of four: kill is per day of the cycle, so that it reads as a rate of the course.
        return start + np.cumsum(np.where(treated, growth * (1 - dose) - (kill + growth / 3) * dose, 0.0))

    resistant = np.exp(np.minimum(person.resistant_growth * (days - person.resistant_day), LARGEST))
    sensitive = np.minimum(walk(person.stem, person.stem_growth, person.stem_kill), LARGEST)
    stem = np.exp(sensitive) + resistant
    # Stem cells refill progenitors: their log-odds are reflected at the floor that the leak sets.
    free, floor = walk(person.progenitor, person.growth, person.kill), sensitive + person.leak
    refilled = free + np.maximum.accumulate(np.maximum(floor - free, 0.0))
    return stem, np.exp(np.minimum(refilled, LARGEST)), resistant
