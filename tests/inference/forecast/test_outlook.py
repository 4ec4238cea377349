"""All forecasts of a patient in one call."""

import numpy as np
import pytest
from tests.inference.forecast.patients import NOW, cycles, unknown_patient

from remnant.dynamics.treatment import Therapy, continued
from remnant.inference.forecast import follow, outlook
from remnant.inference.forecast.course import course_of
from remnant.inference.forecast.definitions import BY_FRACTION
from remnant.inference.forecast.relapse import returns


@pytest.fixture(scope="module")
def in_remission(stopping):
    return course_of(stopping, np.flatnonzero(returns(stopping, BY_FRACTION[0]).here)).posterior


@pytest.fixture(scope="module")
def calendars():
    past = cycles(NOW - 1)
    return {"as planned": past, "a year more": continued(past, NOW, cycles(364))}


def test_every_forecast_is_there_for_every_calendar(in_remission, calendars):
    found = outlook(in_remission, calendars, rng=np.random.default_rng(1), horizon_years=2.0)
    titles = set(calendars)
    for records in (found.curves, found.lines, found.relapses, found.cures):
        assert {each.scenario for each in records} == titles
    assert [chance.years for chance in found.relapses[0].chances] == [0.5, 1.0, 2.0]
    assert {each.second for each in found.what_ifs} == {"a year more"}
    assert found.next_measurements[0].target == "molecular relapse within 2 years"
    assert {each.patient_id for each in found.curves} == {"P1"}


def test_the_same_seed_gives_the_same_outlook(in_remission, calendars):
    one, other = (
        outlook(in_remission.thinned(40), calendars, rng=np.random.default_rng(1), horizon_years=1.0)
        for _ in range(2)
    )
    assert one == other


def test_a_fixed_number_of_stem_cells_is_drawn_for_the_forecast(calendars):
    fixed = unknown_patient(16, stem_cells=np.array(1e5))
    found = outlook(fixed, {"none": Therapy()}, rng=np.random.default_rng(1), horizon_years=0.5)
    assert found.what_ifs == ()
    assert found.next_measurements == ()
    assert len(found.cures) == 7
    assert len(follow(fixed, calendars["as planned"], NOW + 7).states) == 16


def test_records_are_plain_and_finite(in_remission, calendars):
    found = outlook(in_remission.thinned(30), calendars, rng=np.random.default_rng(1), horizon_years=0.5)
    for record in (*found.curves, *found.cures):
        value = record.value if hasattr(record, "value") else record.probability
        numbers = vars(value).values()
        assert all(type(number) is float and np.isfinite(number) for number in numbers)
    for line in found.lines:
        assert all(type(day) is int for day in line.days)
        assert all(type(x) is float for x in line.values)
    for forecast in found.relapses:
        assert type(forecast.beyond) is float
        assert type(forecast.horizon_day) is int


def test_one_draw_on_its_first_day_has_an_outlook_too(calendars):
    lone = unknown_patient(1, now=0)
    found = outlook(lone, calendars, rng=np.random.default_rng(1), horizon_years=0.5)
    by_clone = [each for each in found.relapses if each.kind != "clinical"]
    assert {each.standing for each in by_clone} <= {"no remission yet", "in remission"}
    assert len(found.cures) == 14


def test_a_calendar_without_an_end_is_followed_to_the_horizon_alone(in_remission):
    found = outlook(
        in_remission.thinned(20),
        {"for ever": cycles(1_000_000)},
        rng=np.random.default_rng(1),
        horizon_years=0.5,
    )
    assert max(point.day for point in found.curves) <= NOW + 183 + 7
