"""A rare count with its limits, from nothing seen to everything seen."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from remnant.cytometry.rare.count import count_rare
from remnant.errors import SettingError
from remnant.study.estimate import Evidence

parents = st.integers(1, 10**9)


def test_nothing_seen_is_a_bound_and_no_zero():
    count = count_rare(0, 500_000)
    assert count.mean_events.evidence is Evidence.NOT_DETECTED
    assert count.mean_events.upper == pytest.approx(2.9957, abs=1e-4)
    assert count.per_million.upper == pytest.approx(5.9914, abs=1e-3)
    assert count.upper == count.fraction.upper


def test_an_empty_parent_says_nothing():
    count = count_rare(0, 0)
    assert count.fraction.evidence is Evidence.NOT_EVALUABLE
    assert count.upper is None


def test_a_whole_parent_has_no_upper_limit_below_one():
    count = count_rare(40, 40)
    assert (count.fraction.value, count.fraction.upper, count.upper) == (1.0, 1.0, 1.0)
    assert count.fraction.lower < 1


@given(parents, st.data())
def test_limits_hold_the_count_and_are_finite(parent, data):
    events = data.draw(st.integers(1, parent))
    count = count_rare(events, parent)
    assert count.fraction.lower <= events / parent <= count.fraction.upper <= 1
    assert count.mean_events.lower <= events <= count.mean_events.upper
    assert count.per_million.value == pytest.approx(1e6 * events / parent)
    assert events / parent <= count.upper <= count.fraction.upper + 1e-15


def test_the_interval_covers_a_rare_fraction():
    rng = np.random.default_rng(6)
    frequency, parent, runs = 3e-5, 400_000, 4000
    counts, times = np.unique(rng.binomial(parent, frequency, runs), return_counts=True)
    inside = 0
    for events, often in zip(counts.tolist(), times.tolist(), strict=True):
        fraction = count_rare(events, parent).fraction
        inside += often * (fraction.lower <= frequency <= fraction.upper)
    assert inside / runs >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)


@pytest.mark.parametrize(("events", "parent"), [(5, 4), (-1, 4), (1, -4)])
def test_counts_that_cannot_be_are_refused(events, parent):
    with pytest.raises(SettingError) as caught:
        count_rare(events, parent)
    assert "expected" in str(caught.value)


def test_the_record_can_be_written():
    assert json.loads(to_json(count_rare(10**9, 2 * 10**9)))["fraction"]["value"] == 0.5
