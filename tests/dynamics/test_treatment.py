import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.dynamics import Calendar, Course, calendar
from remnant.errors import SettingError


def test_cycles_are_three_weeks_on_and_one_off():
    plan = calendar([Course(0, 55, 10.0)])
    days = np.arange(-5, 60)
    on = (days >= 0) & (days < 56) & (days % 28 < 21)
    assert plan.dose(days).tolist() == on.astype(float).tolist()


def test_a_hold_is_a_gap_and_a_reduced_dose_is_a_share():
    plan = calendar([Course(0, 20, 10.0), Course(35, 90, 5.0, days_on=28)])
    assert plan.dose([20.5, 34.9, 35, 90.9, 91]).tolist() == [1.0, 0.0, 0.5, 0.5, 0.0]


def test_a_course_may_follow_the_one_before_on_the_next_day():
    plan = calendar([Course(0, 27, 10.0, 28, 28), Course(28, 55, 10.0, 28, 28)])
    assert plan == Calendar((0.0, 56.0), (1.0, 0.0))


def test_a_cut_cycle_ends_with_its_course():
    assert calendar([Course(0, 9, 10.0)]) == Calendar((0.0, 10.0), (1.0, 0.0))


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), max_size=12))
def test_merging_changes_no_dose(doses):
    plan = Calendar(tuple(float(7 * i) for i in range(len(doses))), tuple(doses))
    days = np.linspace(-3, 90, 187)
    assert plan.merged().dose(days).tolist() == plan.dose(days).tolist()


@pytest.mark.parametrize(
    "courses",
    [
        [Course(10, 5, 10.0)],
        [Course(0, 50, 10.0), Course(50, 60, 5.0)],
        [Course(0, 50, 10.0, days_on=29, cycle_days=28)],
    ],
)
def test_impossible_courses_are_refused(courses):
    with pytest.raises(SettingError):
        calendar(courses)


def test_every_fault_of_a_calendar_is_said_at_once():
    with pytest.raises(SettingError) as caught:
        Calendar((3.0, 1.0), (1.0, -1.0))
    assert len(caught.value.faults) == 2
