"""Blood line by line under treatment."""

import pytest
from tests.response.conftest import build_patient, build_study, count

from remnant.response import histories
from remnant.response.blood_course import blood_courses, grade_of, worst_grades
from remnant.response.record.history import Count, Line
from remnant.response.rules.thresholds import exact
from remnant.study.estimate import Source


def courses(**changes):
    rows = build_patient(**changes)
    rows["blood_counts"] += [count(14, (7.9, 49, 0.99)), count(28, (9.0, 60, 1.2))]
    (history,) = histories(build_study(rows))
    return {course.line: course for course in blood_courses(history)}


@pytest.mark.parametrize(
    ("line", "value", "grade"),
    [
        (Line.HAEMOGLOBIN, "7.9", 3), (Line.HAEMOGLOBIN, "8.0", 2), (Line.HAEMOGLOBIN, "10.0", 0),
        (Line.PLATELETS, "24", 4), (Line.PLATELETS, "25", 3), (Line.PLATELETS, "50", 2),
        (Line.PLATELETS, "75", 0), (Line.NEUTROPHILS, "0.49", 4), (Line.NEUTROPHILS, "0.5", 3),
        (Line.NEUTROPHILS, "1.0", 2), (Line.NEUTROPHILS, "1.5", 0),
    ],
)  # fmt: skip
def test_a_grade_begins_just_below_its_limit(line, value, grade):
    assert grade_of(line, Count(1, exact(value), "", Source("x"))) == grade


def test_the_lowest_the_best_and_the_present_are_told_apart():
    found = courses(base=(8.5, 200, 2.0))["platelets"]
    assert (found.baseline, found.lowest, found.lowest_day, found.grade) == (200, 49, 14, 3)
    assert (found.best, found.present, found.present_day, found.change) == (150, 150, 112, -50)
    assert found.early_fall == pytest.approx(1 - 49 / 200)


def test_a_transfused_haemoglobin_is_never_the_best_but_may_be_the_lowest():
    found = courses(units=((50, 2), (80, 2)), now=(12.0, 150, 2.0))["haemoglobin"]
    assert found.best == 12.0
    assert found.best_day == 112  # days 56 and 84 follow a unit
    assert found.free < found.counts
    assert found.lowest == 7.9


def test_without_a_count_on_treatment_nothing_is_filled_in():
    (history,) = histories(build_study(build_patient(days=())))
    for course in blood_courses(history):
        assert (course.lowest, course.grade, course.best, course.present, course.change) == (None,) * 5


def test_grades_of_three_and_four_are_counted_by_line():
    assert worst_grades(list(courses(base=(8.5, 200, 2.0)).values())) == {
        "haemoglobin": 1, "platelets": 1, "neutrophils": 1,
    }  # fmt: skip
