"""All patients of a study as arrays: every quantity in one row of numbers, sorted by patient and day.

A rule is judged for all looks at all patients in one operation on these. The records of one patient, which
say the same in words that a reader can follow, are in `remnant.response.history`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from remnant.response.record.influence import Periods, courses
from remnant.response.record.measurements import Line
from remnant.response.record.treatment import (
    AFTER_LAST_DOSE_DAYS,
    ERYTHROID,
    MEGAKARYOCYTIC,
    MYELOID,
    Treatment,
)
from remnant.response.rules.decimals import Bools, Whole
from remnant.response.rules.spans import NEVER, Best, Ints, key_of, nearest, patient_of

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Series:
    """One quantity of the blood of many patients.

    Parameters
    ----------
    keys : ndarray of int, shape (n,)
        Patient and day, in order.
    values : ndarray of int, shape (n,)
        The values times `scale`, exactly.
    raised : ndarray of bool, shape (n,)
        Where the patient's own value may be lower.
    unlogged : ndarray of bool, shape (n,)
        Where that is so only because no log says what was transfused.
    scale : int
        What makes every value whole.
    """

    keys: Ints
    values: Whole
    raised: Bools
    unlogged: Bools
    scale: int

    @cached_property
    def free(self) -> Ints:
        """Places of the values that nothing has raised."""
        return np.flatnonzero(~self.raised)

    @cached_property
    def longest(self) -> int:
        """Most values that one patient has."""
        return int(np.bincount(patient_of(self.keys)).max()) if len(self.keys) else 1

    @cached_property
    def highest_free(self) -> Best:
        """Highest of the values that nothing has raised; -1 where there is none."""
        return Best(np.where(self.raised, -1, self.values), self.longest)

    @cached_property
    def lowest(self) -> Best:
        """Lowest of the values, with its sign turned."""
        return Best(-self.values, self.longest)

    def near(self, low: Ints, at: Ints, high: Ints, tells: Bools) -> Ints:
        """Return the place of the value nearest to each look, one of those that tell first, or -1."""
        telling = np.flatnonzero(tells)
        place = nearest(self.keys[telling], low, at, high)
        found = np.where(place >= 0, np.append(telling, -1)[place], -1)
        open_ = np.flatnonzero(found < 0)
        found[open_] = nearest(self.keys, low[open_], at[open_], high[open_])
        return found


@dataclass(frozen=True)
class Marrows:
    """Marrow morphologies of many patients, one a day: blasts in per cent times `scale`.

    `dysplasia` holds all that the marrows of a day say of it, each wording once.
    """

    keys: Ints
    samples: tuple[str, ...]
    blasts: Whole
    scale: int
    doubt: Bools
    dysplasia: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Units:
    """Red cells given to many patients; `before` is the haemoglobin noted, times `scale`, where `noted`."""

    keys: Ints
    units: Ints
    before: Whole
    noted: Bools
    scale: int

    def given(self, low: Ints, high: Ints, *, only: Bools | None = None) -> Ints:
        """Count the units from `low` to `high`, both included, of all transfusions or `only` some."""
        units = self.units if only is None else np.where(only, self.units, 0)
        total = np.concatenate([[0], np.cumsum(units)])
        return np.asarray(
            total[np.searchsorted(self.keys, high, "right")] - total[np.searchsorted(self.keys, low)]
        )


@dataclass(frozen=True)
class Cohort:
    """The patients of a study.

    Parameters
    ----------
    treatments : tuple of Treatment
        Of every patient.
    last_day : tuple of int or None
        Of every patient: last contact, or else the last day on which anything is recorded.
    lines : dict of Line to Series
        Blood counts.
    blood_blasts : Series
        Blasts of the blood, in per cent.
    marrows : Marrows
        Morphologies.
    red_cells : Units
        Transfusions of red cells.
    transfusions : ndarray of int
        Patient and day of every transfusion, of any product.
    log : Periods
        Where the record of transfusions is complete.
    specimens : ndarray of int
        Patient and day of every sample.
    samples : tuple of str
        Their names.
    """

    treatments: tuple[Treatment, ...]
    last_day: tuple[int | None, ...]
    lines: dict[Line, Series]
    blood_blasts: Series
    marrows: Marrows
    red_cells: Units
    transfusions: Ints
    log: Periods
    specimens: Ints
    samples: tuple[str, ...]
    kept: dict[Callable[..., Any], Any] = field(default_factory=dict)

    @cached_property
    def first_dose(self) -> Ints:
        """Day of the first dose; 0 where there is none."""
        return np.array([one.first_dose or 0 for one in self.treatments], np.int64)

    @cached_property
    def treated(self) -> Bools:
        """Whether there was a first dose."""
        return np.array([one.first_dose is not None for one in self.treatments], bool)

    @cached_property
    def observed_until(self) -> Ints:
        """Last day on which independence counts, or a day before every other where there is none."""
        last = np.array([-NEVER if day is None else day for day in self.last_day], np.int64)
        doses = [NEVER if one.last_dose is None else one.last_dose for one in self.treatments]
        return np.minimum(last, np.array(doses, np.int64) + AFTER_LAST_DOSE_DAYS)

    @cached_property
    def holds(self) -> Periods:
        """Interruptions of treatment."""
        found = [(n, *hold) for n, one in enumerate(self.treatments) for hold in one.holds]
        place, first, last = np.array(found, np.int64).reshape(-1, 3).T
        return Periods(key_of(place, first), key_of(place, last))

    @cached_property
    def support(self) -> Periods:
        """Courses of growth factors of any line."""
        return courses(self.treatments, ERYTHROID + MYELOID + MEGAKARYOCYTIC)

    def once(self, work: Callable[[Cohort], Answer]) -> Answer:
        """Return `work` of this cohort, done the first time and kept."""
        if work not in self.kept:
            self.kept[work] = work(self)
        answer: Answer = self.kept[work]
        return answer
