"""The chance of relapse: calibrated, whole at its extremes, and the same however far the forecast goes."""

from dataclasses import replace

import numpy as np
import pytest
from tests.inference.forecast.patients import CML, NOW, cycles, unknown_patient

from remnant.dynamics.treatment import Therapy, continued
from remnant.inference.forecast import follow, forecast_relapse, relapses
from remnant.inference.forecast.course import course_of
from remnant.inference.forecast.definitions import BY_FRACTION, BY_TRANSCRIPT
from remnant.inference.forecast.next_assays import Assay, outcome_chances
from remnant.inference.forecast.relapse import Returns, chance_by, horizon_day, returns, standing_of
from remnant.inference.forecast.returns import NEVER, REMISSION, RETURNED, UNKNOWN
from remnant.inference.forecast.what_if import free_days, what_ifs

MOLECULAR = BY_FRACTION[0]
YEARS = (0.5, 1.0, 2.0)


@pytest.fixture(scope="module")
def in_remission(stopping):
    """The draws of the prior that are in molecular remission now, therapy stopping."""
    return course_of(stopping, np.flatnonzero(returns(stopping, MOLECULAR).here))


def test_the_chance_is_the_share_of_draws_that_relapse_and_rises_with_time(in_remission):
    (forecast,) = relapses(in_remission, [MOLECULAR], years=YEARS)
    found = returns(in_remission, MOLECULAR)
    chances = [each.probability for each in forecast.chances]
    assert forecast.standing == "in remission"
    assert chances == sorted(chances)
    assert chances[-1] > 0.1
    assert 0 < chances[0] + 1e-9 < 1
    for each in forecast.chances:
        lives = found.lives[found.day <= horizon_day(NOW, each.years)]
        assert each.probability == pytest.approx(lives.sum() / len(found.day))
        assert each.standard_error > 0
    assert forecast.beyond == pytest.approx(1 - chances[-1])


def test_quantiles_beyond_the_horizon_are_the_horizon(in_remission):
    (forecast,) = relapses(in_remission, [MOLECULAR], years=YEARS)
    day = forecast.day
    assert NOW < day.q05 <= day.q25 <= day.q50 <= day.q75 <= day.q95 == forecast.horizon_day
    half = next(each for each in forecast.chances if each.years == 0.5)
    assert (day.q25 <= horizon_day(NOW, 0.5)) == (half.probability >= 0.25)


def test_a_longer_horizon_changes_nothing_within_the_shorter(patient, in_remission):
    (near,) = relapses(in_remission, [MOLECULAR], years=(0.5, 1.0))
    (far,) = relapses(in_remission, [MOLECULAR], years=YEARS)
    assert near.chances == far.chances[:2]
    shorter = follow(in_remission.posterior, in_remission.therapy, NOW + 366)
    (again,) = relapses(shorter, [MOLECULAR], years=(0.5, 1.0))
    for one, other in zip(again.chances, near.chances, strict=True):
        assert one.probability == pytest.approx(other.probability, abs=1e-9)


def test_the_same_draws_give_the_same_forecast_to_the_last_bit(in_remission):
    own = in_remission.posterior
    one, other = (forecast_relapse(own, in_remission.therapy, BY_FRACTION, years=YEARS) for _ in range(2))
    assert one == other


def test_chances_are_calibrated_where_patients_come_from_the_prior(stopping):
    """Each of 300 patients is a draw that is left out, of whom 200 nuclei of stem cells are seen."""
    found, rng = returns(stopping, MOLECULAR), np.random.default_rng(8)
    here = np.flatnonzero(found.here)
    truth = found.relapsed(horizon_day(NOW, 2.0))
    look = int(np.searchsorted(stopping.days, NOW))
    chances = outcome_chances(stopping, look, Assay("nuclei", "stem", 200))
    forecast, event = [], []
    for patient in rng.choice(here, 300):
        others = here[here != patient]
        seen = rng.choice(201, p=chances[patient])
        weight = chances[others, seen]
        forecast.append(weight @ truth[others] / weight.sum())
        event.append(rng.random() < truth[patient])
    p, y = np.array(forecast), np.array(event, float)
    z = (y - p).sum() / np.sqrt((p * (1 - p)).sum())
    assert abs(z) < 3.5
    brier, before = ((y - p) ** 2).mean(), y.mean() * (1 - y.mean())
    assert brier < 0.9 * before
    assert abs(brier - (p * (1 - p)).mean()) < 0.06


def test_equal_calendars_differ_by_exactly_nothing(stopping):
    same = follow(stopping.posterior, continued(cycles(NOW - 1), NOW, Therapy()), NOW + 731)
    for each in what_ifs({"stop": stopping, "stop again": same}, BY_FRACTION, years=YEARS):
        assert (each.difference, each.lower, each.upper, each.later_days) == (0, 0, 0, 0)


def test_going_on_never_brings_relapse_earlier_on_average(in_remission):
    going_on = follow(in_remission.posterior, cycles(1_000_000), NOW + 731)
    found = what_ifs({"go on": going_on, "stop": in_remission}, [MOLECULAR], years=YEARS)
    assert [each.years for each in found] == list(YEARS)
    assert all(each.difference >= 0 for each in found)
    assert all(each.later_days <= 0 for each in found)
    assert found[-1].difference > 0.01
    for each in found:
        assert each.lower <= each.difference <= each.upper


def test_the_later_therapy_stops_the_later_the_relapse_on_average(in_remission):
    own, past = in_remission.posterior, cycles(NOW - 1)
    stops = {0: in_remission}
    for months in (6, 12):
        future = cycles(28 * months - 1)
        stops[months] = follow(own, continued(past, NOW, future), NOW + 731)
    free = [free_days(returns(course, MOLECULAR), NOW, NOW + 730).mean() for course in stops.values()]
    assert free == sorted(free)


def test_a_stop_in_the_past_is_a_calendar_like_any_other(patient):
    course = follow(patient, cycles(83), NOW + 731)
    for forecast in relapses(course, BY_FRACTION, years=YEARS):
        assert forecast.standing in ("returned", "no remission yet", "in remission")
        assert "probability" in forecast.reason


def test_without_therapy_there_is_no_remission_and_no_forecast(patient):
    forecasts = forecast_relapse(patient, Therapy(), BY_FRACTION, years=YEARS)
    for each in forecasts:
        assert each.standing == "no remission yet"
        assert each.chances == ()
        assert each.day is None
        assert each.beyond == 0.0


def test_a_patient_without_a_clone_never_relapses_and_the_error_is_not_zero():
    own = unknown_patient(start__fraction=np.zeros(256))
    molecular, cytogenetic, _ = forecast_relapse(own, Therapy(), BY_FRACTION, years=YEARS)
    for each in (molecular, cytogenetic):
        assert each.standing == "in remission"
        assert [chance.probability for chance in each.chances] == [0, 0, 0]
        assert all(chance.standard_error > 0 for chance in each.chances)
        assert each.beyond == 1.0
        assert each.day.q05 == each.horizon_day


def test_a_clone_of_few_cells_relapses_only_if_it_lives(in_remission):
    """The same fractions in a pool a thousandfold smaller: the clone dies out more often."""
    values = in_remission.posterior.values
    fewer = values | {"stem_cells": values["stem_cells"] / 1e3}
    few = replace(in_remission, posterior=replace(in_remission.posterior, values=fewer))
    many = returns(in_remission, MOLECULAR)
    found = returns(few, MOLECULAR)
    np.testing.assert_array_equal(found.day, many.day)
    assert (found.lives <= many.lives + 1e-12).all()
    assert found.relapsed(NOW + 730).mean() < many.relapsed(NOW + 730).mean()


def test_standing_is_that_of_most_draws_and_says_its_chance():
    state = np.array([REMISSION] * 7 + [RETURNED] * 2 + [NEVER])
    standing, reason = standing_of(Returns(state, np.zeros(10), np.ones(10)), MOLECULAR)
    assert standing == "in remission"
    assert reason.startswith("probability 70 %")
    _, sure = standing_of(Returns(np.full(10, RETURNED), np.zeros(10), np.ones(10)), MOLECULAR)
    assert sure.startswith("probability above 99.5 %; relapse means progenitor fraction at")
    nearly = np.repeat([RETURNED, NEVER], [199, 1])
    assert standing_of(Returns(nearly, np.zeros(200), np.ones(200)), MOLECULAR)[1].startswith(
        "probability 99 %;"
    )
    nothing, reason = standing_of(Returns(np.full(3, UNKNOWN), np.zeros(3), np.ones(3)), MOLECULAR)
    assert nothing == "not evaluable"
    assert "no cell is left" in reason


def test_error_follows_the_effective_number_of_draws():
    relapsed = np.repeat([0.0, 1.0], 200)
    whole, quarter = (chance_by(1.0, relapsed, count) for count in (400, 100))
    assert whole.standard_error == pytest.approx(0.5 / 20, rel=0.01)
    assert quarter.standard_error == pytest.approx(2 * whole.standard_error)


def test_transcripts_say_remission_in_chronic_myeloid_leukaemia():
    own = unknown_patient(chosen=CML, transcripts__scale=np.zeros(256))
    daily = cycles(1_000_000, name="imatinib", on=28)
    molecular, cytogenetic, clinical = forecast_relapse(own, daily, BY_TRANSCRIPT, years=YEARS)
    assert molecular.standing in ("no remission yet", "in remission")
    assert "transcript at 0.1 %" in molecular.reason
    assert cytogenetic.standing != "not evaluable"
    assert clinical.standing == "not evaluable"
    assert "law of the blood" in clinical.reason
