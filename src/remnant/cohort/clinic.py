"""The clinic of some virtual patients: it follows their blood, and notes at each look what is and is seen."""

from __future__ import annotations

from typing import get_args

import numpy as np
from numpy.typing import NDArray

from remnant.cohort.chance import TRIGGER, abnormal_metaphases, chance
from remnant.cohort.courses import (
    HAEMOGLOBIN,
    MATURE,
    NEUTROPHILS,
    NOT_EXAMINED,
    PLATELETS,
    PROGENITOR,
    STEM,
    Courses,
    Floats,
)
from remnant.cohort.looks import Looks
from remnant.cohort.seen import Seen
from remnant.dynamics.model.observables import Blood, Kind, blood_targets, cells, follow_blood
from remnant.dynamics.model.parameters import MALIGNANT, RESISTANT
from remnant.dynamics.stochastic.cells import Cells


class Clinic:
    """Looks at some patients and writes their courses.

    Parameters
    ----------
    looks : Looks
        What is examined when.
    blood : Blood or None
        How counts follow the marrow; None leaves them unknown.
    suppressor : int or None
        Which drug lowers the counts directly.
    courses : Courses
        Blank; filled look by look.
    key : int
        Of the patients' streams.
    patients : ndarray of uint64, shape (n,)
        Their numbers.
    """

    def __init__(
        self,
        looks: Looks,
        blood: Blood | None,
        suppressor: int | None,
        courses: Courses,
        key: int,
        patients: NDArray[np.uint64],
    ):
        self.looks, self.blood, self.suppressor, self.courses = looks, blood, suppressor, courses
        self.chance = chance(key, patients, len(courses.days))
        self.counts: Floats | None = None  # true counts now, shape (patients, 3); none before the first look

    def wait(self, states: Floats, doses: Floats, days: float) -> None:
        """Let the counts follow a marrow for some days: towards their balance with its state at the end."""
        if self.blood is not None and self.counts is not None:
            targets = blood_targets(states, doses, self.blood, suppressor=self.suppressor)
            self.counts = follow_blood(self.counts, targets, days, self.blood)

    def look(self, number: int, states: Floats, stems: Cells) -> Seen:
        """Note a look, and return what it shows."""
        day = int(self.courses.days[number])
        fractions = self._note_marrow(number, states, stems)
        blood = self._note_blood(number, states)
        self.courses.transfused[number] = blood[HAEMOGLOBIN] < TRIGGER
        if self.looks.marrow(day):
            clone, count = fractions[PROGENITOR], self.looks.metaphases
            abnormal = abnormal_metaphases(clone, count, self.chance.metaphases[:, number])
            # A marrow without a dividing cell yields no metaphase: it is not evaluable, and no response.
            self.courses.abnormal[number] = np.where(np.isnan(clone), NOT_EXAMINED, abnormal)
        return Seen(
            day=day,
            haemoglobin=blood[HAEMOGLOBIN],
            neutrophils=blood[NEUTROPHILS],
            platelets=blood[PLATELETS],
            metaphases_abnormal=self.courses.abnormal[number],
            metaphases=self.looks.metaphases,
            transfused=self.courses.transfused[number],
            stem_fraction=fractions[STEM] if self.looks.stem(day) else None,
            blood_fraction=fractions[MATURE] if self.looks.blood_fraction(day) else None,
        )

    def _note_marrow(self, number: int, states: Floats, stems: Cells) -> Floats:
        """Note the clones, and return their true shares, shape (3, patients)."""
        courses = self.courses
        for row, kind in enumerate(get_args(Kind)):
            each = cells(states, kind)
            total, clone = each.sum(axis=-1), each[:, MALIGNANT] + each[:, RESISTANT]
            courses.frequencies[number, row] = total
            courses.fractions[number, row] = _share(clone, total)
        clones = stems.stems.sum(axis=-1)
        clone = clones[:, MALIGNANT] + clones[:, RESISTANT]
        courses.stems[number] = clone
        courses.resistant[number] = _share(clones[:, RESISTANT], clone)
        return np.asarray(courses.fractions[number])

    def _note_blood(self, number: int, states: Floats) -> Floats:
        """Note the counts as measured, shape (3, patients); at the first look they are in balance."""
        if self.blood is not None:
            if self.counts is None:
                self.counts = blood_targets(states, np.zeros(0), self.blood, suppressor=None)
            self.courses.blood[number] = (self.counts * self.chance.scatter[:, number]).T
        return np.asarray(self.courses.blood[number])


def _share(part: Floats, whole: Floats) -> Floats:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)
