"""A series that should not change: false alarms as stated, drifts found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remnant.stats.series import stationary


def alarms(values, series, false_alarm, runs, rng):
    limit = stationary.limit(values, series, false_alarm=false_alarm)
    away = np.abs(stationary.deviations(rng.normal(size=(runs, series, values))))
    return float(np.mean(away.max(axis=(1, 2)) > limit))


@pytest.mark.parametrize("values", [10, 15, 20, 50, 100])
@pytest.mark.parametrize("series", [1, 13])
def test_unchanged_series_alarm_no_more_often_than_stated(values, series):
    runs = 2000
    allowed = 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
    assert alarms(values, series, 0.05, runs, np.random.default_rng(values + series)) <= allowed


@pytest.mark.slow
@pytest.mark.parametrize("values", [10, 20, 50, 100])
def test_a_rare_alarm_stays_rare(values):
    runs = 40_000
    allowed = 0.01 + 3 * np.sqrt(0.01 * 0.99 / runs)
    assert alarms(values, 13, 0.01, runs, np.random.default_rng(values)) <= allowed


def test_a_steady_drift_does_not_hide_itself_in_the_scale():
    rng = np.random.default_rng(4)
    series = rng.normal(size=100) + np.linspace(0, 20, 100)
    assert stationary.successive_scale(series) == pytest.approx(1, abs=0.3)
    away = np.abs(stationary.deviations(series))
    limit = stationary.limit(100, 13, false_alarm=0.05)
    assert np.all(away[[0, 1, 98, 99]] > limit)
    assert np.all(away[45:55] < limit)


@given(arrays(np.float64, 30, elements=st.floats(-1e3, 1e3).map(lambda x: round(x, 3))), st.floats(0.5, 50))
def test_unit_and_origin_do_not_matter(series, unit):
    assert (
        np.allclose(
            stationary.deviations(series), stationary.deviations(unit * series + 7), rtol=1e-4, atol=1e-4
        )
        or np.ptp(series) < 1e-2
    )


def test_a_constant_series_deviates_nowhere():
    assert not np.any(stationary.deviations(np.full(20, 3.0)))


def test_a_coarse_series_has_a_scale_of_its_own():
    coarse = np.array([5.0] * 12 + [6.0] + [5.0] * 12)
    assert 0 < float(stationary.successive_scale(coarse)) < 1


def test_a_missing_value_leaves_the_others_judged():
    series = np.random.default_rng(1).normal(size=40)
    series[7] = np.nan
    away = stationary.deviations(series)
    assert np.isnan(away[7])
    assert np.isfinite(np.delete(away, 7)).all()
