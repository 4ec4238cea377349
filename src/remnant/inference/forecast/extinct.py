"""The chance that a small clone dies out on its way, draw by draw: its deterministic course cannot say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.dynamics.extinction import Signal, cure_from
from remnant.dynamics.model.observables import cells
from remnant.dynamics.model.packed import Packed, pack
from remnant.dynamics.model.parameters import MALIGNANT
from remnant.inference.forecast.course import Course

Array = NDArray[np.float64]

FEW = 300.0  # stem cells of the clone: with more at every look it does not die out by chance
YEAR = 365.25
KNOTS = np.array([0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0])
SIGNAL = 4  # looks between samples of the niche signal, which changes over months


def stem_cells(course: Course) -> Array:
    """Return the stem cells of the clone, sensitive and resistant, in cells, shape (draws, times)."""
    pool = np.asarray(course.posterior.drawn().stem_cells, float)
    return np.asarray(cells(course.states, "stem")[..., MALIGNANT:].sum(axis=-1) * pool[:, None])


@dataclass(frozen=True)
class Extinction:
    """The chance that the clone of each draw has died out.

    Parameters
    ----------
    few : ndarray of bool, shape (draws,)
        Whether it is ever down to few cells from now on; the others do not die out.
    knots : ndarray, shape (knots,)
        Days; the first is now.
    chance : ndarray, shape (few draws, knots)
        Rising.
    """

    few: NDArray[np.bool_]
    knots: Array
    chance: Array

    def by(self, days: Array) -> Array:
        """Return the chance on days, shape (days,) or (draws, days), of every draw, shape (draws, days)."""
        when = np.broadcast_to(days, (len(self.few), np.shape(days)[-1]))
        found = np.zeros(when.shape)
        rows = zip(when[self.few], self.chance, strict=True)
        if self.few.any():
            found[self.few] = [np.interp(row, self.knots, known) for row, known in rows]
        return found


def extinct_by(course: Course, days: Array) -> Array:
    """Return the chance that no stem cell of the clone is left on some days after now, shape (draws, days).

    The stem cells on `now_day` are Poisson numbers around the deterministic state; each founds a family of
    its own in the niche of the deterministic course (`remnant.dynamics.extinction`). Between the `KNOTS`,
    years from now, the chance runs straight: the answer for a day does not depend on which others are asked.

    Parameters
    ----------
    course : Course
        Followed at least to the last day asked for.
    days : ndarray, shape (days,) or (draws, days)
        Not before now.
    """
    return course.extinction.by(days)


def extinction_of(course: Course) -> Extinction:
    """Follow the families of small clones; a course keeps the answer (`Course.extinction`)."""
    few = stem_cells(course)[:, course.days >= course.posterior.now_day].min(axis=1) < FEW
    knots = _knots(course)
    rows = np.flatnonzero(few)
    return Extinction(few, knots, _at_knots(course, rows, knots) if len(rows) else np.empty((0, len(knots))))


def _knots(course: Course) -> Array:
    now, last = course.posterior.now_day, course.days[-1]
    knots = now + YEAR * KNOTS
    return knots[knots <= last] if (knots <= last).sum() > 1 else np.array([now, last])


def _at_knots(course: Course, rows: NDArray[np.int64], knots: Array) -> Array:
    """Return the chance on each knot, shape (rows, knots); on the first, that no founder is there."""
    posterior, ahead = course.posterior, np.flatnonzero(course.days >= course.posterior.now_day)
    numbers = posterior.drawn()
    every = pack(numbers.parameters, numbers.effects)
    packed = Packed(every.rates[rows], every.effects[rows])
    edges, doses = course.therapy.segments(posterior.now_day, course.days[-1])
    heard = np.unique([*ahead[::SIGNAL], ahead[-1]])
    signal = Signal.of(course.days[heard], np.moveaxis(course.states[rows][:, heard], 1, 0), packed)
    states = course.states[rows, ahead[0]]
    pool = np.maximum(np.asarray(numbers.stem_cells, float)[rows], 1.0)
    later = cure_from(posterior.now_day, packed, edges, doses, signal, states, pool, horizons=knots[1:])
    at_once = np.exp(-stem_cells(course)[rows, ahead[0]])[:, None]
    return np.maximum.accumulate(np.concatenate([at_once, later], axis=1), axis=1)
