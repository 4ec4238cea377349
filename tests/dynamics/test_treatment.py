import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.dynamics import Calendar, Course, Therapy, calendar
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
    ("courses", "column"),
    [
        ([Course(10, 5, 10.0)], "end_day"),
        ([Course(0, 50, 10.0), Course(50, 60, 5.0)], "start_day"),
        ([Course(0, 50, 10.0), Course(10, 20, 5.0)], "start_day"),
        ([Course(0, 50, 10.0, days_on=29, cycle_days=28)], "days_on"),
        ([Course(0, 50, 10.0, days_on=0, cycle_days=0)], "cycle_days"),
        ([Course(0, 50, -10.0)], "dose_mg"),
        ([Course(0, 50, float("nan"))], "dose_mg"),
        ([Course(float("nan"), 50, 10.0)], "start_day"),
        ([Course(0, 50.5, 10.0)], "end_day"),
    ],
)
def test_impossible_courses_are_refused(courses, column):
    with pytest.raises(SettingError) as caught:
        calendar(courses)
    assert column in [fault.column for fault in caught.value.faults]


@pytest.mark.parametrize("dose", [0.0, -1.0, float("inf")])
def test_the_full_dose_is_some_dose(dose):
    with pytest.raises(SettingError, match="full_dose_mg"):
        calendar([Course(0, 10, 10.0)], full_dose_mg=dose)


def test_every_fault_of_a_calendar_is_said_at_once():
    with pytest.raises(SettingError) as caught:
        Calendar((3.0, 1.0), (1.0, -1.0))
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize("days", [(float("nan"),), (float("inf"),)])
def test_a_switch_on_no_day_is_refused(days):
    with pytest.raises(SettingError):
        Calendar(days, (1.0,))


def test_every_fault_of_every_course_is_said_at_once():
    with pytest.raises(SettingError) as caught:
        calendar([Course(10, 5, -1.0, 30, 28), Course(3, 8, 10.0)])
    assert {(fault.line, fault.column) for fault in caught.value.faults} == {
        (1, "end_day"),
        (1, "dose_mg"),
        (1, "days_on"),
        (2, "start_day"),
    }


calendars = st.lists(st.integers(0, 40), max_size=6, unique=True).flatmap(
    lambda days: st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), min_size=len(days), max_size=len(days)).map(
        lambda doses: Calendar(tuple(map(float, sorted(days))), tuple(doses))
    )
)


@given(calendars, calendars, st.lists(st.floats(-5, 45), max_size=4))
def test_segments_hold_every_dose_of_every_drug(first, second, also):
    """Whatever day is asked for, its segment says what the calendars say."""
    edges, doses = Therapy(("first", "second"), (first, second)).segments(-5, 45, also=also)
    assert edges[0] == -5
    assert edges[-1] == 45
    assert np.all(np.diff(edges) > 0)
    assert set(also) <= set(edges.tolist())
    assert doses.shape == (len(edges) - 1, 2)
    days = np.concatenate([edges[:-1], (edges[:-1] + edges[1:]) / 2])
    for drug, plan in enumerate((first, second)):
        assert np.tile(doses[:, drug], 2).tolist() == plan.dose(days).tolist()


def test_without_drugs_there_is_one_segment():
    edges, doses = Therapy().segments(0, 100)
    assert edges.tolist() == [0, 100]
    assert doses.shape == (1, 0)


def test_a_drug_that_is_not_given_has_no_dose():
    plan = Therapy.single("lenalidomide", Calendar((0.0,), (1.0,)))
    aligned = plan.aligned(["other", "lenalidomide"])
    assert aligned.segments(0, 10)[1].tolist() == [[0.0, 1.0]]


def test_an_unknown_drug_is_named_with_the_nearest():
    plan = Therapy.single("lenalidomid", Calendar((0.0,), (1.0,)))
    with pytest.raises(SettingError, match=r"lenalidomid; .* did you mean lenalidomide\?"):
        plan.aligned(["imatinib", "lenalidomide"])


@pytest.mark.parametrize(
    ("drugs", "calendars", "found"),
    [
        (("a",), (), "1 drugs, 0 calendars"),
        (("a", "a"), (Calendar(), Calendar()), "a twice"),
        (("",), (Calendar(),), "no name"),
    ],
)
def test_a_therapy_has_one_calendar_of_each_drug(drugs, calendars, found):
    with pytest.raises(SettingError, match=found):
        Therapy(drugs, calendars)


@pytest.mark.parametrize(
    ("span", "also"), [((5, 5), ()), ((5, float("nan")), ()), ((0, 9), (10,)), ((0, 9), (float("nan"),))]
)
def test_segments_need_days_that_rise(span, also):
    with pytest.raises(SettingError):
        Therapy().segments(*span, also=also)
