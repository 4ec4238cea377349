"""What a look shows of some patients, and what is remembered of the looks before it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from remnant.cohort.scenario.looks import Looks

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

NEUTROPHILS, PLATELETS = range(2)  # rows of `Chart.start`


@dataclass(frozen=True)
class Seen:
    """One look at some patients.

    Parameters
    ----------
    day : int
        Day of the look.
    haemoglobin, neutrophils, platelets : ndarray, shape (patients,)
        g/dL and 1e9/L; NaN where not measured.
    metaphases_abnormal : ndarray of int, shape (patients,)
        Abnormal metaphases; -1 where none were examined.
    metaphases : int
        How many were examined.
    transfused : ndarray of bool, shape (patients,)
        Whether red cells were given since the look before.
    stem_fraction, blood_fraction : ndarray, shape (patients,), or None
        Clone among sorted stem cells and in blood, in [0, 1]; NaN, or None for all, where not measured.
    """

    day: int
    haemoglobin: Floats
    neutrophils: Floats
    platelets: Floats
    metaphases_abnormal: Ints
    metaphases: int
    transfused: Flags
    stem_fraction: Floats | None = None
    blood_fraction: Floats | None = None

    def measured(self, name: str) -> Floats:
        """Return a quantity by name; NaN where it was not measured."""
        values = getattr(self, name)
        return np.full(len(self.haemoglobin), np.nan) if values is None else np.asarray(values, float)


@dataclass
class Chart:
    """What must be remembered of each patient between looks.

    Parameters
    ----------
    looks : Looks
        What counts as independence and as a clone that is back.
    patients, drugs : int
        How many.
    """

    looks: Looks
    patients: int
    drugs: int
    clone_seen: Flags = field(init=False)  # an abnormal metaphase, at this look or before
    responded: Flags = field(init=False)  # a complete cytogenetic response was seen at an earlier look
    free_since: Floats = field(init=False)  # day from which no transfusion was seen
    independent: Flags = field(init=False)
    lost: Flags = field(init=False)  # independence, not regained
    start: Floats = field(init=False)  # neutrophils and platelets at the last look before the first dose
    first_dose: Floats = field(init=False)  # day of each drug's first dose; infinite before

    def __post_init__(self) -> None:
        n, d = self.patients, self.drugs
        self.clone_seen, self.responded = np.zeros(n, bool), np.zeros(n, bool)
        self.independent, self.lost = np.zeros(n, bool), np.zeros(n, bool)
        self.free_since = np.full(n, np.nan)
        self.start = np.full((2, n, d), np.nan)
        self.first_dose = np.full((n, d), np.inf)

    def note_look(self, seen: Seen) -> None:
        """Remember abnormal metaphases, transfusions, and the counts of those who have not had a drug."""
        self.clone_seen |= np.asarray(seen.metaphases_abnormal) > 0
        day, given = seen.day, np.asarray(seen.transfused, bool)
        self.free_since = np.where(given | np.isnan(self.free_since), day, self.free_since)
        self.lost |= given & self.independent
        free = ~given & (day - self.free_since >= self.looks.independence_days)
        self.independent = ~given & (self.independent | free)
        self.lost &= ~free
        before = self.first_dose >= day
        for row, name in ((NEUTROPHILS, "neutrophils"), (PLATELETS, "platelets")):
            counts = seen.measured(name)[:, None]
            self.start[row] = np.where(before & ~np.isnan(counts), counts, self.start[row])

    def note_response(self, complete: Flags) -> None:
        """Remember who has had a complete response; called when the look has been judged."""
        self.responded |= complete

    def note_doses(self, edges: Floats, doses: Floats) -> None:
        """Remember the first dose of each drug; doses of shape (patients, segments, drugs)."""
        given = doses > 0
        day = np.asarray(edges)[given.argmax(axis=1)]
        self.first_dose = np.where(np.isinf(self.first_dose) & given.any(axis=1), day, self.first_dose)
