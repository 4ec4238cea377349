from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.response import classify, independent_on
from remnant.response.record.history import histories


def _independence(study, window=56):
    return next(one for one in classify(study).independence if one.window_days == window)


@pytest.mark.parametrize(
    ("days", "achieved", "length"),
    [((10, 67), True, 56), ((10, 66), False, 55), ((56,), True, 56), ((55,), False, 55)],
)
def test_56_free_days_are_independence_and_55_are_not(study_of, patient_rows, days, achieved, length):
    # Units every 30 days beyond, so that no other run is long enough.
    units = tuple((day, 1) for day in (*days, *range(days[-1] + 30, 400, 30)))
    found = _independence(study_of(patient_rows(units=units)))
    assert (found.achieved, found.days) == (achieved, length)


@pytest.mark.parametrize(("window", "last"), [(112, 111), (112, 112), (182, 181), (182, 182)])
def test_longer_windows_turn_at_their_own_day(study_of, patient_rows, window, last):
    units = tuple((day, 1) for day in range(last, 401, 30))
    found = _independence(study_of(patient_rows(units=units)), window)
    assert found.achieved is (last >= window)
    assert (found.start_day, found.days) == (0, last)


def test_no_log_is_not_no_transfusion(study_of, patient_rows):
    found = _independence(study_of(patient_rows(log=None)))
    assert found.achieved is None
    assert found.reason.startswith("not done: no complete transfusion log")


def test_units_often_enough_disprove_independence_even_without_a_log(study_of, patient_rows):
    units = tuple((day, 2) for day in range(0, 401, 28))
    assert _independence(study_of(patient_rows(log=None, units=units))).achieved is False


def test_platelets_do_not_end_red_cell_independence(study_of, patient_rows):
    rows = patient_rows()
    rows["transfusions"] = [
        {"patient_id": "P1", "day": day, "product": "platelets", "units": 1} for day in range(0, 400, 20)
    ]
    assert _independence(study_of(rows)).achieved is True


def test_the_last_run_ends_28_days_after_the_last_dose_and_is_censored(study_of, patient_rows):
    therapy = ({"drug": "lenalidomide", "start_day": 0, "end_day": 100},)
    found = _independence(study_of(patient_rows(therapy=therapy, units=((50, 2),))))
    assert (found.achieved, found.start_day, found.end_day, found.days) == (True, 51, 128, 78)
    assert found.censored


def test_a_follow_up_shorter_than_the_window_cannot_tell(study_of, patient_rows):
    rows = patient_rows(days=(20,), day=20)
    rows["patients"][0]["last_contact_day"] = 40
    assert _independence(study_of(rows)).achieved is None


def test_several_units_on_a_day_are_one_day(study_of, patient_rows):
    one = _independence(study_of(patient_rows(units=((10, 1), (67, 1)))))
    many = _independence(study_of(patient_rows(units=((10, 4), (67, 3)))))
    assert (one.days, one.achieved) == (many.days, many.achieved)


@settings(deadline=None)
@given(
    units=st.lists(st.integers(-40, 400), max_size=8, unique=True),
    log=st.tuples(st.integers(-60, 200), st.integers(0, 260)).map(lambda x: (x[0], x[0] + x[1])),
    window=st.sampled_from([56, 112, 182]),
)
def test_windows_agree_with_a_search_over_days(study_of, patient_rows, units, log, window):
    """A window counts when each of its days is on treatment, in the log, and without red cells."""
    units = [day for day in units if log[0] <= day <= log[1]]
    study = study_of(patient_rows(units=tuple((day, 1) for day in units), log=log))
    found = _independence(study, window)
    free = [log[0] <= day <= log[1] and day not in units for day in range(401)]
    sure = [start for start in range(402 - window) if all(free[start : start + window])]
    open_days = [day not in units for day in range(401)]
    possible = any(all(open_days[start : start + window]) for start in range(402 - window))
    assert found.achieved is (True if sure else None if possible else False)
    if sure:
        assert found.start_day == sure[0]


@settings(deadline=None)
@given(units=st.lists(st.integers(0, 400), max_size=8, unique=True), day=st.integers(0, 400))
def test_a_day_is_independent_when_it_lies_in_56_free_days(study_of, patient_rows, units, day):
    study = study_of(patient_rows(units=tuple((one, 1) for one in units)))
    history = next(iter(histories(study)))
    free = [one not in units for one in range(401)]
    inside = any(all(free[start : start + 56]) for start in range(max(0, day - 55), min(day, 345) + 1))
    assert (independent_on(history, day) is True) == inside


def test_burden_is_counted_before_and_on_treatment(study_of, patient_rows):
    found = classify(study_of(patient_rows(units=((-56, 2), (-1, 2), (0, 1), (55, 1), (56, 4))))).burdens
    assert [(one.period, one.start_day, one.units) for one in found[:3]] == [
        ("before treatment", -56, 4),
        ("on treatment", 0, 2),
        ("on treatment", 56, 4),
    ]


def test_burden_without_a_log_is_not_zero(study_of, patient_rows):
    found = classify(study_of(patient_rows(log=(0, 60)))).burdens
    assert [one.units for one in found[:3]] == [None, 0, None]
    assert found[0].reason.startswith("not done")


def test_every_run_that_is_long_enough_is_told(study_of, patient_rows):
    study = study_of(patient_rows(units=((10, 1), (67, 1), (90, 1), (200, 1), (210, 1), (220, 1))))
    runs = {window: _independence(study, window).runs for window in (56, 112)}
    assert [(run.first, run.last) for run in runs[56]][:2] == [(11, 66), (91, 199)]
    assert all(run.days >= window for window, found in runs.items() for run in found)
    assert set(runs[112]) <= set(runs[56])
