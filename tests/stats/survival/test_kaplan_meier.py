import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.stats.survival.kaplan_meier import kaplan_meier, restricted_mean

CASES = json.loads((Path(__file__).parents[2] / "reference/survival/survival_reference.json").read_text())[
    "sets"
]
assert CASES, "no reference cases found: the test below would pass by testing nothing"

SUBJECTS = st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=40)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{len(case['data'])} subjects")
def test_agrees_with_r_on_tied_times(case):
    time = [subject["time"] for subject in case["data"]]
    event = [subject["event"] != 0 for subject in case["data"]]
    ours = kaplan_meier(time, event)
    expected = case["km"]
    rows = [expected["time"].index(step) for step in ours.time]
    for name, values in (("surv", ours.free), ("lower", ours.lower), ("upper", ours.upper)):
        theirs = [np.nan if expected[name][row] in (None, "NA") else expected[name][row] for row in rows]
        assert values == pytest.approx(theirs, rel=1e-10, nan_ok=True)
    assert ours.median == expected["median"]


@given(SUBJECTS, st.randoms())
def test_the_order_of_subjects_is_nothing(subjects, chance):
    shuffled = list(subjects)
    chance.shuffle(shuffled)
    first, second = (kaplan_meier(*zip(*group, strict=True)) for group in (subjects, shuffled))
    assert np.array_equal(first.free, second.free)
    assert np.array_equal(first.lower, second.lower, equal_nan=True)


@given(SUBJECTS)
def test_the_curve_only_falls_and_stays_within_its_limits(subjects):
    curve = kaplan_meier(*zip(*subjects, strict=True))
    assert np.all(np.diff(curve.free) < 0)
    known = ~np.isnan(curve.lower)
    assert np.all(curve.lower[known] <= curve.free[known])
    assert np.all(curve.free[known] <= curve.upper[known])
    assert np.all(known == (curve.free > 0))


@given(st.lists(st.integers(1, 30), min_size=1, max_size=30))
def test_without_censoring_it_is_the_share_that_outlived(times):
    curve = kaplan_meier(times, [True] * len(times))
    outlived = [np.mean(np.asarray(times) > step) for step in curve.time]
    assert curve.free == pytest.approx(outlived, abs=1e-12)


def test_before_the_first_event_everybody_is_free_and_after_the_last_look_nothing_is_known():
    curve = kaplan_meier([5, 8, 9], [True, False, False])
    free, lower, _ = curve.at([0, 5, 9, 9.5])
    assert free == pytest.approx([1, 2 / 3, 2 / 3, np.nan], nan_ok=True)
    assert np.isnan(lower[0])
    assert kaplan_meier([1], [True]).at(3)[0] == 0


def test_who_entered_late_is_not_at_risk_before():
    curve = kaplan_meier([2, 4, 6], [True, True, True], entry=[0, 3, 0])
    assert curve.at_risk.tolist() == [2, 2, 1]
    with pytest.raises(AssertionError, match="begins before"):
        kaplan_meier([2], [True], entry=[2])


def test_where_the_curve_lies_on_one_half_the_median_is_the_middle_of_that_while():
    assert kaplan_meier([1, 3, 5, 9], [True, True, True, True]).median == 4
    assert kaplan_meier([1, 3, 5, 9], [True, True, False, False]).median == 6


@given(SUBJECTS)
def test_the_restricted_mean_without_censoring_is_the_mean_of_what_was_lived(subjects):
    times = [time for time, _ in subjects]
    mean, error = restricted_mean(times, [True] * len(times), until=20.0)
    lived = np.minimum(times, 20.0)
    assert mean == pytest.approx(lived.mean(), abs=1e-9)
    assert error == pytest.approx(lived.std() / np.sqrt(len(times)), abs=1e-9)


def test_a_time_that_is_no_time_is_our_bug():
    for bad in ([-1.0], [np.nan], [np.inf]):
        with pytest.raises(AssertionError):
            kaplan_meier(bad, [True])
