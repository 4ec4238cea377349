from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from remnant.response.rules.spans import (
    Best,
    day_of,
    end_of_patient,
    key_of,
    nearest,
    nearest_that,
    patient_of,
    union,
)

days = st.lists(st.integers(-60, 60), unique=True, max_size=12).map(sorted)


@given(st.integers(0, 10**5), st.integers(-36525, 36525))
def test_a_key_gives_back_its_patient_and_day(patient, day):
    key = key_of(np.array([patient]), np.array([day]))
    assert (patient_of(key)[0], day_of(key)[0]) == (patient, day)
    assert key < end_of_patient(key) <= key_of(patient + 1, -36525)


@given(days, st.integers(-80, 80), st.integers(0, 20), st.sets(st.integers(0, 11)))
def test_the_nearest_day_that_tells_comes_first_and_then_the_nearest(keys, at, within, telling):
    window = [(abs(day - at), day, n) for n, day in enumerate(keys) if abs(day - at) <= within]
    best = min(window, default=(0, 0, -1))[2]
    told = min((one for one in window if one[2] in telling), default=(0, 0, best))[2]
    where = np.array(keys, np.int64), np.array([at - within]), np.array([at]), np.array([at + within])
    assert nearest(*where)[0] == best
    found = nearest_that(*where, lambda _, place: np.isin(place, list(telling)))
    assert found[0] == told


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=40), st.data())
def test_the_best_of_a_stretch_is_its_maximum(values, data):
    start = data.draw(st.integers(0, len(values) - 1))
    stop = data.draw(st.integers(start + 1, len(values)))
    best = Best(np.array(values), len(values))
    assert best.over(np.array([start]), np.array([stop]))[0] == max(values[start:stop])


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(0, 9), st.data())
def test_reaching_back_stops_at_the_first_value_above(values, ceiling, data):
    stop = data.draw(st.integers(0, len(values)))
    start = data.draw(st.integers(0, stop))
    expected = stop
    while expected > start and values[expected - 1] <= ceiling:
        expected -= 1
    best = Best(np.array(values), max(len(values), 1))
    assert best.reach_back(np.array([stop]), np.array([start]), np.array([ceiling]))[0] == expected


@given(st.lists(days, min_size=1, max_size=3))
def test_a_union_has_every_day_once_in_order(parts):
    assert union(*(np.array(part, np.int64) for part in parts)).tolist() == sorted(
        {x for p in parts for x in p}
    )
