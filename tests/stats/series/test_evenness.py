"""Even spread over a sequence: against the exact law, and by its false alarms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from remnant.stats.series import evenness


@given(st.lists(st.integers(0, 999_999), min_size=10, max_size=300, unique=True))
def test_the_chance_is_near_the_exact_one(places):
    places = sorted(places)
    exact = stats.kstest((np.array(places) + 0.5) / 1e6, "uniform", method="exact").pvalue
    assert evenness.uneven(places, 10**6) == pytest.approx(exact, abs=0.012, rel=0.15)


@pytest.mark.parametrize("events", [5, 30, 400])
def test_an_even_spread_alarms_once_in_a_hundred(events):
    rng = np.random.default_rng(events)
    runs = 4000
    alarms = sum(evenness.uneven(np.sort(rng.integers(0, 10**6, events)), 10**6) < 0.01 for _ in range(runs))
    assert alarms / runs <= 0.01 + 3 * np.sqrt(0.01 * 0.99 / runs)


def test_events_carried_over_into_the_first_tenth_are_found():
    rng = np.random.default_rng(1)
    places = np.sort(np.concatenate([rng.integers(0, 10**5, 12), rng.integers(0, 10**6, 12)]))
    assert evenness.uneven(places, 10**6) < 0.01


def test_a_handful_of_events_is_not_judged():
    assert evenness.uneven([1, 2, 3, 4], 100) is None
