"""What raises a blood count without a response: transfusions and growth factors (OR4, OR7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from remnant.response.record.measurements import Line
from remnant.response.record.transfusion_record import PLATELETS, RED_CELLS
from remnant.response.record.treatment import ERYTHROID, MEGAKARYOCYTIC, MYELOID, Treatment
from remnant.response.rules.decimals import Bools
from remnant.response.rules.spans import NEVER, Ints, key_of

Floats = npt.NDArray[np.float64]

NO_LOG = "no complete transfusion log"


@dataclass(frozen=True)
class Influence:
    """What raises one line, and for how long.

    Parameters
    ----------
    product : str or None
        What is transfused.
    lasts : int
        Days that it lasts.
    factors : tuple of str
        Growth factors, by the beginnings of their names.
    factors_last : int
        Days that they last.
    is_noted : bool
        Whether the value before a unit is noted beside the unit: a count that equals it was drawn before.
    """

    product: str | None
    lasts: int
    factors: tuple[str, ...]
    factors_last: int
    is_noted: bool = False


RAISED_BY = {
    Line.HAEMOGLOBIN: Influence(RED_CELLS, 14, ERYTHROID, 14, is_noted=True),
    Line.PLATELETS: Influence(PLATELETS, 7, MEGAKARYOCYTIC, 14),
    Line.NEUTROPHILS: Influence(None, 0, MYELOID, 14),
}


@dataclass(frozen=True)
class Periods:
    """Periods of days of many patients: the courses of a drug, or what a log covers.

    Parameters
    ----------
    start, stop : ndarray of int, shape (n,)
        First and last day, each with its patient; those of one patient need not be in order.
    """

    start: Ints
    stop: Ints

    def covering(self, keys: Ints, days: int = 0) -> Bools:
        """Say which of `keys`, in order, lie in a period or up to `days` after it."""
        edges = np.zeros(len(keys) + 1, np.int64)
        first = np.searchsorted(keys, self.start)
        np.add.at(edges, first, 1)
        np.add.at(edges, np.maximum(first, np.searchsorted(keys, self.stop + days, "right")), -1)
        return np.asarray(np.cumsum(edges)[:-1] > 0)

    def between(self, keys: Ints) -> Bools:
        """Say of each of `keys`, in order, whether a period touches the days since the one before it."""
        edges = np.zeros(len(keys) + 1, np.int64)
        first = np.searchsorted(keys, self.start)
        beyond = np.minimum(np.searchsorted(keys, self.stop) + 1, len(keys))
        np.add.at(edges, first, 1)
        np.add.at(edges, np.maximum(first, beyond), -1)
        return np.asarray(np.cumsum(edges)[:-1] > 0)

    def cover(self, low: Ints, high: Ints) -> Bools:
        """Say whether the days from `low` to `high` lie in one period; here periods are in order, apart."""
        if not len(self.start):
            return np.zeros(len(low), bool)
        place = np.searchsorted(self.start, low, "right") - 1
        return np.asarray((place >= 0) & (high <= self.stop[place.clip(0)]))


def courses(treatments: Sequence[Treatment], factors: tuple[str, ...]) -> Periods:
    """Return the courses of growth factors of every patient."""
    found = [
        (place, one.first, NEVER if one.last is None else one.last)
        for place, treatment in enumerate(treatments)
        for one in treatment.supportive
        if one.is_one_of(factors)
    ]
    place, first, last = np.array(found, np.int64).reshape(-1, 3).T
    return Periods(key_of(place, first), key_of(place, last))


def merged(periods: Iterable[tuple[int, int, int]]) -> Periods:
    """Join the periods of each patient that touch or overlap; each is patient, first and last day."""
    kept: list[list[int]] = []
    for place, start, stop in sorted(periods):
        if kept and kept[-1][0] == place and start <= kept[-1][2] + 1:
            kept[-1][2] = max(stop, kept[-1][2])
        else:
            kept.append([place, start, stop])
    place_, start_, stop_ = np.array(kept, np.int64).reshape(-1, 3).T
    return Periods(key_of(place_, start_), key_of(place_, stop_))


@dataclass(frozen=True)
class Given:
    """Transfusions of one product: patient and day in order, the haemoglobin noted before, NaN if none."""

    keys: Ints
    noted: Floats


def raised(
    line: Line,
    keys: Ints,
    values: Floats,
    treatments: Sequence[Treatment],
    given: Mapping[str, Given],
    log: Periods,
) -> tuple[Bools, Bools]:
    """Say which values of a line may be higher than the patient's own.

    Parameters
    ----------
    line : Line
        The line.
    keys, values : ndarray, shape (n,)
        Patient and day, in order, and the values as they were typed.
    treatments : sequence of Treatment
        Of every patient.
    given : mapping of str to Given
        The transfusions of each product.
    log : Periods
        Where the record of transfusions is complete.

    Returns
    -------
    raised, unlogged : ndarray of bool, shape (n,)
        By a transfusion or growth factor on record; and where none is known to be all.
    """
    by = RAISED_BY[line]
    found = courses(treatments, by.factors).covering(keys, by.factors_last)
    if by.product is None:
        return found, np.zeros(len(keys), bool)
    units = given[by.product]
    before = np.searchsorted(units.keys, keys) - np.searchsorted(units.keys, keys - by.lasts)
    same_day = np.searchsorted(units.keys, keys, "right") - np.searchsorted(units.keys, keys)
    if by.is_noted and len(keys):
        place = np.searchsorted(keys, units.keys).clip(max=len(keys) - 1)
        drawn_before = (keys[place] == units.keys) & (values[place] == units.noted)
        np.subtract.at(same_day, place[drawn_before], 1)
    return found | (before > 0) | (same_day > 0), ~log.cover(keys - by.lasts, keys)
