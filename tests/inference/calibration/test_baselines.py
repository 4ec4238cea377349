"""Forecasts that know no mechanism."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.inference.calibration.baselines import (
    Series,
    base_rate,
    crossing,
    landmark,
    last_value,
    two_slopes,
)

DAYS = np.array([0.0, 90.0, 180.0, 365.0, 540.0])
LATER = np.array([0.0, 180.0, 730.0, 1460.0])


def series(odds, counted=500):
    """Counts without scatter along given odds of the clone."""
    return Series(DAYS, np.round(counted * odds / (1 + odds)), np.full(5, float(counted)))


def test_the_last_value_stays_for_ever_with_the_uncertainty_of_its_count():
    found = last_value(series(np.ones(5)), LATER, draws=4000, rng=np.random.default_rng(1))
    assert found.shape == (4000, 4)
    assert (found == found[:, :1]).all()
    assert found.mean() == pytest.approx(0.5, abs=0.002)
    assert found[:, 0].std() == pytest.approx(np.sqrt(0.25 / 500), rel=0.1)


@pytest.mark.parametrize(("stays", "slope"), [(-4.0, 0.0), (-4.0, 0.12), (-3.0, -0.05)])
def test_two_slopes_find_the_exponentials_that_made_the_counts(stays, slope):
    def odds(days):
        return np.exp(2.5 - days / 30.4375) + np.exp(stays + slope * days / 30.4375)

    found = two_slopes(series(odds(DAYS), 20_000), LATER, draws=500, rng=np.random.default_rng(2))
    low, high = np.quantile(np.log(found / (1 - found)), [0.005, 0.995], axis=0)
    assert ((low < np.log(odds(LATER))) & (np.log(odds(LATER)) < high)).all()
    assert (high - low)[1] < 0.3


def test_two_slopes_know_more_of_the_past_than_of_the_future():
    found = two_slopes(series(np.full(5, 0.05)), LATER, draws=1000, rng=np.random.default_rng(3))
    spread = np.log(found / (1 - found)).std(axis=0)
    assert spread[3] > 2 * spread[1]


@given(st.integers(1, 5), st.data())
@settings(max_examples=40, deadline=None)
def test_two_slopes_answer_for_any_counts(visits, data):
    counted = np.array(data.draw(st.lists(st.integers(1, 500), min_size=visits, max_size=visits)), float)
    share = np.array(data.draw(st.lists(st.sampled_from([0.0, 0.3, 1.0]), min_size=visits, max_size=visits)))
    given_ = Series(DAYS[:visits], np.round(counted * share), counted)
    found = two_slopes(given_, LATER, draws=20, rng=np.random.default_rng(4))
    assert ((found >= 0) & (found <= 1)).all()


def test_a_course_crosses_when_it_first_reaches_the_threshold():
    found = crossing(np.array([[0.0, 0.1, 0.3], [0.2, 0.0, 0.0], [0.0, 0.0, 0.05]]), [0, 10, 20], 0.1)
    assert found.tolist() == [10.0, 0.0, np.inf]


def test_the_landmark_curve_counts_others_who_relapsed():
    found = landmark(
        [1, 2, 3, 4], [True, True, False, False], at=[0.5, 1, 2, 99], probabilities=[0.1, 0.5, 0.9]
    )
    assert found.chance.tolist() == [0, 0.25, 0.5, 0.5]
    assert found.quantiles.tolist() == [1, 2, np.inf]


def test_a_look_that_ended_early_does_not_count_as_freedom():
    found = landmark([1, 2, 3], [False, True, True], at=[2], probabilities=[0.5])
    assert found.chance == pytest.approx([0.5])


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_a_base_rate_is_never_certain(relapsed):
    assert 0 < base_rate(relapsed) < 1
