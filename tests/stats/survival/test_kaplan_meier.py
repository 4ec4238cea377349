import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.stats.survival.kaplan_meier import kaplan_meier

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
