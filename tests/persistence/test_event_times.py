import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.persistence import EventInterval, EventLook, first_shown, interval_time, on_record
from remnant.study import Source


def looks_of(*shown):
    return [EventLook(90 * n, each, f"look {n}") for n, each in enumerate(shown)]


def test_an_event_lies_between_the_last_look_without_it_and_the_first_with_it():
    found = first_shown("P1", "relapse", looks_of(False, False, None, True, True), entry=0)
    assert (found.after_day, found.by_day, found.confirmed, found.reason) == (90, 270, True, "look 3")


def test_an_event_at_the_first_look_lies_after_entry():
    found = first_shown("P1", "relapse", looks_of(False, True), entry=10)
    assert (found.after_day, found.by_day, found.confirmed) == (10, 90, None)


def test_what_was_never_looked_for_is_not_censored_but_unknown():
    nothing = first_shown("P1", "relapse", looks_of(None, None), entry=0)
    assert (nothing.after_day, nothing.looked) == (None, False)
    absent = first_shown("P1", "relapse", looks_of(True), entry=None, absent="not treated")
    assert (absent.after_day, absent.reason, absent.entry_day) == (None, "not treated", None)


def test_death_is_on_record_to_the_day():
    died = on_record("P1", "death", 400, until=400, entry=0, reason="died")
    assert (died.after_day, died.by_day) == (400, 400)
    alive = on_record("P1", "death", None, until=500, entry=0, reason="alive")
    assert (alive.after_day, alive.by_day) == (500, None)
    assert on_record("P1", "death", None, until=None, entry=0, reason="").after_day is None


@given(st.lists(st.sampled_from([True, False, None]), max_size=8), st.integers(0, 600), st.integers(0, 300))
def test_the_interval_holds_the_event_whenever_looks_tell_the_truth(informed, event, entry):
    """Looks that can tell say whether it has come; those that cannot say nothing, and nothing is made up."""
    looks = [EventLook(90 * n, None if each is None else 90 * n >= event) for n, each in enumerate(informed)]
    found = first_shown("P1", "x", looks, entry=entry)
    if found.after_day is not None:
        # What came before entry is dated after it: it could not count earlier.
        assert found.after_day < max(event, entry + 1)
        assert found.by_day is None or (found.by_day >= event and found.by_day > found.after_day)
    else:
        assert all(look.day <= entry or look.shown is None for look in looks)


def interval(patient, after, by, entry=0):
    return EventInterval(patient, "relapse", after, by, None, "", (Source("x.csv", 2),), entry)


def test_the_earliest_and_the_latest_curve_differ_where_nobody_looked():
    spans = [interval("P1", 100, 200), interval("P2", 100, 200), interval("P3", 300, None)]
    found = interval_time("relapse", spans, confidence=0.95)
    assert (found.patients, found.events, found.days) == (3, 2, (100, 200))
    assert found.earliest == pytest.approx((1 / 3, 1 / 3))
    assert found.latest == pytest.approx((1, 1 / 3))
    assert (found.median_earliest, found.median_latest, found.last_day) == (100, 200, 300)
    assert all(low <= early for low, early in zip(found.lower, found.earliest, strict=True))


def test_who_was_not_looked_at_is_not_counted():
    unseen = EventInterval("P9", "relapse", None, None, None, "nobody looked")
    assert interval_time("relapse", [unseen], confidence=0.95) is None
    assert interval_time("relapse", [unseen, interval("P1", 5, 9)], confidence=0.95).patients == 1


def test_times_count_from_entry():
    found = interval_time("relapse", [interval("P1", 150, 250, entry=100)], confidence=0.95)
    assert found.days == (50, 150)


def test_a_curve_of_exact_days_is_that_of_kaplan_and_meier():
    from remnant.stats.survival.kaplan_meier import kaplan_meier

    times, seen = [30, 60, 60, 90, 120], [True, True, False, True, False]
    spans = [
        interval(f"P{n}", day, day if event else None)
        for n, (day, event) in enumerate(zip(times, seen, strict=True))
    ]
    found = interval_time("relapse", spans, confidence=0.95)
    curve = dict(zip(found.days, found.earliest, strict=True))
    km = kaplan_meier(times, seen)
    assert [curve[int(day)] for day in km.time] == pytest.approx(km.free.tolist(), abs=1e-6)
    assert found.earliest == pytest.approx(found.latest)
    assert np.all(np.array(found.lower) <= np.array(found.earliest))
