"""The levels of a clone: looks between two changes, taken as one."""

from __future__ import annotations

from remnant.persistence.change import CloneReading, clone_changes
from remnant.persistence.levels import clone_levels
from remnant.stats.numerics.posterior import beta_posterior


def readings(*counts):
    return [
        CloneReading(90 * place, beta_posterior(k + 0.5, n - k + 0.5), None, ())
        for place, (k, n) in enumerate(counts)
    ]


def levels(*counts):
    return clone_levels(readings(*counts), probability=0.95, first=1, confidence=0.95)


def test_a_fall_and_a_rise_part_three_levels_and_each_look_is_in_one():
    found = levels((180, 200), (2, 200), (1, 200), (2, 200), (90, 200), (95, 200))
    assert [(level.from_day, level.to_day, level.looks) for level in found] == [
        (0, 0, 1),
        (90, 270, 3),
        (360, 450, 2),
    ]
    assert all(level.lower < level.median < level.upper for level in found)


def test_looks_of_one_level_narrow_its_interval():
    one, many = levels((20, 100)), levels((20, 100), (20, 100), (20, 100))
    assert len(many) == 1
    assert many[0].upper - many[0].lower < one[0].upper - one[0].lower


def test_a_rise_that_the_next_look_refutes_is_in_no_level():
    found = levels((180, 200), (2, 200), (2, 200), (60, 200), (1, 200), (2, 200))
    assert len(found) == 2
    assert found[1].looks == 4
    assert found[1].upper < 0.05


def test_a_series_without_a_reading_has_no_level():
    assert levels() == ()


def test_a_steep_rise_is_dated_after_the_last_look_that_was_low():
    looks = readings((180, 200), (2, 200), (1, 200), (2, 200), (90, 200), (95, 200))
    changes, _ = clone_changes(looks, probability=0.95)
    assert [(change.rise, change.after_day, change.day) for change in changes] == [
        (False, 0, 90),
        (True, 270, 360),
    ]


def test_a_steep_rise_shown_late_keeps_the_look_that_began_it():
    looks = readings((180, 200), (2, 200), (2, 200), (11, 200), (150, 200))
    changes, _ = clone_changes(looks, probability=0.95)
    rise = next(change for change in changes if change.rise)
    assert rise.day - rise.after_day == 90
