"""The courses of some virtual patients, look by look: what was true, what was seen, what was given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

STEM, PROGENITOR, MATURE = range(3)  # compartments of `fractions` and `frequencies`
COMPARTMENTS = ("stem", "progenitor", "mature")
HAEMOGLOBIN, NEUTROPHILS, PLATELETS = range(3)  # rows of `blood`
NOT_EXAMINED = -1


@dataclass(frozen=True)
class Courses:
    """What happened to some patients; looks first, patients last.

    Parameters
    ----------
    days : ndarray of int, shape (looks,)
        Days of the looks, rising from 0; the last is the end of the horizon.
    fractions : ndarray, shape (looks, 3, patients)
        True share of the clone among stem cells, progenitors and mature cells, in [0, 1]; NaN where the
        compartment is empty.
    frequencies : ndarray, shape (looks, 3, patients)
        All cells of the compartment, relative to health.
    stems : ndarray, shape (looks, patients)
        Stem cells of the clone, sensitive and resistant, in cells.
    resistant : ndarray, shape (looks, patients)
        Share of these that are resistant; NaN where there are none.
    blood : ndarray, shape (looks, 3, patients)
        Haemoglobin without transfused cells in g/dL, neutrophils and platelets in 1e9 per litre, as measured.
    transfused : ndarray of bool, shape (looks, patients)
        Whether the look shows need of red cells, which are then given.
    abnormal : ndarray of int, shape (looks, patients)
        Abnormal metaphases; -1 where none were examined.
    given : ndarray, shape (looks - 1, drugs, patients)
        Mean relative dose of each drug from one look to the next.
    treated : ndarray, shape (looks - 1, patients)
        Days with any drug from one look to the next.
    """

    days: Ints
    fractions: Floats
    frequencies: Floats
    stems: Floats
    resistant: Floats
    blood: Floats
    transfused: Flags
    abnormal: Ints
    given: Floats
    treated: Floats

    @classmethod
    def blank(cls, days: Ints, patients: int, drugs: int) -> Courses:
        """Make room for courses that are still to come."""
        looks = len(days)

        def room(*shape: int) -> Floats:
            return np.full((*shape, patients), np.nan)

        return cls(
            days,
            room(looks, 3),
            room(looks, 3),
            room(looks),
            room(looks),
            room(looks, 3),
            np.zeros((looks, patients), bool),
            np.full((looks, patients), NOT_EXAMINED, np.int64),
            room(looks - 1, drugs),
            room(looks - 1),
        )

    def note_doses(self, look: int, edges: Floats, doses: Floats) -> None:
        """Note what is given from a look to the next; edges (S + 1,), doses (patients, S, drugs)."""
        days = np.diff(edges)
        # Piece after piece: a sum over an axis may add in another order for one patient than for many.
        total, treated = np.zeros(doses[:, 0].shape), np.zeros(len(doses))
        for piece, length in enumerate(days):
            total += length * doses[:, piece]
            treated += length * (doses[:, piece] > 0).any(axis=1)
        self.given[look], self.treated[look] = (total / days.sum()).T, treated

    @property
    def gaps(self) -> Ints:
        """Days from each look to the next, shape (looks - 1,)."""
        return np.diff(self.days)

    def nearest(self, day: float) -> int | None:
        """Return the look nearest to a day; None where that day lies beyond the horizon."""
        return None if round(day) > self.days[-1] else int(np.abs(self.days - day).argmin())
