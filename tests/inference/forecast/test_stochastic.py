"""The chance of relapse against the exact engine: where few cells are left, chance decides."""

from dataclasses import replace

import numpy as np
import pytest
from tests.inference.forecast.patients import NOW, cycles, unknown_patient

from remnant.dynamics.model.packed import pack
from remnant.dynamics.stochastic.cells import Cells, states_of
from remnant.dynamics.stochastic.hybrid import advance
from remnant.inference.forecast import follow
from remnant.inference.forecast.course import course_of
from remnant.inference.forecast.definitions import BY_FRACTION
from remnant.inference.forecast.extinct import FEW, extinct_by, stem_cells
from remnant.inference.forecast.relapse import returns
from remnant.inference.forecast.returns import margins

MOLECULAR = BY_FRACTION[0]


def deep_remissions(scale):
    """Draws in remission whose clone is down to few stem cells, in pools `scale` times the usual."""
    own = unknown_patient(512, 5)
    values = own.values | {"stem_cells": own.values["stem_cells"] * scale}
    kill = np.clip(values["lenalidomide.quiescent_kill"], 0.2, 3.0)
    own = replace(own, values=values | {"lenalidomide.quiescent_kill": kill})
    course = follow(own, cycles(NOW - 1), NOW + 5 * 366)
    few = stem_cells(course)[:, course.days >= NOW].min(axis=1) < FEW
    return course_of(course, np.flatnonzero(returns(course, MOLECULAR).here & few)[:60])


def stochastic(course, copies):
    """Follow each draw `copies` times from now, event by event where the clone is small."""
    many = course_of(course, np.repeat(np.arange(len(course.states)), copies))
    numbers = many.posterior.drawn()
    packed, pool = pack(numbers.parameters, numbers.effects), np.asarray(numbers.stem_cells)
    begin = int(np.searchsorted(many.days, NOW))
    wanted = many.states[:, begin, :, :2] * pool[:, None, None]
    wanted[:, 1:] = np.random.default_rng(1).poisson(wanted[:, 1:])
    cells = Cells(wanted, many.states[:, begin, :, 2:].copy(), np.zeros(len(pool), np.uint64))
    states, who = many.states.copy(), np.arange(len(pool), dtype=np.uint64)
    for look in range(begin, len(many.days) - 1):
        edges, doses = many.therapy.segments(many.days[look], many.days[look + 1])
        cells = advance(cells, packed, edges, doses, pool, seed_key=7, patients=who)
        states[:, look + 1] = states_of(cells, pool)
    return replace(many, states=states)


@pytest.mark.slow
@pytest.mark.parametrize(("scale", "by_year", "later"), [(1.0, 0.01, 0.01), (0.01, 0.08, 0.03)])
def test_relapses_come_as_often_as_event_by_event(scale, by_year, later):
    """In pools of 1e5 cells the chance is right to 0.01; in pools of 1e3, 0.08 within a year, then 0.03."""
    course = deep_remissions(scale)
    found = returns(course, MOLECULAR)
    real = stochastic(course, 40)
    day = margins(real, MOLECULAR).relapse_days(NOW)
    for years, allowed in ((1, by_year), (2, later), (5, later)):
        until = NOW + 365.25 * years
        assert abs((day <= until).mean() - found.relapsed(until).mean()) < allowed
    gone = real.states[:, -1, 1:, :2].sum(axis=(1, 2)) == 0
    assert abs(gone.mean() - extinct_by(course, real.days[-1:]).mean()) < 0.02
