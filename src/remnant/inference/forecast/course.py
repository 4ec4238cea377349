"""The courses of a patient's posterior draws: past and future are one, followed from where the fit began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.model.draw import Drawn, draws_from_columns
from remnant.dynamics.model.packed import pack
from remnant.dynamics.model.preset import Preset
from remnant.dynamics.model.start import baseline
from remnant.dynamics.treatment import Therapy
from remnant.inference.problem.control import controlled_by, with_control

if TYPE_CHECKING:
    from remnant.inference.forecast.definitions import Definition
    from remnant.inference.forecast.extinct import Extinction
    from remnant.inference.forecast.relapse import Returns

Array = NDArray[np.float64]

WEEK = 7  # days between looks: a cycle of four weeks is seen at four phases


@dataclass(frozen=True)
class Posterior:
    """What is known of one patient, as draws, and where the course begins and stands.

    Parameters
    ----------
    patient_id : str
        The patient.
    values : dict of str to ndarray, shape (draws,)
        By the names of `preset.priors()`, and of assay numbers; what the preset fixes may be left out, and
        effects of drugs that are not given.
    preset : Preset
        Names the numbers.
    drugs : tuple of str
        Drugs of the preset that the fit knows, in its order.
    start_day, now_day : int
        First day of the course, as in the fit; day of the last observation.
    """

    patient_id: str
    values: Mapping[str, Array]
    preset: Preset
    drugs: tuple[str, ...]
    start_day: int
    now_day: int

    @property
    def draws(self) -> int:
        """Count the draws."""
        return max((np.size(value) for value in self.values.values()), default=1)

    def number(self, name: str, default: float) -> Array:
        """Return one number of each draw, shape (draws,); the default where the posterior has none."""
        return np.broadcast_to(np.asarray(self.values.get(name, default), float), self.draws)

    def drawn(self) -> Drawn:
        """Return the numbers of the model, without those of assays, with the effects of `drugs` in order."""
        return drawn(self.values, self.preset, self.drugs)

    def with_pools(self, *, rng: np.random.Generator) -> Posterior:
        """Return the same draws with stem cells of the healthy pool from their prior.

        No fraction tells how many stem cells there are, so a fit leaves the number at its median. A forecast
        in which a small clone can die out has to carry what is not known of it.
        """
        prior = self.preset.stem_cells
        strata = (rng.permutation(self.draws) + rng.random(self.draws)) / self.draws
        return replace(self, values={**self.values, "stem_cells": prior.quantile(strata)})

    def thinned(self, most: int) -> Posterior:
        """Return at most so many draws, evenly spaced: chains stand one behind the other."""
        if self.draws <= most:
            return self
        kept = np.linspace(0, self.draws - 1, most).round().astype(int)
        fewer = {
            name: np.asarray(value)[kept] if np.size(value) > 1 else value
            for name, value in self.values.items()
        }
        return replace(self, values=fewer)


@dataclass(frozen=True)
class Course:
    """The draws of one patient through one calendar.

    Parameters
    ----------
    posterior : Posterior
        Whose.
    therapy : Therapy
        Calendar, with exactly the drugs of the posterior.
    days : ndarray, shape (times,)
        Days, rising.
    states : ndarray, shape (draws, times, 3, 3 + stages)
        In healthy pools.
    """

    posterior: Posterior
    therapy: Therapy
    days: Array
    states: Array

    @cached_property
    def extinction(self) -> Extinction:
        """The chance that small clones die out, followed when first asked for."""
        from remnant.inference.forecast.extinct import extinction_of

        return extinction_of(self)

    @cached_property
    def returns(self) -> dict[Definition, Returns | None]:
        """What `remnant.inference.forecast.relapse.returns` has found of this course."""
        return {}

    @property
    def doses(self) -> Array:
        """Relative doses in force on the days, shape (times, drugs)."""
        each = [calendar.dose(self.days) for calendar in self.therapy.calendars]
        return np.stack(each, axis=-1) if each else np.zeros((len(self.days), 0))


def follow(posterior: Posterior, therapy: Therapy, until_day: float) -> Course:
    """Follow a patient from the start of the course to a day ahead.

    Looks are a week apart and one of them is on `now_day`, so that neither the past nor the next years depend
    on how far the forecast goes.
    """
    days = looks(posterior, until_day)
    return follow_on(posterior, therapy, days)


def follow_on(posterior: Posterior, therapy: Therapy, days: ArrayLike) -> Course:
    """Follow a patient and look on days of one's own, rising, none before the start of the course."""
    calendar = controlled_by(posterior.preset, therapy, posterior.drugs).aligned(posterior.drugs)
    when = np.asarray(days, float)
    states = follow_draws(
        posterior.values, posterior.preset, posterior.drugs, calendar, when, start_day=posterior.start_day
    )
    return Course(posterior, calendar, when, states)


def course_of(course: Course, draws: NDArray[np.int64]) -> Course:
    """Return the course of some draws alone."""
    own = course.posterior
    values = {name: own.number(name, np.nan)[draws] for name in own.values}
    return replace(course, posterior=replace(own, values=values), states=course.states[draws])


def at_look(course: Course, look: int) -> Course:
    """Return the course on one of its days alone."""
    return replace(course, days=course.days[[look]], states=course.states[:, [look]])


def looks(posterior: Posterior, until_day: float) -> Array:
    """Return weekly days from the start to `until_day` or up to six days later, now among them."""
    back = (posterior.now_day - posterior.start_day) // WEEK
    ahead = int(np.ceil(max(until_day - posterior.now_day, WEEK) / WEEK))
    return posterior.now_day + WEEK * np.arange(-back, ahead + 1, dtype=float)


def follow_draws(
    values: Mapping[str, ArrayLike],
    preset: Preset,
    drugs: Sequence[str],
    therapy: Therapy,
    days: ArrayLike,
    *,
    start_day: float | None = None,
) -> Array:
    """Follow every draw of one patient through a calendar.

    Parameters
    ----------
    values : mapping of str to array_like, shape (draws,) or ()
        Numbers of the model by the names of `preset.priors()`; others, such as those of assays, are not read.
    preset : Preset
        Names its numbers.
    drugs : sequence of str
        Drugs of the preset that the calendar may give.
    therapy : Therapy
        Past and future.
    days : array_like, shape (times,)
        Days, rising, none before the start.
    start_day : float, optional
        Day of the state before treatment; by default the first of `days`.

    Returns
    -------
    ndarray, shape (draws, times, 3, 3 + stages)
        In healthy pools.

    Raises
    ------
    SettingError
        If a number is missing or impossible, the calendar gives another drug, or days do not rise.
    """
    from remnant.dynamics.deterministic import fast_states, make_plan

    when = np.atleast_1d(np.asarray(days, float))
    first = when[0] if start_day is None else float(start_day)
    edges, doses = (
        controlled_by(preset, therapy, drugs).aligned(drugs).segments(first, max(when[-1], first + 1))
    )
    numbers = drawn(values, preset, drugs)
    packed = pack(numbers.parameters, numbers.effects)
    initial = baseline(numbers.parameters, **vars(numbers.start))
    states = fast_states(packed.rates, packed.effects, initial, make_plan(edges, doses, when))
    return np.maximum(states, 0.0)


def drawn(values: Mapping[str, ArrayLike], preset: Preset, drugs: Sequence[str]) -> Drawn:
    """Return the numbers of the model, arrays (draws,), with the effects of `drugs` in their order."""
    given = replace(preset, drugs=tuple(preset.drug(name) for name in drugs))
    names = dict(given.priors())
    every = with_control(values, preset)
    own = {name: np.asarray(value, float) for name, value in every.items() if name in names}
    size = max((np.size(value) for value in values.values()), default=1)
    return draws_from_columns(given, {name: np.broadcast_to(value, size) for name, value in own.items()})
