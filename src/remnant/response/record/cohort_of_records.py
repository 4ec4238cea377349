"""The arrays of a cohort from the records of its patients, where no tables are at hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from remnant.response.record.cohort import Cohort, Marrows, Series, Units
from remnant.response.record.influence import NO_LOG, merged
from remnant.response.record.measurements import Count, Line
from remnant.response.record.transfusion_record import RED_CELLS
from remnant.response.rules.decimals import whole_of
from remnant.response.rules.spans import Ints, key_of

if TYPE_CHECKING:
    from remnant.response.record.history import History


def cohort_of(patients: Sequence[History]) -> Cohort:
    """Return the cohort of patients in this order."""
    numbered = list(enumerate(patients))
    red = [(n, one) for n, patient in numbered for one in patient.transfusions.of(RED_CELLS)]
    before, scale = whole_of([one.haemoglobin_before or Fraction(0) for _, one in red])
    marrows = [(n, one) for n, patient in numbered for one in patient.marrows]
    blasts, parts = whole_of([one.blasts_percent for _, one in marrows])
    return Cohort(
        tuple(patient.treatment for patient in patients),
        tuple(patient.last_day for patient in patients),
        {line: _series((n, one) for n, patient in numbered for one in patient.lines[line]) for line in Line},
        _series((n, one) for n, patient in numbered for one in patient.blood_blasts),
        Marrows(
            _keys((n, one.day) for n, one in marrows),
            tuple(one.sample_id for _, one in marrows),
            blasts,
            parts,
            np.array([bool(one.doubt) for _, one in marrows], bool),
            tuple(() if one.dysplasia is None else (one.dysplasia, *one.also) for _, one in marrows),
        ),
        Units(
            _keys((n, one.day) for n, one in red),
            np.array([one.units for _, one in red], np.int64),
            before,
            np.array([one.haemoglobin_before is not None for _, one in red], bool),
            scale,
        ),
        _keys((n, one.day) for n, patient in numbered for one in patient.transfusions.given),
        merged((n, *period) for n, patient in numbered for period in patient.transfusions.periods),
        _keys((n, day) for n, patient in numbered for day, _ in patient.specimens),
        tuple(name for patient in patients for _, name in patient.specimens),
    )


def _keys(days: Iterable[tuple[int, int]]) -> Ints:
    place, day = np.array(list(days), np.int64).reshape(-1, 2).T
    return key_of(place, day)


def _series(counts: Iterable[tuple[int, Count]]) -> Series:
    found = list(counts)
    values, scale = whole_of([one.value for _, one in found])
    raised = np.array([bool(one.raised) for _, one in found], bool)
    unlogged = np.array([NO_LOG in one.raised for _, one in found], bool)
    return Series(_keys((n, one.day) for n, one in found), values, raised, unlogged, scale)
