"""The days on which patients are looked at, and what does not change from one look to the next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from remnant.response.iwg2006 import limits
from remnant.response.record.baselines import Baselines, baselines_of
from remnant.response.record.cohort import Cohort, Series
from remnant.response.record.measurements import VISIT_DAYS, Line
from remnant.response.rules.decimals import Bools, Whole, meets
from remnant.response.rules.spans import Ints, day_of, key_of, patient_of, union
from remnant.response.rules.verdicts import OPEN, Verdicts, bounded, verdicts


@dataclass(frozen=True)
class Looks:
    """Every day after the first dose with a specimen, a blood count or red cells.

    Parameters
    ----------
    cohort : Cohort
        The patients.
    keys : ndarray of int, shape (n,)
        Patient and day of each look, in order.
    """

    cohort: Cohort
    keys: Ints

    @classmethod
    def of(cls, cohort: Cohort) -> Looks:
        """Return the looks at every patient who was treated."""
        counts = [series.keys for series in cohort.lines.values()]
        days = [cohort.specimens, cohort.marrows.keys, *counts, cohort.red_cells.keys]
        keys = union(*days)
        patient = patient_of(keys)
        return cls(cohort, keys[cohort.treated[patient] & (day_of(keys) > cohort.first_dose[patient])])

    @cached_property
    def patient(self) -> Ints:
        """Number of the patient of each look."""
        return patient_of(self.keys)

    @cached_property
    def first_dose(self) -> Ints:
        """The first dose of each look's patient, as a key."""
        return key_of(self.patient, self.cohort.first_dose[self.patient])

    @cached_property
    def base(self) -> Ints:
        """Place of each patient's marrow at baseline, or -1."""
        marrows, first = self.cohort.marrows.keys, self.cohort.first_dose
        patients = np.arange(len(first))
        place = np.searchsorted(marrows, key_of(patients, first), "right") - 1
        if not len(marrows):
            return place
        oldest = key_of(patients, first - limits.MARROW_BASELINE_DAYS)
        return np.where((place >= 0) & (marrows[place] >= oldest), place, -1)

    @cached_property
    def marrow(self) -> Ints:
        """Place of the marrow of each look's day, or -1."""
        marrows = self.cohort.marrows.keys
        place = np.searchsorted(marrows, self.keys)
        if not len(marrows):
            return np.full(len(self.keys), -1)
        place = place.clip(max=len(marrows) - 1)
        return np.where(marrows[place] == self.keys, place, -1)

    @cached_property
    def baselines(self) -> dict[Line, Baselines]:
        """Each line before treatment."""
        lines = self.cohort.lines.items()
        return {line: baselines_of(self.cohort, one, window_days=limits.BASELINE_DAYS) for line, one in lines}

    @cached_property
    def abnormal(self) -> dict[Line, Verdicts]:
        """Whether each line was below the limit of a CR before treatment, patient by patient."""
        found = {}
        for line, base in self.baselines.items():
            limit, scale = limits.CR_COUNTS[line], self.cohort.lines[line].scale
            below = ~meets(limit, base.total, scale * base.number)
            low = base.seen & ~meets(limit, base.lowest, scale)
            # One value below the limit, raised or not, shows that the patient's own was below it.
            found[line] = verdicts(np.where(base.known, below, low), base.known | low)
        return found

    @cached_property
    def counts(self) -> dict[Line, Verdicts]:
        """Whether the count nearest to each look meets the limit of a CR."""
        return {line: _of_cr(self, line) for line in self.cohort.lines}

    def near(self, series: Series, tells: Bools) -> Ints:
        """Return the place of the value of treatment nearest to each look, one that tells first, or -1."""
        low = np.maximum(self.keys - VISIT_DAYS, self.first_dose)
        return series.near(low, self.keys, self.keys + VISIT_DAYS, tells)

    def blasts(self, marrow: Ints) -> tuple[Whole, Bools]:
        """Return blasts of the marrows at these places, and where they are known."""
        marrows = self.cohort.marrows
        if not len(marrows.keys):
            return np.zeros(len(marrow), np.int64), np.zeros(len(marrow), bool)
        return marrows.blasts[marrow], (marrow >= 0) & ~marrows.doubt[marrow]


def _of_cr(looks: Looks, line: Line) -> Verdicts:
    series, limit = looks.cohort.lines[line], limits.CR_COUNTS[line]
    met = bounded(meets(limit, series.values, series.scale), series.raised, asks_for_more=True)
    # The last stands for no count, at place -1.
    return np.append(met, OPEN)[looks.near(series, met != OPEN)]
