from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.response import Verdict
from remnant.response.rules.runs import runs


def _brute(points, at, needed, gap):
    """Every stretch of measurements around `at`, tried one by one."""
    for low in range(at + 1):
        for high in range(at, len(points)):
            part = points[low : high + 1]
            near = all(b[0] - a[0] <= gap for a, b in pairwise(part))
            if near and all(held is True for _, held in part) and part[-1][0] - part[0][0] >= needed:
                return True
    return False


series = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from([True, True, True, False, None])), min_size=1, max_size=12
).map(lambda steps: [(sum(gap for gap, _ in steps[: i + 1]), held) for i, (_, held) in enumerate(steps)])


@settings(deadline=None)
@given(series, st.integers(1, 120))
def test_a_run_is_met_exactly_when_some_stretch_is_long_enough(points, needed):
    found = runs(points, needed=needed)
    for at, run in enumerate(found):
        assert (run.verdict is Verdict.MET) == _brute(points, at, needed, 28)


@settings(deadline=None)
@given(series, st.integers(1, 60), st.integers(2, 5))
def test_time_in_other_units_changes_nothing(points, needed, factor):
    scaled = [(day * factor, held) for day, held in points]
    ours = runs(points, needed=needed, gap=28)
    theirs = runs(scaled, needed=needed * factor, gap=28 * factor)
    # Beyond that, the unseen days before a failing value are counted whole.
    assert [run.verdict is Verdict.MET for run in ours] == [run.verdict is Verdict.MET for run in theirs]


@settings(deadline=None)
@given(series, st.data())
def test_a_value_that_fails_never_lengthens_a_run(points, data):
    worse = data.draw(st.integers(0, len(points) - 1))
    spoilt = [(day, False if n == worse else held) for n, (day, held) in enumerate(points)]
    for before, after in zip(runs(points, needed=40), runs(spoilt, needed=40), strict=True):
        assert after.verdict is not Verdict.MET or before.verdict is Verdict.MET


@pytest.mark.parametrize(
    ("points", "verdict", "words"),
    [
        ([(0, True), (28, True)], Verdict.MET, "28 days, 0 to 28"),
        ([(0, True), (27, True), (30, False)], Verdict.NOT_MET, "27 days"),
        ([(0, True), (29, True), (30, False)], Verdict.NOT_EVALUABLE, "insufficient monitoring"),
        ([(0, True), (60, False)], Verdict.NOT_EVALUABLE, "insufficient monitoring"),
        ([(0, True), (14, None), (28, True), (30, False)], Verdict.NOT_EVALUABLE, "cannot be judged"),
        ([(0, True), (14, True)], Verdict.NOT_EVALUABLE, "the data end"),
    ],
)
def test_what_is_not_known_of_a_run_is_said(points, verdict, words):
    run = runs(points, needed=28)[0]
    assert run.verdict is verdict
    assert words in run.found


def test_support_between_two_values_ends_a_run_without_contradicting_it():
    found = runs([(0, True), (28, True), (40, False)], needed=28, broken=lambda _, last: last == 28)
    assert found[0].verdict is Verdict.NOT_EVALUABLE
