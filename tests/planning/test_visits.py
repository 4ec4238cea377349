from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from remnant.persistence import CloneReading, clone_return
from remnant.planning import VisitsQuestion, plan_visits, visits_sentence
from remnant.planning.recurrence import Reading, Recurrence, find_return
from remnant.scale import Processes, Serial
from remnant.stats.fractions.count import Count
from remnant.stats.fractions.error_rates import Beta
from remnant.stats.fractions.misclassification import fraction_posterior

COURSE = Recurrence(0.95, 0.01, 0.5, 45.0, 0.3)
READING = Reading(20, Beta(4, 700), Beta(2, 98), 2, 0.95, 0.005)
QUESTION = VisitsQuestion(COURSE, (READING, replace(READING, nuclei=50)), (30.0, 120.0), patients=60)


@cache
def posterior(k):
    slide = Count(k, READING.nuclei, correlation=READING.correlation)
    return fraction_posterior(slide, fp=READING.fp, fn=READING.fn)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=7), st.integers(0, 20))
@settings(max_examples=60, deadline=None)
def test_a_return_is_found_where_an_analysis_finds_it(counts, before):
    readings = [
        CloneReading(30 * i - 30, posterior(k), k >= READING.cutoff, ())
        for i, k in enumerate([before, *counts])
    ]
    own = clone_return("P1", readings, treated_from=-1, probability=READING.probability)
    first, confirming = find_return([before, *counts], READING)
    assert own.day == (None if first is None else 30 * first - 30)
    assert (own.confirmed is True) == (confirming is not None)
    assert confirming is None or confirming > first


def test_the_visit_that_confirms_is_the_next_that_can_tell():
    assert find_return([19, 0, 0, 0, 12, 13], READING) == (4, 5)
    assert find_return([19, 0, 0, 0, 12], READING) == (4, None)


def test_the_days_to_relapse_are_those_of_doubling_odds():
    days = COURSE.growth_days(45.0)
    assert expit(logit(0.01) + np.log(2) * days / 45) == pytest.approx(0.5)


@pytest.fixture(scope="module")
def plan():
    return plan_visits(QUESTION, executor=Serial())


def row(plan, nuclei, interval):
    return next(row for row in plan.rows if (row.nuclei, row.interval) == (nuclei, interval))


def test_the_plan_does_not_depend_on_who_does_the_work():
    small = replace(QUESTION, readings=(replace(READING, nuclei=5), replace(READING, nuclei=6)), patients=5)
    assert plan_visits(small, executor=Processes(2)) == plan_visits(small, executor=Serial())


def test_more_visits_and_more_nuclei_confirm_more_returns_in_time(plan):
    assert row(plan, 50, 30).confirmed.value > row(plan, 50, 120).confirmed.value
    assert row(plan, 50, 120).shown.value >= row(plan, 20, 120).shown.value
    assert row(plan, 50, 30).lead > row(plan, 20, 30).lead


def test_what_is_confirmed_was_shown_before(plan):
    for item in plan.rows:
        assert item.confirmed.value <= item.shown.value
        if item.confirmed_lead is not None:
            assert item.confirmed_lead < COURSE.growth_days(45 * np.exp(1.5)) + 120


def test_the_best_schedule_is_the_cheapest_that_suffices(plan):
    enough = [item for item in plan.rows if item.confirmed.value >= 0.9]
    assert plan.enough
    assert plan.best.nuclei_a_year == min(item.nuclei_a_year for item in enough)
    assert "fewest nuclei a year that suffice" in visits_sentence(plan)


def test_where_none_suffices_the_nearest_is_named():
    question = replace(QUESTION, intervals=(365.0,), patients=20)
    found = plan_visits(question, executor=Serial())
    assert not found.enough
    assert "None of these schedules suffices" in visits_sentence(found)
