from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from remnant.response import ResponseCall, ResponseTime
from remnant.response.durations import response_times


def _call(day, category, improvement=(), lost=()):
    return ResponseCall("P1", day, f"s{day}", "IWG 2006", category, True, improvement, lost, (), ())


def _time(calls, name="CR"):
    return next(one for one in response_times(calls, first_dose=0) if one.response == name)


@pytest.mark.parametrize(
    ("days", "out", "four", "eight"),
    [
        ((60, 88), 120, True, None),
        ((60, 87), 88, None, False),
        ((60, 87), 87, False, False),
        ((60, 116), 130, True, True),
        ((60, 115), 116, True, None),
        ((60,), None, None, None),
        ((60, 88), None, True, None),
    ],
)
def test_a_response_is_kept_for_as_long_as_the_visits_on_both_sides_say(days, out, four, eight):
    calls = [_call(day, "CR") for day in days]
    if out is not None:
        calls = [*(call for call in calls if call.day < out), _call(out, "relapse")]
    found = _time(calls)
    assert (found.kept_28_days, found.kept_56_days) == (four, eight)
    assert found.out_by_day == out
    assert found.last_held_day == max(day for day in days if out is None or day < out)


def test_a_visit_that_cannot_tell_is_no_visit_in_response():
    calls = [_call(60, "CR"), _call(90, "not evaluable"), _call(120, "relapse")]
    found = _time(calls)
    assert (found.last_held_day, found.out_by_day) == (60, 120)


def test_a_better_response_keeps_a_lesser_one():
    found = _time([_call(60, "PR"), _call(100, "CR"), _call(130, "disease progression")], "PR")
    assert (found.last_held_day, found.out_by_day, found.kept_28_days) == (100, 130, True)


def test_an_improvement_is_kept_until_its_line_is_lost():
    calls = [
        _call(60, "stable disease", ("HI-E",)),
        _call(120, "stable disease", ("HI-E",)),
        _call(150, "stable disease", (), ("HI-E",)),
    ]
    found = _time(calls, "HI-E")
    assert (found.last_held_day, found.out_by_day, found.kept_56_days) == (120, 150, True)


def test_death_on_the_day_of_a_call_leaves_a_response_of_no_day():
    found = _time([_call(60, "CR"), _call(60, "failure")])
    assert (found.last_held_day, found.out_by_day, found.kept_28_days) == (60, 60, False)


def test_a_result_of_an_earlier_version_still_reads():
    old = (
        '{"patient_id":"P1","response":"CR","start_day":84,"days_to_response":84,'
        '"end_day":200,"duration_days":116,"censored":false}'
    )
    found = TypeAdapter(ResponseTime).validate_json(old)
    assert (found.duration_days, found.last_held_day, found.kept_28_days) == (116, None, None)
