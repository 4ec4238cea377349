"""Blasts of marrow and blood of every patient, as whole numbers, taken from the cohort once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np

from remnant.response.iwg2023 import limits
from remnant.response.record.cohort import Cohort
from remnant.response.record.measurements import VISIT_DAYS
from remnant.response.rules.spans import Ints, day_of, patient_of
from remnant.response.rules.thresholds import Threshold


@dataclass(frozen=True)
class Morphology:
    """One marrow: its day, its blasts in per cent times `scale`, and whether two of the day contradict."""

    day: int
    blasts: int
    scale: int
    doubt: bool

    def meets(self, limit: Threshold) -> bool:
        """Hold the blasts against a limit."""
        ours, theirs = self.blasts * limit.limit.denominator, limit.limit.numerator * self.scale
        return ours < theirs if limit.operator == "<" else ours >= theirs


@dataclass(frozen=True)
class Blasts:
    """Whether there were any blasts in the blood on a day."""

    day: int
    any: bool


@dataclass(frozen=True)
class BlastTables:
    """Blasts of all patients, as lists in the order of patients and days, and where each patient begins."""

    marrows: list[Morphology]
    marrow_days: list[int]
    marrow_starts: list[int]
    blood: list[Blasts]
    blood_days: list[int]
    blood_starts: list[int]

    def base(self, patient: int, first_dose: int) -> Morphology | None:
        """Return the last marrow up to the first dose, if it still says where the patient stood."""
        low, high = self.marrow_starts[patient], self.marrow_starts[patient + 1]
        place = bisect_right(self.marrow_days, first_dose, low, high) - 1
        if place < low or self.marrow_days[place] < first_dose - limits.MARROW_BASELINE_DAYS:
            return None
        return self.marrows[place]

    def marrow(self, patient: int, day: int) -> Morphology | None:
        """Return the marrow of a day."""
        low, high = self.marrow_starts[patient], self.marrow_starts[patient + 1]
        place = bisect_left(self.marrow_days, day, low, high)
        return self.marrows[place] if place < high and self.marrow_days[place] == day else None

    def blood_at(self, patient: int, day: int, first_dose: int) -> Blasts | None:
        """Return the blasts of the blood nearest to a day on treatment, the earlier of two."""
        low, high = self.blood_starts[patient], self.blood_starts[patient + 1]
        start = bisect_left(self.blood_days, max(first_dose, day - VISIT_DAYS), low, high)
        stop = bisect_right(self.blood_days, day + VISIT_DAYS, low, high)
        return min(self.blood[start:stop], key=lambda one: abs(one.day - day), default=None)


def blast_tables(cohort: Cohort) -> BlastTables:
    """Take the blasts of every patient."""
    marrows, blood = cohort.marrows, cohort.blood_blasts
    days = day_of(marrows.keys).tolist()
    found = zip(days, marrows.blasts.tolist(), marrows.doubt.tolist(), strict=True)
    blood_days = day_of(blood.keys).tolist()
    seen = zip(blood_days, (blood.values > 0).tolist(), strict=True)
    return BlastTables(
        [Morphology(day, blasts, marrows.scale, doubt) for day, blasts, doubt in found],
        days,
        _starts(cohort, marrows.keys),
        [Blasts(day, any_) for day, any_ in seen],
        blood_days,
        _starts(cohort, blood.keys),
    )


def _starts(cohort: Cohort, keys: Ints) -> list[int]:
    starts: list[int] = np.searchsorted(patient_of(keys), np.arange(len(cohort.treatments) + 1)).tolist()
    return starts
